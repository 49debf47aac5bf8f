/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the netlink family share: netlink.c has the family, the others operations.
 */
#ifndef SB_LINUX_NETLINK_PARTS_H
#define SB_LINUX_NETLINK_PARTS_H

#include <net/genetlink.h>

#include "../../uapi/shadow_box.h"
#include "../machine/reason.h"

extern struct genl_family sb_family;

static inline int sb_put_u64(struct sk_buff *skb, int attribute, u64 value, int pad)
{
	return nla_put_u64_64bit(skb, attribute, value, pad);
}

struct sb_reason *sb_netlink_reason(void);
int sb_netlink_answer(struct genl_info *info, int error, const struct sb_reason *reason);
int sb_netlink_need_admin(struct sk_buff *request, const char *what, struct sb_reason *reason);
void *sb_netlink_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 command);

/* netlink_events.c */
extern const struct nla_policy sb_events_request[SHADOW_BOX_EVENT_TYPE + 1];
int sb_events_start(struct netlink_callback *cb);
int sb_events_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_policy.c */
extern const struct nla_policy sb_policy_request[SHADOW_BOX_POLICY_SETTING + 1];
int sb_policies_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sb_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int sb_lock_doit(struct sk_buff *skb, struct genl_info *info);

#endif

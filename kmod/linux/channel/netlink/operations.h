/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the netlink family, of which netlink.c makes its table.
 */
#ifndef SB_LINUX_NETLINK_OPERATIONS_H
#define SB_LINUX_NETLINK_OPERATIONS_H

#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"

/* info.c */
int sb_info_doit(struct sk_buff *request, struct genl_info *info);
int sb_counters_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* events.c */
extern const struct nla_policy sb_events_request[SHADOW_BOX_EVENT_TYPE + 1];
int sb_events_start(struct netlink_callback *cb);
int sb_events_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
void sb_netlink_events_init(void);
void sb_netlink_events_exit(void);

/* policy.c */
extern const struct nla_policy sb_policy_request[SHADOW_BOX_POLICY_SETTING + 1];
int sb_policies_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sb_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int sb_lock_doit(struct sk_buff *skb, struct genl_info *info);

#endif

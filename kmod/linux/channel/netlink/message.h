/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all requests of the netlink family share.
 */
#ifndef SB_LINUX_NETLINK_MESSAGE_H
#define SB_LINUX_NETLINK_MESSAGE_H

#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../reason.h"

extern struct genl_family sb_family;

static inline int sb_put_u64(struct sk_buff *skb, int attribute, u64 value, int pad)
{
	return nla_put_u64_64bit(skb, attribute, value, pad);
}

struct sb_reason *sb_netlink_reason(void);
int sb_netlink_answer(struct genl_info *info, int error, const struct sb_reason *reason);
int sb_netlink_need_admin(struct sk_buff *request, const char *what, struct sb_reason *reason);
void *sb_netlink_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 command);

#endif

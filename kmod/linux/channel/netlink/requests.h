/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What requests may carry, and who answers them. Made from kmod/uapi/shadow_box.yaml and
 * shadow_box_meaning.yaml by `make describe`: what is changed here is lost.
 */
#ifndef SB_LINUX_NETLINK_REQUESTS_H
#define SB_LINUX_NETLINK_REQUESTS_H

#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"

extern const struct nla_policy sb_events_request[SHADOW_BOX_EVENT_TYPE + 1];
extern const struct nla_policy sb_setting_request[SHADOW_BOX_POLICY_MODE + 1];
extern const struct nla_policy sb_policy_set_request[SHADOW_BOX_POLICY_SETTING + 1];
extern const struct nla_policy sb_witness_key_request[SHADOW_BOX_WITNESS_KEY + 1];
extern const struct nla_policy sb_witness_request[SHADOW_BOX_WITNESS_NONCE + 1];

int sb_info_doit(struct sk_buff *skb, struct genl_info *info);
int sb_counters_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sb_events_start(struct netlink_callback *cb);
int sb_events_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sb_start_doit(struct sk_buff *skb, struct genl_info *info);
int sb_policies_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sb_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int sb_lock_doit(struct sk_buff *skb, struct genl_info *info);
int sb_witness_key_doit(struct sk_buff *skb, struct genl_info *info);
int sb_witness_doit(struct sk_buff *skb, struct genl_info *info);
int sb_sweep_doit(struct sk_buff *skb, struct genl_info *info);

#endif

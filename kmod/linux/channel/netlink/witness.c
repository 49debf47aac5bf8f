// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness over netlink: its key, and statements.
 */
#include <linux/string.h>
#include <net/genetlink.h>

#include "../../run/witness.h"
#include "message.h"
#include "operations.h"

/* The request is the kernel's own copy, and the last one here. */
int sb_witness_key_doit(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *key = info->attrs[SHADOW_BOX_WITNESS_KEY];
	struct sb_reason *reason = sb_netlink_reason();
	int error = sb_netlink_need_admin(request, "giving the witness its key", reason);

	if (!error && !key)
		error = sb_refuse(reason, -EINVAL, "the request has no key");
	if (!error)
		error = sb_witness_key(nla_data(key), reason);
	if (key)
		memzero_explicit(nla_data(key), nla_len(key));
	return sb_netlink_answer(info, error, reason);
}

static int reply(struct genl_info *info, const struct shadow_box_statement *statement)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &sb_family, 0, SHADOW_BOX_CMD_WITNESS);
	if (!header ||
	    nla_put(skb, SHADOW_BOX_WITNESS_STATEMENT, sizeof(*statement), statement)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

int sb_witness_doit(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *nonce = info->attrs[SHADOW_BOX_WITNESS_NONCE];
	struct sb_reason *reason = sb_netlink_reason();
	struct shadow_box_statement statement;
	int error;

	if (!nonce)
		error = sb_refuse(reason, -EINVAL, "the request has no nonce");
	else
		error = sb_witness(nla_data(nonce), &statement, reason);
	return sb_netlink_answer(info, error ? error : reply(info, &statement), reason);
}

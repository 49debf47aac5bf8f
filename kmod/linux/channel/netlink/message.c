// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all requests of the netlink family share: the family's name, which every message carries,
 * and how a request is answered. netlink.c adds the operations.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../reason.h"
#include "message.h"

static const struct genl_multicast_group groups[] = {
	{ .name = SHADOW_BOX_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/* No module alias: an unprivileged user could load the module by asking for the family. */
struct genl_family sb_family = {
	.name = SHADOW_BOX_FAMILY_NAME,
	.version = SHADOW_BOX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/*
 * A sentence outlives the call: netlink copies it into the acknowledgement after doit returned,
 * when another request may be under way already. So there are some, in turns. Writer: the doit
 * that runs, under the family's lock.
 */
static struct sb_reason reasons[16];
static unsigned int next_reason;

/* For the sentence of this request, empty so far. */
struct sb_reason *sb_netlink_reason(void)
{
	struct sb_reason *reason = &reasons[next_reason++ % ARRAY_SIZE(reasons)];

	reason->text[0] = '\0';
	return reason;
}

/* The end of a doit. Without a sentence of ours it is netlink's. */
int sb_netlink_answer(struct genl_info *info, int error, const struct sb_reason *reason)
{
	if (error && reason->text[0])
		info->extack->_msg = reason->text;
	return error;
}

int sb_netlink_need_admin(struct sk_buff *request, const char *what, struct sb_reason *reason)
{
	return netlink_capable(request, CAP_SYS_ADMIN) ?
	       0 : sb_refuse(reason, -EPERM, "%s needs CAP_SYS_ADMIN", what);
}

/* Start of a message of a dump. */
void *sb_netlink_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 command)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &sb_family,
			   NLM_F_MULTI, command);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic-netlink family "shadow_box" (uapi/shadow_box.h): what sbctl asks and is told.
 */
#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../core.h"
#include "netlink.h"
#include "message.h"
#include "operations.h"

static int start_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sb_reason *reason = sb_netlink_reason();
	int error = sb_netlink_need_admin(request, "launching", reason);

	return sb_netlink_answer(info, error ? error : sb_start(reason), reason);
}

/* Operations without a policy take no attributes. */
static const struct genl_ops ops[] = {
	{
		.cmd = SHADOW_BOX_CMD_INFO,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_info_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_COUNTERS,
		.flags = GENL_ADMIN_PERM,
		.dumpit = sb_counters_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_EVENTS,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_events_request,
		.maxattr = SHADOW_BOX_EVENT_TYPE,
		.start = sb_events_start,
		.dumpit = sb_events_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_START,
		.flags = GENL_ADMIN_PERM,
		.doit = start_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICIES,
		.flags = GENL_ADMIN_PERM,
		.dumpit = sb_policies_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICY_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_policy_request,
		.maxattr = SHADOW_BOX_POLICY_SETTING,
		.doit = sb_policy_set_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_LOCK,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_lock_doit,
	},
};

/**
 * sb_netlink_init() - register the family, and send its listeners each event from now on
 *
 * Context: as sb_events_subscribe().
 * Return: 0 or an error.
 */
int sb_netlink_init(void)
{
	int error;

	sb_family.ops = ops;
	sb_family.n_ops = ARRAY_SIZE(ops);
	sb_netlink_events_init();
	error = genl_register_family(&sb_family);
	if (error)
		sb_netlink_events_exit();
	return error;
}

void sb_netlink_exit(void)
{
	genl_unregister_family(&sb_family);
	sb_netlink_events_exit();
}

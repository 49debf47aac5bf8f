// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic-netlink family "shadow_box" (uapi/shadow_box.h): what sbctl asks and is told.
 */
#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../core.h"
#include "netlink.h"
#include "message.h"
#include "operation_table.h"
#include "operations.h"

int sb_start_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sb_reason *reason = sb_netlink_reason();
	int error = sb_netlink_need_admin(request, "launching", reason);

	return sb_netlink_answer(info, error ? error : sb_start(reason), reason);
}

/**
 * sb_netlink_init() - register the family, and send its listeners each event from now on
 *
 * Operations without a policy take no attributes.
 *
 * Context: as sb_events_subscribe().
 * Return: 0 or an error.
 */
int sb_netlink_init(void)
{
	int error;

	sb_family.ops = operations;
	sb_family.n_ops = ARRAY_SIZE(operations);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the family, for netlink.c alone. Made from kmod/uapi/shadow_box.yaml and
 * shadow_box_meaning.yaml by `make describe`: what is changed here is lost.
 */
#ifndef SB_LINUX_NETLINK_OPERATION_TABLE_H
#define SB_LINUX_NETLINK_OPERATION_TABLE_H

#include "requests.h"

static const struct genl_ops operations[] = {
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
		.maxattr = ARRAY_SIZE(sb_events_request) - 1,
		.start = sb_events_start,
		.dumpit = sb_events_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_START,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_start_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICIES,
		.flags = GENL_ADMIN_PERM,
		.dumpit = sb_policies_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICY_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_policy_set_request,
		.maxattr = ARRAY_SIZE(sb_policy_set_request) - 1,
		.doit = sb_policy_set_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_LOCK,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_lock_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_WITNESS_KEY,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_witness_key_request,
		.maxattr = ARRAY_SIZE(sb_witness_key_request) - 1,
		.doit = sb_witness_key_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_WITNESS,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_witness_request,
		.maxattr = ARRAY_SIZE(sb_witness_request) - 1,
		.doit = sb_witness_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_SWEEP,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_sweep_doit,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = SHADOW_BOX_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

#endif

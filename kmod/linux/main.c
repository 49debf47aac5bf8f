// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module entry and exit.
 */
#include <linux/module.h>

#include "channel/log.h"
#include "channel/netlink/netlink.h"
#include "channel/tracepoint.h"
#include "core.h"

static bool launch = true;
module_param(launch, bool, 0400);
MODULE_PARM_DESC(launch, "launch when the module is loaded (default 1); 0: wait for 'sbctl load'");

static bool disable;
module_param(disable, bool, 0400);
MODULE_PARM_DESC(disable, "refuse to load; shadow_box.disable=1 on the kernel command line is the way back if a launch stops the machine from booting");

/* Those whom events are passed on to, in the order in which they learn of one. */
static int open_channels(void)
{
	int error;

	sb_log_init();
	sb_tracepoint_init();
	error = sb_netlink_init();
	if (error) {
		sb_tracepoint_exit();
		sb_log_exit();
	}
	return error;
}

static void close_channels(void)
{
	sb_netlink_exit();
	sb_tracepoint_exit();
	sb_log_exit();
}

static int __init shadow_box_init(void)
{
	struct sb_reason reason;
	int error;

	if (disable) {
		pr_notice("not loaded: disabled by shadow_box.disable=1\n");
		return -EPERM;
	}
	error = open_channels();
	if (error)
		return error;
	if (launch)
		error = sb_start(&reason);
	if (error)
		close_channels();
	return error;
}

static void __exit shadow_box_exit(void)
{
	/* In this order listeners still learn that the CPUs left. */
	sb_close();
	close_channels();
}

module_init(shadow_box_init);
module_exit(shadow_box_exit);
MODULE_DESCRIPTION("Shadow-box: a thin VT-x hypervisor under the running kernel");
MODULE_VERSION(SB_VERSION);
MODULE_LICENSE("GPL");

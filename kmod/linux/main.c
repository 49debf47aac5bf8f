// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module entry and exit.
 */
#include <linux/module.h>

#include "channel/netlink.h"
#include "core.h"

static bool launch = true;
module_param(launch, bool, 0400);
MODULE_PARM_DESC(launch, "launch when the module is loaded (default 1); 0: wait for 'sbctl load'");

static bool disable;
module_param(disable, bool, 0400);
MODULE_PARM_DESC(disable, "refuse to load; shadow_box.disable=1 on the kernel command line is the way back if a launch stops the machine from booting");

static int __init shadow_box_init(void)
{
	struct sb_reason reason;
	int error;

	if (disable) {
		pr_notice("not loaded: disabled by shadow_box.disable=1\n");
		return -EPERM;
	}
	error = sb_netlink_init();
	if (error)
		return error;
	if (launch)
		error = sb_start(&reason);
	if (error)
		sb_netlink_exit();
	return error;
}

static void __exit shadow_box_exit(void)
{
	/* In this order listeners still learn that the CPUs left. */
	sb_close();
	sb_netlink_exit();
}

module_init(shadow_box_init);
module_exit(shadow_box_exit);
MODULE_DESCRIPTION("Shadow-box: a thin VT-x hypervisor under the running kernel");
MODULE_VERSION(SB_VERSION);
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic-netlink family.
 */
#ifndef SB_LINUX_NETLINK_H
#define SB_LINUX_NETLINK_H

int sb_netlink_init(void);
void sb_netlink_exit(void);

#endif

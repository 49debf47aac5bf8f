/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the netlink family: what answers requests, and events.c, which sends events.
 */
#ifndef SB_LINUX_NETLINK_OPERATIONS_H
#define SB_LINUX_NETLINK_OPERATIONS_H

#include "requests.h"

void sb_netlink_events_init(void);
void sb_netlink_events_exit(void);

#endif

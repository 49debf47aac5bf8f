/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading event rings of the host, and the reports that it keeps, without a lock. Compiled into unit
 * tests as well.
 */
#ifndef SB_LINUX_RING_H
#define SB_LINUX_RING_H

#include "../../abi/event.h"
#include "../../abi/reports.h"

bool sb_ring_read(const struct sb_ring *ring, u64 *number, struct sb_event *event);
void sb_kind_read(const struct sb_kind *kind, struct sb_kind *copy);

#endif

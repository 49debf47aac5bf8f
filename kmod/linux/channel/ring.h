/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading an event ring of the host without a lock. Compiled into unit tests as well.
 */
#ifndef SB_LINUX_RING_H
#define SB_LINUX_RING_H

#include "../../abi/event.h"

bool sb_ring_read(const struct sb_ring *ring, u64 *number, struct sb_event *event);

#endif

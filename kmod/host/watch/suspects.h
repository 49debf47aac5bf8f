/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a sweep finds odd, until it is sure: a task that is in one view of Linux and not in another, a
 * pointer that leads where it should not.
 */
#ifndef SB_HOST_WATCH_SUSPECTS_H
#define SB_HOST_WATCH_SUSPECTS_H

#include "watch.h"

#define SUSPECTS 16

/**
 * struct suspect - something odd
 * @what: its linear address, 0: none
 * @stamp: tells it from another one at that address: when a task was started, where a pointer leads
 * @why: enum shadow_box_why
 * @seen: sweeps in a row, up to that at which it was reported
 * @is_seen: in the present sweep
 */
struct suspect {
	u64 what;
	u64 stamp;
	u32 why;
	u32 seen;
	bool is_seen;
};

bool suspect(struct suspect *all, u64 what, u64 stamp, u32 why);
void suspects_end_sweep(struct suspect *all);
void suspects_forget(struct suspect *all);

#endif

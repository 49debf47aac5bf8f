/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks of which a sweep says that they are in one view of Linux and not in another.
 */
#ifndef SB_HOST_WATCH_SUSPECTS_H
#define SB_HOST_WATCH_SUSPECTS_H

#include "watch.h"

void suspect(struct slice *slice, u64 task, u64 start, u32 why);
void suspects_end_sweep(void);
void suspects_forget(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often the host sweeps, and that it sweeps now.
 */
#ifndef SB_LINUX_SWEEP_H
#define SB_LINUX_SWEEP_H

#include "../../abi/types.h"

struct sb_reason;

void sb_sweep_init(void);
int sb_sweep_now(u64 *number, struct sb_reason *reason);

#endif

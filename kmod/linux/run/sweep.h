/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often the host sweeps.
 */
#ifndef SB_LINUX_SWEEP_H
#define SB_LINUX_SWEEP_H

void sb_sweep_init(void);

#endif

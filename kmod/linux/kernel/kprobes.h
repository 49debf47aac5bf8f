/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stopping all patching of code, and the kprobes that stand in code at that time.
 */
#ifndef SB_LINUX_KPROBES_H
#define SB_LINUX_KPROBES_H

#include "../../abi/sites.h"

void sb_patching_stop(void);
void sb_patching_resume(void);
u64 sb_kprobes_each(u64 start, u64 end, u64 (*visit)(const struct sb_standing *probe, void *data),
		    void *data);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling the host of kprobes that stand in code which it is about to protect.
 */
#ifndef SB_LINUX_STANDING_H
#define SB_LINUX_STANDING_H

#include "../../abi/types.h"

void sb_patching_stop(void);
void sb_patching_resume(void);
u64 sb_standing_tell(u64 start, u64 end);

#endif

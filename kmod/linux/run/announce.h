/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling the host of kprobes that stand in code which it is about to protect.
 */
#ifndef SB_LINUX_ANNOUNCE_H
#define SB_LINUX_ANNOUNCE_H

#include "../../abi/types.h"

u64 sb_announce_kprobes(u64 start, u64 end);

#endif

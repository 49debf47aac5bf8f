/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keys of jump labels and static calls are for, as far as it says what may become of them.
 */
#ifndef SB_LINUX_KEYS_H
#define SB_LINUX_KEYS_H

#include "../../abi/types.h"

u32 sb_key_flags(u64 address);

#endif

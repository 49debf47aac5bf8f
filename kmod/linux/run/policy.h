/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies as Linux sees them: the host holds them, here they are asked for and read.
 */
#ifndef SB_LINUX_POLICY_H
#define SB_LINUX_POLICY_H

#include "../../abi/types.h"
#include "../../uapi/shadow_box.h"

struct sb_reason;

int sb_policy_set(const u32 modes[], u32 mask, struct sb_reason *reason);
int sb_policy_lock(struct sb_reason *reason);

#endif

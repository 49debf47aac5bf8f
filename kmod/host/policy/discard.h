/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refused stores of the kernel's own patching code, which must not fault.
 */
#ifndef SB_HOST_POLICY_DISCARD_H
#define SB_HOST_POLICY_DISCARD_H

#include "../host.h"

bool is_patching(u64 gla);
void discard(struct sb_regs *regs, struct sb_cpu *cpu, const struct store *store,
	     const u8 *present);
bool discard_store(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that the kernel makes while it runs: BPF programs, trampolines, slots of kprobes, thunks, the
 * initialisation of modules.
 */
#ifndef SB_HOST_POLICY_DYNAMIC_CODE_H
#define SB_HOST_POLICY_DYNAMIC_CODE_H

#include "../memory/ept.h"

bool dynamic_approve(u64 gla, u64 gpa);
u64 dynamic_address(u64 gpa);
u64 object_of_page(u32 owner, u64 gpa);
bool dynamic_may_change(u64 gpa, u64 gla);
void dynamic_end(struct sb_cpu *cpu, u64 gpa);

#endif

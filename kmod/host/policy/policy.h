/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies, modules and code: what is protected, and who asks for what. All under the host's lock.
 */
#ifndef SB_HOST_POLICY_POLICY_H
#define SB_HOST_POLICY_POLICY_H

#include "../host.h"

/* policy.c */
/* classes.c */
u32 detections(void);

/* policy.c */
u64 set_policies(struct sb_cpu *cpu, u64 modes, u64 mask);
u64 lock_policies(struct sb_cpu *cpu);
u64 sync_cpu(struct sb_cpu *cpu);

/* module.c */
u64 module_add(struct sb_cpu *cpu, u64 request);
u64 module_table(struct sb_cpu *cpu, u64 number, u64 page, u64 size);
u64 module_protect(struct sb_cpu *cpu, u64 number, u64 stage);
u64 module_going(struct sb_cpu *cpu, u64 number);
u64 module_release(struct sb_cpu *cpu, u64 number);

/* code_write.c */
bool code_write(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla, u32 owner);

#endif

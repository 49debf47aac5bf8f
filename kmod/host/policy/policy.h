/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies, modules and code: what is protected, and who asks for what. All under the host's lock.
 */
#ifndef SB_HOST_POLICY_POLICY_H
#define SB_HOST_POLICY_POLICY_H

#include "../host.h"
#include "../memory/ept.h"

/* policy.c */
u64 set_policies(struct sb_cpu *cpu, u64 modes, u64 mask);
u64 lock_policies(struct sb_cpu *cpu);
u64 sync_cpu(struct sb_cpu *cpu);
u32 policy_of_owner(u32 owner);
u64 rights_of_owner(u32 owner);
bool open_page(struct sb_cpu *cpu, u64 gpa);

/* module.c */
u64 module_add(struct sb_cpu *cpu, u64 request);
u64 module_table(struct sb_cpu *cpu, u64 number, u64 page, u64 size);
u64 module_protect(struct sb_cpu *cpu, u64 number, u64 stage);
u64 module_going(struct sb_cpu *cpu, u64 number);
u64 module_release(struct sb_cpu *cpu, u64 number);
bool modules_apply(u64 *cursor);
bool is_module_going(u32 owner);
bool is_module_closing(u32 owner);
const struct sb_region *module_region(u64 address);
u64 module_address(u32 owner, u64 gpa);
bool is_module_code(u32 owner, u64 address);
u64 module_gpa(u64 address);

/* code_write.c */
bool code_init(void);
bool code_write(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla, u32 owner);
u64 code_adopt(u64 page, u64 count);
void code_forget(u64 start, u64 end);
bool is_patching(u64 gla);
bool discard_store(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla);

#endif

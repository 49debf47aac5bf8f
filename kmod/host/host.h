/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host world's own functions. All run in VMX root operation with interrupts off, on the host's
 * page tables and stacks; none can sleep, take a lock or reach Linux.
 */
#ifndef SB_HOST_HOST_H
#define SB_HOST_HOST_H

#include "../abi/counters.h"
#include "../abi/cpu.h"
#include "../abi/event.h"
#include "../abi/hypercall.h"
#include "../abi/image.h"
#include "../abi/layout.h"
#include "../abi/vmx.h"
#include "../uapi/shadow_box.h"
#include "insn.h"
#include "vmcs.h"

/* What an exception, NMI or #MC in the host leaves on the stack (entry.S). */
struct host_frame {
	struct sb_regs regs;
	u64 vector;
	u64 error;
	struct sb_iret iret;
};

static inline struct sb_counters *cpu_counters(struct sb_cpu *cpu)
{
	return (struct sb_counters *)((u8 *)cpu + SB_CPU_COUNTERS - SB_CPU_PAGE);
}

static inline struct sb_ring *cpu_ring(struct sb_cpu *cpu)
{
	return (struct sb_ring *)((u8 *)cpu + SB_CPU_RING - SB_CPU_PAGE);
}

/* Where the exit path keeps the guest's registers: 15 words below the one that aligns the stack. */
static inline struct sb_regs *cpu_regs(struct sb_cpu *cpu)
{
	return (struct sb_regs *)((u8 *)cpu + SB_CPU_STACK_TOP - SB_CPU_PAGE - 8) - 1;
}

/* exit.c */
void handle_exit(struct sb_regs *regs, struct sb_cpu *cpu);
_Noreturn void resume_failed(struct sb_cpu *cpu);

/* guest.c: how an exit ends for the guest */
void guest_skip_instruction(void);
void guest_inject_exception(u32 vector);
u32 guest_cpl(void);

/* cpuid.c, registers.c, ept.c: emulation of what exits */
void emulate_cpuid(struct sb_regs *regs);
void emulate_rdmsr(struct sb_regs *regs);
void emulate_wrmsr(struct sb_regs *regs, struct sb_cpu *cpu);
void emulate_xsetbv(struct sb_regs *regs);
bool emulate_cr_access(struct sb_regs *regs);
void handle_ept_violation(struct sb_cpu *cpu);

/* nmi.c */
void handle_nmi(struct host_frame *frame, struct sb_cpu *cpu);
void handle_machine_check(struct host_frame *frame, struct sb_cpu *cpu);
void handle_nmi_exit(struct sb_cpu *cpu);
void deliver_events(struct sb_cpu *cpu);

/* hypercall.c, leave.c */
void handle_vmcall(struct sb_regs *regs, struct sb_cpu *cpu);
_Noreturn void leave(struct sb_regs *regs, struct sb_cpu *cpu, u64 rip);
_Noreturn void leave_and_reset(struct sb_cpu *cpu);
_Noreturn void leave_and_stop(struct sb_cpu *cpu);

/* event.c */
struct host_event {
	u32 type;
	u64 rip, gla, gpa, code, error;
};

void record_event(struct sb_cpu *cpu, const struct host_event *event);

/* fault.c */
void handle_exception(struct host_frame *frame, struct sb_cpu *cpu);
_Noreturn void fatal_exception(const struct host_frame *frame, struct sb_cpu *cpu);
_Noreturn void host_fault(struct sb_cpu *cpu, const struct host_event *last_words);
_Noreturn void unexpected_exit(struct sb_cpu *cpu, u32 reason);

/* entry.S */
extern const char resume_begin[], resume_end[];
_Noreturn void pass_gate(u64 leave, u64 cr3, u64 cr4, u64 gate);

#endif

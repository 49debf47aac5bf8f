// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCALL: our own hypercalls, and those meant for a hypervisor below us.
 */
#include "host.h"

/**
 * request_leave() - leave VMX operation with NMIs blocked
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Between VMXOFF and Linux's own IDT no handler fits, so an NMI must not come. Only VM entry can
 * block NMIs without taking one: the guest is entered with blocking by NMI and executes the same
 * VMCALL again, whose exit keeps the blocking (SDM 28.5.5). The IRET at the end of the gate ends
 * it, and an NMI that came meanwhile then meets Linux. What the host owes by now is given first.
 */
static void request_leave(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	bool owed = READ_ONCE(cpu->nmi_owed) || cpu->mc_owed;

	/* Unless the guest took a machine check meanwhile, whose IRET ended the blocking. */
	if (cpu->leaving && !owed && blocking & BLOCKING_BY_NMI) {
		regs->rax = 0;
		leave(regs, cpu, vmread(VMCS_GUEST_RIP) + vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
	}
	/* The shadow of STI or MOV SS lasts one instruction, and VMCALL has been executed. */
	blocking &= ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocking | (owed ? 0 : BLOCKING_BY_NMI));
	if (owed) {
		unblock_nmis();
		cpu->nmi_request = 1;
	}
	cpu->leaving = !owed;
}

static void hello(struct sb_regs *regs, struct sb_cpu *cpu)
{
	cpu->active = 1;
	record_event(cpu, &(struct host_event){ .type = SHADOW_BOX_EVENT_LAUNCH,
						.rip = vmread(VMCS_GUEST_RIP) });
	regs->rax = SB_ABI_VERSION;
}

#ifdef SHADOW_BOX_TEST

static void fault_for_test(u64 kind)
{
	if (kind == 0)
		*(volatile u64 *)SB_CPU_BASE = *(volatile u64 *)(SB_CPU_BASE + 0x1000);
	else
		asm volatile("mov %0, %%ds" : : "r" (0x7f8));
}

static void spin_for_test(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 before = cpu_counters(cpu)->nmi_host, rounds = regs->rbx;

	while (rounds--)
		pause();
	regs->rax = READ_ONCE(cpu_counters(cpu)->nmi_host) - before;
}

static bool test_hypercall(u32 number, struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (number == SB_HYPERCALL_FAULT)
		fault_for_test(regs->rbx);
	else if (number == SB_HYPERCALL_SPIN)
		spin_for_test(regs, cpu);
	else
		return false;
	return true;
}

#else

static bool test_hypercall(u32 number, struct sb_regs *regs, struct sb_cpu *cpu)
{
	return false;
}

#endif

static void own_hypercall(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 number = regs->rax & 0xffff;

	if (number == SB_HYPERCALL_LEAVE)
		return request_leave(regs, cpu);	/* VMCALL is executed again */
	if (number == SB_HYPERCALL_HELLO)
		hello(regs, cpu);
	else if (!test_hypercall(number, regs, cpu))
		regs->rax = SB_HYPERCALL_UNKNOWN;
	guest_skip_instruction();
}

#ifdef SB_HOST_IMAGE
/* The registers that KVM's, Hyper-V's and TDX's hypercalls use. */
static void forward_vmcall(struct sb_regs *regs)
{
	register u64 r8 asm("r8") = regs->r8;
	register u64 r9 asm("r9") = regs->r9;
	register u64 r10 asm("r10") = regs->r10;
	register u64 r11 asm("r11") = regs->r11;

	asm volatile("vmcall"
		     : "+a" (regs->rax), "+b" (regs->rbx), "+c" (regs->rcx), "+d" (regs->rdx),
		       "+S" (regs->rsi), "+D" (regs->rdi), "+r" (r8), "+r" (r9), "+r" (r10),
		       "+r" (r11) : : "cc", "memory");
	regs->r8 = r8;
	regs->r9 = r9;
	regs->r10 = r10;
	regs->r11 = r11;
}
#else
void forward_vmcall(struct sb_regs *regs);
#endif

/**
 * handle_vmcall() - VMCALL of the guest
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * From user mode, and where no hypervisor is below, VMCALL raises #UD as on the bare machine.
 */
void handle_vmcall(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (guest_cpl()) {
		guest_inject_exception(VECTOR_UD);
	} else if (((u32)regs->rax & 0xffff0000) == SB_HYPERCALL) {
		own_hypercall(regs, cpu);
	} else if (cpu->config.features & SHADOW_BOX_FEATURE_NESTED) {
		forward_vmcall(regs);
		guest_skip_instruction();
	} else {
		guest_inject_exception(VECTOR_UD);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatch of VM exits: count, then one named operation for each reason.
 */
#include "../host.h"

static void count_exit(struct sb_cpu *cpu, u32 basic)
{
	cpu_counters(cpu)->exits[basic < SB_EXIT_REASONS ? basic : SB_EXIT_REASONS - 1]++;
}

/* VMX and SMX do not exist in the guest: CPUID hides them, so these raise #UD as on such a CPU. */
static bool is_hidden_instruction(u32 reason)
{
	return (reason >= EXIT_REASON_VMCLEAR && reason <= EXIT_REASON_VMXON) ||
	       reason == EXIT_REASON_GETSEC || reason == EXIT_REASON_INVEPT ||
	       reason == EXIT_REASON_INVVPID || reason == EXIT_REASON_VMFUNC;
}

/* INVD would throw away the host's own dirty cache lines; WBINVD is what it may be taken for. */
static void emulate_invd(void)
{
	wbinvd();
	guest_skip_instruction();
}

static void handle_rare_exit(struct sb_regs *regs, struct sb_cpu *cpu, u32 reason)
{
	switch (reason) {
	case EXIT_REASON_EXCEPTION_NMI:
		return handle_nmi_exit(cpu);
	case EXIT_REASON_NMI_WINDOW:
		cpu->nmi_request = 1;
		return;
	case EXIT_REASON_TRIPLE_FAULT:
		leave_and_reset(cpu);
	case EXIT_REASON_INIT:
		leave_and_stop(cpu);
	case EXIT_REASON_INVD:
		return emulate_invd();
	case EXIT_REASON_VMCALL:
		return handle_vmcall(regs, cpu);
	case EXIT_REASON_CR_ACCESS:
		if (emulate_cr_access(regs, cpu))
			return;
		break;
	case EXIT_REASON_RDMSR:
		return emulate_rdmsr(regs);
	case EXIT_REASON_WRMSR:
		return emulate_wrmsr(regs, cpu);
	case EXIT_REASON_EPT_VIOLATION:
		return handle_ept_violation(regs, cpu);
	case EXIT_REASON_GDTR_IDTR_ACCESS:
		return emulate_gdtr_idtr_access(regs, cpu);
	case EXIT_REASON_LDTR_TR_ACCESS:
		return emulate_ldtr_tr_access(regs, cpu);
	case EXIT_REASON_XSETBV:
		return emulate_xsetbv(regs);
	default:
		if (is_hidden_instruction(reason))
			return guest_inject_exception(VECTOR_UD);
	}
	unexpected_exit(cpu, reason);
}

/* Linux's state was no valid guest state: Linux goes on without us and learns the reason. */
static _Noreturn void give_up_launch(struct sb_regs *regs, struct sb_cpu *cpu, u32 reason)
{
	regs->rax = reason;
	leave(regs, cpu, cpu->config.launch_failed);
}

/* Not inline: handle_exit() would save registers for it that CPUID does without. */
static __noinline void handle_other_exit(struct sb_regs *regs, struct sb_cpu *cpu, u32 reason)
{
	u32 basic = reason & EXIT_REASON_BASIC;

	count_exit(cpu, basic);
	if (!(reason & EXIT_REASON_ENTRY_FAILURE))
		handle_rare_exit(regs, cpu, basic);
	else if (!cpu->active)
		give_up_launch(regs, cpu, reason);
	else
		unexpected_exit(cpu, basic);
}

/**
 * handle_exit() - handle the VM exit that just happened
 * @regs: general-purpose registers of the guest; what is stored here, the guest gets
 * @cpu: this CPU
 *
 * CPUID is by far the most frequent exit of a machine at work and goes first. Ticks are counted in
 * 32 bits, which hold a second or more: no stay is that long.
 */
void handle_exit(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 start = rdtsc_low(), reason = vmread(VMCS_EXIT_REASON), kind = stay_kind(regs, reason);
	struct sb_counters *counters = cpu_counters(cpu);

	if (likely(reason == EXIT_REASON_CPUID)) {
		counters->exits[EXIT_REASON_CPUID]++;
		emulate_cpuid(regs);
	} else {
		handle_other_exit(regs, cpu, reason);
	}
	start = rdtsc_low() - start;
	counters->cycles += start;
	note_stay(kind, start);
}

void resume_failed(struct sb_cpu *cpu)
{
	unexpected_exit(cpu, vmread(VMCS_EXIT_REASON) & EXIT_REASON_BASIC);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatch of VM exits: count, then one named operation for each reason, by a table.
 */
#include "../host.h"

static void count_exit(struct sb_cpu *cpu, u32 basic)
{
	cpu_counters(cpu)->exits[basic < SB_EXIT_REASONS ? basic : SB_EXIT_REASONS - 1]++;
}

/* VMX and SMX do not exist in the guest: CPUID hides them, so these raise #UD as on such a CPU. */
static __used void refuse_hidden_instruction(struct sb_regs *regs, struct sb_cpu *cpu)
{
	guest_inject_exception(VECTOR_UD);
}

/* INVD would throw away the host's own dirty cache lines; WBINVD is what it may be taken for. */
static __used void emulate_invd(struct sb_regs *regs, struct sb_cpu *cpu)
{
	wbinvd();
	guest_skip_instruction();
}

static __used void handle_cr_access(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (!emulate_cr_access(regs, cpu))
		unexpected_exit(cpu, EXIT_REASON_CR_ACCESS);
}

/*
 * Not what the guest did, but that something is over: nothing is left to do. Not inline: other exits
 * would make room for the event.
 */
static __used __noinline void note_exit(struct sb_regs *regs, struct sb_cpu *cpu)
{
	record_event(cpu, &(struct sb_event){
		.type = SHADOW_BOX_EVENT_UNKNOWN_EXIT, .rip = vmread(VMCS_GUEST_RIP),
		.code = vmread(VMCS_EXIT_REASON) & EXIT_REASON_BASIC,
		.error = vmread(VMCS_EXIT_QUALIFICATION),
	});
}

/* An instruction that exits whatever the controls say, on processors that came after this code. */
static __used __noinline void refuse_unknown_instruction(struct sb_regs *regs, struct sb_cpu *cpu)
{
	note_exit(regs, cpu);
	guest_inject_exception(VECTOR_UD);
}

/*
 * The handler of each exit reason, void (struct sb_regs *regs, struct sb_cpu *cpu), as its distance
 * from the table: the image has no relocations, so that it can hold distances but no addresses. A
 * reason after which there is no way on has 0; CPUID is handle_exit()'s. Ascending, or it does not
 * assemble. The controls let nothing else exit than what has a handler of its own; what the CPU or
 * a hypervisor below does nevertheless is an event, and Linux goes on.
 */
#define TEXT(value...)			#value
#define AT(reason)			TEXT(.org exit_table + 4 * reason) "\n"
#define EXITS(first, n, handler)	AT(first) TEXT(.rept n) "\n"		\
					TEXT(.long handler - exit_table) "\n.endr\n"
#define EXIT(reason, handler)		EXITS(reason, 1, handler)

asm(".pushsection .rodata, \"a\"\n"
    ".balign 4\n"
    "exit_table:\n"
    EXIT(EXIT_REASON_EXCEPTION_NMI, handle_exception_exit)
    EXIT(EXIT_REASON_TRIPLE_FAULT, reset_machine)
    EXIT(EXIT_REASON_INIT, handle_init)
    EXIT(EXIT_REASON_SIPI, handle_sipi)
    EXIT(EXIT_REASON_INTERRUPT_WINDOW, note_exit)
    EXIT(EXIT_REASON_NMI_WINDOW, handle_nmi_window)
    EXIT(EXIT_REASON_TASK_SWITCH, refuse_unknown_instruction)
    EXIT(EXIT_REASON_GETSEC, refuse_hidden_instruction)
    EXIT(EXIT_REASON_HLT, refuse_unknown_instruction)
    EXIT(EXIT_REASON_INVD, emulate_invd)
    EXITS(EXIT_REASON_INVLPG, 4, refuse_unknown_instruction)
    EXIT(EXIT_REASON_VMCALL, handle_vmcall)
    EXITS(EXIT_REASON_VMCLEAR, 9, refuse_hidden_instruction)
    EXIT(EXIT_REASON_CR_ACCESS, handle_cr_access)
    EXIT(EXIT_REASON_MOV_DR, refuse_unknown_instruction)
    EXIT(EXIT_REASON_IO, emulate_port_access)
    EXIT(EXIT_REASON_RDMSR, emulate_rdmsr)
    EXIT(EXIT_REASON_WRMSR, emulate_wrmsr)
    EXIT(EXIT_REASON_MWAIT, refuse_unknown_instruction)
    EXIT(EXIT_REASON_MONITOR_TRAP, note_exit)
    EXITS(EXIT_REASON_MONITOR, 2, refuse_unknown_instruction)
    EXIT(EXIT_REASON_TPR, note_exit)
    EXIT(EXIT_REASON_VIRTUAL_EOI, note_exit)
    EXIT(EXIT_REASON_GDTR_IDTR_ACCESS, emulate_gdtr_idtr_access)
    EXIT(EXIT_REASON_LDTR_TR_ACCESS, emulate_ldtr_tr_access)
    EXIT(EXIT_REASON_EPT_VIOLATION, handle_ept_violation)
    EXIT(EXIT_REASON_INVEPT, refuse_hidden_instruction)
    EXIT(EXIT_REASON_RDTSCP, refuse_unknown_instruction)
    EXIT(EXIT_REASON_PREEMPTION_TIMER, handle_preemption_timer)
    EXIT(EXIT_REASON_INVVPID, refuse_hidden_instruction)
    EXIT(EXIT_REASON_WBINVD, refuse_unknown_instruction)
    EXIT(EXIT_REASON_XSETBV, emulate_xsetbv)
    EXIT(EXIT_REASON_APIC_WRITE, note_exit)
    EXITS(EXIT_REASON_RDRAND, 2, refuse_unknown_instruction)
    EXIT(EXIT_REASON_VMFUNC, refuse_hidden_instruction)
    EXITS(EXIT_REASON_ENCLS, 2, refuse_unknown_instruction)
    EXIT(EXIT_REASON_PML_FULL, note_exit)
    EXITS(EXIT_REASON_XSAVES, 3, refuse_unknown_instruction)
    EXITS(EXIT_REASON_UMWAIT, 7, refuse_unknown_instruction)
    EXITS(EXIT_REASON_BUS_LOCK, 2, note_exit)
    EXITS(EXIT_REASON_SEAMCALL, 4, refuse_unknown_instruction)
    AT(SB_EXIT_REASONS)
    ".popsection\n");

_Static_assert(EXIT_REASON_VMXON - EXIT_REASON_VMCLEAR + 1 == 9, "VMX instructions in a row");

extern const int exit_table[SB_EXIT_REASONS];

static void handle_rare_exit(struct sb_regs *regs, struct sb_cpu *cpu, u32 reason)
{
	void (*handle)(struct sb_regs *regs, struct sb_cpu *cpu);

	if (likely(reason < SB_EXIT_REASONS && exit_table[reason])) {
		handle = (void *)((u8 *)exit_table + exit_table[reason]);
		return handle(regs, cpu);
	}
	if (reason < SB_EXIT_REASONS)
		unexpected_exit(cpu, reason);
	refuse_unknown_instruction(regs, cpu);
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
	else if (basic != EXIT_REASON_MACHINE_CHECK || !owe_machine_check(cpu))
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

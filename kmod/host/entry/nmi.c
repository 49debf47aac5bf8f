// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs and machine checks that arrive in the host, and their delivery to the guest.
 *
 * In steady state NMI exiting is off: an NMI that meets the guest goes to Linux without an exit,
 * and an NMI that meets the host finds Linux outside its own NMI handler, for a guest that blocks
 * NMIs blocks them in the host as well (SDM 28.5.5).
 * It is injected at the coming VM entry. Only if that is impossible - an event is being injected,
 * STI or MOV SS block, two NMIs came in one stay - NMI exiting, virtual NMIs and NMI-window exiting
 * are on until it is done.
 */
#include "../host.h"

/* As many as a CPU keeps: one in service, one latched. */
#define NMI_OWED_MAX 2

/* Context: NMI handler, or exit path while NMIs are blocked: never both at once. */
static void take_nmi(struct sb_cpu *cpu)
{
	cpu_counters(cpu)->nmi_host++;
	if (cpu->nmi_owed < NMI_OWED_MAX)
		cpu->nmi_owed++;
	else
		cpu_counters(cpu)->nmi_coalesced++;
	WRITE_ONCE(cpu->nmi_request, 1);
}

/* See resume_begin in entry.S: past the last look at nmi_request, look again. */
static void restart_resume(struct host_frame *frame, struct sb_cpu *cpu)
{
	u64 rip = frame->iret.rip;

	if (rip >= (u64)resume_begin && rip < (u64)resume_end) {
		frame->iret.rip = (u64)resume_begin;
		frame->iret.rsp = (u64)cpu_regs(cpu);
	}
}

/**
 * handle_nmi() - an NMI arrived in the host
 * @frame: what it interrupted
 * @cpu: this CPU
 *
 * Context: any point of the host world on this CPU, on a stack of its own.
 */
void handle_nmi(struct host_frame *frame, struct sb_cpu *cpu)
{
	take_nmi(cpu);
	restart_resume(frame, cpu);
}

/* IA32_MCG_STATUS.RIPV: the interrupted program can be continued (SDM 16.3.1.2). */
#define IA32_MCG_STATUS		0x17a
#define MCG_STATUS_RIPV		BIT(0)

/**
 * handle_machine_check() - a machine check arrived in the host
 * @frame: what it interrupted
 * @cpu: this CPU
 *
 * The guest gets it, with the banks as they are. If the host cannot go on, it stops.
 */
void handle_machine_check(struct host_frame *frame, struct sb_cpu *cpu)
{
	u64 status;

	if (!rdmsr_safe(IA32_MCG_STATUS, &status) || !(status & MCG_STATUS_RIPV))
		fatal_exception(frame, cpu);
	cpu->mc_owed = 1;
	WRITE_ONCE(cpu->nmi_request, 1);
	restart_resume(frame, cpu);
}

/* NMI exiting is on only while an NMI waits for its window. The exit has left NMIs blocked. */
void handle_nmi_exit(struct sb_cpu *cpu)
{
	take_nmi(cpu);
	unblock_nmis();
}

static void set_virtual_nmis(struct sb_cpu *cpu, bool on)
{
	if (cpu->nmi_virtual == on)
		return;
	cpu->nmi_virtual = on;
	if (on) {
		vmcs_set_bits(VMCS_PIN_CONTROLS, PIN_NMI_EXITING | PIN_VIRTUAL_NMIS);
		vmcs_set_bits(VMCS_PROC_CONTROLS, PROC_NMI_WINDOW_EXITING);
		/* From now on the guest's IRET ends only virtual blocking (SDM 26.3). */
		unblock_nmis();
	} else {
		vmcs_clear_bits(VMCS_PROC_CONTROLS, PROC_NMI_WINDOW_EXITING);
		vmcs_clear_bits(VMCS_PIN_CONTROLS, PIN_NMI_EXITING | PIN_VIRTUAL_NMIS);
	}
}

static bool injecting(void)
{
	return vmread(VMCS_ENTRY_INTR_INFO) & INTR_INFO_VALID;
}

static bool can_inject_nmi(void)
{
	return !injecting() && !(vmread(VMCS_GUEST_INTERRUPTIBILITY) &
				 (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI));
}

static void inject_nmi(struct sb_cpu *cpu)
{
	/* One instruction, as take_nmi() may run before and after it, but not within. */
	asm volatile("decl %0" : "+m" (cpu->nmi_owed) : : "cc");
	cpu_counters(cpu)->nmi_redelivered++;
	vmwrite(VMCS_ENTRY_INTR_INFO, INTR_INFO_VALID | INTR_TYPE_NMI | VECTOR_NMI);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_HOST_NMI,
						.rip = vmread(VMCS_GUEST_RIP) });
}

/**
 * deliver_events() - give the guest what arrived in the host, or arrange for it
 * @cpu: this CPU
 *
 * Called from entry.S before VM entry as long as nmi_request is set.
 */
void deliver_events(struct sb_cpu *cpu)
{
	WRITE_ONCE(cpu->nmi_request, 0);
	barrier();
	if (cpu->mc_owed && !injecting()) {
		cpu->mc_owed = 0;
		guest_inject_exception(VECTOR_MC);
	}
	if (READ_ONCE(cpu->nmi_owed) && can_inject_nmi())
		inject_nmi(cpu);
	set_virtual_nmis(cpu, READ_ONCE(cpu->nmi_owed) || cpu->mc_owed);
}

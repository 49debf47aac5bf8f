// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the guest gets the NMIs and machine checks that arrived in the host.
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
void take_nmi(struct sb_cpu *cpu)
{
	cpu_counters(cpu)->nmi_host++;
	if (cpu->nmi_owed < NMI_OWED_MAX)
		cpu->nmi_owed++;
	else
		cpu_counters(cpu)->nmi_coalesced++;
	WRITE_ONCE(cpu->nmi_request, 1);
}

/* IA32_MCG_STATUS.RIPV: the interrupted program can be continued (SDM 16.3.1.2). */
#define IA32_MCG_STATUS		0x17a
#define MCG_STATUS_RIPV		BIT(0)

/**
 * owe_machine_check() - note that the guest is to get a machine check
 * @cpu: this CPU
 *
 * Return: false if what it interrupted cannot be continued.
 */
bool owe_machine_check(struct sb_cpu *cpu)
{
	u64 status;

	if (!rdmsr_safe(IA32_MCG_STATUS, &status) || !(status & MCG_STATUS_RIPV))
		return false;
	cpu->mc_owed = 1;
	WRITE_ONCE(cpu->nmi_request, 1);
	return true;
}

/*
 * No exception exits. But KVM below says so of a page that it has to fetch first (asynchronous page
 * fault), as Linux asked it to: Linux is to get that #PF, with KVM's token in CR2.
 */
static void pass_exception(struct sb_cpu *cpu, u32 info)
{
	if ((info & INTR_INFO_TYPE) != INTR_TYPE_HARD_EXCEPTION)
		unexpected_exit(cpu, EXIT_REASON_EXCEPTION_NMI);
	if ((info & INTR_INFO_VECTOR) == VECTOR_PF)
		write_cr2(vmread(VMCS_EXIT_QUALIFICATION));
	if (info & INTR_INFO_ERROR_CODE)
		vmwrite(VMCS_ENTRY_EXCEPTION_ERROR, vmread(VMCS_EXIT_INTR_ERROR));
	vmwrite(VMCS_ENTRY_INTR_INFO, info & INTR_INFO_REINJECT);
}

/* NMI exiting is on only while an NMI waits for its window. Its exit has left NMIs blocked. */
void handle_exception_exit(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 info = vmread(VMCS_EXIT_INTR_INFO);

	if ((info & INTR_INFO_TYPE) != INTR_TYPE_NMI)
		return pass_exception(cpu, info);
	take_nmi(cpu);
	unblock_nmis();
}

/* The guest can take an NMI again. */
void handle_nmi_window(struct sb_regs *regs, struct sb_cpu *cpu)
{
	cpu->nmi_request = 1;
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

/* Waiting for a SIPI, a CPU takes nothing else (SDM 27.3.1.5). */
static bool is_parked(void)
{
	return vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_WAIT_FOR_SIPI;
}

static bool can_inject_nmi(void)
{
	return !injecting() && !is_parked() && !(vmread(VMCS_GUEST_INTERRUPTIBILITY) &
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

/* INIT forgets what is pending. NMIs that come meanwhile are in addition to those seen here. */
void drop_events(struct sb_cpu *cpu)
{
	u32 owed = READ_ONCE(cpu->nmi_owed);

	cpu_counters(cpu)->nmi_coalesced += owed;
	asm volatile("subl %1, %0" : "+m" (cpu->nmi_owed) : "r" (owed) : "cc");
	cpu->mc_owed = 0;
	WRITE_ONCE(cpu->nmi_request, 1);
}

/**
 * deliver_events() - give the guest what arrived in the host, or arrange for it
 * @cpu: this CPU
 *
 * Called from resume.S before VM entry as long as nmi_request is set.
 */
void deliver_events(struct sb_cpu *cpu)
{
	WRITE_ONCE(cpu->nmi_request, 0);
	barrier();
	if (cpu->mc_owed && !injecting() && !is_parked()) {
		cpu->mc_owed = 0;
		guest_inject_exception(VECTOR_MC);
	}
	if (READ_ONCE(cpu->nmi_owed) && can_inject_nmi())
		inject_nmi(cpu);
	set_virtual_nmis(cpu, READ_ONCE(cpu->nmi_owed) || cpu->mc_owed);
}

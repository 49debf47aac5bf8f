// SPDX-License-Identifier: GPL-2.0-only
/*
 * INIT and SIPI: a CPU starts anew, and does so in the guest world, under the same EPT. It never
 * leaves VMX operation for it. And resets of the whole machine, which the host makes from root mode.
 */
#include "../policy/feature.h"
#include "../policy/owner.h"

/**
 * reset_machine() - reset all CPUs and devices, as the guest wanted
 * @regs: not used
 * @cpu: this CPU
 *
 * By the reset control register, the keyboard controller, and a shutdown of this CPU, as Linux does.
 * All from VMX root operation, in which INIT is blocked: no CPU runs outside meanwhile.
 */
void reset_machine(struct sb_regs *regs, struct sb_cpu *cpu)
{
	out8(0xcf9, 0x02);
	out8(0xcf9, 0x06);
	out8(0x64, 0xfe);
	shut_down();
	stop();
}

static bool is_bootstrap_processor(void)
{
	u64 apic_base;

	return rdmsr_safe(IA32_APIC_BASE, &apic_base) && apic_base & APIC_BASE_BSP;
}

/* In the order of the VMCS: ES, CS, SS, DS, FS, GS, LDTR, TR. */
static void reset_segments(void)
{
	static const u8 access[] = { 0x93, 0x9b, 0x93, 0x93, 0x93, 0x93, 0x82, 0x8b };
	u32 i;

	for (i = 0; i < sizeof(access); i++) {
		vmwrite(VMCS_GUEST_ES_SELECTOR + 2 * i, 0);
		vmwrite(VMCS_GUEST_ES_BASE + 2 * i, 0);
		vmwrite(VMCS_GUEST_ES_LIMIT + 2 * i, 0xffff);
		vmwrite(VMCS_GUEST_ES_ACCESS + 2 * i, access[i]);
	}
	for (i = 0; i < 2; i++) {
		vmwrite(VMCS_GUEST_GDTR_BASE + 2 * i, 0);
		vmwrite(VMCS_GUEST_GDTR_LIMIT + 2 * i, 0xffff);
	}
	vmwrite(VMCS_GUEST_CS_SELECTOR, 0xf000);
	vmwrite(VMCS_GUEST_CS_BASE, 0xffff0000);
}

/* INIT leaves CD and NW, which guest and host share anyway, as they are. */
static void reset_control_registers(void)
{
	u64 cr0 = (vmread(VMCS_GUEST_CR0) & (CR0_CD | CR0_NW)) | CR0_ET;

	vmwrite(VMCS_CR0_SHADOW, cr0);
	vmwrite(VMCS_GUEST_CR0, cr0 | CR0_NE);
	vmwrite(VMCS_GUEST_CR3, 0);
	vmwrite(VMCS_CR4_SHADOW, 0);
	vmwrite(VMCS_GUEST_CR4, CR4_VMXE);
	vmwrite(VMCS_GUEST_EFER, 0);
	vmcs_clear_bits(VMCS_ENTRY_CONTROLS, ENTRY_IA32E_GUEST);
	write_cr2(0);
}

/* MSRs stay what they are; no branch is tracked any more. */
static void reset_cet(void)
{
	vmcs_clear_bits(VMCS_GUEST_S_CET, S_CET_SUPPRESS | S_CET_TRACKER);
	vmwrite(VMCS_GUEST_SSP, 0);
}

static void reset_events(struct sb_cpu *cpu)
{
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite(VMCS_ENTRY_INTR_INFO, 0);
	vmwrite(VMCS_GUEST_DEBUGCTL, 0);
	vmwrite(VMCS_GUEST_DR7, DR7_FIXED);
	reset_debug_registers();
	drop_events(cpu);
}

/* What EDX says after INIT is the CPU's signature; the other registers are 0. */
static void reset_registers(struct sb_regs *regs)
{
	u32 a = 1, b, c = 0, d;

	cpuid(&a, &b, &c, &d);
	zero_bytes(regs, sizeof(*regs));
	regs->rdx = a;
	vmwrite(VMCS_GUEST_RSP, 0);
	vmwrite(VMCS_GUEST_RIP, 0xfff0);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
}

/*
 * Waiting for a SIPI, a CPU blocks INIT, and may keep it for later: then it arrives before the first
 * instruction, and the state that it asks for is the one that there is.
 */
static bool has_just_started(void)
{
	return !vmread(VMCS_GUEST_RIP) && !(vmread(VMCS_GUEST_CR0) & CR0_PE) &&
	       vmread(VMCS_GUEST_RFLAGS) == RFLAGS_FIXED && !vmread(VMCS_GUEST_RSP);
}

/**
 * handle_init() - INIT while in the guest world
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * The CPU gets the state after INIT (SDM table 10-1) and waits for a SIPI in the guest world. The
 * bootstrap processor would start the firmware, which expects a machine that was reset: it is.
 */
void handle_init(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (is_bootstrap_processor())
		reset_machine(regs, cpu);
	if (has_just_started())
		return;
	reset_segments();
	reset_control_registers();
	reset_events(cpu);
	reset_registers(regs);
	if (cpu->config.has_cet)
		reset_cet();
	vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
	cpu->leaving = 0;
	cpu->settled = 0;
	host_lock(cpu);
	WRITE_ONCE(cpu->parked, 1);
	host_unlock(cpu);
}

/*
 * Locked, a CPU starts where Linux starts CPUs, and nowhere else. Without paging all that it executes
 * would count as a program's, so it is the same where the kernel executes only what it may.
 */
static bool may_start_at(struct sb_cpu *cpu, u64 address)
{
	bool locked = status()->locked;

	if (address == facts()->startup || (!locked && !is_integrity_on()))
		return true;
	return !violation(cpu, &(struct violation){
		.policy = locked ? SHADOW_BOX_POLICY_HOST_MEMORY : SHADOW_BOX_POLICY_CODE_INTEGRITY,
		.why = SHADOW_BOX_WHY_FETCH,
		.subject = SHADOW_BOX_SUBJECT_CODE, .gpa = address });
}

/**
 * handle_sipi() - a CPU that waits for it gets a SIPI: it starts in real mode
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * What changed while it was parked, it takes in before its first instruction.
 */
void handle_sipi(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 vector = vmread(VMCS_EXIT_QUALIFICATION) & 0xff;

	/* The exit may have left it active: what it would execute is the firmware. */
	if (!may_start_at(cpu, vector << 12))
		return vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
	vmwrite(VMCS_GUEST_CS_SELECTOR, vector << 8);
	vmwrite(VMCS_GUEST_CS_BASE, vector << 12);
	vmwrite(VMCS_GUEST_RIP, 0);
	vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
	drop_events(cpu);
	host_lock(cpu);
	WRITE_ONCE(cpu->parked, 0);
	features_apply_cpu(cpu);
	pages_flush(cpu);
	host_unlock(cpu);
	forget_translations(cpu);
}

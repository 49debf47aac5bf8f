// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMSR, WRMSR, XSETBV and MOV to CR0/CR4 where VT-x makes them exit: executed for the guest, with
 * the fault that the bare machine would raise.
 */
#include "host.h"

static bool is_vmx_capability(u32 msr)
{
	return msr >= IA32_VMX_BASIC && msr <= IA32_VMX_EXIT2;
}

static bool read_msr(u32 msr, u64 *value)
{
	if (is_vmx_capability(msr))
		return false;
	if (!rdmsr_safe(msr, value))
		return false;
	if (msr == IA32_FEATURE_CONTROL)
		*value &= ~(FEATURE_CONTROL_VMXON | FEATURE_CONTROL_VMXON_IN_SMX);
	return true;
}

/* Exits: VMX capabilities, FEATURE_CONTROL, and all outside the ranges of the MSR bitmap. */
void emulate_rdmsr(struct sb_regs *regs)
{
	u64 value;

	if (!read_msr(regs->rcx, &value))
		return guest_inject_exception(VECTOR_GP);
	regs->rax = (u32)value;
	regs->rdx = value >> 32;
	guest_skip_instruction();
}

/*
 * Exits: microcode updates, and all outside the ranges of the MSR bitmap. Microcode cannot be
 * loaded in VMX non-root operation; the CPU would drop it without a word. Linux compares revisions
 * afterwards and reports the failure; the event says why.
 */
void emulate_wrmsr(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 msr = regs->rcx;

	if (msr == IA32_BIOS_UPDT_TRIG)
		record_event(cpu, &(struct host_event){ .type = SHADOW_BOX_EVENT_MICROCODE,
							.rip = vmread(VMCS_GUEST_RIP) });
	else if (!wrmsr_safe(msr, (u32)regs->rax | (u64)(u32)regs->rdx << 32))
		return guest_inject_exception(VECTOR_GP);
	guest_skip_instruction();
}

void emulate_xsetbv(struct sb_regs *regs)
{
	if (guest_cpl() || !xsetbv_safe(regs->rcx, (u32)regs->rax | (u64)(u32)regs->rdx << 32))
		return guest_inject_exception(VECTOR_GP);
	guest_skip_instruction();
}

/* Register numbers of an exit qualification (SDM table 28-3); RSP is in the VMCS. */
static u64 guest_register(const struct sb_regs *regs, u32 number)
{
	switch (number) {
	case 0: return regs->rax;
	case 1: return regs->rcx;
	case 2: return regs->rdx;
	case 3: return regs->rbx;
	case 4: return vmread(VMCS_GUEST_RSP);
	case 5: return regs->rbp;
	case 6: return regs->rsi;
	case 7: return regs->rdi;
	case 8: return regs->r8;
	case 9: return regs->r9;
	case 10: return regs->r10;
	case 11: return regs->r11;
	case 12: return regs->r12;
	case 13: return regs->r13;
	case 14: return regs->r14;
	default: return regs->r15;
	}
}

/*
 * What no CPU accepts; and a write that changes paging or protection along with NE, which 64-bit
 * Linux has no reason for.
 */
static bool is_valid_cr0(u64 value)
{
	u64 changed = value ^ vmread(VMCS_GUEST_CR0);

	return !(value >> 32) && !(changed & (CR0_PE | CR0_PG)) &&
	       !(value & CR0_NW && !(value & CR0_CD)) &&
	       !(!(value & CR0_WP) && vmread(VMCS_GUEST_CR4) & CR4_CET);
}

/* CR0.NE must stay set in VMX operation; the guest sees what it wrote. */
static void write_cr0(u64 value)
{
	if (!is_valid_cr0(value))
		return guest_inject_exception(VECTOR_GP);
	vmwrite(VMCS_CR0_SHADOW, value);
	vmwrite(VMCS_GUEST_CR0, value | CR0_NE);
	guest_skip_instruction();
}

/**
 * emulate_cr_access() - MOV to CR0 or CR4, the only accesses that exit
 * @regs: general-purpose registers of the guest
 *
 * A MOV to CR4 exits if it sets VMXE, which is a reserved bit on a CPU without VMX: #GP.
 *
 * Return: false if it is neither.
 */
bool emulate_cr_access(struct sb_regs *regs)
{
	u32 qualification = vmread(VMCS_EXIT_QUALIFICATION);
	u32 cr = qualification & 0xf, type = (qualification >> 4) & 3;

	if (type == 0 && cr == 4)
		guest_inject_exception(VECTOR_GP);
	else if (type == 0 && cr == 0)
		write_cr0(guest_register(regs, (qualification >> 8) & 0xf));
	else
		return false;
	return true;
}

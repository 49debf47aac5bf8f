// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an exit ends for the guest: past the instruction, or with an exception.
 */
#include "host.h"

u32 guest_cpl(void)
{
	return (vmread(VMCS_GUEST_SS_ACCESS) >> 5) & 3;
}

/*
 * Outside 64-bit mode the instruction pointer has 32 bits and wraps: a user program can have CPUID
 * at the end of them, and the next VM entry would not take what lies beyond.
 */
static u64 next_rip(void)
{
	u64 rip = vmread(VMCS_GUEST_RIP), next = rip + vmread(VMCS_EXIT_INSTRUCTION_LENGTH);

	if (unlikely((rip ^ next) >> 32) && !(vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_LONG_MODE))
		return (u32)next;
	return next;
}

/* What ends with the instruction or is due after it, in the rare case that there is any. */
static void finish_instruction(u64 rflags, u32 blocking)
{
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocking & ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
	vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
	if (rflags & RFLAGS_TF && !(vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF))
		vmcs_set_bits(VMCS_GUEST_PENDING_DEBUG, PENDING_DEBUG_BS);
}

/**
 * guest_skip_instruction() - let the guest go on after the instruction that exited
 *
 * As after any instruction, blocking by STI and MOV SS ends, RFLAGS.RF is cleared, and with
 * RFLAGS.TF a single-step trap is due (SDM 18.3.1.4) unless DEBUGCTL.BTF wants it on branches only.
 */
void guest_skip_instruction(void)
{
	u64 rflags = vmread(VMCS_GUEST_RFLAGS);
	u32 blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);

	vmwrite(VMCS_GUEST_RIP, next_rip());
	if (unlikely(rflags & (RFLAGS_RF | RFLAGS_TF) ||
		     blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
		finish_instruction(rflags, blocking);
}

static bool has_error_code(u32 vector)
{
	return vector == VECTOR_DF || vector == VECTOR_GP;
}

/* A fault saves RFLAGS with RF set, lest a breakpoint there hit again (SDM 18.3.1.1). */
static bool is_fault(u32 vector)
{
	return vector == VECTOR_UD || vector == VECTOR_GP;
}

/* Raises @vector at the current instruction; an error code, where the vector has one, is 0. */
void guest_inject_exception(u32 vector)
{
	u32 info = INTR_INFO_VALID | INTR_TYPE_HARD_EXCEPTION | vector;

	if (is_fault(vector))
		vmcs_set_bits(VMCS_GUEST_RFLAGS, RFLAGS_RF);
	if (has_error_code(vector)) {
		info |= INTR_INFO_ERROR_CODE;
		vmwrite(VMCS_ENTRY_EXCEPTION_ERROR, 0);
	}
	vmwrite(VMCS_ENTRY_INTR_INFO, info);
}

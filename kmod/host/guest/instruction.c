// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an exit ends for the guest: past the instruction, or with an exception. And its registers.
 */
#include "../host.h"

u32 guest_cpl(void)
{
	return (vmread(VMCS_GUEST_SS_ACCESS) >> 5) & 3;
}

/*
 * Does the guest use IA-32e paging? 64-bit Linux does, for 32-bit programs too; a CPU that has just
 * been started does not yet.
 */
bool guest_in_ia32e_paging(void)
{
	return vmread(VMCS_GUEST_CR0) & CR0_PG && vmread(VMCS_GUEST_EFER) & EFER_LMA;
}

/*
 * Registers by number, as instructions and exit qualifications have it (SDM table 28-3): struct
 * sb_regs holds them from R15 down, but for RSP, number 4, which is in the VMCS.
 */
static u64 *stored_register(struct sb_regs *regs, u32 number)
{
	return (u64 *)regs + (number < 4 ? 14 - number : 15 - number);
}

_Static_assert(offsetof(struct sb_regs, rax) == 14 * 8, "register 0");
_Static_assert(offsetof(struct sb_regs, rbp) == 10 * 8, "register 5");

/* The value of general-purpose register @number, 0 to 15. */
u64 guest_register(const struct sb_regs *regs, u32 number)
{
	if (number == 4)
		return vmread(VMCS_GUEST_RSP);
	return *stored_register((struct sb_regs *)regs, number & 15);
}

/* Sets all 64 bits of general-purpose register @number, 0 to 15. */
void set_guest_register(struct sb_regs *regs, u32 number, u64 value)
{
	if (number == 4)
		vmwrite(VMCS_GUEST_RSP, value);
	else
		*stored_register(regs, number & 15) = value;
}

/*
 * Outside 64-bit mode the instruction pointer has 32 bits and wraps: a user program can have CPUID
 * at the end of them, and the next VM entry would not take what lies beyond.
 */
static u64 next_rip(u64 length)
{
	u64 rip = vmread(VMCS_GUEST_RIP), next = rip + length;

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

static inline void skip(u64 length)
{
	u64 rflags = vmread(VMCS_GUEST_RFLAGS);
	u32 blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);

	vmwrite(VMCS_GUEST_RIP, next_rip(length));
	if (unlikely(rflags & (RFLAGS_RF | RFLAGS_TF) ||
		     blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
		finish_instruction(rflags, blocking);
}

/**
 * guest_skip_instruction() - let the guest go on after the instruction that exited
 *
 * As after any instruction, blocking by STI and MOV SS ends, RFLAGS.RF is cleared, and with
 * RFLAGS.TF a single-step trap is due (SDM 18.3.1.4) unless DEBUGCTL.BTF wants it on branches only.
 */
void guest_skip_instruction(void)
{
	skip(vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
}

/**
 * guest_skip_bytes() - the same for an exit that tells no instruction length
 * @length: bytes of the instruction; an EPT violation leaves it undefined (SDM 28.2.5)
 */
void guest_skip_bytes(u32 length)
{
	skip(length);
}

static bool is_in(u32 vector, u32 vectors)
{
	return vectors >> vector & 1;
}

/* Those that push one (SDM table 6-1) out of those that the host injects. */
static bool has_error_code(u32 vector)
{
	return is_in(vector, BIT(VECTOR_DF) | BIT(VECTOR_NP) | BIT(VECTOR_SS) | BIT(VECTOR_GP) |
			     BIT(VECTOR_PF) | BIT(VECTOR_AC));
}

/* A fault saves RFLAGS with RF set, lest a breakpoint there hit again (SDM 18.3.1.1). */
static bool is_fault(u32 vector)
{
	return is_in(vector, BIT(VECTOR_UD) | BIT(VECTOR_NP) | BIT(VECTOR_SS) | BIT(VECTOR_GP) |
			     BIT(VECTOR_PF) | BIT(VECTOR_AC));
}

/* Raises @vector at the current instruction with @error, if it is one that has an error code. */
void guest_inject_error(u32 vector, u32 error)
{
	u32 info = INTR_INFO_VALID | INTR_TYPE_HARD_EXCEPTION | vector;

	if (is_fault(vector))
		vmcs_set_bits(VMCS_GUEST_RFLAGS, RFLAGS_RF);
	/* In real mode there is none, and VM entry fails with one (SDM 27.2.1.3). */
	if (has_error_code(vector) && vmread(VMCS_GUEST_CR0) & CR0_PE) {
		info |= INTR_INFO_ERROR_CODE;
		vmwrite(VMCS_ENTRY_EXCEPTION_ERROR, error);
	}
	vmwrite(VMCS_ENTRY_INTR_INFO, info);
}

/* Raises @vector at the current instruction; an error code, where the vector has one, is 0. */
void guest_inject_exception(u32 vector)
{
	guest_inject_error(vector, 0);
}

/**
 * guest_inject_page_fault() - raise #PF at the current instruction
 * @linear: what CR2 is to say; VM entry does not load it (SDM 27.6.1)
 * @error: error code (SDM 4.7)
 */
void guest_inject_page_fault(u64 linear, u32 error)
{
	write_cr2(linear);
	guest_inject_error(VECTOR_PF, error);
}

/* Bits 63 to 47, or to 56 with 5-level paging, are the same. */
bool guest_canonical(u64 linear)
{
	u32 spare = vmread(VMCS_GUEST_CR4) & CR4_LA57 ? 7 : 16;

	return (u64)((long long)(linear << spare) >> spare) == linear;
}

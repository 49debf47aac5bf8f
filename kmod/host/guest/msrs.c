// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to MSRs by classification (msr_classes.h): what hardware does outside the EPT is known, and
 * what is not known is refused.
 */
#include "../host.h"
#include "../policy/feature.h"
#include "msr_classes.h"

struct msr_row {
	u32 first, last;
	u32 class;
};

#define ROW(first, last, class, why) { first, last, class },
static const struct msr_row rows[] = { MSR_CLASSES(ROW) };

/* The first row, from @r on, that does not end before @msr; past the last one there is none. */
static const struct msr_row *row_from(const struct msr_row *r, u32 msr)
{
	while (r < rows + sizeof(rows) / sizeof(rows[0]) && r->last < msr)
		r++;
	return r;
}

static u32 class_in(const struct msr_row *r, u32 msr)
{
	return r < rows + sizeof(rows) / sizeof(rows[0]) && r->first <= msr ? r->class : MSR_DENIED;
}

#ifdef SB_HOST_IMAGE
static u8 *msr_bitmap(void)
{
	return (u8 *)SB_MSR_BITMAP;
}
#else
u8 *msr_bitmap(void);
#endif

/* What the memory type was when the policy was set. Writer: apply_msr_policies(). */
static u64 mtrr_type;

static bool is_on(u32 policy)
{
	return policy_mode(policy) != SHADOW_BOX_MODE_OFF;
}

/* Does a write to a free MSR exit, since another policy has a say in it? */
static bool is_of_other_policy(u32 msr)
{
	if (msr == IA32_EFER)
		return is_on(SHADOW_BOX_POLICY_CONTROL_REGS);
	return is_syscall_msr(msr) && is_on(SHADOW_BOX_POLICY_SYSCALL_MSRS);
}

/* What exits whatever the policies say; the launch has it so (linux/world/world.c). */
static bool is_always_intercepted(u32 msr)
{
	return msr == IA32_APIC_BASE || msr == IA32_BIOS_UPDT_TRIG;
}

static bool is_intercepted(u32 msr, u32 class, bool classified)
{
	if (class == MSR_FREE)
		return is_of_other_policy(msr);
	return classified || is_always_intercepted(msr);
}

/*
 * SDM 25.6.9: two bits for each MSR of two ranges of 8192; those of writes are in the second half. Each
 * byte is stored once, for other CPUs use the bitmap meanwhile: what is free must never exit, as the
 * host could not execute it.
 */
static void fill_range(u8 *bytes, u32 first, bool classified)
{
	const struct msr_row *r = rows;
	u32 i, msr = first;

	for (i = 0; i < 8192; i += 8) {
		u32 byte = 0, bit;

		for (bit = 0; bit < 8; bit++, msr++) {
			r = row_from(r, msr);
			if (is_intercepted(msr, class_in(r, msr), classified))
				byte |= 1 << bit;
		}
		WRITE_ONCE(bytes[i / 8], byte);
	}
}

/**
 * apply_msr_policies() - set which writes to MSRs exit as the policies want it
 *
 * Context: host's lock held, for all CPUs share the bitmap: it holds on each from now on.
 */
bool apply_msr_policies(void)
{
	bool classified = is_on(SHADOW_BOX_POLICY_MSRS);

	if (classified && !mtrr_type)
		rdmsr_safe(IA32_MTRR_DEF_TYPE, &mtrr_type);
	fill_range(msr_bitmap() + 2048, 0, classified);
	fill_range(msr_bitmap() + 3072, 0xc0000000, classified);
	return true;
}

/* Where the VMCS has the guest's value of a classified MSR; 0: the MSR itself has. */
static u32 field_of(struct sb_cpu *cpu, u32 msr)
{
	if (!cpu->config.has_cet)
		return 0;
	if (msr == IA32_S_CET)
		return VMCS_GUEST_S_CET;
	return msr == IA32_INTERRUPT_SSP_TABLE ? VMCS_GUEST_INTR_SSP_TABLE : 0;
}

static bool read_old(struct sb_cpu *cpu, u32 msr, u64 *old)
{
	u32 field = field_of(cpu, msr);

	if (!field)
		return rdmsr_safe(msr, old);
	*old = vmread(field);
	return true;
}

#define S_CET_DEFINED	0xfffffffffffffc3full	/* all but reserved bits (SDM volume 1, 17.1.2) */

static bool execute(struct sb_cpu *cpu, u32 msr, u64 value)
{
	u32 field = field_of(cpu, msr);

	if (!field)
		return wrmsr_safe(msr, value);
	/* VM entry would fail with what the CPU does not take. */
	if (!guest_canonical(value) || (msr == IA32_S_CET && value & ~S_CET_DEFINED))
		return false;
	vmwrite(field, value);
	return true;
}

/* Bits that must not be set in an MSR of the class MSR_BITS. */
static u64 denied_bits(u32 msr)
{
	return msr == IA32_MISC_ENABLE ? MISC_ENABLE_XD_DISABLE : XSS_PT;
}

/* Linux switches the MTRRs off with E, FE and the type cleared (mtrr_disable(), prepare_set()). */
static bool is_mtrr_type(u64 value)
{
	return value == mtrr_type || value == (mtrr_type & ~0xcffull);
}

static bool is_allowed(u32 msr, u32 class, u64 old, bool readable, u64 value)
{
	switch (class) {
	case MSR_FREE:
		return true;
	case MSR_PINNED:
		return readable && value == old;
	case MSR_ADDRESS:
		return readable && (value == old || !value);
	case MSR_BITS:
		return !(value & ~old & denied_bits(msr));
	case MSR_APIC_BASE:
		return !((value ^ old) & APIC_BASE_ADDRESS);
	case MSR_MTRR_TYPE:
		return is_mtrr_type(value);
	default:
		return false;
	}
}

/**
 * write_classified_msr() - WRMSR of an MSR that is not another policy's
 * @cpu: this CPU
 * @msr: which
 * @value: what it is to hold
 *
 * The local APIC must not be moved, even with the policy off: over a page of the host it would take
 * what the host writes to its stack, and answer what the host reads of the lock.
 *
 * Return: false for #GP.
 */
bool write_classified_msr(struct sb_cpu *cpu, u32 msr, u64 value)
{
	u32 class = class_in(row_from(rows, msr), msr);
	u64 old = 0;
	bool readable = read_old(cpu, msr, &old);
	struct violation v = { .policy = class == MSR_APIC_BASE ? SHADOW_BOX_POLICY_HOST_MEMORY :
								  SHADOW_BOX_POLICY_MSRS,
			       .why = SHADOW_BOX_WHY_REGISTER,
			       .subject = SHADOW_BOX_SUBJECT_REGISTER, .code = msr,
			       .size = sizeof(old), .old = &old, .new = &value };

	if (!is_allowed(msr, class, old, readable, value) && violation(cpu, &v))
		return false;
	return execute(cpu, msr, value);
}

/* msrs, and what control-regs and syscall-msrs have in the bitmap */
FEATURE(NONE, NONE, NONE, HOOK(apply_msr_policies), NONE, NONE);

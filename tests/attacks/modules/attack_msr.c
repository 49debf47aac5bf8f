// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redirects system calls by the MSRs that say where they enter the kernel, and reaches past the host by
 * others. The old value is back a few instructions later, with interrupts off.
 */
#include <linux/irqflags.h>
#include <asm/io.h>
#include <asm/msr-index.h>
#include <asm/mtrr.h>

#include "host/guest/msr_classes.h"
#include "linux/state.h"

#include "attack.h"

static u64 read_msr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return low | (u64)high << 32;
}

static u64 write_msr(u32 msr, u64 value)
{
	u64 vector = ATTACK_NO_FAULT;
	u32 low = value;

	asm volatile("1: wrmsr\n"
		     "jmp 3f\n"
		     "2: mov %%rax, %[fault]\n"
		     "3:\n"
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
		     : [fault] "+m" (vector), "+a" (low)
		     : "c" (msr), "d" ((u32)(value >> 32)) : "memory");
	return vector;
}

static enum verdict change(u32 msr, u64 value)
{
	u64 vector, old, now;
	unsigned long flags;

	local_irq_save(flags);
	old = read_msr(msr);
	vector = write_msr(msr, value);
	now = read_msr(msr);
	if (now != old)
		write_msr(msr, old);
	local_irq_restore(flags);
	if (now == old)
		return value == old ? ATTACK_FAILED : attack_fault(vector);
	return now == value && vector == ATTACK_NO_FAULT ? ATTACK_DONE : ATTACK_HALF;
}

/* Where a rootkit would have system calls end up. */
static void hook(void)
{
}

#define MSRS(X)									\
	X(lstar, MSR_LSTAR, (unsigned long)hook)				\
	X(cstar, MSR_CSTAR, (unsigned long)hook)				\
	X(star, MSR_STAR, 0x0033002000000000)					\
	X(fmask, MSR_SYSCALL_MASK, 0x100)					\
	X(sysenter_cs, MSR_IA32_SYSENTER_CS, 0x33)				\
	X(sysenter_esp, MSR_IA32_SYSENTER_ESP, (unsigned long)&hook)		\
	X(sysenter_eip, MSR_IA32_SYSENTER_EIP, (unsigned long)hook)		\
	X(mtrr, MTRRphysBase_MSR(7), 0xf0000006)

/* IBT off, if it is on. */
static enum verdict s_cet(void)
{
	return read_msr(MSR_IA32_S_CET) ? change(MSR_IA32_S_CET, 0) : ATTACK_SKIPPED;
}

/* No CPU has it; one that ignores such writes takes it. */
static enum verdict unknown(void)
{
	return attack_fault(write_msr(0xbad, 0)) == ATTACK_GP ? ATTACK_GP : ATTACK_DONE;
}

static const struct sb_world *world(void)
{
	const struct sb_core *core = (void *)attack_symbol("sb_core");

	return core && core->active ? &core->world : NULL;
}

/* The local APIC over the host's account of itself, where the lock is. */
static enum verdict apic_base(void)
{
	const struct sb_world *w = world();
	u64 old = read_msr(MSR_IA32_APICBASE);

	return w ? change(MSR_IA32_APICBASE, (old & 0xfff) | __pa(w->status)) : ATTACK_FAILED;
}

struct msr_range {
	u32 first, last, class;
};

#define RANGE(first, last, class, why) { first, last, class },
static const struct msr_range ranges[] = { MSR_CLASSES(RANGE) };

static u32 class_of(u32 msr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (msr >= ranges[i].first && msr <= ranges[i].last)
			return ranges[i].class;
	return MSR_DENIED;
}

/* Must this write be refused? What another row of the table attacks, and what is free, is left alone. */
static bool is_hostile(u32 msr, u64 value)
{
	switch (class_of(msr)) {
	case MSR_PINNED:
		return value != read_msr(msr);
	case MSR_ADDRESS:
		return value && value != read_msr(msr);
	case MSR_BITS:
	case MSR_MTRR_TYPE:
		return value == ~0ull;
	case MSR_DENIED:
		return msr != MSR_IA32_UCODE_WRITE;
	default:
		return false;
	}
}

static bool are_refused(u32 first, u32 count, u64 value)
{
	u32 msr;

	for (msr = first; msr - first < count; msr++)
		if (is_hostile(msr, value) && attack_fault(write_msr(msr, value)) != ATTACK_GP) {
			pr_err("attack: MSR 0x%x takes 0x%llx\n", msr, value);
			return false;
		}
	return true;
}

static bool is_value_refused(u64 value)
{
	return are_refused(0, 0x2000, value) && are_refused(0xc0000000, 0x2000, value) &&
	       are_refused(0x40000000, 0x200, value) && are_refused(0x4b564d00, 0x10, value);
}

/* Zeros, ones, the status page, each block of the host: into every MSR that is not free. */
static enum verdict every(void)
{
	const struct sb_world *w = world();
	u32 i;

	if (!w)
		return ATTACK_FAILED;
	if (!is_value_refused(0) || !is_value_refused(~0ull) || !is_value_refused(__pa(w->status)))
		return ATTACK_HALF;
	for (i = 0; i < w->memory.nr_blocks; i++)
		if (!is_value_refused(w->memory.block[i].phys | 1))
			return ATTACK_HALF;
	return ATTACK_GP;
}

#define DEED(name, msr, value) static enum verdict name(void) { return change(msr, value); }
MSRS(DEED)

#define CHOICE(name, msr, value) { #name, name },
static const struct attack_choice choices[] = {
	MSRS(CHOICE)
	{ "s_cet", s_cet },
	{ "unknown", unknown },
	{ "apic_base", apic_base },
	{ "every", every },
};

ATTACK_CHOICE(choices, "MSRs");

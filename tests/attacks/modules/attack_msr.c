// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redirects system calls by the MSRs that say where they enter the kernel. The old value is back a few
 * instructions later, with interrupts off.
 */
#include <linux/irqflags.h>
#include <asm/msr-index.h>

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
	X(sysenter_eip, MSR_IA32_SYSENTER_EIP, (unsigned long)hook)

#define DEED(name, msr, value) static enum verdict name(void) { return change(msr, value); }
MSRS(DEED)

#define CHOICE(name, msr, value) { #name, name },
static const struct attack_choice choices[] = { MSRS(CHOICE) };

ATTACK_CHOICE(choices, "where system calls enter the kernel");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switches a protection of the CPU off: CR0.WP, CR4.SMEP, SMAP, UMIP and LASS, EFER.NXE and SCE. Each is on again
 * a few instructions later, with interrupts off.
 */
#include <linux/irqflags.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "attack.h"

static enum verdict judge(u64 vector, bool cleared)
{
	return cleared ? vector == ATTACK_NO_FAULT ? ATTACK_DONE : ATTACK_HALF :
			 attack_fault(vector);
}

static const u64 constant = 0x5b0c5b0c5b0c5b0cull;

/* The proof is a write to a page that is read-only. */
static enum verdict wp(void)
{
	u64 vector = ATTACK_NO_FAULT, denied = ATTACK_NO_FAULT, old, now;
	unsigned long flags, cr4;

	local_irq_save(flags);
	cr4 = attack_clear_cet();
	asm volatile("mov %%cr0, %0" : "=r" (old));
	ATTACK_TRY(vector, "mov %[v], %%cr0", [v] "r" (old & ~X86_CR0_WP));
	asm volatile("mov %%cr0, %0" : "=r" (now));
	ATTACK_TRY(denied, "movq %[v], (%[c])", [c] "r" (&constant), [v] "r" (constant));
	if (now != old)
		asm volatile("mov %0, %%cr0" : : "r" (old) : "memory");
	attack_restore_cr4(cr4);
	local_irq_restore(flags);
	/* What is read and what holds must be the same. */
	if (!(now & X86_CR0_WP) != (denied == ATTACK_NO_FAULT))
		return ATTACK_HALF;
	return judge(vector, !(now & X86_CR0_WP));
}

/* Linux sets it if the CPU has it. */
static enum verdict clear_cr4(u64 bit)
{
	u64 vector = ATTACK_NO_FAULT, old, now;
	unsigned long flags;

	local_irq_save(flags);
	asm volatile("mov %%cr4, %0" : "=r" (old));
	if (!(old & bit)) {
		local_irq_restore(flags);
		return ATTACK_SKIPPED;
	}
	ATTACK_TRY(vector, "mov %[v], %%cr4", [v] "r" (old & ~bit));
	asm volatile("mov %%cr4, %0" : "=r" (now));
	if (now != old)
		asm volatile("mov %0, %%cr4" : : "r" (old) : "memory");
	local_irq_restore(flags);
	return judge(vector, !(now & bit));
}

static enum verdict smep(void)
{
	return clear_cr4(X86_CR4_SMEP);
}

static enum verdict smap(void)
{
	return clear_cr4(X86_CR4_SMAP);
}

static enum verdict umip(void)
{
	return clear_cr4(X86_CR4_UMIP);
}

/* Not every kernel here has a name for it. */
static enum verdict lass(void)
{
	return clear_cr4(BIT(27));
}

/*
 * Without NXE every page-table entry with the NX bit faults, those of stack and data too: from the first
 * WRMSR to the last nothing but registers is touched. The fault of the first skips the last.
 */
static enum verdict clear_efer(u32 bit)
{
	u64 vector = ATTACK_NO_FAULT;
	unsigned long flags;
	u32 now = bit;

	local_irq_save(flags);
	asm volatile("rdmsr\n"
		     "mov %%eax, %%esi\n"
		     "mov %%edx, %%edi\n"
		     "and %[keep], %%eax\n"
		     "1: wrmsr\n"
		     "rdmsr\n"
		     "mov %%eax, %[now]\n"
		     "mov %%esi, %%eax\n"
		     "mov %%edi, %%edx\n"
		     "wrmsr\n"
		     "jmp 3f\n"
		     "2: mov %%rax, %[fault]\n"
		     "3:\n"
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
		     : [fault] "+m" (vector), [now] "+r" (now)
		     : "c" (MSR_EFER), [keep] "r" (~bit)
		     : "rax", "rdx", "rsi", "rdi", "cc", "memory");
	local_irq_restore(flags);
	return judge(vector, !(now & bit));
}

static enum verdict nxe(void)
{
	return clear_efer(EFER_NX);
}

static enum verdict sce(void)
{
	return clear_efer(EFER_SCE);
}

static const struct attack_choice choices[] = {
	{ "wp", wp },
	{ "smep", smep },
	{ "smap", smap },
	{ "umip", umip },
	{ "lass", lass },
	{ "nxe", nxe },
	{ "sce", sce },
};

ATTACK_CHOICE(choices, "protections in control registers and EFER");

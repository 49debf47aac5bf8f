// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives the CPU other descriptor tables than Linux's: LIDT and LGDT of a copy, LLDT and LTR of a segment of
 * its own. All are put back at once, with interrupts off.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#include "attack.h"

static u8 copy[PAGE_SIZE] __aligned(PAGE_SIZE);

/* What a register came to be, after an instruction that raised @vector or nothing. */
static enum verdict judge(u64 vector, bool changed)
{
	return changed ? vector == ATTACK_NO_FAULT ? ATTACK_DONE : ATTACK_HALF :
			 attack_fault(vector);
}

#define TABLE(name, load, store)						\
static enum verdict name(void)							\
{										\
	struct desc_ptr old, new, now;						\
	u64 vector = ATTACK_NO_FAULT;						\
	unsigned long flags;							\
										\
	local_irq_save(flags);							\
	asm volatile(store " %0" : "=m" (old));					\
	new = old;								\
	new.address = (unsigned long)copy;					\
	memcpy(copy, (void *)old.address, old.size + 1);			\
	ATTACK_TRY(vector, load " %[new]", [new] "m" (new));			\
	asm volatile(store " %0" : "=m" (now));					\
	if (now.address != old.address)						\
		asm volatile(load " %0" : : "m" (old));				\
	local_irq_restore(flags);						\
	return judge(vector, now.address == new.address);			\
}

TABLE(lidt, "lidt", "sidt")
TABLE(lgdt, "lgdt", "sgdt")

/* Two entries of the GDT for a segment of its own: those of thread-local storage, loaded anew for each program. */
#define SPARE		GDT_ENTRY_TLS_MIN
#define SELECTOR	(SPARE * 8)

static struct x86_hw_tss tss;

static void describe(struct desc_struct *gdt, void *base, u32 limit, u8 type)
{
	set_tssldt_descriptor(&gdt[SPARE], (unsigned long)base, type, limit);
}

/* Linux loads one selector only, that of its LDTs, and so may others. */

static enum verdict lldt(void)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(smp_processor_id()), old[2];
	u64 vector = ATTACK_NO_FAULT;
	unsigned long flags;
	u16 before, now;

	local_irq_save(flags);
	memcpy(old, &gdt[SPARE], sizeof(old));
	asm volatile("sldt %0" : "=m" (before));
	describe(gdt, copy, 7, DESC_LDT);
	ATTACK_TRY(vector, "lldt %w[s]", [s] "r" (SELECTOR));
	asm volatile("sldt %0" : "=m" (now));
	memcpy(&gdt[SPARE], old, sizeof(old));
	if (now != before)
		asm volatile("lldt %0" : : "m" (before));
	local_irq_restore(flags);
	return judge(vector, now == SELECTOR);
}

/* LTR marks the segment as busy, in the GDT: that is read-only to all who leave CR0.WP set. */
static void load_task_register(struct desc_struct *gdt, u16 selector, u64 *vector)
{
	unsigned long cr4 = attack_clear_cet(), cr0 = read_cr0();

	gdt[selector / 8].type = DESC_TSS;
	asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~X86_CR0_WP) : "memory");
	ATTACK_TRY(*vector, "ltr %w[s]", [s] "r" (selector));
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
	attack_restore_cr4(cr4);
}

static enum verdict ltr(void)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(smp_processor_id()), old[2];
	u64 vector = ATTACK_NO_FAULT, ignored;
	unsigned long flags;
	u16 before, now;

	local_irq_save(flags);
	memcpy(old, &gdt[SPARE], sizeof(old));
	tss = this_cpu_ptr(&cpu_tss_rw)->x86_tss;
	asm volatile("str %0" : "=m" (before));
	describe(gdt, &tss, sizeof(tss) - 1, DESC_TSS);
	load_task_register(gdt, SELECTOR, &vector);
	asm volatile("str %0" : "=m" (now));
	if (now != before)
		load_task_register(gdt, before, &ignored);
	memcpy(&gdt[SPARE], old, sizeof(old));
	local_irq_restore(flags);
	return judge(vector, now == SELECTOR);
}

static const struct attack_choice choices[] = {
	{ "lidt", lidt },
	{ "lgdt", lgdt },
	{ "lldt", lldt },
	{ "ltr", ltr },
};

ATTACK_CHOICE(choices, "descriptor-table registers");

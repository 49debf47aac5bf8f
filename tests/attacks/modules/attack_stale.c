// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps pages of a module's code beyond its end ("keep", while it is there), then writes code of its own to
 * them and executes that ("execute", when it is gone): a page for each CPU.
 */
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>
#include <asm/trapnr.h>

#include "attack.h"

static enum verdict keep(void)
{
	struct page **kept = &attack_kept[raw_smp_processor_id() % ATTACK_CPUS];
	unsigned long pages = PAGE_ALIGN(attack_symbol("late_pages"));

	if (!pages)
		return ATTACK_FAILED;
	if (*kept)
		put_page(*kept);
	*kept = vmalloc_to_page((void *)pages + (kept - attack_kept) * PAGE_SIZE);
	get_page(*kept);
	return ATTACK_DONE;
}

static u8 *code;
static u64 vector;

/* A fetch that faults has no instruction that could be in the exception table: return from there. */
static int on_die(struct notifier_block *nb, unsigned long reason, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;

	if (reason != DIE_GPF || regs->ip != (unsigned long)code)
		return NOTIFY_DONE;
	vector = X86_TRAP_GP;
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(unsigned long);
	return NOTIFY_STOP;
}

static struct notifier_block on_die_block = { .notifier_call = on_die };

/* vmap() makes no executable mappings. */
static void make_executable(void *address)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)address, &level);

	clear_bit(_PAGE_BIT_NX, (unsigned long *)pte);
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
}

static enum verdict execute(void)
{
	struct page *page = attack_kept[raw_smp_processor_id() % ATTACK_CPUS];

	code = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	if (!code)
		return ATTACK_FAILED;
	make_executable(code);
	vector = ATTACK_NO_FAULT;
	*code = 0xc3;	/* RET */
	register_die_notifier(&on_die_block);
	attack_call((unsigned long)code, 0, 0, 0, 0);
	unregister_die_notifier(&on_die_block);
	vunmap(code);
	return vector == ATTACK_NO_FAULT ? ATTACK_DONE : attack_fault(vector);
}

static const struct attack_choice choices[] = {
	{ "keep", keep },
	{ "execute", execute },
};

ATTACK_CHOICE(choices, "code in the memory of a module that is gone");

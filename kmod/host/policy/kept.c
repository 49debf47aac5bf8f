// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays where it is mapped: code, constants and IDT of the kernel. And the list of tables that map
 * them. All under the host's lock.
 */
#include "kept.h"

struct table tables[TABLES];
u32 nr_tables;

/*
 * Number @i of the kernel's protected pages if they stay; NULL if they need not: the page where CPUs start is
 * in the direct map, which Linux changes.
 */
const struct sb_protected *kept(u32 i)
{
	const struct sb_protected *p = &facts()->protected[i];

	if (p->policy == SHADOW_BOX_POLICY_KERNEL_RODATA || p->policy == SHADOW_BOX_POLICY_IDT ||
	    p->start == facts()->text.start)
		return p;
	return NULL;
}

/* The first of those pages that are mapped from @start to @last; NULL if there are none. */
const struct sb_protected *first_kept(u64 start, u64 last)
{
	const struct sb_protected *first = NULL;
	u32 i;

	for (i = 0; i < facts()->nr_protected; i++) {
		const struct sb_protected *p = kept(i);

		if (p && p->start <= last && start < p->start + p->size &&
		    (!first || p->start < first->start))
			first = p;
	}
	return first;
}

struct table *table_at(u64 phys)
{
	u32 i;

	for (i = 0; i < nr_tables; i++)
		if (tables[i].phys == phys)
			return &tables[i];
	return NULL;
}

/* The first address of pages that stay which an entry of a table maps, or just what it maps; 0 if it is in none. */
u64 mapped_by(u64 gpa)
{
	const struct table *table = table_at(gpa & ~(SB_PAGE_SIZE - 1));
	const struct sb_protected *p;
	u64 start, last;

	if (!table)
		return 0;
	start = table->linear + gpa % SB_PAGE_SIZE / 8 * table_entry_size(table->level);
	last = start + table_entry_size(table->level) - 1;
	p = first_kept(start, last);
	return p && p->start > start ? p->start : start;
}

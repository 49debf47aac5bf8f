// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the host's page tables (SDM 4.5): 4 KB pages, supervisor only, each with the least
 * rights. What is not mapped faults.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#endif
#include "paging.h"

#define PTE_PRESENT	BIT_ULL(0)
#define PTE_ACCESSED	BIT_ULL(5)
#define PTE_DIRTY	BIT_ULL(6)
#define ADDRESS_MASK	0x000ffffffffff000ull

static u64 *entry_at(u64 *table, u64 virt, int level)
{
	return &table[virt >> (12 + 9 * (level - 1)) & 511];
}

static u64 *table_below(struct sb_paging *paging, u64 *entry)
{
	struct sb_page page;

	if (*entry)
		return sb_memory_virt(paging->memory, *entry & ADDRESS_MASK);
	page = sb_memory_pages(paging->memory, 1);
	if (page.virt)
		*entry = page.phys | PTE_PRESENT | SB_MAP_WRITE | PTE_ACCESSED;
	return page.virt;
}

/* A shortage of memory is noted in memory->failed. */
void sb_paging_init(struct sb_paging *paging)
{
	paging->root = sb_memory_pages(paging->memory, 1);
}

static void map_page(struct sb_paging *paging, u64 virt, u64 phys, u64 flags)
{
	u64 *table = paging->root.virt;
	int level;

	for (level = paging->levels; level > 1 && table; level--)
		table = table_below(paging, entry_at(table, virt, level));
	if (table)
		*entry_at(table, virt, 1) = phys | flags | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;
}

/**
 * sb_paging_map() - map pages that lie next to each other
 * @paging: the tables
 * @virt: host-virtual address, page-aligned
 * @phys: physical address, page-aligned
 * @size: bytes, rounded up to pages
 * @flags: %SB_MAP_CODE, %SB_MAP_RODATA or %SB_MAP_DATA
 *
 * Context: may sleep. A shortage of memory is noted in memory->failed.
 */
void sb_paging_map(struct sb_paging *paging, u64 virt, u64 phys, u64 size, u64 flags)
{
	u64 offset;

	for (offset = 0; offset < size; offset += SB_PAGE_SIZE)
		map_page(paging, virt + offset, phys + offset, flags);
}

/* The leaf entry for @virt, 0 if it is not mapped. */
u64 sb_paging_lookup(const struct sb_paging *paging, u64 virt)
{
	u64 *table = paging->root.virt;
	int level;

	for (level = paging->levels; level > 1 && table; level--) {
		u64 entry = *entry_at(table, virt, level);

		if (!entry)
			return 0;
		table = sb_memory_virt(paging->memory, entry & ADDRESS_MASK);
	}
	return table ? *entry_at(table, virt, 1) : 0;
}

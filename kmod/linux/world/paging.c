// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the host's page tables (SDM 4.5): supervisor only, each page with the least rights. What
 * is not mapped faults.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#endif
#include "paging.h"

#define PTE_PRESENT	BIT_ULL(0)
#define PTE_ACCESSED	BIT_ULL(5)
#define PTE_DIRTY	BIT_ULL(6)
#define PTE_LARGE	BIT_ULL(7)
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

static u64 page_size(int level)
{
	return SB_PAGE_SIZE << (9 * (level - 1));
}

/* The table of @level that covers @virt; the tables above it are added. */
static u64 *table_at(struct sb_paging *paging, u64 virt, int level)
{
	u64 *table = paging->root.virt;
	int above;

	for (above = paging->levels; above > level && table; above--)
		table = table_below(paging, entry_at(table, virt, above));
	return table;
}

static void map_page(struct sb_paging *paging, u64 virt, u64 phys, u64 flags, int level)
{
	u64 *table = table_at(paging, virt, level);

	if (table)
		*entry_at(table, virt, level) = phys | flags | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY |
						(level > 1 ? PTE_LARGE : 0);
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
		map_page(paging, virt + offset, phys + offset, flags, 1);
}

/* The largest page that starts here and ends within @size. */
static int largest_level(const struct sb_paging *paging, u64 virt, u64 phys, u64 size)
{
	int level = paging->page_1g ? 3 : 2;

	while (level > 1 && (((virt | phys) & (page_size(level) - 1)) || size < page_size(level)))
		level--;
	return level;
}

/* As sb_paging_map(), with pages as large as alignment allows; @size is whole pages. */
void sb_paging_map_large(struct sb_paging *paging, u64 virt, u64 phys, u64 size, u64 flags)
{
	while (size) {
		int level = largest_level(paging, virt, phys, size);

		map_page(paging, virt, phys, flags, level);
		virt += page_size(level);
		phys += page_size(level);
		size -= page_size(level);
	}
}

/* Physical address of the table of @level that covers @virt, added if need be. */
u64 sb_paging_table(struct sb_paging *paging, u64 virt, int level)
{
	u64 *table = table_at(paging, virt, level + 1), *entry;

	if (!table)
		return 0;
	entry = entry_at(table, virt, level + 1);
	table_below(paging, entry);
	return *entry & ADDRESS_MASK;
}

/* The leaf entry for @virt, 0 if it is not mapped. */
u64 sb_paging_lookup(const struct sb_paging *paging, u64 virt)
{
	u64 *table = paging->root.virt;
	int level;

	for (level = paging->levels; level > 1 && table; level--) {
		u64 entry = *entry_at(table, virt, level);

		if (!entry || entry & PTE_LARGE)
			return entry;
		table = sb_memory_virt(paging->memory, entry & ADDRESS_MASK);
	}
	return table ? *entry_at(table, virt, 1) : 0;
}

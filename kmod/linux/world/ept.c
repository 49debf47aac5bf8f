// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the extended page tables (SDM 29.3.2): an identity map with leaves as large as memory
 * types allow, in which the host's blocks then turn into zeros.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/errno.h>
#else
#include <errno.h>
#endif
#include "../../abi/facts.h"
#include "../../abi/vmx.h"
#include "ept.h"

#define ENTRIES		512
#define ADDRESS_MASK	0x000ffffffffff000ull

/* Bytes that one entry maps: level 1 is the page table, level 4 the PML4. */
static u64 entry_size(int level)
{
	return SB_PAGE_SIZE << (9 * (level - 1));
}

static u64 *entry_at(u64 *table, u64 gpa, int level)
{
	return &table[gpa / entry_size(level) % ENTRIES];
}

static u64 leaf(u64 gpa, int type, int level)
{
	return gpa | EPT_RIGHTS | (u64)type << EPT_MEMORY_TYPE_SHIFT | (level > 1 ? EPT_LEAF : 0);
}

/* A new, empty table under @entry; NULL if memory is out. */
static u64 *add_table(struct sb_ept *ept, u64 *entry)
{
	struct sb_page page = sb_memory_pages(ept->memory, 1);

	if (page.virt)
		*entry = page.phys | EPT_RIGHTS;
	return page.virt;
}

static bool can_be_leaf(const struct sb_ept *ept, int level)
{
	return level == 1 || level == 2 || (level == 3 && ept->leaf_1g);
}

/*
 * Maps what @table covers from @gpa on. Recursion is at most four deep. Entries that cannot be one
 * leaf, or would have mixed types, get a table of their own.
 */
static void map_table(struct sb_ept *ept, u64 *table, u64 gpa, int level)
{
	u64 size = entry_size(level);
	int i;

	for (i = 0; i < ENTRIES && gpa < ept->end; i++, gpa += size) {
		int type = can_be_leaf(ept, level) ? sb_mtrr_type(ept->mtrr, gpa, size)
						   : SB_MTRR_MIXED;
		u64 *below;

		if (type != SB_MTRR_MIXED) {
			table[i] = leaf(gpa, type, level);
			continue;
		}
		below = add_table(ept, &table[i]);
		if (below)
			map_table(ept, below, gpa, level - 1);
	}
}

/* The table under the entry for @gpa in @table, split from the leaf that was there if need be. */
static u64 *table_below(struct sb_ept *ept, u64 *table, u64 gpa, int level)
{
	u64 *entry = entry_at(table, gpa, level), old = *entry, *below;
	int i;

	if (!(old & EPT_LEAF))
		return sb_memory_virt(ept->memory, old & ADDRESS_MASK);
	below = add_table(ept, entry);
	for (i = 0; below && i < ENTRIES; i++) {
		below[i] = old + i * entry_size(level - 1);
		if (level == 2)
			below[i] &= ~EPT_LEAF;
	}
	return below;
}

static bool is_shared(const struct sb_block *block, int page)
{
	return block->shared[page / 64] >> (page % 64) & 1;
}

/* Every page of the block reads as zeros, but for those the guest may see; none can be written. */
static void hide_block(struct sb_ept *ept, const struct sb_block *block)
{
	u64 *table = ept->root.virt, type = (u64)MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT |
					    (u64)EPT_OWNER_HOST << EPT_OWNER_SHIFT;
	int level, i;

	for (level = 4; level > 1 && table; level--)
		table = table_below(ept, table, block->phys, level);
	for (i = 0; table && i < SB_BLOCK_PAGES; i++)
		table[i] = EPT_READ | type | (is_shared(block, i) ? block->phys + i * SB_PAGE_SIZE
								   : ept->zero.phys);
}

/**
 * sb_ept_build() - build the tables
 * @ept: memory, mtrr, end and leaf_1g are given; root and zero are filled in
 *
 * All blocks of the host's memory are hidden, those included that building takes; %SB_POOL_RESERVE
 * pages of the last one stay free. Pages must be marked as shared before.
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int sb_ept_build(struct sb_ept *ept)
{
	u32 i;

	ept->root = sb_memory_pages(ept->memory, 1);
	ept->zero = sb_memory_pages(ept->memory, 1);
	if (ept->memory->failed)
		return -ENOMEM;
	map_table(ept, ept->root.virt, 0, 4);
	for (i = 0; i < ept->memory->nr_blocks && !ept->memory->failed; i++) {
		hide_block(ept, &ept->memory->block[i]);
		if (i == ept->memory->nr_blocks - 1)
			sb_memory_leave(ept->memory, SB_POOL_RESERVE);
	}
	return ept->memory->failed ? -ENOMEM : 0;
}

/**
 * sb_ept_lookup() - the leaf that maps an address
 * @ept: the tables
 * @gpa: guest-physical address
 * @leaf_size: bytes that the leaf maps
 *
 * Return: the leaf entry, 0 if nothing is mapped there.
 */
u64 sb_ept_lookup(const struct sb_ept *ept, u64 gpa, u64 *leaf_size)
{
	u64 *table = ept->root.virt;
	int level;

	for (level = 4; level > 0; level--) {
		u64 entry = *entry_at(table, gpa, level);

		*leaf_size = entry_size(level);
		if (level == 1 || !(entry & EPT_RWX) || entry & EPT_LEAF)
			return entry;
		table = sb_memory_virt(ept->memory, entry & ADDRESS_MASK);
	}
	return 0;
}

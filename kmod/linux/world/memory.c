// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing out pages of the host world's blocks. Pages are never given back one by one: the world
 * is built once, before the launch, and freed as a whole.
 */
#ifdef __KERNEL__
#include <linux/compiler.h>
#endif
#include "memory.h"

static struct sb_block *add_block(struct sb_memory *memory)
{
	struct sb_block *block = &memory->block[memory->nr_blocks];

	if (memory->nr_blocks == SB_BLOCKS_MAX)
		return NULL;
	block->virt = sb_block_alloc(&block->phys);
	if (!block->virt)
		return NULL;
	memory->nr_blocks++;
	return block;
}

static struct sb_block *block_with_room(struct sb_memory *memory, u32 count)
{
	struct sb_block *last = memory->nr_blocks ? &memory->block[memory->nr_blocks - 1] : NULL;

	if (last && last->used + count <= SB_BLOCK_PAGES)
		return last;
	return add_block(memory);
}

/**
 * sb_memory_pages() - take zeroed pages that lie next to each other
 * @memory: the host world's memory; grows by a block when need be
 * @count: how many, at most %SB_BLOCK_PAGES
 *
 * Context: may sleep.
 * Return: the pages; virt is NULL, and memory->failed is set, if there are none.
 */
struct sb_page sb_memory_pages(struct sb_memory *memory, u32 count)
{
	struct sb_block *block = memory->failed ? NULL : block_with_room(memory, count);
	struct sb_page page = { NULL, 0 };

	if (!block) {
		memory->failed = true;
		return page;
	}
	page.virt = block->virt + block->used * SB_PAGE_SIZE;
	page.phys = block->phys + block->used * SB_PAGE_SIZE;
	block->used += count;
	return page;
}

/* Sees to it that at least @count pages of the last block stay free. Context: may sleep. */
void sb_memory_leave(struct sb_memory *memory, u32 count)
{
	if (!memory->failed && !block_with_room(memory, count))
		memory->failed = true;
}

static struct sb_block *find_block(const struct sb_memory *memory, u64 phys)
{
	u32 i;

	for (i = 0; i < memory->nr_blocks; i++)
		if (phys - memory->block[i].phys < SB_BLOCK_SIZE)
			return (struct sb_block *)&memory->block[i];
	return NULL;
}

/* Lets the guest read the page at @phys. */
void sb_memory_share(struct sb_memory *memory, u64 phys)
{
	struct sb_block *block = find_block(memory, phys);
	u32 index = (phys - block->phys) / SB_PAGE_SIZE;

	block->shared[index / 64] |= 1ull << (index % 64);
}

/* Where Linux sees physical address @phys of the host world, or NULL if it is not in there. */
void *sb_memory_virt(const struct sb_memory *memory, u64 phys)
{
	struct sb_block *block = find_block(memory, phys);

	return block ? block->virt + (phys - block->phys) : NULL;
}

/* Bytes handed out. */
u64 sb_memory_used(const struct sb_memory *memory)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < memory->nr_blocks; i++)
		pages += memory->block[i].used;
	return pages * SB_PAGE_SIZE;
}

void sb_memory_free(struct sb_memory *memory)
{
	while (memory->nr_blocks) {
		struct sb_block *block = &memory->block[--memory->nr_blocks];

		sb_block_free(block->virt);
		*block = (struct sb_block){ 0 };
	}
	memory->failed = false;
}

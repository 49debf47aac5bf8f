/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the host world: whole 2 MB blocks, so that hiding them splits no other EPT leaf, and
 * single pages handed out of them. Compiled into unit tests as well.
 */
#ifndef SB_LINUX_MEMORY_H
#define SB_LINUX_MEMORY_H

#include "../../abi/types.h"

#define SB_BLOCK_SIZE	(2ull << 20)
#define SB_BLOCK_PAGES	512
#define SB_BLOCKS_MAX	64

/**
 * struct sb_block - one block
 * @virt: where Linux sees it until the launch
 * @phys: physical address, 2 MB-aligned
 * @used: pages handed out, from the start of the block
 * @shared: a bit for each page that the guest may read
 */
struct sb_block {
	u8 *virt;
	u64 phys;
	u32 used;
	u64 shared[SB_BLOCK_PAGES / 64];
};

/**
 * struct sb_memory - the blocks of the host world
 * @nr_blocks: how many there are
 * @block: the blocks
 * @failed: a page could not be had; sticky, so that builders check once at their end
 */
struct sb_memory {
	u32 nr_blocks;
	bool failed;
	struct sb_block block[SB_BLOCKS_MAX];
};

/**
 * struct sb_page - pages that lie next to each other
 * @virt: where Linux sees them
 * @phys: physical address of the first
 */
struct sb_page {
	void *virt;
	u64 phys;
};

struct sb_page sb_memory_pages(struct sb_memory *memory, u32 count);
void sb_memory_leave(struct sb_memory *memory, u32 count);
void sb_memory_share(struct sb_memory *memory, u64 phys);
void *sb_memory_virt(const struct sb_memory *memory, u64 phys);
u64 sb_memory_used(const struct sb_memory *memory);
void sb_memory_free(struct sb_memory *memory);

/* From the kernel's page allocator (block.c) or the unit tests: one zeroed block, or NULL. */
u8 *sb_block_alloc(u64 *phys);
void sb_block_free(u8 *virt);

#endif

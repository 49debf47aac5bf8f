// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of pages. All functions are called under the host's lock, but for the lookups of blocks,
 * which are only ever added.
 */
#include "pool.h"

#define BLOCKS		64
#define BLOCK_SIZE	(2ull << 20)
#define BLOCK_PAGES	POOL_RUN_MAX

#define PTE_LARGE_DATA	0x80000000000000e3ull	/* present, writable, accessed, dirty, large, no execute */

static u64 block[BLOCKS];
static u32 nr_blocks;			/* written last when a block is added */
static u64 used[BLOCKS][BLOCK_PAGES / 64];	/* a bit for each page that is not free */
static bool ready;

static u64 block_virt(u32 index)
{
	return block_base() + index * BLOCK_SIZE;
}

static bool is_used(u32 index, u32 page)
{
	return used[index][page / 64] >> (page % 64) & 1;
}

static void set_used(u32 index, u32 page, bool is)
{
	u64 bit = 1ull << (page % 64);

	if (is)
		used[index][page / 64] |= bit;
	else
		used[index][page / 64] &= ~bit;
}

/* The first @pages of a block are not free. */
static void set_used_first(u32 index, u64 pages)
{
	u32 word;

	for (word = 0; word < BLOCK_PAGES / 64; word++) {
		used[index][word] = pages < 64 ? BIT(pages) - 1 : ~0ull;
		pages -= pages < 64 ? pages : 64;
	}
}

/*
 * The first call finds the launch's blocks and what is left of the last one. The first CPU makes
 * it, by its first exit that looks at guest memory (HELLO), before any other CPU is launched.
 */
static void begin(void)
{
	const struct sb_facts *f = facts();
	u32 i;

	for (i = 0; i < f->nr_blocks; i++) {
		block[i] = f->block[i];
		if (f->pool.start > block_virt(i))
			set_used_first(i, (f->pool.start - block_virt(i)) / SB_PAGE_SIZE);
	}
	nr_blocks = f->nr_blocks;
	status()->pool_pages = (f->pool.end - f->pool.start) / SB_PAGE_SIZE;
	status()->pool_free = status()->pool_pages;
	ready = true;
}

static inline void init(void)
{
	if (unlikely(!ready))
		begin();
}

static u32 free_run(u32 index, u32 first, u32 count)
{
	u32 n = 0;

	while (n < count && first + n < BLOCK_PAGES && !is_used(index, first + n))
		n++;
	return n;
}

static void *take(u32 index, u32 first, u32 count)
{
	u8 *pages = (u8 *)(block_virt(index) + first * SB_PAGE_SIZE);
	u32 i;

	for (i = 0; i < count; i++)
		set_used(index, first + i, true);
	status()->pool_free -= count;
	zero_bytes(pages, count * SB_PAGE_SIZE);
	return pages;
}

/**
 * pool_pages() - take zeroed pages that lie next to each other
 * @count: how many, 1 to %POOL_RUN_MAX
 * @keep: how many others must stay free: %SB_POOL_RESERVE but for hiding a block, or the pool could never grow
 *
 * Return: the pages, NULL if there are none.
 */
void *pool_pages(u32 count, u32 keep)
{
	u32 i, page;

	init();
	if (count > BLOCK_PAGES || count + keep > status()->pool_free)
		return NULL;
	for (i = 0; i < nr_blocks; i++) {
		for (page = 0; page < BLOCK_PAGES; page++) {
			u32 run = free_run(i, page, count);

			if (run == count)
				return take(i, page, count);
			page += run;
		}
	}
	return NULL;
}

void pool_free(void *pages, u32 count)
{
	u64 offset = (u64)pages - block_base();
	u32 index = offset / BLOCK_SIZE, first = offset % BLOCK_SIZE / SB_PAGE_SIZE, i;

	for (i = 0; i < count; i++)
		set_used(index, first + i, false);
	status()->pool_free += count;
}

/* Is there room for one more block? */
bool pool_can_grow(void)
{
	init();
	return nr_blocks < BLOCKS;
}

/**
 * pool_add_block() - take a block that Linux has given, if pool_can_grow()
 * @phys: physical address, 2 MB-aligned; hidden from every CPU by now
 */
void pool_add_block(u64 phys)
{
	block_directory()[nr_blocks] = phys | PTE_LARGE_DATA;
	block[nr_blocks] = phys;
	barrier();
	WRITE_ONCE(nr_blocks, nr_blocks + 1);
	status()->pool_pages += BLOCK_PAGES;
	status()->pool_free += BLOCK_PAGES;
}

u64 pool_phys(const void *page)
{
	u64 offset = (u64)page - block_base();

	return block[offset / BLOCK_SIZE] + offset % BLOCK_SIZE;
}

/*
 * Host-virtual address of @phys in one of the blocks, which EPT tables lie in too; NULL if in none.
 */
void *pool_virt(u64 phys)
{
	u32 i, n;

	init();
	n = READ_ONCE(nr_blocks);
	for (i = 0; i < n; i++)
		if (phys - block[i] < BLOCK_SIZE)
			return (void *)(block_virt(i) + (phys - block[i]));
	return NULL;
}

/* How many blocks there are: whoever knows what lies in them knows it for as long as this stays. */
u32 pool_blocks(void)
{
	return READ_ONCE(nr_blocks);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks every page of the host world's memory from the guest: reads it all, and writes to each
 * page. Parameter core is the address of sb_core (/proc/kallsyms), from which the list of blocks
 * comes; results are parameters in sysfs.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/string.h>
#include <asm/asm.h>

#include "linux/state.h"

static ulong core;
module_param(core, ulong, 0400);

static uint pages;		/* pages of host memory */
static uint zero;		/* of which read as zeros */
static uint shared;		/* of which the guest may read, and that hold something */
static uint leaked;		/* of which hold something and are not for the guest */
static uint refused;		/* writes that faulted */
static uint written;		/* writes that did not fault */
static uint changed;		/* pages whose content a write changed */
module_param(pages, uint, 0400);
module_param(zero, uint, 0400);
module_param(shared, uint, 0400);
module_param(leaked, uint, 0400);
module_param(refused, uint, 0400);
module_param(written, uint, 0400);
module_param(changed, uint, 0400);

static bool is_shared(const struct sb_block *block, u32 page)
{
	return block->shared[page / 64] >> (page % 64) & 1;
}

static void read_page(const struct sb_block *block, u32 page)
{
	const u8 *virt = block->virt + page * PAGE_SIZE;

	pages++;
	if (!memchr_inv(virt, 0, PAGE_SIZE))
		zero++;
	else if (is_shared(block, page))
		shared++;
	else
		leaked++;
}

static bool try_write(volatile u64 *where, u64 value)
{
	bool fault = true;

	asm volatile("1: mov %2, %1\n"
		     "movb $0, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+q" (fault), "+m" (*where) : "r" (value) : "memory");
	return !fault;
}

static void write_page(const struct sb_block *block, u32 page)
{
	/* The last word: in the counters and ring pages nobody else changes it. */
	volatile u64 *word = (u64 *)(block->virt + (page + 1) * PAGE_SIZE) - 1;
	u64 before = *word;

	if (try_write(word, ~before))
		written++;
	else
		refused++;
	if (*word != before)
		changed++;
}

static int __init host_walk_init(void)
{
	const struct sb_memory *memory = &((const struct sb_core *)core)->world.memory;
	u32 i, page;

	if (!core)
		return -EINVAL;
	for (i = 0; i < memory->nr_blocks; i++) {
		for (page = 0; page < SB_BLOCK_PAGES; page++) {
			read_page(&memory->block[i], page);
			write_page(&memory->block[i], page);
		}
	}
	return 0;
}

static void __exit host_walk_exit(void)
{
}

module_init(host_walk_init);
module_exit(host_walk_exit);
MODULE_DESCRIPTION("Test: the host world's memory as the guest sees it");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of memory.h: blocks from the page allocator.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "memory.h"

#define BLOCK_ORDER 9	/* 2 MB; the buddy allocator aligns a block to its size */

u8 *sb_block_alloc(u64 *phys)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN |
					__GFP_RETRY_MAYFAIL, BLOCK_ORDER);

	if (!page)
		return NULL;
	*phys = page_to_phys(page);
	return page_address(page);
}

void sb_block_free(u8 *virt)
{
	free_pages((unsigned long)virt, BLOCK_ORDER);
}

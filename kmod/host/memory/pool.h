/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages for what the host builds at run time: EPT tables, modules, patches. The pool is what was
 * left of the launch's blocks, and blocks that Linux gives later.
 */
#ifndef SB_HOST_MEMORY_POOL_H
#define SB_HOST_MEMORY_POOL_H

#include "../host.h"

#define POOL_RUN_MAX	512	/* pages that can be had next to each other: a block */

void *pool_pages(u32 count, u32 keep);
void pool_free(void *pages, u32 count);
bool pool_can_grow(void);
void pool_add_block(u64 phys);
u64 pool_phys(const void *page);
void *pool_virt(u64 phys);
u32 pool_blocks(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The allocator of 2 MB blocks that memory.c wants, with physical addresses of the test's choice
 * and failures on demand.
 */
#ifndef SB_TESTS_BLOCKS_H
#define SB_TESTS_BLOCKS_H

#include "linux/world/memory.h"

#define BLOCKS_NEVER_FAIL (~0u)

/**
 * struct blocks - the allocator
 * @first: physical address of the first block
 * @stride: distance from one block to the next
 * @fail_at: the allocation, counted from 0, that fails
 * @allocated: blocks given out since blocks_reset()
 * @live: of these, not yet freed
 */
struct blocks {
	u64 first;
	u64 stride;
	u32 fail_at;
	u32 allocated;
	u32 live;
};

extern struct blocks blocks;

void blocks_reset(u64 first, u64 stride, u32 fail_at);
void *blocks_virt(u64 phys);

#endif

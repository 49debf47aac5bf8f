// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks from the C library. Their physical addresses differ from the virtual ones, so that code
 * which takes one for the other does not pass.
 */
#include "blocks.h"
#include "unit.h"

struct blocks blocks;

static struct {
	u8 *virt;
	u64 phys;
} given[SB_BLOCKS_MAX + 1];

/* A test that failed may have left blocks behind. */
void blocks_reset(u64 first, u64 stride, u32 fail_at)
{
	u32 n;

	for (n = 0; n < ARRAY_SIZE(given); n++)
		free(given[n].virt);
	blocks = (struct blocks){ .first = first, .stride = stride, .fail_at = fail_at };
	memset(given, 0, sizeof(given));
}

u8 *sb_block_alloc(u64 *phys)
{
	u32 n = blocks.allocated;
	u8 *virt;

	require(n < ARRAY_SIZE(given), "more than %u blocks were asked for", n);
	if (n == blocks.fail_at)
		return NULL;
	virt = aligned_alloc(SB_BLOCK_SIZE, SB_BLOCK_SIZE);
	require(virt, "out of memory");
	memset(virt, 0, SB_BLOCK_SIZE);
	*phys = blocks.first + n * blocks.stride;
	given[n].virt = virt;
	given[n].phys = *phys;
	blocks.allocated++;
	blocks.live++;
	return virt;
}

void sb_block_free(u8 *virt)
{
	u32 n;

	for (n = 0; n < blocks.allocated; n++) {
		if (given[n].virt == virt) {
			given[n].virt = NULL;
			blocks.live--;
			free(virt);
			return;
		}
	}
	unit_fail(__FILE__, __LINE__, "a block was freed that is not allocated");
}

/* Where the physical address @phys is, or NULL if it is in no live block. */
void *blocks_virt(u64 phys)
{
	u32 n;

	for (n = 0; n < blocks.allocated; n++)
		if (given[n].virt && phys - given[n].phys < SB_BLOCK_SIZE)
			return given[n].virt + (phys - given[n].phys);
	return NULL;
}

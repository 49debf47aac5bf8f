// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory type of an aligned piece of physical memory, or that it has more than one.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#endif
#include "../../abi/vmx.h"
#include "mtrr.h"

#define FIXED_END 0x100000ull

static int fixed_type(const struct sb_mtrr *mtrr, u64 address)
{
	if (address < 0x80000)
		return mtrr->fixed[address >> 16];
	if (address < 0xc0000)
		return mtrr->fixed[8 + ((address - 0x80000) >> 14)];
	return mtrr->fixed[24 + ((address - 0xc0000) >> 12)];
}

/*
 * Overlapping ranges (SDM 12.11.4.1): UC wins, WT wins over WB; all else is undefined: play safe.
 */
static int combine(int a, int b)
{
	if (a == b)
		return a;
	if ((a == MEMORY_TYPE_WT && b == MEMORY_TYPE_WB) ||
	    (a == MEMORY_TYPE_WB && b == MEMORY_TYPE_WT))
		return MEMORY_TYPE_WT;
	return MEMORY_TYPE_UC;
}

enum coverage { COVERS_NONE, COVERS_ALL, COVERS_PART };

static enum coverage covers(const struct sb_mtrr *mtrr, u32 range, u64 address, u64 size)
{
	u64 mask = mtrr->mask[range] & ~(SB_PAGE_SIZE - 1);
	u64 above = mask & ~(size - 1);

	if ((address & above) != (mtrr->base[range] & above))
		return COVERS_NONE;
	return mask == above ? COVERS_ALL : COVERS_PART;
}

static int variable_type(const struct sb_mtrr *mtrr, u64 address, u64 size)
{
	int type = -1;
	u32 i;

	for (i = 0; i < mtrr->nr_variable; i++) {
		int this = mtrr->base[i] & 0xff;

		switch (covers(mtrr, i, address, size)) {
		case COVERS_NONE:
			continue;
		case COVERS_ALL:
			type = type < 0 ? this : combine(type, this);
			continue;
		case COVERS_PART:
			return SB_MTRR_MIXED;
		}
	}
	return type < 0 ? mtrr->default_type : type;
}

/**
 * sb_mtrr_type() - memory type of a piece of physical memory
 * @mtrr: the MTRRs
 * @address: start, a multiple of @size
 * @size: in bytes, a power of two from 4 KB on
 *
 * Return: the memory type (SDM table 12-2), or %SB_MTRR_MIXED if not all of it has the same. A
 * piece of 4 KB is never mixed.
 */
int sb_mtrr_type(const struct sb_mtrr *mtrr, u64 address, u64 size)
{
	if (!mtrr->enabled)
		return MEMORY_TYPE_UC;
	if (mtrr->fixed_enabled && address < FIXED_END)
		return size == SB_PAGE_SIZE ? fixed_type(mtrr, address) : SB_MTRR_MIXED;
	return variable_type(mtrr, address, size);
}

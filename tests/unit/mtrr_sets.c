// SPDX-License-Identifier: GPL-2.0-only
/*
 * MTRR sets, and the rules of SDM 12.11 written down once more, for a single address.
 */
#include "unit.h"
#include "abi/vmx.h"
#include "mtrr_sets.h"

#define MB (1ull << 20)
#define GB (1ull << 30)
#define UC MEMORY_TYPE_UC
#define WC MEMORY_TYPE_WC
#define WT MEMORY_TYPE_WT
#define WP MEMORY_TYPE_WP
#define WB MEMORY_TYPE_WB

static struct mtrr_set sets[MTRR_SETS];
static u32 nr_sets;

static void add_mask(struct mtrr_set *set, u64 base, u64 mask, u8 type)
{
	struct sb_mtrr *m = &set->mtrr;

	m->base[m->nr_variable] = base | type;
	m->mask[m->nr_variable++] = (mask & ((1ull << set->width) - 1)) | MTRR_PHYSMASK_VALID;
}

/* A range of a power of two. */
void mtrr_add(struct mtrr_set *set, u64 base, u64 size, u8 type)
{
	add_mask(set, base, ~(size - 1), type);
}

static struct mtrr_set *new_set(const char *name, u32 width, u64 ram, u8 default_type)
{
	struct mtrr_set *set = &sets[nr_sets++];

	*set = (struct mtrr_set){ .name = name, .width = width, .ram = ram,
				  .mtrr = { .enabled = true, .default_type = default_type } };
	return set;
}

static void fix(struct mtrr_set *set, u64 from, u64 to, u8 type)
{
	u64 address;

	set->mtrr.fixed_enabled = true;
	for (address = from; address < to; address += SB_PAGE_SIZE) {
		u32 index = address < 0x80000 ? address / 0x10000 :
			    address < 0xc0000 ? 8 + (address - 0x80000) / 0x4000 :
						24 + (address - 0xc0000) / 0x1000;

		set->mtrr.fixed[index] = type;
	}
}

static void fix_as_a_pc(struct mtrr_set *set)
{
	fix(set, 0, 0xa0000, WB);
	fix(set, 0xa0000, 0xc0000, UC);
	fix(set, 0xc0000, 0x100000, WP);
}

/* SeaBIOS, Bochs: one UC range from where PCI starts. */
static void emulators(void)
{
	struct mtrr_set *set = new_set("QEMU", 40, 8 * GB, WB);

	fix_as_a_pc(set);
	mtrr_add(set, 0xc0000000, 1 * GB, UC);

	set = new_set("Bochs", 36, 512 * MB, WB);
	fix(set, 0, 0xa0000, WB);
	fix(set, 0xf0000, 0x100000, WB);
	mtrr_add(set, 0xc0000000, 1 * GB, UC);
}

/* RAM as a sum of WB ranges, and UC cut out of it for graphics and firmware. */
static void desktop_of_2010(void)
{
	struct mtrr_set *set = new_set("default UC", 36, 8 * GB, UC);

	fix_as_a_pc(set);
	mtrr_add(set, 0, 2 * GB, WB);
	mtrr_add(set, 2 * GB, 1 * GB, WB);
	mtrr_add(set, 4 * GB, 4 * GB, WB);
	mtrr_add(set, 8 * GB, 512 * MB, WB);
	mtrr_add(set, 8 * GB + 512 * MB, 256 * MB, WB);
	mtrr_add(set, 0xbf800000, 8 * MB, UC);
	mtrr_add(set, 0xbf700000, 1 * MB, UC);
}

/* 12th to 14th generation: default WB, many UC ranges, some inside others, MMIO above RAM. */
static void client_of_2023(void)
{
	struct mtrr_set *set = new_set("13th generation", 39, 64 * GB, WB);

	fix_as_a_pc(set);
	mtrr_add(set, 0x80000000, 2 * GB, UC);
	mtrr_add(set, 0x7c000000, 64 * MB, UC);
	mtrr_add(set, 0x7a000000, 32 * MB, UC);
	mtrr_add(set, 0x79800000, 8 * MB, UC);
	mtrr_add(set, 0x79600000, 2 * MB, UC);
	mtrr_add(set, 0x79500000, 1 * MB, UC);
	mtrr_add(set, 0x7c000000, 16 * MB, UC);
	mtrr_add(set, 0x7b800000, 8 * MB, UC);
	mtrr_add(set, 0x4000000000, 256 * GB, UC);
	mtrr_add(set, 0x2000000000, 128 * GB, UC);
}

static void server(void)
{
	struct mtrr_set *set = new_set("server", 46, 1024 * GB, WB);

	fix_as_a_pc(set);
	mtrr_add(set, 0x80000000, 2 * GB, UC);
	mtrr_add(set, 0x380000000000, 8192 * GB, UC);
	mtrr_add(set, 0xd0000000, 256 * MB, WC);
}

/* What is written nowhere but in the SDM: overlaps, ranges below 2 MB, holes in masks. */
static void oddities(void)
{
	struct mtrr_set *set = new_set("overlaps", 36, 4 * GB, WB);

	fix_as_a_pc(set);
	mtrr_add(set, 0x10000000, 256 * MB, WT);
	mtrr_add(set, 0x18000000, 128 * MB, WB);
	mtrr_add(set, 0x1c000000, 64 * MB, UC);
	mtrr_add(set, 0x40000000, 64 * MB, WC);
	mtrr_add(set, 0x42000000, 32 * MB, WB);
	mtrr_add(set, 0x43000000, 16 * MB, UC);
	mtrr_add(set, 0x50000000, 16 * MB, WP);
	mtrr_add(set, 0x50800000, 8 * MB, WP);
	mtrr_add(set, 0x50c00000, 4 * MB, WT);

	set = new_set("small ranges", 36, 4 * GB, WB);
	fix_as_a_pc(set);
	mtrr_add(set, 0x7f000000, 64 << 10, UC);
	mtrr_add(set, 0x7f3ff000, 4 << 10, WC);
	mtrr_add(set, 0x00300000, 1 * MB, WT);
	mtrr_add(set, 0xfee00000, 4 << 10, UC);

	set = new_set("masks with holes", 36, 4 * GB, WB);
	fix_as_a_pc(set);
	add_mask(set, 0x00200000, 0xfffe00000ull & ~0x10000000ull, UC);
	add_mask(set, 0x40003000, 0xfffff3000ull, WT);
	add_mask(set, 0x80000000, 0xf80000000ull & ~0x100000000ull, WC);
}

static void switches(void)
{
	struct mtrr_set *set = new_set("MTRRs off", 36, 4 * GB, WB);

	fix_as_a_pc(set);
	mtrr_add(set, 0, 4 * GB, WB);
	set->mtrr.enabled = false;

	set = new_set("fixed off", 36, 4 * GB, UC);
	fix(set, 0, 0x100000, WP);
	mtrr_add(set, 0, 2 * GB, WB);
	set->mtrr.fixed_enabled = false;

	set = new_set("every fixed range", 36, 4 * GB, WB);
	for (u64 address = 0; address < 0x100000; address += SB_PAGE_SIZE)
		fix(set, address, address + SB_PAGE_SIZE,
		    (const u8[]){ UC, WC, WT, WP, WB }[(address >> 12) % 5]);
}

const struct mtrr_set *mtrr_set(u32 index)
{
	if (!nr_sets) {
		emulators();
		desktop_of_2010();
		client_of_2023();
		server();
		oddities();
		switches();
		require_equal(nr_sets, MTRR_SETS, "number of sets");
	}
	return &sets[index];
}

static int fixed_oracle(const struct sb_mtrr *mtrr, u64 address)
{
	static const struct { u64 end, size; } group[] = {
		{ 0x80000, 0x10000 }, { 0xc0000, 0x4000 }, { 0x100000, 0x1000 },
	};
	u64 start = 0;
	u32 index = 0, i;

	for (i = 0; address >= group[i].end; i++) {
		index += (group[i].end - start) / group[i].size;
		start = group[i].end;
	}
	return mtrr->fixed[index + (address - start) / group[i].size];
}

/**
 * mtrr_oracle() - memory type of one address (SDM 12.11.4.1)
 * @mtrr: the MTRRs
 * @address: a physical address
 *
 * Where the SDM leaves an overlap undefined, UC is what never harms.
 */
int mtrr_oracle(const struct sb_mtrr *mtrr, u64 address)
{
	u32 types = 0, i;

	if (!mtrr->enabled)
		return UC;
	if (mtrr->fixed_enabled && address < 0x100000)
		return fixed_oracle(mtrr, address);
	for (i = 0; i < mtrr->nr_variable; i++) {
		u64 mask = mtrr->mask[i] & ~0xfffull;

		if ((address & mask) == (mtrr->base[i] & mask))
			types |= 1 << (mtrr->base[i] & 0xff);
	}
	if (!types)
		return mtrr->default_type;
	if (!(types & (types - 1)))
		return __builtin_ctz(types);
	return types == (1 << WT | 1 << WB) ? WT : UC;
}

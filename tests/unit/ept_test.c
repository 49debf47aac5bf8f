// SPDX-License-Identifier: GPL-2.0-only
/*
 * The EPT that Linux starts with: the identity, with the types of the MTRRs and leaves as large as
 * can be, but for the host's own pages, which read as zeros.
 */
#include <errno.h>

#include "abi/vmx.h"
#include "blocks.h"
#include "linux/world/ept.h"
#include "mtrr_sets.h"
#include "unit.h"
#include "walk.h"

#define GB		(1ull << 30)
#define SIZE_2M		(2ull << 20)
#define PAGES_4G	(4 * GB / SB_PAGE_SIZE)
#define FIRST_BLOCK	0x50000000ull
#define BLOCK_STRIDE	0x1200000ull

static struct sb_memory memory;
static struct sb_ept ept;

/* @used pages are in use before the EPT is built; every seventh may be read by the guest. */
static int build(const struct sb_mtrr *mtrr, u64 end, bool leaf_1g, u32 used)
{
	u32 i;

	blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, BLOCKS_NEVER_FAIL);
	memset(&memory, 0, sizeof(memory));
	for (i = 0; i < used; i++) {
		struct sb_page page = sb_memory_pages(&memory, 1);

		memset(page.virt, 0xaa, SB_PAGE_SIZE);
		if (i % 7 == 3)
			sb_memory_share(&memory, page.phys);
	}
	ept = (struct sb_ept){ .memory = &memory, .mtrr = mtrr, .end = end, .leaf_1g = leaf_1g };
	return sb_ept_build(&ept);
}

static void drop(void)
{
	sb_memory_free(&memory);
	require_equal(blocks.live, 0, "blocks left");
}

static bool is_host(u64 gpa)
{
	return blocks_virt(gpa);
}

/* Runs @check with the EPT of every set, with and without 1 GB leaves. */
static void on_all_sets(void (*check)(const struct mtrr_set *))
{
	u32 i, leaf_1g;

	for (i = 0; i < MTRR_SETS; i++) {
		const struct mtrr_set *set = mtrr_set(i);

		for (leaf_1g = 0; leaf_1g < 2; leaf_1g++) {
			u64 end = leaf_1g ? 1ull << set->width : 70 * GB;

			require_equal(build(&set->mtrr, end, leaf_1g, 100), 0, "error");
			check(set);
			drop();
		}
	}
}

static struct mapping guest_page(u64 gpa)
{
	return walk_ept(ept.root.phys, gpa);
}

static void check_identity(const struct mtrr_set *set, u64 gpa)
{
	struct mapping m = guest_page(gpa);
	u64 leaf_size, entry = sb_ept_lookup(&ept, gpa, &leaf_size);
	int type;

	if (gpa >= ept.end) {
		require(!m.present && !(entry & EPT_RWX), "0x%llx is mapped, beyond the end", gpa);
		return;
	}
	require(m.present, "%s: 0x%llx is not mapped", set->name, gpa);
	require(leaf_size == m.size && (entry & 0x000ffffffffff000ull) == m.phys,
		"%s: sb_ept_lookup(0x%llx) errs", set->name, gpa);
	if (is_host(gpa))
		return;
	require(m.read && m.write && m.exec, "%s: 0x%llx lacks a right", set->name, gpa);
	require_equal(m.owner, 0, "owner of Linux's memory");
	require(m.phys + gpa % m.size == gpa, "%s: 0x%llx maps 0x%llx", set->name, gpa,
		m.phys + gpa % m.size);
	type = mtrr_oracle(&set->mtrr, gpa);
	require((int)m.type == type, "%s: 0x%llx has type %u, not %d", set->name, gpa, m.type,
		type);
}

static void check_first_4_gb(const struct mtrr_set *set)
{
	u64 page;

	for (page = 0; page < PAGES_4G; page++)
		check_identity(set, page * SB_PAGE_SIZE);
}

static void each_page_below_4_gb_is_itself_with_its_type(void **state)
{
	on_all_sets(check_first_4_gb);
}

static void check_around(const struct mtrr_set *set, u64 gpa)
{
	check_identity(set, gpa);
	check_identity(set, gpa + SB_PAGE_SIZE);
	if (gpa)
		check_identity(set, gpa - 1);
}

static void check_all_space(const struct mtrr_set *set)
{
	u32 i;

	random_seed(set->width);
	for (i = 0; i < 50000; i++)
		check_identity(set, random_below(ept.end));
	for (i = 0; i < set->mtrr.nr_variable; i++) {
		u64 base = set->mtrr.base[i] & ~0xfffull;
		u64 mask = set->mtrr.mask[i] & ~0xfffull;
		u64 size = mask & -mask;

		check_around(set, base);
		check_around(set, base + size);
	}
	for (i = 0; i < memory.nr_blocks; i++) {
		check_around(set, memory.block[i].phys);
		check_around(set, memory.block[i].phys + SIZE_2M);
		check_around(set, memory.block[i].phys & ~(GB - 1));
		check_around(set, (memory.block[i].phys | (GB - 1)) + 1);
	}
	for (i = 0; i < 48; i++)
		check_around(set, 1ull << i);
	check_around(set, ept.end);
}

static void all_space_is_itself_with_its_type(void **state)
{
	on_all_sets(check_all_space);
}

/*
 * Size of the leaf that @gpa should have: the largest piece around it that has one type, as far as
 * pages below 4 GB tell, and holds no host page. Only below 4 GB.
 */
static u8 type_of_page[PAGES_4G];
static bool one_type_2m[PAGES_4G / 512];

static u64 best_leaf(u64 gpa)
{
	u64 first = gpa / GB * 512, i;

	for (i = first; ept.leaf_1g && i < first + 512; i++)
		if (!one_type_2m[i] || type_of_page[i * 512] != type_of_page[first * 512])
			break;
	if (ept.leaf_1g && i == first + 512)
		return GB;
	return one_type_2m[gpa / SIZE_2M] ? SIZE_2M : SB_PAGE_SIZE;
}

static void note_types(const struct mtrr_set *set)
{
	u64 page, piece;

	for (page = 0; page < PAGES_4G; page++)
		type_of_page[page] = is_host(page * SB_PAGE_SIZE) ?
				     0x80 : mtrr_oracle(&set->mtrr, page * SB_PAGE_SIZE);
	for (piece = 0; piece < PAGES_4G / 512; piece++) {
		const u8 *type = &type_of_page[piece * 512];

		one_type_2m[piece] = type[0] != 0x80 && !memcmp(type, type + 1, 511);
	}
}

/*
 * Where a range ends inside of another that wins over it, the code splits more than it must, and so
 * it does for fixed ranges of the same type. At most one table for each is a fair price.
 */
static void check_leaf_sizes(const struct mtrr_set *set)
{
	u64 gpa, size, small = 0, split = ~0ull;

	note_types(set);
	for (gpa = 0; gpa < 4 * GB; gpa += size) {
		u64 best = best_leaf(gpa);

		size = guest_page(gpa).size;
		require(size <= best, "%s: a leaf of 0x%llx bytes at 0x%llx has several types",
			set->name, size, gpa);
		if (size < best && split != gpa / best * best) {
			split = gpa / best * best;
			small++;
		}
	}
	require(small <= set->mtrr.nr_variable + 1,
		"%s: %llu pieces have leaves smaller than need be", set->name, small);
}

static void leaves_are_as_large_as_types_allow(void **state)
{
	on_all_sets(check_leaf_sizes);
}

static double least_share[2];

static void check_share(const struct mtrr_set *set)
{
	u64 end = set->ram > 3 * GB ? set->ram + GB : set->ram, gpa, size, small = 0, large = 0;
	double share;

	for (gpa = 0; gpa < end; gpa += size) {
		size = guest_page(gpa).size;
		if (gpa < 4 * GB && gpa >= 3 * GB)
			continue;
		*(size >= SIZE_2M ? &large : &small) += size;
	}
	share = 100.0 * large / (large + small);
	require(share >= 99, "%s: %.2f %% of RAM only", set->name, share);
	if (share < least_share[ept.leaf_1g])
		least_share[ept.leaf_1g] = share;
}

static void ram_is_in_leaves_of_2_mb_or_more(void **state)
{
	least_share[0] = least_share[1] = 100;
	on_all_sets(check_share);
	printf("at least %.2f %% of RAM is in leaves of 2 MB or more (%.2f %% with 1 GB leaves)\n",
	       least_share[0], least_share[1]);
}

static void check_host_page(u64 gpa, bool shared)
{
	struct mapping m = guest_page(gpa);

	require(m.present && m.read && !m.write && !m.exec && m.size == SB_PAGE_SIZE,
		"host page 0x%llx is not a page to read only", gpa);
	require(m.type == MEMORY_TYPE_WB, "host page 0x%llx has type %u", gpa, m.type);
	require_equal(m.owner, EPT_OWNER_HOST, "owner of a host page");
	require_equal(m.phys, shared ? gpa : ept.zero.phys, "what the guest sees of a host page");
}

/* Every page of every block, also those not in use and those of blocks that the EPT took. */
static void check_hidden(u32 used)
{
	static const u8 zero[SB_PAGE_SIZE];
	u32 block, page;

	for (block = 0; block < memory.nr_blocks; block++) {
		for (page = 0; page < SB_BLOCK_PAGES; page++) {
			u32 n = block * SB_BLOCK_PAGES + page;

			check_host_page(memory.block[block].phys + page * SB_PAGE_SIZE,
					n < used && n % 7 == 3);
		}
	}
	require(!memcmp(blocks_virt(ept.zero.phys), zero, sizeof(zero)),
		"the page of zeros is none");
}

static void host_pages_read_as_zeros(void **state)
{
	static const u32 used[] = { 0, 1, 100, 511, 512, 513, 1500 };
	u32 i, leaf_1g;

	for (i = 0; i < ARRAY_SIZE(used); i++) {
		for (leaf_1g = 0; leaf_1g < 2; leaf_1g++) {
			require_equal(build(&mtrr_set(0)->mtrr, 64 * GB, leaf_1g, used[i]), 0,
				      "error");
			check_hidden(used[i]);
			drop();
		}
	}
}

/* The last page runs out at each step of the building, also while blocks are being hidden. */
static void blocks_added_meanwhile_are_hidden(void **state)
{
	u32 used;

	for (used = 490; used <= 512; used++) {
		require_equal(build(&mtrr_set(0)->mtrr, 8 * GB, true, used), 0, "error");
		check_hidden(used);
		drop();
	}
	require_equal(build(&mtrr_set(0)->mtrr, 4096 * GB, false, 0), 0, "error");
	require(memory.nr_blocks > 4, "the EPT took %u blocks only", memory.nr_blocks);
	check_hidden(0);
	drop();
}

static void a_shortage_is_an_error(void **state)
{
	u32 k;

	for (k = 0; k < 5; k++) {
		blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, k);
		ept = (struct sb_ept){ .memory = &memory, .mtrr = &mtrr_set(0)->mtrr,
				       .end = 4096 * GB };
		require(sb_ept_build(&ept) == -ENOMEM, "no error without block %u", k);
		drop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_below_4_gb_is_itself_with_its_type),
		cmocka_unit_test(all_space_is_itself_with_its_type),
		cmocka_unit_test(leaves_are_as_large_as_types_allow),
		cmocka_unit_test(ram_is_in_leaves_of_2_mb_or_more),
		cmocka_unit_test(host_pages_read_as_zeros),
		cmocka_unit_test(blocks_added_meanwhile_are_hidden),
		cmocka_unit_test(a_shortage_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory types from MTRRs: the sets that machines have and thousands of random ones, against the
 * SDM's rules for a single address.
 */
#include "abi/vmx.h"
#include "mtrr_sets.h"
#include "unit.h"

#define SIZE_2M	(2ull << 20)
#define SIZE_1G	(1ull << 30)

static void check_page(const char *name, const struct sb_mtrr *mtrr, u64 address)
{
	int want = mtrr_oracle(mtrr, address), got = sb_mtrr_type(mtrr, address, SB_PAGE_SIZE);

	require(got == want, "%s: 0x%llx has type %d, not %d", name, address, got, want);
}

static void each_page_below_4_gb_has_its_type(void **state)
{
	u32 i;

	for (i = 0; i < MTRR_SETS; i++) {
		const struct mtrr_set *set = mtrr_set(i);

		for (u64 address = 0; address < 4 * SIZE_1G; address += SB_PAGE_SIZE)
			check_page(set->name, &set->mtrr, address);
	}
}

/* A piece that is said to be of one type is so at each edge of a range, and wherever we look. */
static void check_piece(const struct mtrr_set *set, u64 address, u64 size)
{
	int type = sb_mtrr_type(&set->mtrr, address, size);
	u32 i;

	if (type == SB_MTRR_MIXED)
		return;
	for (i = 0; i < 2 * set->mtrr.nr_variable + 16; i++) {
		u64 edge = i < 2 * set->mtrr.nr_variable ?
			   (set->mtrr.base[i / 2] & ~0xfffull) - (i % 2 ? SB_PAGE_SIZE : 0) :
			   random_u64();
		u64 page = address + (edge & (size - 1) & ~0xfffull);

		require(mtrr_oracle(&set->mtrr, page) == type,
			"%s: 0x%llx bytes at 0x%llx have type %d, but 0x%llx has type %d",
			set->name, size, address, type, page, mtrr_oracle(&set->mtrr, page));
	}
}

/* Sizes with some bias to small ones; bases on multiples, as the SDM demands. */
static void add_random_range(struct mtrr_set *set)
{
	static const u8 types[] = { MEMORY_TYPE_UC, MEMORY_TYPE_WC, MEMORY_TYPE_WT,
				    MEMORY_TYPE_WP, MEMORY_TYPE_WB };
	u64 size = SB_PAGE_SIZE << random_below(21), limit = 1ull << (24 + random_below(10));

	mtrr_add(set, random_below(limit) & ~(size - 1), size, types[random_below(5)]);
	if (random_chance(10))	/* a hole in the mask */
		set->mtrr.mask[set->mtrr.nr_variable - 1] &= ~(1ull << (12 + random_below(24)));
}

static void random_set(struct mtrr_set *set)
{
	u32 ranges = random_below(12);

	*set = (struct mtrr_set){ .name = "random", .width = 36,
				  .mtrr = { .enabled = true, .fixed_enabled = random_chance(50),
					    .default_type = random_chance(50) ? MEMORY_TYPE_WB
									      : MEMORY_TYPE_UC } };
	while (ranges--)
		add_random_range(set);
}

static void random_sets_follow_the_rules(void **state)
{
	static struct mtrr_set set;
	u32 i, n;

	random_seed(1);
	for (i = 0; i < 5000; i++) {
		random_set(&set);
		for (n = 0; n < 200; n++) {
			u64 address = random_below(1ull << (22 + random_below(14)));

			check_page("random", &set.mtrr, address & ~0xfffull);
			check_piece(&set, address & ~(SIZE_2M - 1), SIZE_2M);
			check_piece(&set, address & ~(SIZE_1G - 1), SIZE_1G);
		}
	}
}

static void pieces_of_one_type_are_of_one_type(void **state)
{
	u32 i;

	for (i = 0; i < MTRR_SETS; i++) {
		const struct mtrr_set *set = mtrr_set(i);
		u64 address;

		for (address = 0; address < 8 * SIZE_1G; address += SIZE_2M)
			check_piece(set, address, SIZE_2M);
		for (address = 0; address < 1ull << set->width; address += SIZE_1G)
			check_piece(set, address, SIZE_1G);
	}
}

/* SDM 12.11.4.1: every pair of types it defines, in both orders. */
static void overlaps_combine_as_the_sdm_says(void **state)
{
	static const struct { u8 a, b, both; } pair[] = {
		{ MEMORY_TYPE_UC, MEMORY_TYPE_UC, MEMORY_TYPE_UC },
		{ MEMORY_TYPE_UC, MEMORY_TYPE_WC, MEMORY_TYPE_UC },
		{ MEMORY_TYPE_UC, MEMORY_TYPE_WT, MEMORY_TYPE_UC },
		{ MEMORY_TYPE_UC, MEMORY_TYPE_WP, MEMORY_TYPE_UC },
		{ MEMORY_TYPE_UC, MEMORY_TYPE_WB, MEMORY_TYPE_UC },
		{ MEMORY_TYPE_WT, MEMORY_TYPE_WB, MEMORY_TYPE_WT },
		{ MEMORY_TYPE_WT, MEMORY_TYPE_WT, MEMORY_TYPE_WT },
		{ MEMORY_TYPE_WC, MEMORY_TYPE_WC, MEMORY_TYPE_WC },
		{ MEMORY_TYPE_WP, MEMORY_TYPE_WP, MEMORY_TYPE_WP },
		{ MEMORY_TYPE_WB, MEMORY_TYPE_WB, MEMORY_TYPE_WB },
	};
	u32 i, order;

	for (i = 0; i < ARRAY_SIZE(pair); i++) {
		for (order = 0; order < 2; order++) {
			struct mtrr_set set = { .width = 36,
						.mtrr = { .enabled = true, .default_type = 6 } };

			mtrr_add(&set, SIZE_1G, SIZE_1G, order ? pair[i].a : pair[i].b);
			mtrr_add(&set, SIZE_1G, SIZE_1G, order ? pair[i].b : pair[i].a);
			require_equal(sb_mtrr_type(&set.mtrr, SIZE_1G, SIZE_1G), pair[i].both,
				      "type of an overlap");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_below_4_gb_has_its_type),
		cmocka_unit_test(random_sets_follow_the_rules),
		cmocka_unit_test(pieces_of_one_type_are_of_one_type),
		cmocka_unit_test(overlaps_combine_as_the_sdm_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host world costs, and that a shortage of memory at any point leaves nothing behind.
 */
#include <errno.h>

#include "blocks.h"
#include "unit.h"
#include "world_fixture.h"

#define KB 1024ull
#define MB (1024 * KB)
#define GB (1024 * MB)
#define TB (1024 * GB)

static struct world_fixture fixture;

struct cost {
	u64 taken;	/* from Linux */
	u64 used;	/* of it */
};

static struct cost cost_of(u32 cpus, u64 physical_end, bool ept_1g)
{
	struct cost cost;

	blocks_reset(0x10000000, SB_BLOCK_SIZE, BLOCKS_NEVER_FAIL);
	world_fixture_init(&fixture, cpus, NUMBERS_DENSE);
	fixture.machine.physical_end = physical_end;
	fixture.machine.ept_1g = ept_1g;
	require_equal(sb_world_build(&fixture.world, &fixture.machine), 0, "error");
	cost.taken = blocks.live * SB_BLOCK_SIZE;
	cost.used = sb_memory_used(&fixture.world.memory);
	require(cost.used <= cost.taken, "more is used than taken");
	sb_world_free(&fixture.world);
	return cost;
}

/* The address spaces that machines have: width of the CPU, or the end of what Linux knows of. */
static const struct {
	const char *name;
	u64 end;
	bool ept_1g;
} space[] = {
	{ "4 GB, 2 MB leaves", 4 * GB, false },
	{ "66 GB, 2 MB leaves", 66 * GB, false },
	{ "512 GB", 512 * GB, true },
	{ "1 TB", 1 * TB, true },
	{ "64 TB", 64 * TB, true },
};

static void print_figures(void **state)
{
	static const u32 cpus[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(space); i++) {
		printf("%-18s", space[i].name);
		for (n = 0; n < ARRAY_SIZE(cpus); n++) {
			struct cost cost = cost_of(cpus[n], space[i].end, space[i].ept_1g);

			printf("  %u: %llu/%llu", cpus[n], cost.used / KB, cost.taken / KB);
		}
		printf("  (CPUs: KB used/taken)\n");
	}
}

/* A machine with 512 MB of RAM: whatever its CPU can address, the host keeps to its limit. */
static void costs_64_kb_per_cpu_and_2_mb(void **state)
{
	u32 i, cpus;

	for (i = 0; i < ARRAY_SIZE(space); i++) {
		for (cpus = 1; cpus <= CPUS_MAX; cpus += cpus < 80 ? 1 : 27) {
			struct cost cost = cost_of(cpus, space[i].end, space[i].ept_1g);

			require(cost.taken <= 2 * MB + cpus * 64 * KB,
				"%u CPUs, %s: %llu KB used, %llu KB taken, the limit is %llu KB",
				cpus, space[i].name, cost.used / KB, cost.taken / KB,
				2 * KB + cpus * 64);
		}
	}
}

static void costs_4_mb_with_16_cpus(void **state)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(space); i++)
		require(cost_of(16, space[i].end, space[i].ept_1g).taken <= 4 * MB,
			"%s: more than 4 MB", space[i].name);
}

static void fail_at_each_block(u32 cpus, u64 end, bool ept_1g)
{
	u32 needed = cost_of(cpus, end, ept_1g).taken / SB_BLOCK_SIZE, k;

	for (k = 0; k < needed; k++) {
		blocks_reset(0x10000000, 2 * SB_BLOCK_SIZE, k);
		world_fixture_init(&fixture, cpus, NUMBERS_WITH_GAPS);
		fixture.machine.physical_end = end;
		fixture.machine.ept_1g = ept_1g;
		require(sb_world_build(&fixture.world, &fixture.machine) == -ENOMEM,
			"%u CPUs: no error when block %u cannot be had", cpus, k);
		require_equal(blocks.allocated, k, "blocks allocated before the failure");
		require_equal(blocks.live, 0, "blocks not freed");
		require_equal(fixture.world.memory.nr_blocks, 0, "blocks remembered");
	}
}

static void a_shortage_at_any_block_frees_all(void **state)
{
	fail_at_each_block(1, 64 * GB, true);
	fail_at_each_block(64, 64 * GB, true);
	fail_at_each_block(512, 64 * TB, true);
	fail_at_each_block(16, 8 * TB, false);
}

/* More tables than memory.h has room for: an error, and nothing else. */
static void a_world_too_large_is_refused(void **state)
{
	blocks_reset(0x10000000, SB_BLOCK_SIZE, BLOCKS_NEVER_FAIL);
	world_fixture_init(&fixture, 1, NUMBERS_DENSE);
	fixture.machine.physical_end = 64 * TB;
	fixture.machine.ept_1g = false;
	require(sb_world_build(&fixture.world, &fixture.machine) == -ENOMEM, "no error");
	require_equal(blocks.allocated, SB_BLOCKS_MAX, "blocks that were tried");
	require_equal(blocks.live, 0, "blocks not freed");
}

static void pages_are_zeroed_and_apart(void **state)
{
	static struct sb_memory memory;
	static const u32 counts[] = { 1, 511, 1, 512, 2, 511, 3, 510 };
	u64 end = 0;
	u32 i;

	blocks_reset(0x10000000, 3 * SB_BLOCK_SIZE, BLOCKS_NEVER_FAIL);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		struct sb_page page = sb_memory_pages(&memory, counts[i]);

		require(page.virt, "no pages");
		require(page.phys >= end, "pages are given out twice");
		end = page.phys + counts[i] * SB_PAGE_SIZE;
		require(page.virt == blocks_virt(page.phys), "virtual and physical differ");
		require((u8 *)page.virt + counts[i] * SB_PAGE_SIZE - 1 == blocks_virt(end - 1),
			"pages do not lie in one block");
		require(sb_memory_virt(&memory, end - 1) == blocks_virt(end - 1),
			"sb_memory_virt() errs");
	}
	require(!sb_memory_virt(&memory, 0x10000000 - 1), "an address below is found");
	require(!sb_memory_virt(&memory, 0x10000000 + SB_BLOCK_SIZE), "an address above is found");
	require_equal(sb_memory_used(&memory), 2051 * SB_PAGE_SIZE, "sb_memory_used()");
	sb_memory_free(&memory);
	require_equal(blocks.live, 0, "blocks not freed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_figures),
		cmocka_unit_test(costs_64_kb_per_cpu_and_2_mb),
		cmocka_unit_test(costs_4_mb_with_16_cpus),
		cmocka_unit_test(a_shortage_at_any_block_frees_all),
		cmocka_unit_test(a_world_too_large_is_refused),
		cmocka_unit_test(pages_are_zeroed_and_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

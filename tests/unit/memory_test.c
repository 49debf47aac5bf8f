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

/**
 * struct space - memory of a machine, and how its CPU can map it
 * @name: what it is
 * @ram: bytes of RAM
 * @end: end of the address space: the width of the CPU, or the end of what Linux knows of
 * @large: 1 GB leaves and pages
 */
struct space {
	const char *name;
	u64 ram;
	u64 end;
	bool large;
};

/* A kernel with much code and many places where it is patched: 704 KB of tables. */
static void init(u32 cpus, const struct space *space, enum numbering numbering)
{
	world_fixture_init(&fixture, cpus, numbering);
	world_fixture_kernel(&fixture, SITES_MAX, JUMPS_MAX, TEXT_MAX);
	world_fixture_ram(&fixture.machine.kernel.facts, space->ram);
	fixture.machine.physical_end = space->end;
	fixture.machine.ept_1g = fixture.machine.page_1g = space->large;
}

static struct cost cost_of(u32 cpus, const struct space *space)
{
	struct cost cost;

	blocks_reset(0x10000000, SB_BLOCK_SIZE, BLOCKS_NEVER_FAIL);
	init(cpus, space, NUMBERS_DENSE);
	require_equal(sb_world_build(&fixture.world, &fixture.machine), 0, "error");
	cost.taken = blocks.live * SB_BLOCK_SIZE;
	cost.used = sb_memory_used(&fixture.world.memory);
	require(cost.used <= cost.taken, "more is used than taken");
	sb_world_free(&fixture.world);
	return cost;
}

static const struct space space[] = {
	{ "512 MB, 2 MB leaves", 512 * MB, 4 * GB, false },
	{ "512 MB, 64 GB end", 512 * MB, 64 * GB, false },
	{ "512 MB, 512 GB end", 512 * MB, 512 * GB, true },
	{ "512 MB, 64 TB end", 512 * MB, 64 * TB, true },
	{ "64 GB, 2 MB leaves", 64 * GB, 66 * GB, false },
	{ "64 GB, 512 GB end", 64 * GB, 512 * GB, true },
	{ "64 GB, 64 TB end", 64 * GB, 64 * TB, true },
	{ "4 TB, 64 TB end", 4 * TB, 64 * TB, true },
};

/* A short run stops at 16 CPUs. */
static void print_figures(void **state)
{
	static const u32 cpus[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };
	u32 i, n, count = is_long_run() ? ARRAY_SIZE(cpus) : 5;

	for (i = 0; i < ARRAY_SIZE(space); i++) {
		printf("%-20s", space[i].name);
		for (n = 0; n < count; n++) {
			struct cost cost = cost_of(cpus[n], &space[i]);

			printf("  %u: %llu/%llu", cpus[n], cost.used / KB, cost.taken / KB);
		}
		printf("  (CPUs: KB used/taken)\n");
	}
}

/* The number of CPUs to try after @cpus: from @dense on, not every one. */
static u32 next_count(u32 cpus, u32 dense)
{
	return cpus + (cpus < dense ? 1 : 27);
}

static void require_cost(u32 cpus, const struct space *space, u64 limit)
{
	struct cost cost = cost_of(cpus, space);

	require(cost.taken <= limit,
		"%u CPUs, %s: %llu KB used, %llu KB taken, the limit is %llu KB", cpus, space->name,
		cost.used / KB, cost.taken / KB, limit / KB);
}

/* Uses no more than @limit, and takes no more: exactly, or rounded up to whole blocks. */
static void require_blocks(u32 cpus, const struct space *space, u64 limit, bool exactly)
{
	u64 blocks = (limit + SB_BLOCK_SIZE - 1) / SB_BLOCK_SIZE;

	require_cost(cpus, space, exactly ? limit : blocks * SB_BLOCK_SIZE);
	require(cost_of(cpus, space).used <= limit, "%u CPUs, %s: more used than the limit", cpus,
		space->name);
}

/*
 * A machine with 512 MB of RAM. An address space of 64 TB takes 512 KB of EPT tables, so that more
 * than 11 CPUs do not fit into the first block. With more CPUs than are named here a block that has
 * just been begun may exceed the limit. A short run tries each number up to 16.
 */
static void costs_64_kb_per_cpu_and_2_mb(void **state)
{
	u32 dense = is_long_run() ? CPUS_MAX : 16, i, cpus;

	for (i = 0; i < ARRAY_SIZE(space) && space[i].ram == 512 * MB; i++)
		for (cpus = 1; cpus <= CPUS_MAX; cpus = next_count(cpus, dense))
			require_blocks(cpus, &space[i], 2 * MB + cpus * 64 * KB,
				       cpus <= (space[i].end < TB ? 16 : 11));
}

static void costs_64_kb_per_cpu_and_4_mb_with_64_gb(void **state)
{
	u32 dense = is_long_run() ? 80 : 4, i, cpus;

	for (i = 0; i < ARRAY_SIZE(space); i++)
		for (cpus = 1; cpus <= CPUS_MAX; cpus = next_count(cpus, dense))
			require_cost(cpus, &space[i], 4 * MB + cpus * 64 * KB);
}

static void fail_at_each_block(u32 cpus, const struct space *space)
{
	u32 needed = cost_of(cpus, space).taken / SB_BLOCK_SIZE, k;

	for (k = 0; k < needed; k++) {
		blocks_reset(0x10000000, 2 * SB_BLOCK_SIZE, k);
		init(cpus, space, NUMBERS_WITH_GAPS);
		require(sb_world_build(&fixture.world, &fixture.machine) == -ENOMEM,
			"%u CPUs: no error when block %u cannot be had", cpus, k);
		require_equal(blocks.allocated, k, "blocks allocated before the failure");
		require_equal(blocks.live, 0, "blocks not freed");
		require_equal(fixture.world.memory.nr_blocks, 0, "blocks remembered");
	}
}

static void a_shortage_at_any_block_frees_all(void **state)
{
	static const struct space many_tables = { "", 6 * TB, 8 * TB, false };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(space); i++) {
		fail_at_each_block(1, &space[i]);
		fail_at_each_block(64, &space[i]);
	}
	fail_at_each_block(512, &space[3]);
	fail_at_each_block(16, &many_tables);
}

/* Memory ends after each number of pages that is too small. */
static void a_shortage_at_any_page_frees_all(void **state)
{
	u32 used = cost_of(2, &space[1]).used / SB_PAGE_SIZE, k;

	for (k = 0; k < used; k++) {
		blocks_reset(0x10000000, 2 * SB_BLOCK_SIZE, 1);
		init(2, &space[1], NUMBERS_DENSE);
		sb_memory_pages(&fixture.world.memory, SB_BLOCK_PAGES - k);
		require(sb_world_build(&fixture.world, &fixture.machine) == -ENOMEM,
			"no error with room for %u pages", k);
		require_equal(blocks.live, 0, "blocks not freed");
	}
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
		cmocka_unit_test(costs_64_kb_per_cpu_and_4_mb_with_64_gb),
		cmocka_unit_test(a_shortage_at_any_block_frees_all),
		cmocka_unit_test(a_shortage_at_any_page_frees_all),
		cmocka_unit_test(a_world_too_large_is_refused),
		cmocka_unit_test(pages_are_zeroed_and_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The EPT at run time and the pool: a change touches the pages that it names and no other, whatever
 * leaves they lie in, and blocks that Linux gives are hidden before they are used.
 */
#include "host_model.h"

#define SIZE_2M		(2ull << 20)
#define SIZE_1G		(1ull << 30)
#define END		VIEW_END
#define RW		(EPT_READ | EPT_WRITE)
#define PAGES		VIEW_PAGES

static int new_host(void **state)
{
	host_reset(HOST_CPUS, 4);
	random_seed(7);
	return 0;
}

/* What the EPT says of each page below END: in one word, as an entry has it. */
static u64 view[PAGES], now[PAGES];

#define CHANGED (EPT_OWNER_MASK | EPT_RIGHTS)

/* All is as in @view, but from @start to @end it has this owner and these rights. Updates @view. */
static void require_changed(u64 start, u64 end, u32 owner, u64 rights)
{
	u64 page;

	for (page = start / SB_PAGE_SIZE; page < end / SB_PAGE_SIZE; page++)
		view[page] = (view[page] & ~CHANGED) | (u64)owner << 52 | rights;
	ept_look(now);
	for (page = 0; page < PAGES; page++)
		require(now[page] == view[page],
			"0x%llx to 0x%llx set: page 0x%llx is 0x%llx, not 0x%llx", start, end,
			page * SB_PAGE_SIZE, now[page], view[page]);
}

static void require_unchanged(void)
{
	require_changed(0, 0, 0, 0);
}

/* pages_set() */

static u64 random_size(void)
{
	static const u64 most[] = { 3, 600, 2000, 300000 };	/* pages */

	return (1 + random_below(most[random_below(4)])) * SB_PAGE_SIZE;
}

/* Often at or near a border of 2 MB or 1 GB. */
static u64 random_start(void)
{
	u64 unit = random_chance(30) ? SIZE_1G : SIZE_2M;
	u64 gpa = random_below(END - 2 * SIZE_1G);

	if (random_chance(50))
		gpa = (gpa & ~(unit - 1)) + (random_below(5) - 2) * SB_PAGE_SIZE;
	return gpa & (BIT(40) - 1) & ~(SB_PAGE_SIZE - 1);
}

/* New tables: at each end of a range one for 1 GB and one for 2 MB. */
static void set_and_check(u64 start, u64 size, u32 owner, u64 rights)
{
	u32 free = status()->pool_free;

	if (start + size > END || free < 4)
		return;
	require(pages_set(start, size, owner, rights), "0x%llx, 0x%llx bytes", start, size);
	require(free - status()->pool_free <= 4, "%u tables", free - status()->pool_free);
	require_changed(start, start + size, owner, rights);
}

static void a_change_touches_its_pages_only(void **state)
{
	static const u64 rights[] = { EPT_READ, RW, EPT_READ | EPT_EXEC, EPT_RWX };
	u32 i;

	ept_look(view);
	for (i = 0; i < 40; i++)
		set_and_check(random_start(), random_size(), random_below(OWNER_MAX + 1),
			      rights[random_below(4)]);
}

static void splitting_changes_nothing(void **state)
{
	u32 i;

	ept_look(view);
	for (i = 0; i < 30; i++) {
		u64 start = random_start(), size = random_size();
		u32 free;

		if (start + size > END)
			continue;
		require(pages_can_split(start, size), "0x%llx, 0x%llx bytes", start, size);
		require_unchanged();
		free = status()->pool_free;
		require(pages_set(start, size, OWNER_RODATA, EPT_READ), "0x%llx, 0x%llx bytes",
			start, size);
		require_equal(status()->pool_free, free, "pages that setting takes after a split");
		require_changed(start, start + size, OWNER_RODATA, EPT_READ);
	}
}

/* Around the places where types and leaves differ: fixed ranges, UC below 4 GB, host memory. */
static void types_and_translations_stay(void **state)
{
	static const u64 place[] = { 0x9f000, 0xbf000, 0xffe00000, 0xc0000000 - 0x1000, 0x1ff000 };
	u32 i;

	ept_look(view);
	for (i = 0; i < ARRAY_SIZE(place); i++)
		set_and_check(place[i], 0x2000, OWNER_MODULE + i, EPT_READ | EPT_EXEC);
}

static void what_is_not_mapped_cannot_be_set(void **state)
{
	static const u64 gpa[] = { PHYSICAL_END, PHYSICAL_END + 0x1000, 1ull << 45, 1ull << 47,
				   PHYSICAL_END * 3 };
	u32 i, free = status()->pool_free;

	ept_look(view);
	for (i = 0; i < ARRAY_SIZE(gpa); i++) {
		require(!pages_set(gpa[i], 0x1000, OWNER_TEXT, EPT_READ), "0x%llx", gpa[i]);
		require(!pages_can_split(gpa[i], 0x1000), "0x%llx can be split", gpa[i]);
		require(!page_at(gpa[i]).present && !page_is_writable(gpa[i]), "0x%llx", gpa[i]);
	}
	require(!pages_can_split(PHYSICAL_END - 0x1000, 0x2000), "the end can be split");
	require(free - status()->pool_free <= 2, "pages are lost");
	require_unchanged();
}

static void page_at_is_what_the_cpu_finds(void **state)
{
	u32 i;

	for (i = 0; i < 20; i++)
		pages_set(random_start(), 0x3000, random_below(OWNER_MAX + 1),
			  random_below(8) | 1 | (random_chance(50) ? EPT_EXEC_USER : 0));
	for (i = 0; i < 100000; i++) {
		u64 gpa = random_chance(99) ? random_below(END) : random_below(1ull << 47);
		struct mapping m = ept(gpa);
		struct page page = page_at(gpa);

		require(page.present == m.present, "0x%llx is mapped: %d", gpa, page.present);
		if (!m.present)
			continue;
		require_equal(page.owner, m.owner, "owner");
		require_equal(page.rights, ept_entry(gpa) & EPT_RIGHTS, "rights");
		require_equal(page_is_writable(gpa), m.write, "page_is_writable()");
	}
}

/* The pool is used up */

/* A range whose ends lie in two leaves of 1 GB: four tables. */
#define WIDE_START	(3 * SIZE_1G - 0x5000)
#define WIDE_SIZE	(SIZE_1G + 0x9000)

static void shortage_at(u32 left)
{
	u32 before, total;

	host_reset(1, 4);
	before = status()->pool_free;
	ept_look(view);
	use_pool(left);
	require(!pages_can_split(WIDE_START, WIDE_SIZE), "%u tables are enough", left);
	require_equal(status()->pool_free, SB_POOL_RESERVE, "pages left");
	require_unchanged();
	free_pool();
	total = before - left - status()->pool_free;
	require_equal(total, 0, "pages lost");
	require(pages_can_split(WIDE_START, WIDE_SIZE), "it still cannot be split");
	require_equal(before - status()->pool_free, 4, "tables in all");
	require_unchanged();
}

static void a_shortage_loses_nothing(void **state)
{
	u32 left;

	for (left = 0; left < 4; left++)
		shortage_at(left);
}

static void a_shortage_while_setting_changes_some_pages_only(void **state)
{
	const u64 want = (u64)OWNER_TEXT << 52 | EPT_READ | EPT_EXEC;
	u64 page, first = WIDE_START / SB_PAGE_SIZE, end = first + WIDE_SIZE / SB_PAGE_SIZE;

	ept_look(view);
	use_pool(3);
	require(!pages_set(WIDE_START, WIDE_SIZE, OWNER_TEXT, EPT_READ | EPT_EXEC), "no error");
	ept_look(now);
	for (page = 0; page < PAGES; page++)
		require(now[page] == view[page] || (page >= first && page < end &&
						    now[page] == ((view[page] & ~CHANGED) | want)),
			"page 0x%llx is 0x%llx", page * SB_PAGE_SIZE, now[page]);
	free_pool();
}

/* The pool */

static void require_zero(const u8 *pages, u32 count)
{
	static const u8 zero[SB_PAGE_SIZE];
	u32 i;

	for (i = 0; i < count; i++)
		require(!memcmp(pages + i * SB_PAGE_SIZE, zero, sizeof(zero)), "not zeroed");
}

static struct {
	u8 *pages;
	u32 count;
} runs[2048];

static void take_some(u32 n)
{
	u32 count = 1 + random_below(random_chance(80) ? 4 : 60), free = status()->pool_free, i;
	u8 *pages = pool_pages(count, 0);

	runs[n].pages = pages;
	runs[n].count = pages ? count : 0;
	require_equal(free - status()->pool_free, runs[n].count, "pages taken");
	if (!pages)
		return;
	require((u64)pages >= guest.facts.pool.start, "pages are taken that are in use");
	require_zero(pages, count);
	memset(pages, n + 1, count * SB_PAGE_SIZE);
	for (i = 0; i < count; i++) {
		u64 phys = pool_phys(pages + i * SB_PAGE_SIZE);

		require_equal(phys, pool_phys(pages) + i * SB_PAGE_SIZE, "physical address");
		require(pool_virt(phys) == pages + i * SB_PAGE_SIZE, "pool_virt()");
		require(!memcmp(guest_ram(phys), pages, SB_PAGE_SIZE), "that is another page");
	}
}

static void give_back(u32 n)
{
	u32 i;

	for (i = 0; i < runs[n].count * SB_PAGE_SIZE; i += 512)
		require(runs[n].pages[i] == (u8)(n + 1), "pages were given out twice");
	if (runs[n].pages)
		pool_free(runs[n].pages, runs[n].count);
	runs[n].pages = NULL;
	runs[n].count = 0;
}

static void pages_are_given_out_once(void **state)
{
	u32 i, n, total = status()->pool_free;

	require_equal(total, (guest.facts.pool.end - guest.facts.pool.start) / SB_PAGE_SIZE,
		      "pages at the start");
	require_equal(status()->pool_pages, total, "pages in all");
	for (i = 0; i < 20000; i++) {
		n = random_below(64);
		runs[n].count ? give_back(n) : take_some(n);
	}
	for (n = 0; n < 64; n++)
		give_back(n);
	require_equal(status()->pool_free, total, "pages at the end");
	require(pool_pages(total, 0) && !pool_pages(1, 0), "not all can be had at once");
}

/* DONATE */

static u64 donate(u32 slot, u64 gpa)
{
	return hypercall(slot, SB_HYPERCALL_DONATE, gpa, 0, 0);
}

static u64 donate_in_both_steps(u64 gpa)
{
	u64 answer = donate(0, gpa);

	if (answer != SB_ANSWER_SYNC)
		return answer;
	sync_all();
	return donate(0, gpa);
}

static void require_hidden(u64 gpa)
{
	u64 page;

	for (page = gpa / SB_PAGE_SIZE; page < (gpa + SIZE_2M) / SB_PAGE_SIZE; page++)
		view[page] = guest.facts.ept_zero | EPT_READ | (u64)MEMORY_TYPE_WB << 3 |
			     (u64)OWNER_HOST << 52;
	require_unchanged();
}

static void a_block_is_hidden_and_then_used(void **state)
{
	u32 free = status()->pool_free, pages = status()->pool_pages, slot, used;

	ept_look(view);
	memset(guest_ram(FREE_BLOCK), 0xdd, SIZE_2M);
	require(is_ram(FREE_BLOCK + 8, 8), "the block is no RAM");
	require_equal(donate(0, FREE_BLOCK), 2, "the first step");
	require_hidden(FREE_BLOCK);
	require_equal(status()->pool_pages, pages, "pages before the second step");
	used = free - status()->pool_free;
	for (slot = 1; slot < HOST_CPUS; slot++) {
		require_equal(donate(slot - 1, FREE_BLOCK), SB_ERROR_BUSY, "while a CPU is behind");
		require_equal(donate(0, FREE_BLOCK + SIZE_2M), SB_ERROR_BUSY, "another block");
		require_equal(hypercall(slot, SB_HYPERCALL_SYNC, 0, 0, 0), HOST_CPUS - 1 - slot,
			      "CPUs behind");
	}
	require_equal(donate(3, FREE_BLOCK), 0, "the second step");
	require(!is_ram(FREE_BLOCK + 8, 8), "what was RAM before it was given still is");
	require_equal(status()->pool_pages, pages + 512, "pages in all");
	require_equal(status()->pool_free, free - used + 512, "free pages");
	require_hidden(FREE_BLOCK);
	use_pool(512);
	require_zero(pool_pages(512, 0), 512);
	free_pool();
	require_equal(donate(0, FREE_BLOCK), SB_ERROR_ARGUMENT, "the same block again");
}

/* 4 KB leaves below, or parts of a module that is gone: Linux's memory like any other. */
static void a_block_in_small_pages_can_be_given(void **state)
{
	ept_look(view);
	require(pages_set(FREE_BLOCK + 0x7000, 0x3000, OWNER_RELEASED, RW), "set");
	require_changed(FREE_BLOCK + 0x7000, FREE_BLOCK + 0xa000, OWNER_RELEASED, RW);
	require_equal(donate_in_both_steps(FREE_BLOCK), 0, "answer");
	require_hidden(FREE_BLOCK);
}

static void hostile_blocks_are_refused(void **state)
{
	const u64 hostile[] = {
		FREE_BLOCK + 0x1000, FREE_BLOCK + 1, FREE_BLOCK | BIT(63), ~0ull, -SIZE_2M,
		0, MODEL_MID & ~(SIZE_2M - 1), MODEL_MID_END, MODEL_MID_END - 0x1000,
		0x3000000, 0x80000000, MODEL_HIGH_END, PHYSICAL_END, 1ull << 46,
		guest.facts.block[0], guest.facts.block[0] + 0x1000,
		TEXT_PHYS, TEXT_PHYS + SIZE_2M, RODATA_PHYS & ~(SIZE_2M - 1), IDT_PHYS,
	};
	u32 i, free = status()->pool_free;

	require_equal(set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_LOG), 0, "policy");
	require(pages_set(FREE_BLOCK + 3 * SIZE_2M, 0x1000, OWNER_MODULE, EPT_READ), "set");
	free = status()->pool_free;
	ept_look(view);
	require_equal(donate(0, FREE_BLOCK + 3 * SIZE_2M), SB_ERROR_ARGUMENT, "a module's page");
	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		require(donate(i % HOST_CPUS, hostile[i]) == SB_ERROR_ARGUMENT,
			"0x%llx was taken", hostile[i]);
	require_equal(status()->pool_free, free, "free pages");
	require_unchanged();
}

/* It takes two pages to hide a block in a leaf of 1 GB: those that nothing else gets. */
static void a_block_is_hidden_when_the_pool_is_used_up(void **state)
{
	ept_look(view);
	use_pool(0);
	require(!pool_pages(1, SB_POOL_RESERVE), "a page of the reserve was had");
	require_equal(donate_in_both_steps(MODULE_RAM), 0, "answer");
	require_hidden(MODULE_RAM);
	require_equal(status()->pool_free, 512, "free pages");
	free_pool();
}

/* Linux must not be left with a block that is hidden and not wanted. */
static void no_more_blocks_than_can_be(void **state)
{
	u32 n;

	for (n = 1; n < SB_BLOCKS_MAX; n++)
		pool_add_block(MODEL_HIGH + random_below(16) * SIZE_2M);
	ept_look(view);
	require_equal(donate(0, FREE_BLOCK), SB_ERROR_FULL, "answer");
	require_unchanged();
}

/* Which CPUs are behind */

static void each_cpu_takes_in_changes(void **state)
{
	u32 slot, invepts;
	u64 old = status()->generation;

	require_equal(cpus_behind(old), 0, "CPUs behind at the start");
	host.slot = 2;
	pages_changed(cpu_of_slot(2));
	require_equal(status()->generation, old + 1, "generation");
	require_equal(cpus_behind(old + 1), 3, "CPUs behind");
	require_equal(cpus_behind(old), 0, "CPUs behind the change before");
	for (slot = 0; slot < HOST_CPUS; slot++) {
		invepts = host.invepts[slot];
		hypercall(slot, SB_HYPERCALL_SYNC, 0, 0, 0);
		require_equal(host.invepts[slot], invepts + 1, "INVEPTs of SYNC");
		require_equal(cpus_behind(old + 1), slot < 2 ? 2 - slot : slot == 2 ? 1 : 0,
			      "CPUs behind");
	}
}

static void cpus_outside_are_never_behind(void **state)
{
	host.slot = 0;
	pages_changed(cpu_of_slot(0));
	cpu_of_slot(1)->active = 0;
	require_equal(cpus_behind(status()->generation), 2, "with one on the bare machine");
	cpu_of_slot(2)->faulted = 1;
	require_equal(cpus_behind(status()->generation), 1, "with one that the host stopped");
	require_equal(hypercall(1, SB_HYPERCALL_HELLO, 0, 0, 0), SB_ABI_VERSION, "HELLO");
	require_equal(cpus_behind(status()->generation), 1, "with one that came back");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(a_change_touches_its_pages_only),
		TEST(splitting_changes_nothing),
		TEST(types_and_translations_stay),
		TEST(what_is_not_mapped_cannot_be_set),
		TEST(page_at_is_what_the_cpu_finds),
		TEST(a_shortage_loses_nothing),
		TEST(a_shortage_while_setting_changes_some_pages_only),
		TEST(pages_are_given_out_once),
		TEST(a_block_is_hidden_and_then_used),
		TEST(a_block_in_small_pages_can_be_given),
		TEST(hostile_blocks_are_refused),
		TEST(a_block_is_hidden_when_the_pool_is_used_up),
		TEST(no_more_blocks_than_can_be),
		TEST(each_cpu_takes_in_changes),
		TEST(cpus_outside_are_never_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

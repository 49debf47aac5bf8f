// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which module was where, and when: names for reports that are read later than they were made.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/run/module_history.h"

#define A 0xffffffffc0100000ull
#define B 0xffffffffc0200000ull

static char text[SB_HISTORY_SIZE];

static struct module module_at(const char *name, u64 start)
{
	struct module module = {
		.state = MODULE_STATE_COMING,
		.mem[MOD_TEXT] = { (void *)start, 0x1000 },
		.mem[MOD_RODATA] = { (void *)(start + 0x1000), 0x800 },
		.mem[MOD_INIT_TEXT] = { (void *)(start + 0x8000), 0x1000 },
	};

	strscpy(module.name, name, sizeof(module.name));
	return module;
}

static int setup(void **state)
{
	kernel_reset();
	return 0;
}

/* Nothing that was remembered stays in memory. */
static int teardown(void **state)
{
	sb_history_forget();
	require_equal(kernel.allocations, 0, "memory in use");
	return 0;
}

static void begin(const struct module *module, u64 tsc)
{
	sb_history_begin(module, tsc);
}

static void end(const struct module *module, u64 tsc)
{
	kernel.tsc = tsc;
	sb_history_end(module);
}

static void expect_same(u64 address, u64 tsc)
{
	require(!sb_history_changed(address, tsc, text, sizeof(text)),
		"0x%llx at %llu is taken for changed, from '%s'", address, tsc, text);
}

static void expect_changed(u64 address, u64 tsc, const char *was)
{
	require(sb_history_changed(address, tsc, text, sizeof(text)),
		"0x%llx at %llu is taken for unchanged", address, tsc);
	require(!strcmp(text, was), "0x%llx at %llu was '%s', not '%s'", address, tsc, text, was);
}

static void test_nothing_known(void **state)
{
	expect_same(A, 10);
	require(!*text, "there is a name: '%s'", text);
}

static void test_present(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 100);
	expect_same(A, 100);
	expect_same(A + 0xfff, 500);
	expect_same(A + 0x1800, 500);
	expect_same(A + 0x5000, 500);
	/* A report from before the module came is not about the module. */
	expect_changed(A, 99, "");
}

static void test_there_before(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 0);
	expect_same(A, 1);
}

static void test_gone(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 100);
	end(&a, 200);
	expect_changed(A + 0x12, 100, "a+0x12");
	expect_changed(A + 0x12, 200, "a+0x12");
	expect_changed(A + 0x1010, 150, "a rodata+0x10");
	expect_changed(A + 0x8004, 150, "a init+0x4");
	expect_same(A + 0x12, 201);
	expect_same(A + 0x12, 99);
	/* The rest of the constants' page is the module's too. */
	expect_changed(A + 0x1fff, 150, "a rodata+0xfff");
	expect_same(A + 0x2000, 150);
}

static void test_place_used_again(void **state)
{
	struct module a = module_at("a", A), b = module_at("b", A);

	begin(&a, 100);
	end(&a, 200);
	begin(&b, 300);
	expect_changed(A + 8, 150, "a+0x8");
	expect_changed(A + 8, 250, "");
	expect_same(A + 8, 300);
	end(&b, 400);
	expect_changed(A + 8, 150, "a+0x8");
	expect_changed(A + 8, 350, "b+0x8");
	expect_same(A + 8, 250);
}

static void test_initialised(void **state)
{
	struct module a = module_at("a", A), other = module_at("other", B);

	begin(&a, 100);
	begin(&other, 100);
	kernel.tsc = 150;
	sb_history_initialised(&a);
	expect_changed(A + 0x8000, 120, "a init+0x0");
	expect_same(A + 0x8000, 151);
	expect_same(A, 120);
	expect_same(B + 0x8000, 120);
}

/* Only a module that is COMING still has initialisation code. */
static void test_live(void **state)
{
	struct module a = module_at("a", A);

	a.state = MODULE_STATE_LIVE;
	begin(&a, 0);
	end(&a, 50);
	expect_same(A + 0x8000, 20);
	expect_changed(A, 20, "a+0x0");
}

/* 512 pieces that have gone are remembered, and those that are there never forgotten. */
static void test_oldest_forgotten(void **state)
{
	struct module old = module_at("old", B), present = module_at("present", A - 0x100000), m;
	int i;

	begin(&present, 5);
	begin(&old, 10);
	end(&old, 20);
	for (i = 0; i < 169; i++) {
		m = module_at("m", A + i * 0x10000ull);
		begin(&m, 30);
		end(&m, 40);
	}
	/* 3 + 3 * 169 = 510 */
	expect_changed(B, 15, "old+0x0");
	m = module_at("last", A - 0x10000);
	begin(&m, 30);
	end(&m, 40);
	/* 513: the oldest piece, which was added first, is forgotten, and only that one. */
	expect_same(B + 0x1000, 15);
	expect_changed(B, 15, "old+0x0");
	expect_changed(A, 35, "m+0x0");
	expect_same(A - 0x100000, 35);
	expect_changed(A - 0x100000, 4, "");
}

static void test_no_memory(void **state)
{
	struct module a = module_at("a", A);

	kernel.fail_after = 0;
	begin(&a, 100);
	end(&a, 200);
	expect_same(A, 150);
}

static void test_long_name(void **state)
{
	struct module a = module_at("a_module_whose_name_is_as_long_as_such_a_name_can_be_____", A);
	char small[8];

	begin(&a, 100);
	end(&a, 200);
	require(sb_history_changed(A + 0xfff, 150, text, sizeof(text)), "unchanged");
	require(!strcmp(text + strlen(a.name), "+0xfff"), "'%s' is cut off", text);
	require(sb_history_changed(A, 150, small, sizeof(small)), "unchanged");
	require(!strcmp(small, "a_modul"), "'%s' is not what fits", small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_known),
		TEST(test_present),
		TEST(test_there_before),
		TEST(test_gone),
		TEST(test_place_used_again),
		TEST(test_initialised),
		TEST(test_live),
		TEST(test_oldest_forgotten),
		TEST(test_no_memory),
		TEST(test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

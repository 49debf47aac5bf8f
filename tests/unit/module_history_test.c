// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which module was where, and when: for reports that are read later than they were made.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/run/module_history.h"

#define A 0xffffffffc0100000ull
#define B 0xffffffffc0200000ull

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

static void expect_presence(u64 address, u64 tsc, enum sb_presence wanted)
{
	struct sb_place place;

	require_equal(sb_history_find(address, tsc, &place), wanted, "presence");
}

/* "module section+0x12" */
static void expect_place(u64 address, u64 tsc, enum sb_presence wanted, const char *where)
{
	struct sb_place place;
	char text[MODULE_NAME_LEN + 40];

	require_equal(sb_history_find(address, tsc, &place), wanted, "presence");
	snprintf(text, sizeof(text), "%s %s+0x%llx", place.module, place.section, place.offset);
	require(!strcmp(text, where), "0x%llx at %llu was '%s', not '%s'", address, tsc, text, where);
}

#define expect_none(address, tsc) expect_presence(address, tsc, SB_NO_MODULE)
#define expect_other(address, tsc) expect_presence(address, tsc, SB_OTHER_MODULE)
#define expect_same(address, tsc, where) expect_place(address, tsc, SB_SAME_MODULE, where)
#define expect_gone(address, tsc, where) expect_place(address, tsc, SB_MODULE_GONE, where)

static void test_nothing_known(void **state)
{
	expect_none(A, 10);
}

static void test_present(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 100);
	expect_same(A, 100, "a .text+0x0");
	expect_same(A + 0xfff, 500, "a .text+0xfff");
	expect_same(A + 0x1800, 500, "a .rodata+0x800");
	expect_none(A + 0x5000, 500);
	/* A report from before the module came is not about the module. */
	expect_other(A, 99);
}

static void test_there_before(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 0);
	expect_same(A, 1, "a .text+0x0");
}

static void test_gone(void **state)
{
	struct module a = module_at("a", A);

	begin(&a, 100);
	end(&a, 200);
	expect_gone(A + 0x12, 100, "a .text+0x12");
	expect_gone(A + 0x12, 200, "a .text+0x12");
	expect_gone(A + 0x1010, 150, "a .rodata+0x10");
	expect_gone(A + 0x8004, 150, "a .init.text+0x4");
	expect_none(A + 0x12, 201);
	expect_none(A + 0x12, 99);
	/* The rest of the constants' page is the module's too. */
	expect_gone(A + 0x1fff, 150, "a .rodata+0xfff");
	expect_none(A + 0x2000, 150);
}

static void test_place_used_again(void **state)
{
	struct module a = module_at("a", A), b = module_at("b", A);

	begin(&a, 100);
	end(&a, 200);
	begin(&b, 300);
	expect_gone(A + 8, 150, "a .text+0x8");
	expect_other(A + 8, 250);
	expect_same(A + 8, 300, "b .text+0x8");
	end(&b, 400);
	expect_gone(A + 8, 150, "a .text+0x8");
	expect_gone(A + 8, 350, "b .text+0x8");
	expect_none(A + 8, 250);
}

static void test_initialised(void **state)
{
	struct module a = module_at("a", A), other = module_at("other", B);

	begin(&a, 100);
	begin(&other, 100);
	kernel.tsc = 150;
	sb_history_initialised(&a);
	expect_gone(A + 0x8000, 120, "a .init.text+0x0");
	expect_none(A + 0x8000, 151);
	expect_same(A, 120, "a .text+0x0");
	expect_same(B + 0x8000, 120, "other .init.text+0x0");
}

/* Only a module that is COMING still has initialisation code. */
static void test_live(void **state)
{
	struct module a = module_at("a", A);

	a.state = MODULE_STATE_LIVE;
	begin(&a, 0);
	end(&a, 50);
	expect_none(A + 0x8000, 20);
	expect_gone(A, 20, "a .text+0x0");
}

/* What it does to its name later changes nothing. */
static void test_renamed(void **state)
{
	struct module a = module_at("rootkit", A);

	begin(&a, 100);
	strscpy(a.name, "ext4", sizeof(a.name));
	expect_same(A, 120, "rootkit .text+0x0");
	end(&a, 200);
	expect_gone(A, 120, "rootkit .text+0x0");
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
	expect_gone(B, 15, "old .text+0x0");
	m = module_at("last", A - 0x10000);
	begin(&m, 30);
	end(&m, 40);
	/* 513: the oldest piece, which was added first, is forgotten, and only that one. */
	expect_none(B + 0x1000, 15);
	expect_gone(B, 15, "old .text+0x0");
	expect_gone(A, 35, "m .text+0x0");
	expect_same(A - 0x100000, 35, "present .text+0x0");
	expect_other(A - 0x100000, 4);
}

static void test_no_memory(void **state)
{
	struct module a = module_at("a", A);

	kernel.fail_after = 0;
	begin(&a, 100);
	end(&a, 200);
	expect_none(A, 150);
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
		TEST(test_renamed),
		TEST(test_oldest_forgotten),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for the addresses in events: the kernel's, the module's that was there then, and the same ones whenever
 * they are asked for.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/run/address_names.h"
#include "linux/run/module_history.h"
#include "uapi/shadow_box.h"

#define TEXT 0xffffffff81000000ull
#define A 0xffffffffc0100000ull
#define B 0xffffffffc0200000ull

static struct module module_at(const char *name, u64 start)
{
	struct module module = {
		.state = MODULE_STATE_COMING,
		.mem[MOD_TEXT] = { (void *)start, 0x1000 },
		.mem[MOD_RODATA] = { (void *)(start + 0x1000), 0x800 },
	};

	strscpy(module.name, name, sizeof(module.name));
	return module;
}

static int setup(void **state)
{
	kernel_reset();
	kernel_symbol(TEXT, 0x1000, "do_it");
	return 0;
}

/* Nothing that was kept stays in memory. */
static int teardown(void **state)
{
	sb_names_forget();
	sb_history_forget();
	require_equal(kernel.allocations, 0, "memory in use");
	return 0;
}

static void end(const struct module *module, u64 tsc)
{
	kernel.tsc = tsc;
	sb_history_end(module);
}

static struct sb_event_names names_of(const struct sb_event *event)
{
	struct sb_event_names names;

	memset(&names, 'x', sizeof(names));
	sb_name_event(event, &names);
	return names;
}

static void expect_name(u64 address, u64 tsc, const char *wanted)
{
	struct sb_event event = { .type = SHADOW_BOX_EVENT_VIOLATION, .rip = address, .tsc = tsc };
	struct sb_event_names names = names_of(&event);

	require(!strcmp(names.rip, wanted), "0x%llx at %llu is '%s', not '%s'", address, tsc, names.rip,
		wanted);
}

static void test_kernel(void **state)
{
	expect_name(TEXT + 0x12, 1, "do_it+0x12");
	expect_name(TEXT + 0x1000, 1, "");
	expect_name(0, 1, "");
	expect_name(0x401000, 1, "");
	expect_name(0xffff888000001000, 1, "");
	require_equal(kernel.allocations, 0, "names kept of what never changes");
}

/* BPF programs and trampolines lie among the modules. */
static void test_not_of_a_module(void **state)
{
	kernel_module_symbol(A, 0x100, "bpf_prog_1234", "bpf");
	expect_name(A + 4, 10, "bpf_prog_1234+0x4 [bpf]");
	kernel_forget_symbols();
	expect_name(A + 4, 10, "bpf_prog_1234+0x4 [bpf]");
	expect_name(A + 4, 11, "");
	/* A module that comes later has nothing to do with either. */
	kernel_module_symbol(A, 0x100, "init", "late");
	expect_name(A + 4, 10, "bpf_prog_1234+0x4 [bpf]");
	expect_name(A + 4, 11, "");
	expect_name(A + 4, 12, "init+0x4 [late]");
}

/* Live and later, also when another module is there. */
static void test_module_goes(void **state)
{
	struct module a = module_at("a", A), b = module_at("b", A);

	sb_history_begin(&a, 100);
	kernel_module_symbol(A, 0x100, "init", "a");
	expect_name(A + 4, 150, "init+0x4 [a]");
	expect_name(A + 4, 170, "init+0x4 [a]");
	end(&a, 200);
	kernel_forget_symbols();
	expect_name(A + 4, 150, "init+0x4 [a]");
	expect_name(A + 4, 160, "init+0x4 [a]");
	/* Nobody asked in time: what is known is the place. */
	expect_name(A + 5, 150, ".text+0x5 [a]");
	expect_name(A + 0x1010, 150, ".rodata+0x10 [a]");
	kernel.tsc = 300;
	sb_history_begin(&b, 300);
	kernel_module_symbol(A, 0x100, "good", "b");
	expect_name(A + 4, 350, "good+0x4 [b]");
	expect_name(A + 4, 150, "init+0x4 [a]");
	expect_name(A + 4, 350, "good+0x4 [b]");
	expect_name(A + 8, 250, "");
	/* The kernel's memory of it goes, and the names stay. */
	end(&b, 400);
	expect_name(A + 4, 340, ".text+0x4 [b]");
	expect_name(A + 4, 350, "good+0x4 [b]");
}

/* What it does to its name and to the kernel's lists changes nothing. */
static void test_module_hides(void **state)
{
	struct module a = module_at("rootkit", A);

	sb_history_begin(&a, 100);
	kernel_module_symbol(A, 0x100, "init", "ext4");
	expect_name(A + 4, 150, "init+0x4 [rootkit]");
	kernel_forget_symbols();
	expect_name(A + 0x14, 150, ".text+0x14 [rootkit]");
	/* A symbol that lies before the section is none of it. */
	kernel_module_symbol(A - 0x1000, 0x10000, "far", "ext4");
	expect_name(A + 0x24, 150, ".text+0x24 [rootkit]");
	expect_name(A + 0x4000, 150, "far+0x5000 [ext4]");
}

/* A module chooses its names. */
static void test_strange_names(void **state)
{
	static char longest[500];
	static const char module[] = "a_module_whose_name_is_as_long_as_such_a_name_can_be_____";
	struct sb_event event = { .type = SHADOW_BOX_EVENT_VIOLATION, .rip = B };
	struct module a = module_at("a\nb]", A), b = module_at(module, B);
	struct sb_event_names names;

	sb_history_begin(&a, 0);
	sb_history_begin(&b, 0);
	kernel_module_symbol(A, 0x10, "x\n\x1b[0m y+0x1/0x2 [z]", "a\nb]");
	kernel_module_symbol(A + 0x10, 0x10, "0x10", "a");
	kernel_module_symbol(A + 0x20, 0x10, "", "a");
	memset(longest, 's', sizeof(longest) - 1);
	kernel_module_symbol(B, 0x10, longest, "b");
	expect_name(A + 1, 9, "x???0m?y+0x1/0x2??z?+0x1 [a?b?]");
	expect_name(A + 0x11, 9, ".text+0x11 [a?b?]");
	expect_name(A + 0x21, 9, "+0x1 [a?b?]");
	names = names_of(&event);
	require_equal(strlen(names.rip), SB_SYMBOL_SIZE - 1, "length of a long name");
	require(!strncmp(names.rip, "ssss", 4) && strstr(names.rip, "s+0x0 [a_module_"), "it is %s", names.rip);
}

/* Which addresses there are depends on the event. */
static void test_events(void **state)
{
	struct sb_event event = { .type = SHADOW_BOX_EVENT_VIOLATION, .rip = TEXT, .object = TEXT + 1,
				  .gla = TEXT + 2 };
	struct sb_event_names names = names_of(&event);

	require(!strcmp(names.rip, "do_it+0x0") && !strcmp(names.object, "do_it+0x1") &&
		!strcmp(names.gla, "do_it+0x2") && !*names.old && !*names.new, "names of a violation");
	/* What a sweep found has the subject's name where RIP would be. */
	event.observer = SHADOW_BOX_OBSERVER_SWEEP;
	names = names_of(&event);
	require(!*names.rip && *names.object && *names.gla, "names of what a sweep found");
	event.observer = SHADOW_BOX_OBSERVER_EXIT;
	event.type = SHADOW_BOX_EVENT_RELEASE;
	names = names_of(&event);
	require(*names.rip && *names.object && !*names.gla, "names of a release");
	event.type = SHADOW_BOX_EVENT_POLICY;
	names = names_of(&event);
	require(*names.rip && !*names.object && !*names.gla, "names of a setting");
	event.type = SHADOW_BOX_EVENT_HOST_FAULT;
	names = names_of(&event);
	require(!*names.rip && !*names.object && !*names.gla, "names of a host fault");
	event.type = SHADOW_BOX_EVENT_HOST_NMI;
	names = names_of(&event);
	require(!*names.rip && !*names.object && !*names.gla, "names of an NMI");
}

static void expect_targets(const struct sb_event *event, const char *old, const char *new)
{
	struct sb_event_names names = names_of(event);

	require(!strcmp(names.old, old) && !strcmp(names.new, new), "'%s' and '%s', not '%s' and '%s'",
		names.old, names.new, old, new);
}

static void test_targets(void **state)
{
	struct sb_event event = { .type = SHADOW_BOX_EVENT_VIOLATION, .object = TEXT + 0x100, .length = 8,
				  .old = { 0x10, 0, 0, 0x81, 0xff, 0xff, 0xff, 0xff }, .new = { 0x10 } };

	expect_targets(&event, "do_it+0x10", "");
	event.length = 5;
	expect_targets(&event, "", "");
	memcpy(event.old, "\xe8\xfb\xff\xff\xff", 5);
	memcpy(event.new, "\xe9\x10\x00\x00\x00", 5);
	expect_targets(&event, "do_it+0x100", "do_it+0x115");
	event.new[0] = 0xcc;
	expect_targets(&event, "do_it+0x100", "");
	event.length = 0;
	expect_targets(&event, "", "");
}

/* 512 names are kept; the one that nobody asked for the longest goes. */
static void test_oldest_forgotten(void **state)
{
	u64 i;

	kernel_module_symbol(B, 0x1000, "f", "b");
	for (i = 0; i < 512; i++)
		names_of(&(struct sb_event){ .rip = B + i, .tsc = 10 });
	kernel_forget_symbols();
	require_equal(kernel.allocations, 512, "names are kept");
	expect_name(B, 10, "f+0x0 [b]");
	expect_name(A, 10, "");
	require_equal(kernel.allocations, 512, "one comes and one goes");
	expect_name(B, 10, "f+0x0 [b]");
	expect_name(B + 2, 10, "f+0x2 [b]");
	expect_name(B + 1, 10, "");
}

static void test_no_memory(void **state)
{
	kernel_module_symbol(A, 0x100, "f", "a");
	kernel.fail_after = 0;
	expect_name(A, 10, "f+0x0 [a]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kernel),
		TEST(test_not_of_a_module),
		TEST(test_module_goes),
		TEST(test_module_hides),
		TEST(test_strange_names),
		TEST(test_events),
		TEST(test_targets),
		TEST(test_oldest_forgotten),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

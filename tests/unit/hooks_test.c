// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose hook an event is about: the last one that was asked for before it, by its address or by the thread.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/run/hooks.h"
#include "linux/run/module_history.h"
#include "uapi/shadow_box.h"

#define TEXT 0xffffffff81000000ull
#define MODULE 0xffffffffc0100000ull
#define PROGRAM 0xffffffffc0800000ull
#define OF(policy) (1u << SHADOW_BOX_POLICY_##policy)

static int setup(void **state)
{
	struct module module = { .state = MODULE_STATE_COMING, .name = "evil",
				 .mem[MOD_TEXT] = { (void *)MODULE, 0x1000 } };

	kernel_reset();
	kernel_symbol(TEXT, 0x1000, "kprobe_dispatcher");
	kernel_module_symbol(MODULE, 0x1000, "hook", "evil");
	sb_history_begin(&module, 0);
	return 0;
}

static int teardown(void **state)
{
	sb_hooks_forget();
	sb_names_forget();
	sb_history_forget();
	require_equal(kernel.allocations, 0, "memory in use");
	return 0;
}

static void ask(u64 tsc, u32 pid, u32 policies, u64 address, u64 function)
{
	struct sb_hook hook = { .tsc = tsc, .pid = pid, .policies = policies, .address = address,
				.function = function };

	sb_hook_note(&hook);
}

static struct sb_owner owner_of(u64 tsc, u32 pid, u32 policy, u64 object)
{
	struct sb_event event = { .tsc = tsc, .type = SHADOW_BOX_EVENT_VIOLATION, .policy = policy,
				  .pid = pid, .object = object };
	struct sb_owner owner;

	memset(&owner, 'x', sizeof(owner));
	sb_hook_owner(&event, &owner);
	return owner;
}

static void expect(struct sb_owner owner, u32 kind, const char *function)
{
	require_equal(owner.kind, kind, "kind");
	require(!strcmp(owner.function, function), "function %s", owner.function);
}

#define NOBODY 0, ""
#define EVIL SHADOW_BOX_OWNER_MODULE, "hook+0x0 [evil]"
#define TRACING SHADOW_BOX_OWNER_KERNEL, "kprobe_dispatcher+0x0"

/* A worker writes the jump; the breakpoint's bytes and those behind it are the same probe's. */
static void test_kprobe(void **state)
{
	ask(100, 7, OF(KPROBES) | OF(FTRACE), TEXT + 0x20, MODULE);
	ask(110, 8, OF(KPROBES) | OF(FTRACE), TEXT + 0x80, TEXT);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x20), EVIL);
	expect(owner_of(200, 1234, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x21), EVIL);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x80), TRACING);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x200), NOBODY);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x1f), NOBODY);
	expect(owner_of(99, 7, SHADOW_BOX_POLICY_KPROBES, TEXT + 0x20), NOBODY);
}

/* What ftrace patches at once is the matter of the thread that asked. */
static void test_ftrace(void **state)
{
	ask(100, 7, OF(FTRACE), 0, MODULE);
	ask(150, 8, OF(FTRACE), 0, TEXT);
	ask(300, 7, OF(FTRACE), 0, TEXT);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_FTRACE, TEXT + 0x40), EVIL);
	expect(owner_of(200, 8, SHADOW_BOX_POLICY_FTRACE, TEXT + 0x40), TRACING);
	expect(owner_of(300, 7, SHADOW_BOX_POLICY_FTRACE, TEXT + 0x40), TRACING);
	expect(owner_of(200, 9, SHADOW_BOX_POLICY_FTRACE, TEXT + 0x40), NOBODY);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_BPF, TEXT + 0x40), NOBODY);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_KERNEL_TEXT, TEXT + 0x40), NOBODY);
}

/* One at an entry is patched by ftrace, in the name of the probe. */
static void test_kprobe_by_ftrace(void **state)
{
	ask(100, 7, OF(KPROBES) | OF(FTRACE), TEXT + 0x20, MODULE);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_FTRACE, TEXT + 0x20), EVIL);
}

static void test_program(void **state)
{
	struct sb_hook hook = { .tsc = 100, .pid = 7, .policies = OF(BPF) | OF(FTRACE),
				.address = TEXT + 0x100, .function = PROGRAM, .program = 12,
				.program_name = "0123456789abcdef",
				.program_tag = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef } };
	struct sb_owner owner;

	sb_hook_note(&hook);
	owner = owner_of(200, 7, SHADOW_BOX_POLICY_BPF, TEXT + 0x104);
	require_equal(owner.kind, SHADOW_BOX_OWNER_PROGRAM, "kind");
	require_equal(owner.program, 12, "number");
	require(!strcmp(owner.program_name, "0123456789abcdef"), "name %s", owner.program_name);
	require(!strcmp(owner.program_tag, "0123456789abcdef"), "tag %s", owner.program_tag);
	owner = owner_of(200, 9, SHADOW_BOX_POLICY_BPF, TEXT + 0x104);
	require_equal(owner.program, 12, "by its address");
	owner = owner_of(200, 9, SHADOW_BOX_POLICY_BPF, TEXT + 0x204);
	require_equal(owner.kind, 0, "elsewhere");
}

/* Code that has no name is nobody's; and what a sweep finds is no hook that was asked for. */
static void test_unknown(void **state)
{
	struct sb_event event = { .tsc = 200, .type = SHADOW_BOX_EVENT_VIOLATION, .pid = 7,
				  .policy = SHADOW_BOX_POLICY_FTRACE,
				  .observer = SHADOW_BOX_OBSERVER_SWEEP };
	struct sb_owner owner;

	ask(100, 7, OF(FTRACE), 0, PROGRAM);
	expect(owner_of(200, 7, SHADOW_BOX_POLICY_FTRACE, TEXT), NOBODY);
	ask(110, 7, OF(FTRACE), 0, MODULE);
	sb_hook_owner(&event, &owner);
	require_equal(owner.kind, 0, "of a sweep");
}

/* The newest are kept. */
static void test_many(void **state)
{
	u32 i;

	for (i = 0; i < 1000; i++)
		ask(100 + i, i, OF(FTRACE), 0, MODULE);
	expect(owner_of(5000, 999, SHADOW_BOX_POLICY_FTRACE, TEXT), EVIL);
	expect(owner_of(5000, 500, SHADOW_BOX_POLICY_FTRACE, TEXT), EVIL);
	expect(owner_of(5000, 1, SHADOW_BOX_POLICY_FTRACE, TEXT), NOBODY);
	sb_hooks_forget();
	expect(owner_of(5000, 999, SHADOW_BOX_POLICY_FTRACE, TEXT), NOBODY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kprobe),
		TEST(test_ftrace),
		TEST(test_kprobe_by_ftrace),
		TEST(test_program),
		TEST(test_unknown),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in the kernel log: the line of each kind, what of it is escaped, and the limits.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/channel/events.h"
#include "linux/channel/log.h"
#include "linux/run/address_names.h"
#include "linux/run/origin.h"
#include "uapi/shadow_box.h"

/* Each event is a usual one in which some fields are others. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define TEXT 0xffffffff81000000ull
#define MODULE 0xffffffffc0100000ull

static struct notifier_block *subscriber;
/* What the next events are told to come from. */
static struct sb_event_origin origin;

void sb_events_subscribe(struct notifier_block *block)
{
	subscriber = block;
}

void sb_events_unsubscribe(struct notifier_block *block)
{
	require(block == subscriber, "somebody else unsubscribes");
	subscriber = NULL;
}

static int setup(void **state)
{
	kernel_reset();
	memset(&origin, 0, sizeof(origin));
	sb_log_init();
	return 0;
}

static int teardown(void **state)
{
	sb_log_exit();
	require(!subscriber, "still subscribed");
	return 0;
}

/* Names as run/address_names.c would make them: of code of the kernel and of a module. */
static void name(u64 address, char *text)
{
	if (address - TEXT < 0x1000)
		scnprintf(text, SB_SYMBOL_SIZE, "do_it+0x%llx", address - TEXT);
	else if (address - MODULE < 0x1000)
		scnprintf(text, SB_SYMBOL_SIZE, "init+0x%llx [bad]", address - MODULE);
}

static u64 pointer(const u8 *bytes)
{
	u64 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static struct sb_event_names names_of(const struct sb_event *event)
{
	struct sb_event_names names = { 0 };

	name(event->rip, names.rip);
	name(event->object, names.object);
	name(event->gla, names.gla);
	name(pointer(event->old), names.old);
	name(pointer(event->new), names.new);
	return names;
}

static void pass_on(enum sb_events_action action, const struct sb_event *event, u64 lost)
{
	struct sb_event_names names = names_of(event);
	struct sb_events_record record = { event, &names, lost, &origin };

	require_equal(subscriber->notifier_call(subscriber, action, &record), NOTIFY_DONE, "answer");
}

static void expect_log(const char *lines)
{
	require(!strcmp(kernel.log, lines), "the log is\n%s, not\n%s", kernel.log, lines);
	kernel_forget_log();
}

#define expect_line(fields, line)							\
	do {										\
		struct sb_event event_ = { .cpu = 3, .tsc = 200, fields };		\
		pass_on(SB_EVENTS_RECORD, &event_, 0);					\
		expect_log(line "\n");							\
	} while (0)

/* A write to kernel code by a thread in it. */
#define VIOLATION(...)									\
	.type = SHADOW_BOX_EVENT_VIOLATION, .policy = SHADOW_BOX_POLICY_KERNEL_TEXT,	\
	.action = SHADOW_BOX_ACTION_BLOCKED, .why = SHADOW_BOX_WHY_NO_SITE,		\
	.rip = TEXT + 0x10, .comm = "insmod", .pid = 77, .object = TEXT + 0x20, __VA_ARGS__

#define LITERALLY(...) __VA_ARGS__

static void test_simple(void **state)
{
	expect_line(.type = SHADOW_BOX_EVENT_LAUNCH, "info: VM [3] launched");
	expect_line(.type = SHADOW_BOX_EVENT_LEAVE, "info: VM [3] left");
	expect_line(.type = SHADOW_BOX_EVENT_HOST_NMI, "info: VM [3] INT NMI callback");
	expect_line(.type = SHADOW_BOX_EVENT_LOCK,
		    "notice: VM [3] policies locked until the machine restarts");
	expect_line(.type = SHADOW_BOX_EVENT_MICROCODE,
		    "warn: VM [3] microcode load refused: unload shadow_box to update microcode");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_UNKNOWN_EXIT, .code = 77, .rip = 0x400000),
		    "warn: VM [3] VM exit for unknown reason 77, RIP 0x400000");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_UNMAPPED, .gpa = 0x123000, .rip = 0x400000),
		    "alert: VM [3] guest access to unmapped physical address 0x123000, RIP 0x400000");
}

static void test_policy(void **state)
{
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_POLICY,
			      .policy = SHADOW_BOX_POLICY_SYSCALL_MSRS, .code = 2),
		    "notice: VM [3] policy syscall-msrs set to enforce");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_POLICY, .policy = SHADOW_BOX_POLICY_FTRACE,
			      .code = 2), "notice: VM [3] policy ftrace set to deny");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_POLICY, .policy = SHADOW_BOX_POLICIES,
			      .code = 2), "notice: VM [3] policy ? set to ?");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_POLICY, .policy = SHADOW_BOX_POLICY_IDT,
			      .code = 3), "notice: VM [3] policy idt set to ?");
}

static void test_release(void **state)
{
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_RELEASE, .object = MODULE),
		    "info: VM [3] module bad unloaded, released its memory at 0xffffffffc0100000");
	expect_line(LITERALLY(.type = SHADOW_BOX_EVENT_RELEASE, .object = MODULE + 0x1000),
		    "info: VM [3] module unloaded, released its memory at 0xffffffffc0101000");
}

static void test_violation(void **state)
{
	expect_line(LITERALLY(VIOLATION(.length = 2, .old = { 0x0f, 0x1f }, .new = { 0xeb, 0x10 })),
		    "alert: VM [3] violation kernel-text blocked: write to do_it+0x20 (0xffffffff81000020) by insmod[77] at do_it+0x10 (0xffffffff81000010), 2 bytes 0f 1f -> eb 10, patch where the kernel has nothing to patch");
	expect_line(LITERALLY(VIOLATION(.length = 1, .new = { 0xcc }, .rip = 0x401000)),
		    "alert: VM [3] violation kernel-text blocked: write to do_it+0x20 (0xffffffff81000020) by insmod[77] at 0x401000, 1 byte 00 -> cc, patch where the kernel has nothing to patch");
	expect_line(LITERALLY(VIOLATION(.object = 0, .gpa = 0x5000, .gla = TEXT)),
		    "alert: VM [3] violation kernel-text blocked: write to physical 0x5000 by insmod[77] at do_it+0x10 (0xffffffff81000010), patch where the kernel has nothing to patch");
	expect_line(LITERALLY(VIOLATION(.why = SHADOW_BOX_WHY_FETCH, .object = 0, .gla = 0xffff888000001000)),
		    "alert: VM [3] violation kernel-text blocked: fetch from 0xffff888000001000 by insmod[77] at do_it+0x10 (0xffffffff81000010), code fetched from a page that holds none");
}

/* Where a pointer or a CALL leads has a name, too. */
static void test_targets(void **state)
{
	expect_line(LITERALLY(VIOLATION(.rip = MODULE + 4, .length = 8,
			      .old = { [2] = 0, [3] = 0x81, 0xff, 0xff, 0xff, 0xff },
			      .new = { [2] = 0x10, [3] = 0xc0, 0xff, 0xff, 0xff, 0xff })),
		    "alert: VM [3] violation kernel-text blocked: write to do_it+0x20 (0xffffffff81000020) by insmod[77] at init+0x4 [bad] (0xffffffffc0100004), 0xffffffff81000000 (do_it+0x0) -> 0xffffffffc0100000 (init+0x0 [bad]), patch where the kernel has nothing to patch");
	expect_line(LITERALLY(VIOLATION(.rip = MODULE + 4, .length = 1,
			      .new = { [2] = 0x10, [3] = 0xc0, 0xff, 0xff, 0xff, 0xff })),
		    "alert: VM [3] violation kernel-text blocked: write to do_it+0x20 (0xffffffff81000020) by insmod[77] at init+0x4 [bad] (0xffffffffc0100004), 1 byte 00 -> 00 (init+0x0 [bad]), patch where the kernel has nothing to patch");
}

/* Whose hook it is, as the owner's kind says. A program chooses its name. */
static void test_owner(void **state)
{
	static const char before[] = "alert: VM [3] violation kernel-text blocked: write to do_it+0x20 (0xffffffff81000020) by insmod[77] at do_it+0x10 (0xffffffff81000010)";
	static const char after[] = ", patch where the kernel has nothing to patch\n";
	static const struct { u32 kind; const char *text; } cases[] = {
		{ 0, "" },
		{ SHADOW_BOX_OWNER_MODULE, ", hook of f+0x0 [bad]" },
		{ SHADOW_BOX_OWNER_KERNEL, ", hook of the kernel's tracing (f+0x0 [bad])" },
		{ SHADOW_BOX_OWNER_PROGRAM, ", hook of BPF program 7 (a\\nb, tag 0011)" },
		{ 77, "" },
	};
	struct sb_event event = { VIOLATION(.cpu = 3, .tsc = 200) };
	char wanted[512];
	u32 i;

	origin.owner = (struct sb_owner){ .function = "f+0x0 [bad]", .program = 7,
					  .program_name = "a\nb", .program_tag = "0011" };
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		origin.owner.kind = cases[i].kind;
		pass_on(SB_EVENTS_RECORD, &event, 0);
		snprintf(wanted, sizeof(wanted), "%s%s%s", before, cases[i].text, after);
		expect_log(wanted);
	}
}

/* A thread chooses its name, which must not look like another line. */
static void test_escaped(void **state)
{
	struct sb_event event = { VIOLATION(.cpu = 3, .tsc = 200) };

	memcpy(event.comm, "a\nVM [0] left\x01\\b", sizeof(event.comm));
	pass_on(SB_EVENTS_RECORD, &event, 0);
	require(strstr(kernel.log, " by a\\nVM [0] left\\001\\134b[77] at "), "the log is %s",
		kernel.log);
	require_equal(strchr(kernel.log, '\n') - kernel.log, kernel.log_length - 1, "end of the line");
}

/* Names and values of the greatest length leave the line whole. */
static void test_longest(void **state)
{
	struct sb_event event = { VIOLATION(.length = 8) };
	struct sb_event_names names;
	struct sb_events_record record = { &event, &names, 0, &origin };

	memset(&names, 's', sizeof(names));
	names.rip[SB_SYMBOL_SIZE - 1] = names.object[SB_SYMBOL_SIZE - 1] = names.old[SB_SYMBOL_SIZE - 1] =
		names.new[SB_SYMBOL_SIZE - 1] = '\0';
	memset(event.old, 0xff, sizeof(event.old));
	memset(event.new, 0xff, sizeof(event.new));
	subscriber->notifier_call(subscriber, SB_EVENTS_RECORD, &record);
	require(strstr(kernel.log, "s (0xffffffff81000010), 0xffffffffffffffff (ss"), "the log is %s", kernel.log);
	require(strstr(kernel.log, "s), patch where the kernel has nothing to patch\n"), "the log is %s", kernel.log);
	kernel_forget_log();
	event.length = 200;
	subscriber->notifier_call(subscriber, SB_EVENTS_RECORD, &record);
	require(strstr(kernel.log, ", 16 bytes ff ff"), "the log is %s", kernel.log);
	require(strstr(kernel.log, "s), patch where the kernel has nothing to patch\n"), "the log is %s", kernel.log);
}

/* What is loaded tells which register it was: a table register has limit and base. */
static void test_registers(void **state)
{
	static const struct { u8 policy; u64 code; u8 length; const char *deed; } cases[] = {
		{ SHADOW_BOX_POLICY_CONTROL_REGS, 4, 8, "write to CR4" },
		{ SHADOW_BOX_POLICY_CONTROL_REGS, MSR_EFER, 8, "write to EFER" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, MSR_LSTAR, 8, "write to LSTAR" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, MSR_STAR, 8, "write to STAR" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, MSR_CSTAR, 8, "write to CSTAR" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, MSR_SYSCALL_MASK, 8, "write to FMASK" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, MSR_IA32_SYSENTER_EIP, 8, "write to SYSENTER_EIP" },
		{ SHADOW_BOX_POLICY_SYSCALL_MSRS, 0x10, 8, "write to an MSR" },
		{ SHADOW_BOX_POLICY_DESCRIPTOR_REGS, 0, 10, "load of GDTR" },
		{ SHADOW_BOX_POLICY_DESCRIPTOR_REGS, 1 << 28, 10, "load of IDTR" },
		{ SHADOW_BOX_POLICY_DESCRIPTOR_REGS, 0, 2, "load of LDTR" },
		{ SHADOW_BOX_POLICY_DESCRIPTOR_REGS, 1 << 28, 2, "load of TR" },
		{ SHADOW_BOX_POLICY_DESCRIPTOR_REGS, 0, 16, "load of TR" },
	};
	char wanted[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sb_event event = { VIOLATION(.why = SHADOW_BOX_WHY_REGISTER,
			.policy = cases[i].policy, .code = cases[i].code, .length = cases[i].length,
			.old = { 1 }, .new = { 2 }) };

		pass_on(SB_EVENTS_RECORD, &event, 0);
		snprintf(wanted, sizeof(wanted), " blocked: %s by ", cases[i].deed);
		require(strstr(kernel.log, wanted), "no '%s' in %s", wanted, kernel.log);
		require(!strstr(kernel.log, ", 0x1 -> 0x2") == (cases[i].length != 8),
			"values of %s: %s", cases[i].deed, kernel.log);
		kernel_forget_log();
	}
}

static void test_hypercall(void **state)
{
	expect_line(LITERALLY(VIOLATION(.policy = SHADOW_BOX_POLICY_HOST_MEMORY, .code = 7,
		    .why = SHADOW_BOX_WHY_LOCKED, .action = SHADOW_BOX_ACTION_REFUSED, .rip = 0x401000)),
		    "alert: VM [3] violation host-memory refused: hypercall 7 by insmod[77] at 0x401000, weakening after the lock");
}

static void test_port(void **state)
{
	expect_line(LITERALLY(VIOLATION(.policy = SHADOW_BOX_POLICY_HOST_MEMORY, .code = 0xb004,
		    .why = SHADOW_BOX_WHY_SLEEP, .action = SHADOW_BOX_ACTION_DISCARDED, .rip = 0x401000)),
		    "alert: VM [3] violation host-memory discarded: access to port 0xb004 by insmod[77] at 0x401000, sleep after the lock, from which the machine wakes outside");
}

/* A number that nobody knows is "?", never what lies beyond a table. */
static void test_unknown_numbers(void **state)
{
	struct sb_event event = { VIOLATION(.policy = 255, .action = 255, .why = 255) };

	pass_on(SB_EVENTS_RECORD, &event, 0);
	require(strstr(kernel.log, "violation ? ?: write to"), "the log is %s", kernel.log);
	require(strstr(kernel.log, ", ?\n"), "the log is %s", kernel.log);
	kernel_forget_log();
	event.type = 255;
	pass_on(SB_EVENTS_RECORD, &event, 0);
	expect_log("");
}

static void test_lost(void **state)
{
	struct sb_event event = { .cpu = 1, .type = SHADOW_BOX_EVENT_LAUNCH };

	pass_on(SB_EVENTS_RECORD, &event, 7);
	expect_log("warn: VM [1] 7 events lost\ninfo: VM [1] launched\n");
}

/* Last words come once; the record that the rings hold says nothing new. The module must stay. */
static void test_last_words(void **state)
{
	struct sb_event event = { .cpu = 2, .type = SHADOW_BOX_EVENT_HOST_FAULT, .code = 14,
				  .error = 2, .rip = 0xffff800000001000, .gla = 0x10 };

	pass_on(SB_EVENTS_LAST_WORDS, &event, 0);
	expect_log("emerg: VM [2] host fault: vector 14 error 0x2 at 0xffff800000001000, address 0x10: this CPU has stopped\n");
	require_equal(kernel.module_references, 1, "references of the module");
	pass_on(SB_EVENTS_RECORD, &event, 0);
	expect_log("");
	require_equal(kernel.module_references, 1, "references of the module");
	event.code = 256 + 33;
	pass_on(SB_EVENTS_LAST_WORDS, &event, 0);
	expect_log("emerg: VM [2] host fault: unknown exit 33 qualification 0x2 at 0xffff800000001000: this CPU has stopped\n");
}

static u32 lines_of(u32 type, u32 events)
{
	struct sb_event event = { .type = type, .tsc = 200 };
	u32 i, lines = 0;

	kernel_forget_log();
	for (i = 0; i < events; i++)
		pass_on(SB_EVENTS_RECORD, &event, 0);
	for (i = 0; i < kernel.log_length; i++)
		lines += kernel.log[i] == '\n';
	kernel_forget_log();
	return lines;
}

/* The last test, since it uses up the limits: a flood of one kind hides no other kind. */
static void test_limits(void **state)
{
	u32 lines = lines_of(SHADOW_BOX_EVENT_HOST_NMI, 100);

	require(lines > 0 && lines <= 20, "%u lines of NMIs", lines);
	lines = lines_of(SHADOW_BOX_EVENT_RELEASE, 100);
	require(lines > 0 && lines <= 20, "%u lines of released modules", lines);
	lines = lines_of(SHADOW_BOX_EVENT_LAUNCH, 100);
	require(lines > 0 && lines <= 50, "%u lines of launches", lines);
	lines = lines_of(SHADOW_BOX_EVENT_VIOLATION, 100);
	require(lines > 0 && lines <= 50, "%u lines of violations", lines);
	require_equal(lines_of(SHADOW_BOX_EVENT_VIOLATION, 1), 0, "lines beyond the limit");
	test_last_words(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_simple),
		TEST(test_policy),
		TEST(test_release),
		TEST(test_violation),
		TEST(test_targets),
		TEST(test_owner),
		TEST(test_escaped),
		TEST(test_longest),
		TEST(test_registers),
		TEST(test_hypercall),
		TEST(test_port),
		TEST(test_unknown_numbers),
		TEST(test_lost),
		TEST(test_last_words),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

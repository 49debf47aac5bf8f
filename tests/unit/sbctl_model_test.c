// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's model: names, groups, sums, rates, order of events, events in words, the dashboard's view.
 */
#include <stdlib.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/rows.h"
#include "dashboard/view.h"
#include "model/event.h"
#include "model/group.h"
#include "model/order.h"
#include "render/text.h"

#include "unit.h"

static struct cpu make_cpu(uint32_t id, uint64_t exits, const struct exit_count *exit, size_t n)
{
	struct cpu cpu = { .have = ~0u, .id = id, .exits = exits, .n_exit = n };

	cpu.exit = malloc(n * sizeof(*exit) + 1);
	memcpy(cpu.exit, exit, n * sizeof(*exit));
	return cpu;
}

static const struct exit_count some_exits[] = {
	{ 10, 100 }, { 31, 10 }, { 32, 5 }, { 0, 7 }, { 8, 1 }, { 48, 3 }, { 28, 2 }, { 52, 4 },
	{ 18, 6 }, { 200, 9 }, { UINT32_MAX, 1 },
};

#define N_SOME	(sizeof(some_exits) / sizeof(some_exits[0]))
#define SUM_SOME	148

static void groups_add_up_to_the_total(void **state)
{
	struct cpu cpu = make_cpu(0, SUM_SOME + 20, some_exits, N_SOME);
	uint64_t group[N_GROUPS], sum = 0;
	size_t g;

	(void)state;
	cpu_groups(&cpu, group);
	assert_int_equal(group[GROUP_CPUID], 100);
	assert_int_equal(group[GROUP_MSR], 15);
	assert_int_equal(group[GROUP_NMI], 8);
	assert_int_equal(group[GROUP_EPT], 3);
	assert_int_equal(group[GROUP_REGS], 2);
	assert_int_equal(group[GROUP_TIMER], 4);
	/* Reasons without a group, unknown ones, and what the total has beyond the reasons. */
	assert_int_equal(group[GROUP_OTHER], 6 + 9 + 1 + 20);
	for (g = 0; g < N_GROUPS; g++)
		sum += group[g];
	assert_int_equal(sum, cpu.exits);
	free(cpu.exit);
}

static void unknown_numbers_have_no_name(void **state)
{
	(void)state;
	assert_string_equal(exit_name(10), "CPUID");
	assert_string_equal(exit_name(79), "WRMSRLIST");
	assert_null(exit_name(35));
	assert_null(exit_name(80));
	assert_null(exit_name(UINT32_MAX));
	assert_int_equal(exit_group(35), GROUP_OTHER);
	assert_int_equal(exit_group(UINT32_MAX), GROUP_OTHER);
	assert_null(state_name(2));
	assert_null(cpu_state_name(3));
	assert_null(feature_name(31));
	assert_null(event_name(0));
	assert_null(event_name(99));
	assert_null(policy_name(SHADOW_BOX_POLICIES));
	assert_null(policy_about(UINT32_MAX));
	assert_null(mode_name(0, 3));
	assert_null(observer_name(SHADOW_BOX_OBSERVER_SWEEP + 1));
	assert_null(subject_name(0));
	assert_null(subject_name(SHADOW_BOX_SUBJECT_PORT + 1));
	assert_null(action_name(0));
	assert_null(action_name(5));
	assert_null(why_name(0));
	assert_null(why_text(SHADOW_BOX_WHY_MAX + 1));
}

/* host-memory is always enforced, and detections never. */
static bool has_mode(uint32_t policy, uint32_t mode)
{
	switch (policy) {
	case SHADOW_BOX_POLICY_HOST_MEMORY:
		return mode == SHADOW_BOX_MODE_ENFORCE;
	case SHADOW_BOX_POLICY_GLOBALS:
	case SHADOW_BOX_POLICY_MODULES:
	case SHADOW_BOX_POLICY_TASKS:
	case SHADOW_BOX_POLICY_POINTERS:
	case SHADOW_BOX_POLICY_CREDS:
		return mode != SHADOW_BOX_MODE_ENFORCE;
	default:
		return true;
	}
}

/* Every number of the interface has a name of its own, and the name leads back to it. */
static void every_policy_and_mode_has_a_name(void **state)
{
	uint32_t policy, mode, i;

	(void)state;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		assert_int_equal(policy_number(policy_name(policy)), policy);
		assert_non_null(policy_about(policy));
		for (mode = 0; mode <= SHADOW_BOX_MODE_ENFORCE; mode++)
			if (has_mode(policy, mode))
				assert_int_equal(mode_number(policy, mode_name(policy, mode)), mode);
			else
				assert_null(mode_name(policy, mode));
	}
	assert_null(mode_name(SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_MODE_LOG));
	assert_int_equal(mode_number(SHADOW_BOX_POLICY_HOST_MEMORY, "off"), -1);
	for (i = SHADOW_BOX_OBSERVER_EXIT; i <= SHADOW_BOX_OBSERVER_SWEEP; i++)
		assert_non_null(observer_name(i));
	for (i = SHADOW_BOX_SUBJECT_CODE; i <= SHADOW_BOX_SUBJECT_PORT; i++)
		assert_non_null(subject_name(i));
	for (i = SHADOW_BOX_OWNER_MODULE; i <= SHADOW_BOX_OWNER_KERNEL; i++)
		assert_non_null(owner_name(i));
	for (i = SHADOW_BOX_WHY_WRITE; i <= SHADOW_BOX_WHY_MAX; i++)
		assert_true(why_name(i) && why_text(i));
	for (i = SHADOW_BOX_ACTION_LOGGED; i <= SHADOW_BOX_ACTION_REFUSED; i++)
		assert_non_null(action_name(i));
	for (i = SHADOW_BOX_EVENT_LAUNCH; i <= SHADOW_BOX_EVENT_RELEASE; i++)
		assert_non_null(event_name(i));
	assert_int_equal(policy_number("kernel"), -1);
	assert_int_equal(policy_number(""), -1);
	assert_int_equal(mode_number(SHADOW_BOX_POLICY_KPROBES, "enforce"), -1);
	assert_int_equal(mode_number(SHADOW_BOX_POLICY_KPROBES, "deny"), 2);
	assert_int_equal(mode_number(SHADOW_BOX_POLICY_IDT, "deny"), -1);
	assert_int_equal(mode_number(SHADOW_BOX_POLICY_IDT, "ENFORCE"), -1);
}

static void snapshots_are_sorted_and_summed(void **state)
{
	struct snapshot snapshot = { .n_cpu = 3, .cpu = calloc(3, sizeof(struct cpu)) };
	uint64_t group[N_GROUPS];
	struct cpu total;

	(void)state;
	snapshot.cpu[0] = make_cpu(511, SUM_SOME, some_exits, N_SOME);
	snapshot.cpu[1] = make_cpu(2, SUM_SOME, some_exits, N_SOME);
	snapshot.cpu[2] = make_cpu(7, 0, some_exits, 0);
	snapshot.cpu[2].nmi_host = 3;
	snapshot.cpu[1].state = SHADOW_BOX_CPU_FAULT;
	snapshot_sort(&snapshot);
	assert_int_equal(snapshot.cpu[0].id, 2);
	assert_int_equal(snapshot.cpu[2].id, 511);
	assert_int_equal(snapshot.cpu[0].exit[0].reason, 0);
	assert_int_equal(snapshot.cpu[0].exit[N_SOME - 1].reason, UINT32_MAX);
	assert_ptr_equal(snapshot_cpu(&snapshot, 7), &snapshot.cpu[1]);
	assert_null(snapshot_cpu(&snapshot, 3));
	assert_int_equal(snapshot_faults(&snapshot), 1);
	snapshot_total(&snapshot, &total, group);
	assert_int_equal(total.exits, 2 * SUM_SOME);
	assert_int_equal(total.nmi_host, 3);
	assert_int_equal(group[GROUP_CPUID], 200);
	snapshot_free(&snapshot);
	assert_null(snapshot.cpu);
}

static void rates_are_per_second(void **state)
{
	struct exit_count old = { 10, 100 }, new = { 10, 300 };
	struct cpu before = make_cpu(0, 100, &old, 1), now = make_cpu(0, 350, &new, 1);
	struct rates rates;

	(void)state;
	before.time = 1000000000;
	now.time = 1500000000;
	cpu_rates(&now, &before, &rates);
	assert_true(rates.valid);
	assert_true(rates.exits == 500);
	assert_true(rates.group[GROUP_CPUID] == 400);
	assert_true(rates.group[GROUP_OTHER] == 100);
	cpu_rates(&now, NULL, &rates);
	assert_false(rates.valid);
	cpu_rates(&now, &now, &rates);
	assert_false(rates.valid);
	/* Counters that went back: another launch. */
	before.time = 2000000000;
	cpu_rates(&before, &now, &rates);
	assert_false(rates.valid);
	free(before.exit);
	free(now.exit);
}

static void put(struct order *order, const uint64_t *seq, size_t n)
{
	struct event_list list = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		struct event event = { .seq = seq[i] };

		assert_true(event_list_add(&list, &event));
	}
	order_put(order, &list);
	assert_int_equal(list.n_event, 0);
	event_list_free(&list);
}

#define PUT(order, ...) \
	put(order, (uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* Takes all there is; text "1 2 [3-5] 6": events, lost ones in brackets. */
static void expect_order(struct order *order, bool settle, const char *want)
{
	char got[256] = "";
	size_t used = 0;
	struct event event;
	uint64_t first, last;
	enum order_step step;

	while (first = order->next,
	       (step = order_take(order, settle, &event, &last)) != ORDER_NOTHING) {
		if (step == ORDER_EVENT)
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%d",
						 used ? " " : "", (int)event.seq);
		else
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s[%d-%d]",
						 used ? " " : "", (int)first, (int)last);
	}
	assert_string_equal(got, want);
}

static void events_come_in_order(void **state)
{
	struct order order = { .next = 5 };

	(void)state;
	PUT(&order, 6, 7, 9);
	assert_true(order_has_gap(&order));
	expect_order(&order, false, "");
	PUT(&order, 5);
	expect_order(&order, false, "5 6 7");
	assert_true(order_has_gap(&order));
	PUT(&order, 8, 8, 5, 3);
	assert_false(order_has_gap(&order));
	expect_order(&order, false, "8 9");
	assert_false(order_has_gap(&order));
	order_free(&order);
}

static void lost_events_are_said_once(void **state)
{
	struct order order = { .next = 0 };

	(void)state;
	PUT(&order, 2, 3, 7);
	expect_order(&order, true, "[0-1] 2 3 [4-6] 7");
	/* Too late: they are given up. */
	PUT(&order, 5, 8);
	expect_order(&order, false, "8");
	assert_int_equal(order.next, 9);
	order_free(&order);
}

static void expect_text(const struct event *event, const char *want)
{
	char text[EVENT_TEXT_SIZE];
	int length = event_text(event, text, sizeof(text));

	assert_string_equal(text, want);
	assert_int_equal(length, strlen(want));
}

static void events_are_said_in_words(void **state)
{
	struct event event = { .have = ~0u, .gpa = 0x1000, .gla = 0xffff888000001000,
			       .rip = 0xffffffff81000000, .code = 2 };

	(void)state;
	event.type = SHADOW_BOX_EVENT_LAUNCH;
	expect_text(&event, "launched");
	event.type = SHADOW_BOX_EVENT_LEAVE;
	expect_text(&event, "left");
	event.type = SHADOW_BOX_EVENT_HOST_NMI;
	expect_text(&event, "INT NMI callback");
	event.gla = 0;
	event.type = SHADOW_BOX_EVENT_UNMAPPED;
	expect_text(&event, "guest access to unmapped physical address 0x1000, RIP 0xffffffff81000000");
	event.type = SHADOW_BOX_EVENT_MICROCODE;
	expect_text(&event, "microcode load refused");
	event.type = SHADOW_BOX_EVENT_UNKNOWN_EXIT;
	event.code = 77;
	expect_text(&event, "VM exit for unknown reason 77, RIP 0xffffffff81000000");
	event.type = SHADOW_BOX_EVENT_HOST_FAULT;
	event.code = 14;
	event.error = 2;
	expect_text(&event, "host fault: vector 14 error 0x2 at 0xffffffff81000000, address 0x0");
	event.type = 77;
	expect_text(&event, "event of type 77, code 0xe, error 0x2, gpa 0x1000, RIP 0xffffffff81000000");
	event.type = SHADOW_BOX_EVENT_LOCK;
	expect_text(&event, "policies locked until the machine restarts");
	event.pid = 7;
	strcpy(event.comm, "sbctl");
	event.type = SHADOW_BOX_EVENT_POLICY;
	event.policy = SHADOW_BOX_POLICY_BPF;
	event.code = SHADOW_BOX_MODE_ENFORCE;
	expect_text(&event, "policy bpf set to deny, pid 7 (sbctl)");
	event.policy = 99;
	event.code = 9;
	expect_text(&event, "policy number 99 set to number 9, pid 7 (sbctl)");
	event.type = SHADOW_BOX_EVENT_RELEASE;
	event.object = 0xffffffffc0000000;
	expect_text(&event, "module unloaded, released its memory at 0xffffffffc0000000, pid 7 (sbctl)");
	strcpy(event.object_symbol, "init+0x0 [rootkit]");
	expect_text(&event, "module rootkit unloaded, released its memory at 0xffffffffc0000000, pid 7 (sbctl)");
}

/* As the kernel named them, and numbers where it had no name. */
static void addresses_have_the_names_that_came_with_them(void **state)
{
	struct event event = { .have = 1u << SHADOW_BOX_EVENT_RIP | 1u << SHADOW_BOX_EVENT_OBJECT,
			       .type = SHADOW_BOX_EVENT_VIOLATION, .rip = 0xffffffffc0001020,
			       .object = 0xffffffffc0002000 };

	(void)state;
	expect_text(&event, "violation, 0xffffffffc0002000, by 0xffffffffc0001020");
	strcpy(event.rip_symbol, "patch+0x20 [rootkit]");
	strcpy(event.object_symbol, ".rodata+0x0 [victim]");
	expect_text(&event, "violation, .rodata+0x0 [victim], by patch+0x20 [rootkit]");
	event.object = 0;
	event.gla = 0xffffffff81000000;
	expect_text(&event, "violation, 0xffffffff81000000, by patch+0x20 [rootkit]");
	strcpy(event.gla_symbol, "_text+0x0");
	event.old = event.new = (struct bytes){ { 0xe8, 1, 2, 3, 4 }, 5 };
	strcpy(event.new_symbol, "evil+0x0 [rootkit]");
	expect_text(&event, "violation, _text+0x0, by patch+0x20 [rootkit], e8 01 02 03 04 -> e8 01 02 03 04 (evil+0x0 [rootkit])");
}

static void violations_are_said_in_words(void **state)
{
	struct event event = {
		.have = (1u << SHADOW_BOX_EVENT_RIP_SYMBOL) - 1, .type = SHADOW_BOX_EVENT_VIOLATION,
		.gpa = 0x1000, .gla = 0xffff888000001000, .object = 0xffffffff82000018, .rip = 0xffffffffc0001020,
		.policy = SHADOW_BOX_POLICY_KERNEL_RODATA, .action = SHADOW_BOX_ACTION_BLOCKED,
		.why = SHADOW_BOX_WHY_WRITE, .pid = 123, .comm = "insmod",
		.old = { { 0, 0x11 }, 2 }, .new = { { 0xff, 0xee }, 2 },
	};

	(void)state;
	expect_text(&event, "violation of kernel-rodata, blocked: write to what does not change, 0xffffffff82000018, by 0xffffffffc0001020, pid 123 (insmod), 00 11 -> ff ee");
	/* What the kernel does not know by an address of its own. */
	event.object = 0;
	event.new.length = 0;
	expect_text(&event, "violation of kernel-rodata, blocked: write to what does not change, 0xffff888000001000, by 0xffffffffc0001020, pid 123 (insmod), 00 11 -> ?");
	event.gla = 0;
	event.old.length = 0;
	expect_text(&event, "violation of kernel-rodata, blocked: write to what does not change, physical 0x1000, by 0xffffffffc0001020, pid 123 (insmod)");
	/* Numbers of a newer module. */
	event.policy = 50;
	event.action = 51;
	event.why = 52;
	expect_text(&event, "violation of number 50, number 51: number 52, physical 0x1000, by 0xffffffffc0001020, pid 123 (insmod)");
}

/* What of @class there is, in words, and nothing else. */
static void expect_modes(uint32_t class, const char *words, const char *off, const char *log,
			 const char *enforce)
{
	const char *const want[] = { off, log, enforce };
	char text[CLASS_MODES_SIZE];
	uint32_t mode;

	assert_string_equal(class_modes(class, text, sizeof(text)), words);
	for (mode = 0; mode <= SHADOW_BOX_MODE_ENFORCE; mode++) {
		const char *name = class_mode_name(class, mode);

		assert_true(!name == !want[mode]);
		if (name)
			assert_string_equal(name, want[mode]);
		if (name)
			assert_int_equal(class_mode_number(class, name), mode);
	}
	assert_null(class_mode_name(class, SHADOW_BOX_MODE_ENFORCE + 1));
	assert_int_equal(class_mode_number(class, "none"), -1);
}

/* What is found when it has happened cannot be prevented. */
static void each_class_has_its_modes(void **state)
{
	(void)state;
	expect_modes(SHADOW_BOX_CLASS_PROTECTION, "off, log and enforce", "off", "log", "enforce");
	expect_modes(SHADOW_BOX_CLASS_PATCH, "allow, log and deny", "allow", "log", "deny");
	expect_modes(SHADOW_BOX_CLASS_DETECTION, "off and log", "off", "log", NULL);
	expect_modes(SHADOW_BOX_CLASS_ALWAYS, "enforce", NULL, NULL, "enforce");
	assert_null(class_mode_name(SHADOW_BOX_CLASS_ALWAYS + 1, SHADOW_BOX_MODE_LOG));
	assert_int_equal(class_mode_number(SHADOW_BOX_CLASS_DETECTION, "enforce"), -1);
	assert_int_equal(policy_class(SHADOW_BOX_POLICY_BPF), SHADOW_BOX_CLASS_PATCH);
	assert_int_equal(policy_class(UINT32_MAX), SHADOW_BOX_CLASS_PROTECTION);
}

/* What the module sends of a sweep's finding. */
#define OF_SWEEP (HAVE_BIT(SHADOW_BOX_EVENT_POLICY_ID) | HAVE_BIT(SHADOW_BOX_EVENT_ACTION) | \
		  HAVE_BIT(SHADOW_BOX_EVENT_WHY) | HAVE_BIT(SHADOW_BOX_EVENT_OBJECT) | \
		  HAVE_BIT(SHADOW_BOX_EVENT_OBSERVER) | HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT))

static void sweeps_accuse_nobody(void **state)
{
	struct event event = {
		.have = OF_SWEEP, .type = SHADOW_BOX_EVENT_VIOLATION,
		.policy = SHADOW_BOX_POLICY_MODULE_TEXT, .action = SHADOW_BOX_ACTION_LOGGED,
		.why = SHADOW_BOX_WHY_WRITE, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject = SHADOW_BOX_SUBJECT_TASK, .object = 0xffff888000001000,
	};
#define WHY "violation of module-text, logged: write to what does not change, "

	(void)state;
	expect_text(&event, WHY "task 0xffff888000001000, found by a sweep");
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_ID);
	event.subject_id = 77;
	expect_text(&event, WHY "task 77, found by a sweep");
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_NAME);
	strcpy(event.subject_name, "evil");
	expect_text(&event, WHY "task 77 (evil), found by a sweep");
	event.have &= ~HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_ID);
	event.subject = SHADOW_BOX_SUBJECT_MODULE;
	expect_text(&event, WHY "module evil, found by a sweep");
	/* Of a newer module. */
	event.subject = 99;
	expect_text(&event, WHY "subject evil, found by a sweep");
	event.have = OF_SWEEP;
	expect_text(&event, WHY "0xffff888000001000, found by a sweep");
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_OWNER);
	event.owner = SHADOW_BOX_OWNER_MODULE;
	strcpy(event.owner_symbol, "hook+0x0 [evil]");
	expect_text(&event, WHY "0xffff888000001000, found by a sweep, hook of hook+0x0 [evil]");
	event.owner = SHADOW_BOX_OWNER_KERNEL;
	expect_text(&event, WHY "0xffff888000001000, found by a sweep, hook of the kernel's tracing (hook+0x0 [evil])");
	event.owner = SHADOW_BOX_OWNER_PROGRAM;
	event.program_id = 7;
	strcpy(event.program_name, "snoop");
	strcpy(event.program_tag, "0123456789abcdef");
	expect_text(&event, WHY "0xffff888000001000, found by a sweep, hook of BPF program 7 (snoop, tag 0123456789abcdef)");
	event.have = OF_SWEEP;
	event.subject = SHADOW_BOX_SUBJECT_POINTER;
	expect_text(&event, WHY "pointer 0xffff888000001000, found by a sweep");
	event.subject = SHADOW_BOX_SUBJECT_MAPPING;
	expect_text(&event, WHY "mapping 0xffff888000001000, found by a sweep");
	event.subject = SHADOW_BOX_SUBJECT_CODE;
	expect_text(&event, WHY "0xffff888000001000, found by a sweep");
	event.old = (struct bytes){ { 0x0f, 0x1f }, 2 };
	event.new = (struct bytes){ { 0xeb, 0x10 }, 2 };
	expect_text(&event, WHY "0xffff888000001000, found by a sweep, 0f 1f -> eb 10");
	/* An exit's words are the same, whether or not its observer is told. */
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_RIP);
	event.observer = SHADOW_BOX_OBSERVER_EXIT;
	expect_text(&event, WHY "0xffff888000001000, by 0x0, 0f 1f -> eb 10");
	event.have &= ~HAVE_BIT(SHADOW_BOX_EVENT_OBSERVER);
	expect_text(&event, WHY "0xffff888000001000, by 0x0, 0f 1f -> eb 10");
#undef WHY
}

static void registers_are_said_by_name(void **state)
{
	struct event event = {
		.have = ~0u & ~(1u << SHADOW_BOX_EVENT_PID | 1u << SHADOW_BOX_EVENT_COMM),
		.type = SHADOW_BOX_EVENT_VIOLATION, .policy = SHADOW_BOX_POLICY_CONTROL_REGS,
		.action = SHADOW_BOX_ACTION_LOGGED, .why = SHADOW_BOX_WHY_REGISTER,
		.rip = 0xffffffff81000000, .code = 4,
		.old = { { 0xe0, 0x06, 0x37 }, 8 }, .new = { { 0xe0, 0x06, 0x27 }, 8 },
	};

	(void)state;
	expect_text(&event, "violation of control-regs, logged: change of a protected register, CR4, by 0xffffffff81000000, 0x3706e0 -> 0x2706e0 (SMEP cleared)");
	event.new = (struct bytes){ { 0xe0, 0x0e, 0x17 }, 8 };
	expect_text(&event, "violation of control-regs, logged: change of a protected register, CR4, by 0xffffffff81000000, 0x3706e0 -> 0x170ee0 (UMIP set, SMAP cleared)");
	event.code = 0xc0000080;
	expect_text(&event, "violation of control-regs, logged: change of a protected register, EFER, by 0xffffffff81000000, 0x3706e0 -> 0x170ee0 (NXE set)");
	event.code = 0;
	event.old = (struct bytes){ { 0x33, 0, 0x05, 0x80 }, 8 };
	event.new = (struct bytes){ { 0x33, 0, 0x04, 0x80 }, 8 };
	expect_text(&event, "violation of control-regs, logged: change of a protected register, CR0, by 0xffffffff81000000, 0x80050033 -> 0x80040033 (WP cleared)");
	event.new = (struct bytes){ { 0xe0, 0x06, 0x27 }, 8 };
	event.policy = SHADOW_BOX_POLICY_SYSCALL_MSRS;
	event.code = 0xc0000082;
	event.old.length = 0;
	expect_text(&event, "violation of syscall-msrs, logged: change of a protected register, LSTAR, by 0xffffffff81000000, ? -> 0x2706e0");
	event.new.length = 0;
	event.code = 0x777;
	expect_text(&event, "violation of syscall-msrs, logged: change of a protected register, MSR 0x777, by 0xffffffff81000000");
	event.policy = SHADOW_BOX_POLICY_DESCRIPTOR_REGS;
	event.code = 3u << 28;
	event.old = (struct bytes){ { 0x40, 0 }, 2 };
	event.new = (struct bytes){ { 0x48, 0x01 }, 2 };
	expect_text(&event, "violation of descriptor-regs, logged: change of a protected register, TR, by 0xffffffff81000000, 0x40 -> 0x148");
	event.code = 2u << 28;
	event.old = (struct bytes){ { 0x7f, 0, 0, 0x10, 0, 0, 0, 0xfe, 0xff, 0xff }, TABLE_BYTES };
	event.new = (struct bytes){ { 0xff, 0xff, 0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12 },
				    TABLE_BYTES };
	expect_text(&event, "violation of descriptor-regs, logged: change of a protected register, GDTR, by 0xffffffff81000000, 0xfffffe0000001000 limit 0x7f -> 0x123456789abcdef0 limit 0xffff");
	event.old.length = event.new.length = 0;
	/* The number of a hypercall is not taken for that of a register. */
	event.policy = SHADOW_BOX_POLICY_CONTROL_REGS;
	event.why = SHADOW_BOX_WHY_LOCKED;
	event.action = SHADOW_BOX_ACTION_REFUSED;
	event.code = 5;
	expect_text(&event, "violation of control-regs, refused: weakening after the lock, hypercall 5, by 0xffffffff81000000");
	event.why = SHADOW_BOX_WHY_SLEEP;
	event.code = 0xb004;
	expect_text(&event, "violation of control-regs, refused: sleep after the lock, from which the machine wakes outside, port 0xb004, by 0xffffffff81000000");
}

static void missing_attributes_are_left_out(void **state)
{
	struct event event = { .type = SHADOW_BOX_EVENT_VIOLATION };
	char little[8];

	(void)state;
	expect_text(&event, "violation");
	event.type = SHADOW_BOX_EVENT_POLICY;
	expect_text(&event, "policy");
	event.type = SHADOW_BOX_EVENT_RELEASE;
	expect_text(&event, "module unloaded");
	event.type = SHADOW_BOX_EVENT_HOST_FAULT;
	expect_text(&event, "host fault:");
	event.type = SHADOW_BOX_EVENT_UNMAPPED;
	expect_text(&event, "guest access to unmapped physical address");
	/* Truncated like snprintf(). */
	assert_int_equal(event_text(&event, little, sizeof(little)), 41);
	assert_string_equal(little, "guest a");
}

static void quantities_are_readable(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(text_bytes(text, sizeof(text), 0), "0 KiB");
	assert_string_equal(text_bytes(text, sizeof(text), 1536), "1.5 KiB");
	assert_string_equal(text_bytes(text, sizeof(text), 200704), "196 KiB");
	assert_string_equal(text_bytes(text, sizeof(text), 4 << 20), "4 MiB");
	assert_string_equal(text_duration(text, sizeof(text), 59999999999), "59 s");
	assert_string_equal(text_duration(text, sizeof(text), 61000000000), "1 min 01 s");
	assert_string_equal(text_duration(text, sizeof(text), 3661000000000), "1 h 01 min");
	assert_string_equal(text_duration(text, sizeof(text), 90000000000000), "1 d 01 h");
	assert_string_equal(text_features(text, sizeof(text), 0), "none");
	assert_string_equal(text_features(text, sizeof(text), 0x80000003), "vpid, ept-1g, bit 31");
	/* Never beyond the end. */
	assert_int_equal(strlen(text_features(text, 10, UINT32_MAX)), 9);
}

static void show(struct view *view, uint32_t id, uint64_t time, uint64_t exits)
{
	struct snapshot snapshot = { .n_cpu = 1, .cpu = calloc(1, sizeof(struct cpu)) };

	snapshot.cpu[0] = make_cpu(id, exits, some_exits, 0);
	snapshot.cpu[0].time = time * 1000000000;
	view_take_snapshot(view, &snapshot);
}

static void tracks_remember_the_latest_rates(void **state)
{
	struct view view = { 0 };
	const struct track *track;
	uint64_t i;

	(void)state;
	show(&view, 3, 1, 0);
	assert_null(view_track(&view, TRACK_CPU(3)));
	for (i = 1; i <= TRACK_LENGTH + 5; i++)
		show(&view, 3, 1 + i, i * i);
	track = view_track(&view, TRACK_CPU(3));
	assert_non_null(track);
	assert_true(track_rate(track, 0) == (float)(2 * (TRACK_LENGTH + 5) - 1));
	assert_true(track_rate(track, TRACK_LENGTH - 1) == 11);
	assert_true(track_rate(track, TRACK_LENGTH) < 0);
	assert_true(track_rate(view_track(&view, TRACK_ALL), 0) == track_rate(track, 0));
	assert_null(view_track(&view, TRACK_CPU(4)));
	view_free(&view);
	assert_null(view_track(&view, TRACK_CPU(3)));
}

/* A snapshot at second @time of CPUs @first and the next, each with a count of CPUID and of RDMSR. */
static void count(struct view *view, uint64_t time, uint64_t cpuid, uint64_t rdmsr)
{
	struct exit_count exits[] = { { 10, cpuid }, { 31, rdmsr } };
	struct snapshot snapshot = { .n_cpu = 3, .cpu = calloc(3, sizeof(struct cpu)) };
	struct policy policy = { .have = ~0u, .id = SHADOW_BOX_POLICY_IDT, .violations = time };
	size_t i;

	for (i = 0; i < 3; i++) {
		/* CPU 1 has the most, CPU 2 the least. */
		uint64_t scale = i == 1 ? 10 : i == 2 ? 0 : 1;
		struct exit_count scaled[] = { { 10, exits[0].count * scale },
					       { 31, exits[1].count * scale } };

		snapshot.cpu[i] = make_cpu((uint32_t)i, scaled[0].count + scaled[1].count, scaled,
					   2);
		snapshot.cpu[i].time = time * 1000000000;
		snapshot.cpu[i].nmi_host = time;
	}
	snapshot.info.uptime = time;
	snapshot.info.violations = time;
	snapshot.info.events_lost = 2 * time;
	assert_true(policy_list_add(&snapshot.policies, &policy));
	view_take_snapshot(view, &snapshot);
}

static const struct reason *find_reason(const struct view *view, uint32_t reason)
{
	size_t i;

	for (i = 0; i < view->reasons.n_reason; i++)
		if (view->reasons.reason[i].reason == reason)
			return &view->reasons.reason[i];
	return NULL;
}

static void reasons_are_summed_over_the_cpus(void **state)
{
	struct view view = { 0 };
	struct reason_list list;

	(void)state;
	count(&view, 1, 10, 1);
	assert_int_equal(view.reasons.n_reason, 2);
	assert_false(find_reason(&view, 10)->valid);
	assert_true(find_reason(&view, 10)->total == 110);
	count(&view, 3, 30, 2);
	assert_true(find_reason(&view, 10)->valid);
	assert_true(find_reason(&view, 10)->rate == 110);
	assert_true(find_reason(&view, 31)->total == 22);
	assert_true(track_rate(view_track(&view, TRACK_REASON(31)), 0) == 5.5f);
	view_reasons(&view, &view.now.cpu[1], &list);
	assert_int_equal(list.n_reason, 2);
	assert_true(list.reason[0].rate == 100);
	free(list.reason);
	view_free(&view);
}

static void totals_count_from_the_baseline(void **state)
{
	struct view view = { .totals = true };
	struct counts counts;

	(void)state;
	count(&view, 1, 10, 1);
	count(&view, 2, 20, 1);
	view_counts(&view, &view.now.cpu[1], &counts);
	assert_true(counts.exits == 210 && counts.nmi_host == 2);
	assert_int_equal(view_violations_since(&view), 2);
	view_set_baseline(&view, true);
	assert_true(view_has_baseline(&view));
	count(&view, 5, 50, 3);
	view_counts(&view, &view.now.cpu[1], &counts);
	assert_true(counts.exits == 320 && counts.group[GROUP_CPUID] == 300 && counts.nmi_host == 3);
	assert_true(find_reason(&view, 31)->total == 22);
	assert_int_equal(view_violations_since(&view), 3);
	assert_int_equal(view_lost_since(&view), 6);
	assert_int_equal(view_policy_since(&view, &view.now.policies.policy[0]).violations, 3);
	view_set_baseline(&view, false);
	assert_true(find_reason(&view, 31)->total == 33);
	/* Another launch has counters of its own. */
	view_set_baseline(&view, true);
	count(&view, 1, 1, 1);
	assert_false(view_has_baseline(&view));
	assert_int_equal(view_violations_since(&view), 1);
	view_free(&view);
}

static void expect_rows(const struct view *view, const char *want)
{
	char got[64] = "";
	size_t i;

	for (i = 0; i < view->n_row; i++)
		sprintf(got + strlen(got), "%s%zu", i ? " " : "", view->row[i]);
	assert_string_equal(got, want);
}

/* Elsewhere than at the top, and in an order that does not change, one stays with what was selected. */
static void a_new_order_is_looked_at_from_its_top(void **state)
{
	struct view view = { .pane = PANE_CPUS };
	const struct place *place = &view.place[PANE_CPUS];

	(void)state;
	count(&view, 1, 10, 1);
	view_move(&view, 2);
	rows_sort(&view, 1);
	expect_rows(&view, "0 1 2");
	assert_int_equal(place->selected, 0);
	count(&view, 2, 20, 2);
	expect_rows(&view, "1 0 2");
	assert_int_equal(place->selected, 0);
	view_move(&view, 1);
	assert_int_equal(place->key, 0);
	view_free(&view);
	count(&view, 1, 10, 1);
	rows_sort(&view, 1);
	view_move(&view, 1);
	count(&view, 2, 20, 2);
	expect_rows(&view, "1 0 2");
	assert_int_equal(place->selected, 0);
	assert_int_equal(place->key, 1);
	view_free(&view);
}

static void rows_are_sorted_and_filtered(void **state)
{
	struct view view = { .pane = PANE_CPUS };

	(void)state;
	count(&view, 1, 10, 1);
	count(&view, 2, 20, 2);
	expect_rows(&view, "0 1 2");
	rows_sort(&view, 1);
	assert_string_equal(view.message, "Sorted by TOTAL, highest first");
	expect_rows(&view, "1 0 2");
	rows_reverse(&view);
	expect_rows(&view, "2 0 1");
	rows_sort(&view, -1);
	rows_reverse(&view);
	expect_rows(&view, "2 1 0");
	rows_reverse(&view);
	rows_filter(&view, "0,2");
	expect_rows(&view, "0 2");
	rows_filter(&view, "1-");
	expect_rows(&view, "1");
	rows_filter(&view, "1-9");
	expect_rows(&view, "1 2");
	rows_filter(&view, "CPU 2");
	expect_rows(&view, "2");
	rows_filter(&view, "off");
	expect_rows(&view, "0 1 2");
	rows_filter(&view, "fault");
	expect_rows(&view, "");
	assert_null(view_cpu(&view));
	view_turn_to(&view, PANE_EXITS);
	rows_filter(&view, "rdm");
	expect_rows(&view, "1");
	rows_filter(&view, "");
	snprintf(view.search, sizeof(view.search), "RDMSR");
	assert_true(rows_search(&view, 1, true));
	assert_int_equal(view.place[PANE_EXITS].selected, 1);
	assert_true(rows_search(&view, -1, false));
	assert_int_equal(view.place[PANE_EXITS].selected, 1);
	snprintf(view.search, sizeof(view.search), "nothing");
	assert_false(rows_search(&view, 1, true));
	view_free(&view);
}

/* Rows change their places, the user stays with what was selected. */
static void the_selection_follows_its_row(void **state)
{
	struct view view = { .pane = PANE_CPUS };

	(void)state;
	count(&view, 1, 10, 1);
	count(&view, 2, 20, 2);
	view_move(&view, 1);
	assert_int_equal(view_cpu(&view)->id, 1);
	rows_sort(&view, 1);
	assert_int_equal(view_cpu(&view)->id, 1);
	assert_int_equal(view.place[PANE_CPUS].selected, 0);
	rows_filter(&view, "2");
	assert_int_equal(view_cpu(&view)->id, 2);
	view_free(&view);
}

static void arrive(struct view *view, uint64_t first, uint64_t last)
{
	struct event_list list = { 0 };
	struct event event = { 0 };

	for (event.seq = first; event.seq <= last; event.seq++)
		assert_true(event_list_add(&list, &event));
	view_take_events(view, &list);
	event_list_free(&list);
}

static void view_keeps_the_latest_events(void **state)
{
	struct view view = { 0 };

	(void)state;
	assert_int_equal(view_next_event(&view), 0);
	arrive(&view, 10, 20);
	arrive(&view, 0, 15);
	assert_int_equal(view.events.n_event, 21);
	view_freeze(&view, true);
	arrive(&view, 21, 30);
	assert_int_equal(view.events.n_event, 21);
	assert_int_equal(view_next_event(&view), 31);
	view_freeze(&view, false);
	assert_int_equal(view.events.n_event, 31);
	arrive(&view, 31, 2000);
	assert_int_equal(view.events.n_event, VIEW_EVENTS);
	assert_int_equal(view.events.event[0].seq, 2001 - VIEW_EVENTS);
	assert_int_equal(view_next_event(&view), 2001);
	view_free(&view);
}

static void selection_stays_inside(void **state)
{
	struct view view = { 0 };
	const size_t *selected = &view.place[PANE_CPUS].selected;

	(void)state;
	view_move(&view, 1);
	assert_int_equal(*selected, 0);
	count(&view, 1, 1, 1);
	view_move(&view, -1);
	assert_int_equal(*selected, 0);
	view_move(&view, 1);
	assert_int_equal(*selected, 1);
	view_move(&view, 100);
	assert_int_equal(*selected, 2);
	view_forget(&view);
	assert_int_equal(*selected, 0);
	view_free(&view);
}

static void arrive_violations(struct view *view, uint64_t first, uint64_t last)
{
	struct event_list list = { 0 };
	struct event event = { .type = SHADOW_BOX_EVENT_VIOLATION };

	for (event.seq = first; event.seq <= last; event.seq++)
		assert_true(event_list_add(&list, &event));
	view_take_events(view, &list);
	event_list_free(&list);
}

/* New violations come on top; the user goes on reading the same one. */
static void the_violation_that_is_read_stays_selected(void **state)
{
	struct view view = { .pane = PANE_VIOLATIONS };

	(void)state;
	view_show_detail(&view, true);
	assert_false(view.detail);
	arrive(&view, 0, 9);
	assert_int_equal(view.n_row, 0);
	assert_null(view_event(&view));
	arrive_violations(&view, 10, 14);
	assert_int_equal(view_event(&view)->seq, 14);
	/* At the top, the latest is followed. */
	arrive_violations(&view, 15, 16);
	assert_int_equal(view_event(&view)->seq, 16);
	view_move(&view, 3);
	assert_int_equal(view_event(&view)->seq, 13);
	arrive_violations(&view, 17, 18);
	assert_int_equal(view_event(&view)->seq, 13);
	view_freeze(&view, true);
	arrive_violations(&view, 19, 19);
	assert_int_equal(view.violations.n_event, 9);
	view_freeze(&view, false);
	assert_int_equal(view.violations.n_event, 10);
	assert_int_equal(view_event(&view)->seq, 13);
	/* So it does at length. */
	view_move(&view, -100);
	view_show_detail(&view, true);
	assert_true(view.detail);
	arrive_violations(&view, 20, 20);
	assert_int_equal(view_event(&view)->seq, 19);
	/* It fell out: the oldest is next. */
	view_move(&view, 1000);
	arrive_violations(&view, 21, 20 + VIEW_EVENTS);
	assert_int_equal(view_event(&view)->seq, 21);
	/* NMIs do not drive violations out. */
	arrive(&view, 5000, 5000 + 2 * VIEW_EVENTS);
	assert_int_equal(view.violations.n_event, VIEW_EVENTS);
	view_turn_to(&view, PANE_CPUS);
	assert_false(view.detail);
	view_free(&view);
	assert_int_equal(view.violations.n_event, 0);
}

/* The host counts on when those that are listed have left the rings; what is listed twice is no more. */
static void groups_have_what_the_host_counted(void **state)
{
	static const struct event events[] = {
		{ .seq = 1, .policy = SHADOW_BOX_POLICY_IDT, .count = 3334 },
		{ .seq = 2, .policy = SHADOW_BOX_POLICY_MSRS, .count = 1 },
		{ .seq = 9, .policy = SHADOW_BOX_POLICY_IDT },
		{ .seq = 10, .policy = SHADOW_BOX_POLICY_MSRS },
		{ .seq = 11, .policy = SHADOW_BOX_POLICY_BPF },
	};
	static const uint64_t counts[] = { 3334, 2, 1 };
	struct event_list list = { .event = (struct event *)events, .n_event = ARRAY_SIZE(events) };
	struct group_list groups;
	size_t i;

	(void)state;
	assert_true(group_violations(&list, &groups));
	assert_int_equal(groups.n_group, ARRAY_SIZE(counts));
	for (i = 0; i < groups.n_group; i++)
		assert_int_equal(groups.group[i].count, counts[i]);
	assert_int_equal(groups.group[0].last->seq, 9);
	free(groups.group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_add_up_to_the_total),
		cmocka_unit_test(unknown_numbers_have_no_name),
		cmocka_unit_test(every_policy_and_mode_has_a_name),
		cmocka_unit_test(snapshots_are_sorted_and_summed),
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test(events_come_in_order),
		cmocka_unit_test(lost_events_are_said_once),
		cmocka_unit_test(events_are_said_in_words),
		cmocka_unit_test(addresses_have_the_names_that_came_with_them),
		cmocka_unit_test(violations_are_said_in_words),
		cmocka_unit_test(each_class_has_its_modes),
		cmocka_unit_test(sweeps_accuse_nobody),
		cmocka_unit_test(groups_have_what_the_host_counted),
		cmocka_unit_test(registers_are_said_by_name),
		cmocka_unit_test(missing_attributes_are_left_out),
		cmocka_unit_test(quantities_are_readable),
		cmocka_unit_test(tracks_remember_the_latest_rates),
		cmocka_unit_test(reasons_are_summed_over_the_cpus),
		cmocka_unit_test(totals_count_from_the_baseline),
		cmocka_unit_test(a_new_order_is_looked_at_from_its_top),
		cmocka_unit_test(rows_are_sorted_and_filtered),
		cmocka_unit_test(the_selection_follows_its_row),
		cmocka_unit_test(view_keeps_the_latest_events),
		cmocka_unit_test(selection_stays_inside),
		cmocka_unit_test(the_violation_that_is_read_stays_selected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

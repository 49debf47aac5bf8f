// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's model: names, groups, sums, rates, order of events, events in words, the dashboard's view.
 */
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "text.h"
#include "view.h"

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
	char text[256];
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
	event.type = SHADOW_BOX_EVENT_HOST_MEMORY;
	expect_text(&event, "guest access to host memory: gpa 0x1000, address 0xffff888000001000, RIP 0xffffffff81000000 (write)");
	event.code = 5;
	event.gla = 0;
	expect_text(&event, "guest access to host memory: gpa 0x1000, RIP 0xffffffff81000000 (read/fetch)");
	event.type = SHADOW_BOX_EVENT_UNMAPPED;
	expect_text(&event, "guest access to unmapped physical address 0x1000, RIP 0xffffffff81000000");
	event.type = SHADOW_BOX_EVENT_MICROCODE;
	expect_text(&event, "microcode load refused");
	event.type = SHADOW_BOX_EVENT_HOST_FAULT;
	event.code = 14;
	event.error = 2;
	expect_text(&event, "host fault: vector 14 error 0x2 at 0xffffffff81000000, address 0x0");
	event.type = 77;
	expect_text(&event, "event of type 77, code 0xe, error 0x2, gpa 0x1000, RIP 0xffffffff81000000");
}

static void missing_attributes_are_left_out(void **state)
{
	struct event event = { .type = SHADOW_BOX_EVENT_HOST_MEMORY };
	char little[8];

	(void)state;
	expect_text(&event, "guest access to host memory:");
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
	assert_non_null(view_track(&view, 3));
	assert_true(track_rate(view_track(&view, 3), 0) < 0);
	for (i = 1; i <= TRACK_LENGTH + 5; i++)
		show(&view, 3, 1 + i, i * i);
	track = view_track(&view, 3);
	assert_true(track_rate(track, 0) == (float)(2 * (TRACK_LENGTH + 5) - 1));
	assert_true(track_rate(track, TRACK_LENGTH - 1) == 11);
	assert_true(track_rate(track, TRACK_LENGTH) < 0);
	assert_null(view_track(&view, 4));
	view_forget(&view);
	assert_null(view_track(&view, 3));
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
	view_forget(&view);
}

static void selection_stays_inside(void **state)
{
	struct view view = { .now.n_cpu = 5 };

	(void)state;
	view_move(&view, -1);
	assert_int_equal(view.selected, 0);
	view_move(&view, 3);
	assert_int_equal(view.selected, 3);
	view_move(&view, 100);
	assert_int_equal(view.selected, 4);
	view.now.n_cpu = 0;
	view_move(&view, 0);
	assert_int_equal(view.selected, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_add_up_to_the_total),
		cmocka_unit_test(unknown_numbers_have_no_name),
		cmocka_unit_test(snapshots_are_sorted_and_summed),
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test(events_come_in_order),
		cmocka_unit_test(lost_events_are_said_once),
		cmocka_unit_test(events_are_said_in_words),
		cmocka_unit_test(missing_attributes_are_left_out),
		cmocka_unit_test(quantities_are_readable),
		cmocka_unit_test(tracks_remember_the_latest_rates),
		cmocka_unit_test(view_keeps_the_latest_events),
		cmocka_unit_test(selection_stays_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

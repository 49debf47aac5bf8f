// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's dashboard on screens of all sizes: nothing is drawn outside, what must be there is there.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <curses.h>

#include "dashboard/paint/spots.h"
#include "dashboard/rows.h"
#include "dashboard/screen.h"

#include "unit.h"

/* Text of a line of the screen, with ? for what is not ASCII. */
static const char *line_text(int line)
{
	static char text[1024];
	cchar_t cell;
	int column;

	for (column = 0; column < COLS && column < (int)sizeof(text) - 1; column++) {
		wchar_t wide[CCHARW_MAX + 1];
		attr_t attributes;
		short colours;

		text[column] = '?';
		if (mvin_wch(line, column, &cell) == OK &&
		    getcchar(&cell, wide, &attributes, &colours, NULL) == OK && wide[0] < 128)
			text[column] = (char)wide[0];
	}
	text[column] = '\0';
	return text;
}

/* The first line with @text, or -1. */
static int line_with(const char *text)
{
	int line;

	for (line = 0; line < LINES; line++)
		if (strstr(line_text(line), text))
			return line;
	return -1;
}

static bool on_screen(const char *text)
{
	return line_with(text) >= 0;
}

static void add_snapshot(struct view *view, size_t n_cpu, uint64_t time)
{
	struct snapshot snapshot = {
		.info = { .have = ~0u, .version = "1.2.3", .state = SHADOW_BOX_STATE_ACTIVE,
			  .cpus = (uint32_t)n_cpu, .cpus_active = (uint32_t)n_cpu },
		.n_cpu = n_cpu,
		.cpu = calloc(n_cpu + 1, sizeof(struct cpu)),
	};
	struct policy policy = { .have = ~0u };
	size_t i;

	for (i = 0; i < n_cpu; i++) {
		struct cpu *cpu = &snapshot.cpu[i];

		*cpu = (struct cpu){ .have = ~0u, .id = (uint32_t)i, .time = time * 1000000000,
				     .state = (uint32_t)(i % 5), .exits = time * 1000 * (i + 1),
				     .nmi_host = time << (i % 60), .n_exit = 1 };
		cpu->exit = malloc(sizeof(*cpu->exit));
		*cpu->exit = (struct exit_count){ .reason = 10, .count = time * 900 * (i + 1) };
	}
	/* One of which this tool does not know. */
	for (policy.id = 0; n_cpu && policy.id <= SHADOW_BOX_POLICIES; policy.id++) {
		policy.mode = policy.id % 4;
		policy.violations = (uint64_t)policy.id << (4 * policy.id % 64);
		assert_true(policy_list_add(&snapshot.policies, &policy));
	}
	snapshot.info.violations = time;
	view_take_snapshot(view, &snapshot);
}

static void add_events(struct view *view)
{
	struct event_list list = { 0 };
	struct event event = { .have = ~0u, .gpa = UINT64_MAX, .gla = UINT64_MAX,
			       .rip = UINT64_MAX, .code = 7, .time = 1700000000000000000 };

	strcpy(event.comm, "insmod");
	event.old = event.new = (struct bytes){ { 1, 2, 3 }, EVENT_BYTES };
	for (event.seq = 0; event.seq < 60; event.seq++) {
		event.type = (uint32_t)event.seq % 12;
		event.policy = (uint32_t)event.seq % 13;
		event.why = (uint32_t)event.seq % 14;
		event.action = (uint32_t)event.seq % 6;
		event_list_add(&list, &event);
	}
	view_take_events(view, &list);
	event_list_free(&list);
}

static void fill(struct view *view, size_t n_cpu)
{
	uint64_t time;

	for (time = 1; time < 12; time++)
		add_snapshot(view, n_cpu, time);
	add_events(view);
}

/* Every size that fits, with and without CPUs, selection at both ends; sanitizers look on. */
static void every_size_is_drawn(void **state)
{
	static const size_t cpus[] = { 0, 1, 2, 9, 600 };
	struct view view = { .interval = 1 };
	int lines, columns;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		fill(&view, cpus[i]);
		for (lines = 1; lines < 60; lines += 1 + lines / 12) {
			for (columns = 1; columns < 400; columns += 1 + columns / 20) {
				resizeterm(lines, columns);
				view.help = columns % 7 == 0;
				view.totals = columns % 4 == 0;
				view.heat = (enum heat)(columns % 9 % 3);
				view.input = (enum input)(columns % 17 % 3);
				view.scroll = columns % 2 ? 1000 : 0;
				view_turn_to(&view, (enum pane)(columns % 5 % N_PANES));
				view_show_detail(&view, columns % 11 < 5);
				snprintf(view.question, sizeof(view.question), "%s",
					 columns % 13 ? "" : "Set control-regs from off to enforce?");
				snprintf(view.away, sizeof(view.away), "%s",
					 columns % 3 ? "" : "something is wrong");
				rows_filter(&view, columns % 19 ? "" : "1");
				view_move(&view, columns % 2 ? 1000 : -1000);
				screen_draw(&view);
			}
		}
		view_free(&view);
	}
}

static void a_small_machine_fits(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	screen_draw(&view);
	assert_true(on_screen("Shadow-box 1.2.3  active on 2 of 2 CPUs"));
	assert_true(on_screen("?CPU S  TOTAL NOW        CPUID"));
	assert_true(on_screen(">  0 -   1000 "));
	assert_true(on_screen("   1 A   2000 ??????????  1800"));
	assert_true(on_screen(" all     3000             2700"));
	assert_true(on_screen("LATEST EVENTS"));
	assert_true(on_screen("! "));
	assert_true(on_screen("F1Help"));
	assert_true(on_screen("F10Quit"));
	view.totals = true;
	screen_draw(&view);
	assert_true(on_screen("VM exits since the launch"));
	assert_true(on_screen(" all    33000 "));
	view_set_baseline(&view, true);
	screen_draw(&view);
	assert_true(on_screen("VM exits since the reset"));
	assert_true(on_screen(" all        0 "));
	view_free(&view);
}

static void without_rows_there_is_no_sum(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	rows_filter(&view, "9");
	screen_draw(&view);
	assert_true(on_screen("  nothing here has '9'; Esc ends the filter"));
	assert_false(on_screen("3000"));
	view_free(&view);
	add_snapshot(&view, 0, 1);
	view.now.info.state = SHADOW_BOX_STATE_IDLE;
	view.heat = HEAT_MAP;
	screen_draw(&view);
	assert_true(on_screen("Shadow-box 1.2.3  loaded, not active"));
	assert_true(on_screen("! Loaded, not active: nothing is protected ('sbctl load' launches it)"));
	assert_true(on_screen("  no CPU has been launched  "));
	view_free(&view);
}

static void the_selected_row_is_visible(void **state)
{
	struct view view = { .interval = 1, .heat = HEAT_TABLE };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 600);
	view_move(&view, 599);
	screen_draw(&view);
	assert_true(on_screen(">599 "));
	assert_true(on_screen("-600 "));
	assert_false(on_screen("   0 -"));
	view_move(&view, -(long)view.place[PANE_CPUS].page);
	screen_draw(&view);
	assert_true(on_screen(">58"));
	view_move(&view, -1000);
	screen_draw(&view);
	assert_true(on_screen(">  0 "));
	view_free(&view);
}

/* A cell each, then a shade each. */
static void many_cpus_have_a_heat_map(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 64);
	view_move(&view, 9);
	screen_draw(&view);
	assert_int_equal(view.grid, 6);
	assert_true(on_screen("VM EXITS PER SECOND"));
	assert_true(on_screen(">   9 ?"));
	assert_true(on_screen("CPU 9 unknown") || on_screen("CPU 9 ?"));
	assert_true(on_screen("   3 ?  4000"));
	assert_true(on_screen("   2 F  3000"));
	view_free(&view);
	view.interval = 1;
	fill(&view, 600);
	view_move(&view, 400);
	screen_draw(&view);
	assert_int_equal(view.grid, 64);
	assert_true(on_screen("    0 -?F" "??" "-?F"));
	assert_true(on_screen("CPU 400 off: 401k exits/s, CPUID 361k, OTHER 40100"));
	view_free(&view);
}

static void a_cpu_is_shown_at_length(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	view_move(&view, 1);
	view_show_detail(&view, true);
	screen_draw(&view);
	assert_true(on_screen(" CPU 1: active"));
	assert_true(on_screen("  2000/s"));
	assert_true(on_screen(" NMIs       0 handled by Linux, 22 met the host"));
	assert_true(on_screen("        10     1800    19800  CPUID"));
	view_free(&view);
}

static void exit_reasons_have_a_pane(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	view_turn_to(&view, PANE_EXITS);
	screen_draw(&view);
	assert_true(on_screen(" 1 CPUs [2 Exit reasons]"));
	assert_true(on_screen("> 10 CPUID "));
	assert_true(on_screen("    2700   29700 100.0%"));
	view_show_detail(&view, true);
	screen_draw(&view);
	assert_true(on_screen(" EXIT REASON 10: CPUID, BY CPU"));
	assert_true(on_screen(" CPU 1        1800 per second     19800 in all"));
	rows_filter(&view, "wrmsr");
	screen_draw(&view);
	assert_true(on_screen("nothing here has 'wrmsr'; Esc ends the filter"));
	assert_true(on_screen("filter 'wrmsr'"));
	view_free(&view);
}

static void what_has_no_column_counts_as_other(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 46);
	fill(&view, 1);
	screen_draw(&view);
	assert_false(on_screen("OTHER"));
	resizeterm(24, 52);
	screen_draw(&view);
	assert_true(on_screen("OTHER"));
	assert_true(on_screen("   900     0   100"));
	view_free(&view);
}

static void too_small_is_said(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(5, 30);
	screen_draw(&view);
	assert_true(on_screen("Screen too small"));
	assert_true(on_screen("needs 36x7, has 30x5"));
}

static void what_is_wrong_is_said(void **state)
{
	struct view view = { .interval = 1, .away = "the module went away", .frozen = true };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 4);
	view.now.info.cpus_active = 2;
	view.now.info.events_lost = 7;
	screen_draw(&view);
	assert_true(on_screen("! the module went away"));
	assert_true(on_screen("! The host stopped on 1 of 4 CPUs"));
	assert_true(on_screen("! 1 of 4 CPUs not protected"));
	/* One is offline: nothing runs there. */
	view.now.info.cpus_online = 3;
	screen_draw(&view);
	assert_false(on_screen("CPUs not protected"));
	assert_true(on_screen("active on 2 of 4 CPUs (1 offline) for"));
	view.now.info.cpus_online = 4;
	screen_draw(&view);
	assert_true(on_screen("! 1 of 4 CPUs not protected"));
	assert_true(on_screen("! 7 events lost"));
	assert_true(on_screen("FROZEN"));
	/* A low screen has room for the worst only. */
	resizeterm(10, 60);
	screen_draw(&view);
	assert_true(on_screen("! the module went away (+3)"));
	assert_false(on_screen("events lost"));
	view.away[0] = '\0';
	view.now.info.cpus_active = 4;
	view_set_baseline(&view, true);
	screen_draw(&view);
	assert_false(on_screen("events lost"));
	view_free(&view);
}

static unsigned int protections(void)
{
	uint32_t policy;
	unsigned int n = 0;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		n += policy_is_protection(policy);
	return n;
}

static void no_policy_is_said(void **state)
{
	struct view view = { .interval = 1 };
	char line[80];
	size_t i;

	(void)state;
	resizeterm(24, 80);
	fill(&view, 1);
	screen_draw(&view);
	assert_false(on_screen("No policy is on"));
	for (i = 0; i < view.now.policies.n_policy; i++)
		if (view.now.policies.policy[i].id != SHADOW_BOX_POLICY_HOST_MEMORY)
			view.now.policies.policy[i].mode = SHADOW_BOX_MODE_OFF;
	screen_draw(&view);
	/* The one that this tool does not know counts, that of the host's memory does not. */
	snprintf(line, sizeof(line), " Protections 0 enforce, 0 log, %u off ", protections() + 1);
	assert_true(on_screen(line));
	assert_true(on_screen("! No policy is on: 'sbctl policy all log' reports, 'all enforce' prevents"));
	view_free(&view);
}

static void policies_have_a_pane(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	view.now.info.locked = true;
	view_turn_to(&view, PANE_POLICIES);
	screen_draw(&view);
	assert_true(on_screen("Shadow-box 1.2.3  LOCKED  active on 2 of 2 CPUs"));
	assert_true(on_screen(" 2 Exit reasons [3 Policies] 4 Violations  5 Events  ! 11 violations"));
	assert_true(on_screen("  ?POLICY         MODE       VIOLAT  PREVENT  PATCHES  PROTECTS"));
	assert_true(on_screen("> kernel-text     off             0        0        0  code of the kern"));
	/* Violations are marked by more than a colour. */
	assert_true(on_screen(" !kernel-rodata   log            16        0        0  constants"));
	assert_true(on_screen(" !kprobes         allow       34.4G"));
	/* What was cut in its column. */
	assert_true(on_screen("  kernel-text: code of the kernel, but for verified patches"));
	assert_false(on_screen("o/l/eSet"));
	view.writable = true;
	screen_draw(&view);
	assert_true(on_screen("o/l/eSet"));
	view_show_detail(&view, true);
	screen_draw(&view);
	assert_true(on_screen(" POLICY kernel-text"));
	assert_true(on_screen(" Mode       off: nothing is reported and nothing is prevented"));
	snprintf(view.question, sizeof(view.question), "Set idt from off to enforce?");
	screen_draw(&view);
	assert_true(on_screen(" Set idt from off to enforce? [y/N]"));
	assert_false(on_screen("F10Quit"));
	view.question[0] = '\0';
	snprintf(view.message, sizeof(view.message), "Nothing was changed");
	screen_draw(&view);
	assert_true(on_screen(" Nothing was changed"));
	view_forget(&view);
	screen_draw(&view);
	assert_true(on_screen("none: the module is not active"));
	view_free(&view);
}

/* However many policies there are: the selected one is on the screen, and so are words about it. */
static void assert_all_have_words(int lines, bool apart)
{
	struct view view = { .interval = 1 };
	uint32_t id;
	char text[80];
	int line;

	resizeterm(lines, 80);
	fill(&view, 2);
	view_turn_to(&view, PANE_POLICIES);
	for (id = 0; id < SHADOW_BOX_POLICIES; id++) {
		screen_draw(&view);
		snprintf(text, sizeof(text), ">%c%s ", id ? '!' : ' ', policy_name(id));
		assert_true(on_screen(text));
		snprintf(text, sizeof(text), "  %s: ", policy_name(id));
		line = line_with(text);
		assert_in_range(line, 1, LINES - 3);
		assert_int_equal(apart, strspn(line_text(line - 1), " ") == 80);
		assert_int_equal(strncmp(line_text(line + 1), "  ", 2), 0);
		assert_int_not_equal(strspn(line_text(line + 1), " "), 80);
		view_move(&view, 1);
	}
	/* One of which sbctl knows its number only. */
	screen_draw(&view);
	snprintf(text, sizeof(text), ">!number %d", SHADOW_BOX_POLICIES);
	assert_true(on_screen(text));
	view_free(&view);
}

static void the_selected_policy_has_words(void **state)
{
	(void)state;
	assert_all_have_words(60, true);
	assert_all_have_words(24, true);
	assert_all_have_words(10, false);
}

static void narrow_policies_give_up_columns(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(7, 36);
	fill(&view, 2);
	view_turn_to(&view, PANE_POLICIES);
	view_move(&view, 9);
	screen_draw(&view);
	assert_true(on_screen(">!ftrace          log          618G"));
	assert_false(on_screen("PREVENT"));
	assert_false(on_screen("kernel-text"));
	view_free(&view);
}

/* A sweep's finding accuses neither code nor thread. */
static void findings_have_no_offender(void **state)
{
	struct event_list list = { 0 };
	struct event event = {
		.have = HAVE_BIT(SHADOW_BOX_EVENT_OBSERVER) | HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT) |
			HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_ID) |
			HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_NAME) | HAVE_BIT(SHADOW_BOX_EVENT_OBJECT),
		.type = SHADOW_BOX_EVENT_VIOLATION, .seq = 100, .cpu = 1,
		.policy = SHADOW_BOX_POLICY_MODULE_TEXT, .action = SHADOW_BOX_ACTION_LOGGED,
		.why = SHADOW_BOX_WHY_WRITE, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject = SHADOW_BOX_SUBJECT_TASK, .subject_id = 77, .subject_name = "evil",
		.object = 0xffff888000001000,
	};
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	event_list_add(&list, &event);
	view_take_events(&view, &list);
	event_list_free(&list);
	view_turn_to(&view, PANE_VIOLATIONS);
	screen_draw(&view);
	assert_true(on_screen("100   1 module-text     task 77 (evil), found by"));
	view_show_detail(&view, true);
	screen_draw(&view);
	assert_true(on_screen(" What       task 77 (evil), as Linux says"));
	assert_true(on_screen(" At         0xffff888000001000"));
	assert_true(on_screen(" Found      by a sweep: nobody knows who did it, and when"));
	assert_false(on_screen(" By  "));
	assert_false(on_screen(" Thread  "));
	view_free(&view);
}

static void violations_have_a_pane(void **state)
{
	struct event_list list = { 0 };
	struct event event = {
		.have = (1u << SHADOW_BOX_EVENT_RIP_SYMBOL) - 1, .type = SHADOW_BOX_EVENT_VIOLATION,
		.seq = 100, .cpu = 1,
		.policy = SHADOW_BOX_POLICY_KERNEL_TEXT, .action = SHADOW_BOX_ACTION_DISCARDED,
		.why = SHADOW_BOX_WHY_BYTES, .object = 0xffffffff81000000, .gla = 0x7000,
		.gpa = 0x1000000, .rip = 0xffffffff81002000, .pid = 9, .comm = "perf",
		.rip_symbol = "memcpy+0x0",
		.old = { { 0xe8, 1 }, 5 }, .new = { { 0xcc, 1 }, 2 }, .time = 1700000000000000000,
	};
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	event_list_add(&list, &event);
	view_take_events(&view, &list);
	event_list_free(&list);
	view_turn_to(&view, PANE_VIOLATIONS);
	screen_draw(&view);
	assert_true(on_screen(" 3 Policies [4 Violations]"));
	assert_true(on_screen(" A TIME        ?NUMBER CPU VIOLATION OF    WHAT"));
	assert_true(on_screen(">D "));
	assert_true(on_screen("    100   1 kernel-text     0xffffffff81000000 by memcpy+0x0"));
	event.count = 10000;
	event.last_time = event.time;
	event_list_add(&list, &event);
	view_take_counts(&view, &list);
	event_list_free(&list);
	screen_draw(&view);
	assert_true(on_screen("    100   1 kernel-text     10000x 0xffffffff81000000 by"));
	assert_true(on_screen("EntDetail"));
	view_show_detail(&view, true);
	screen_draw(&view);
	assert_true(on_screen(" VIOLATION #100"));
	assert_true(on_screen(" By         memcpy+0x0 = 0xffffffff81002000"));
	assert_true(on_screen(" Thread     9 (perf), as Linux says"));
	assert_true(on_screen(" Count      10000 of this kind, last "));
	assert_true(on_screen(" Action     discarded: it was prevented"));
	assert_true(on_screen(" Why        bytes that this place never holds"));
	assert_true(on_screen(" What       0xffffffff81000000"));
	assert_true(on_screen(" Through    0x7000"));
	assert_true(on_screen(" By         memcpy+0x0 = 0xffffffff81002000"));
	assert_true(on_screen(" Thread     9 (perf)"));
	assert_true(on_screen(" Before     e8 01 00 00 00"));
	assert_true(on_screen(" After      cc 01"));
	assert_true(on_screen("            ^^   "));
	view_turn_to(&view, PANE_EVENTS);
	screen_draw(&view);
	assert_true(on_screen(">! "));
	assert_true(on_screen("    100 VM [1] violation of kernel-text, discarded"));
	view_forget(&view);
	screen_draw(&view);
	assert_true(on_screen("  none yet"));
	view_free(&view);
}

/* Whatever else there is on it, and however small it is. */
static void the_alarm_is_on_every_screen(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 40, 120 }, { 12, 60 }, { 10, 40 }, { 7, 36 },
					{ 5, 20 }, { 1, 15 } };
	struct view view = { .interval = 1 };
	enum pane pane;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(&view, 2);
		resizeterm(sizes[i][0], sizes[i][1]);
		for (pane = 0; pane < 2 * N_PANES; pane++) {
			view_turn_to(&view, pane % N_PANES);
			rows_filter(&view, pane < N_PANES ? "" : "of a long name");
			view.help = false;
			screen_draw(&view);
			assert_true(on_screen("! 11"));
			view.help = true;
			screen_draw(&view);
			assert_true(on_screen("! 11"));
		}
		view.acknowledged = 11;
		view.help = false;
		screen_draw(&view);
		assert_false(on_screen("! 11"));
		view_free(&view);
	}
	/* What else is wrong is seen on the smallest, too. */
	resizeterm(5, 20);
	snprintf(view.away, sizeof(view.away), "the module went away");
	screen_draw(&view);
	assert_true(on_screen("! the module went aw"));
	view_free(&view);
}

/* Of today a time, of another day the date. */
static void times_of_other_days_have_a_date(void **state)
{
	struct view view = { .interval = 1, .clock = UINT64_C(1700000000) * 1000000000 };

	(void)state;
	setenv("TZ", "UTC", 1);
	resizeterm(24, 80);
	fill(&view, 2);
	view_turn_to(&view, PANE_EVENTS);
	screen_draw(&view);
	assert_true(on_screen(" 22:13:20.000 "));
	view.clock += UINT64_C(86400) * 1000000000;
	screen_draw(&view);
	assert_true(on_screen(" Nov 14 22:13 "));
	view_turn_to(&view, PANE_VIOLATIONS);
	screen_draw(&view);
	assert_true(on_screen(" Nov 14 22:13 "));
	resizeterm(24, 40);
	screen_draw(&view);
	assert_true(on_screen(" Nov 14   "));
	resizeterm(24, 100);
	view.now.info.uptime = UINT64_C(3600) * 1000000000;
	screen_draw(&view);
	assert_true(on_screen("Since Nov 15 21:13"));
	view_free(&view);
}

static void violations_have_a_column_for_processes(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	fill(&view, 2);
	view_turn_to(&view, PANE_VIOLATIONS);
	resizeterm(24, 80);
	screen_draw(&view);
	assert_false(on_screen(" PID "));
	resizeterm(24, 100);
	screen_draw(&view);
	assert_true(on_screen(" PID WHAT, BY WHICH CODE, THREAD"));
	view_free(&view);
}

static void hours_have_bars(void **state)
{
	struct view view = { .interval = 1, .history = { .end = 1000000800 } };

	(void)state;
	setenv("TZ", "UTC", 1);
	resizeterm(24, 80);
	fill(&view, 2);
	view_turn_to(&view, PANE_VIOLATIONS);
	view.past = true;
	view.history.hour[0] = 1000;
	view.history.hour[1] = 1;
	view.history.policy[SHADOW_BOX_POLICY_IDT] = 1001;
	screen_draw(&view);
	assert_true(on_screen("VIOLATIONS BY HOUR, FROM THE JOURNAL"));
	assert_true(on_screen(" idt                  1001"));
	assert_true(on_screen(" Sep 09 01:00         1000 ########################################"));
	assert_true(on_screen(" Sep 09 00:00            1 # "));
	assert_true(on_screen(" Sep 08 23:00            0   "));
	assert_true(on_screen(" more "));
	resizeterm(10, 40);
	screen_draw(&view);
	assert_true(on_screen(" Sep 09 01:00         1000 ####"));
	view_free(&view);
}

/* What is drawn where it can be clicked at, is what is found there. */
static void the_mouse_finds_what_is_drawn(void **state)
{
	struct view view = { .interval = 1 };
	const struct spot *spot;

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	view_turn_to(&view, PANE_POLICIES);
	screen_draw(&view);
	spot = spot_at(1, 3);
	assert_true(!spot || spot->kind != SPOT_KEY);
	spot = spot_at(23, 2);
	assert_true(spot && spot->kind == SPOT_KEY && spot->value == KEY_F(1));
	assert_null(spot_at(23, 79));
	view.help = true;
	screen_draw(&view);
	assert_null(spot_at(23, 2));
	view_free(&view);
}

static void a_recording_is_said_to_be_one(void **state)
{
	struct view view = { .interval = 1, .replay = { .on = true, .speed = 2, .at = 61000,
							.length = 125000 } };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	screen_draw(&view);
	assert_true(on_screen(" REPLAY 1:01/2:05 x2"));
	view.frozen = true;
	screen_draw(&view);
	assert_true(on_screen(" PAUSED 1:01/2:05"));
	view.replay.ended = true;
	screen_draw(&view);
	assert_true(on_screen(" END OF REPLAY 1:01"));
	view.replay.on = view.frozen = false;
	view.recording = true;
	screen_draw(&view);
	assert_true(on_screen(" REC"));
	view_free(&view);
}

/* Each pane has a help that fits. */
static void help_fits_a_usual_terminal(void **state)
{
	static const char *const last[N_PANES] = {
		"should not happen", "each on its own scale", "LOCKED", "the kernel's names", "a gap is a loss",
	};
	struct view view = { .interval = 1, .help = true };
	enum pane pane;
	int line;

	(void)state;
	resizeterm(24, 80);
	for (pane = 0; pane < N_PANES; pane++) {
		view.pane = pane;
		screen_draw(&view);
		assert_true(on_screen(last[pane]));
		assert_true(on_screen(" Ctrl-L "));
		assert_false(on_screen(" more "));
		/* Nothing is cut at the right: the last column stays free. */
		for (line = 1; line < LINES; line++)
			assert_int_equal(line_text(line)[COLS - 1], ' ');
	}
	/* On a small one it scrolls. */
	resizeterm(10, 40);
	view.scroll = 0;
	screen_draw(&view);
	assert_true(on_screen(" more "));
	assert_true(on_screen("F1 h ?"));
	view.scroll = 1000;
	screen_draw(&view);
	assert_false(on_screen("F1 h ?"));
	assert_true(on_screen("loss"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_is_drawn),
		cmocka_unit_test(a_small_machine_fits),
		cmocka_unit_test(without_rows_there_is_no_sum),
		cmocka_unit_test(the_selected_row_is_visible),
		cmocka_unit_test(many_cpus_have_a_heat_map),
		cmocka_unit_test(a_cpu_is_shown_at_length),
		cmocka_unit_test(exit_reasons_have_a_pane),
		cmocka_unit_test(what_has_no_column_counts_as_other),
		cmocka_unit_test(too_small_is_said),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(no_policy_is_said),
		cmocka_unit_test(policies_have_a_pane),
		cmocka_unit_test(the_selected_policy_has_words),
		cmocka_unit_test(narrow_policies_give_up_columns),
		cmocka_unit_test(violations_have_a_pane),
		cmocka_unit_test(findings_have_no_offender),
		cmocka_unit_test(the_alarm_is_on_every_screen),
		cmocka_unit_test(times_of_other_days_have_a_date),
		cmocka_unit_test(violations_have_a_column_for_processes),
		cmocka_unit_test(hours_have_bars),
		cmocka_unit_test(the_mouse_finds_what_is_drawn),
		cmocka_unit_test(a_recording_is_said_to_be_one),
		cmocka_unit_test(help_fits_a_usual_terminal),
	};
	FILE *results = stdout;
	int failed;

	/* The screen is drawn to nowhere; the results go where they belong. */
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TERM", "xterm", 1);
	stdout = fopen("/dev/null", "w");
	if (!stdout || !screen_open(false)) {
		fprintf(stderr, "cannot open a screen\n");
		return 1;
	}
	stdout = results;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	screen_close();
	return failed;
}

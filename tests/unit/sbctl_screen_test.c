// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's dashboard on screens of all sizes: nothing is drawn outside, what must be there is there.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <curses.h>

#include "screen.h"

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

static bool on_screen(const char *text)
{
	int line;

	for (line = 0; line < LINES; line++)
		if (strstr(line_text(line), text))
			return true;
	return false;
}

static void add_snapshot(struct view *view, size_t n_cpu, uint64_t time)
{
	struct snapshot snapshot = {
		.info = { .have = ~0u, .version = "1.2.3", .state = SHADOW_BOX_STATE_ACTIVE,
			  .cpus = (uint32_t)n_cpu, .cpus_active = (uint32_t)n_cpu },
		.n_cpu = n_cpu,
		.cpu = calloc(n_cpu + 1, sizeof(struct cpu)),
	};
	size_t i;

	for (i = 0; i < n_cpu; i++) {
		struct cpu *cpu = &snapshot.cpu[i];

		*cpu = (struct cpu){ .have = ~0u, .id = (uint32_t)i, .time = time * 1000000000,
				     .state = (uint32_t)(i % 5), .exits = time * 1000 * (i + 1),
				     .nmi_host = time << (i % 60), .n_exit = 1 };
		cpu->exit = malloc(sizeof(*cpu->exit));
		*cpu->exit = (struct exit_count){ .reason = 10, .count = time * 900 * (i + 1) };
	}
	view_take_snapshot(view, &snapshot);
}

static void add_events(struct view *view)
{
	struct event_list list = { 0 };
	struct event event = { .have = ~0u, .gpa = UINT64_MAX, .gla = UINT64_MAX,
			       .rip = UINT64_MAX, .code = 7, .time = 1700000000000000000 };

	for (event.seq = 0; event.seq < 20; event.seq++) {
		event.type = (uint32_t)event.seq % 9;
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
				snprintf(view.notice, sizeof(view.notice), "%s",
					 columns % 3 ? "" : "something is wrong");
				view_move(&view, columns % 2 ? 1000 : -1000);
				screen_draw(&view);
			}
		}
		view_forget(&view);
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
	assert_true(on_screen(" CPU S  TOTAL CPUID"));
	assert_true(on_screen(">  0 -   1000   900"));
	assert_true(on_screen("   1 A   2000  1800"));
	assert_true(on_screen(" all     3000  2700"));
	assert_true(on_screen("EVENTS"));
	assert_true(on_screen("! "));
	assert_true(on_screen(" q Quit"));
	view_forget(&view);
}

static void the_selected_row_is_visible(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 600);
	view_move(&view, 599);
	screen_draw(&view);
	assert_true(on_screen(">599 "));
	assert_false(on_screen("   0 -"));
	view_move(&view, -(long)view.page);
	screen_draw(&view);
	assert_true(on_screen(">58"));
	view_move(&view, -1000);
	screen_draw(&view);
	assert_true(on_screen(">  0 "));
	view_forget(&view);
}

static void what_has_no_column_counts_as_other(void **state)
{
	struct view view = { .interval = 1 };

	(void)state;
	resizeterm(24, 44);
	fill(&view, 1);
	screen_draw(&view);
	assert_false(on_screen("OTHER"));
	resizeterm(24, 50);
	screen_draw(&view);
	assert_true(on_screen("OTHER"));
	assert_true(on_screen("1000  1000"));
	view_forget(&view);
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

static void a_notice_and_a_freeze_are_seen(void **state)
{
	struct view view = { .interval = 1, .frozen = true, .notice = "the host stopped" };

	(void)state;
	resizeterm(24, 80);
	fill(&view, 2);
	screen_draw(&view);
	assert_true(on_screen("! the host stopped"));
	assert_true(on_screen("FROZEN"));
	view_forget(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_is_drawn),
		cmocka_unit_test(a_small_machine_fits),
		cmocka_unit_test(the_selected_row_is_visible),
		cmocka_unit_test(what_has_no_column_counts_as_other),
		cmocka_unit_test(too_small_is_said),
		cmocka_unit_test(a_notice_and_a_freeze_are_seen),
	};
	FILE *results = stdout;
	int failed;

	/* The screen is drawn to nowhere; the results go where they belong. */
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TERM", "xterm", 1);
	stdout = fopen("/dev/null", "w");
	if (!stdout || !screen_open()) {
		fprintf(stderr, "cannot open a screen\n");
		return 1;
	}
	stdout = results;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	screen_close();
	return failed;
}

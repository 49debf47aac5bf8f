// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's pane of exit reasons: a row for each reason on all CPUs, with rate, total, share
 * and trend; and the exit reasons of one CPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/paint/spark.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"
#include "model/event.h"

/* Widths of columns, with the space before them. */
#define WIDTH_NUMBER	4
#define WIDTH_NAME_MAX	36
#define WIDTH_NAME_MIN	12
#define WIDTH_COUNT	8
#define WIDTH_SHARE	7
#define WIDTH_TREND_MIN	10

/**
 * struct layout - which columns there are
 * @share: there is one for the share in all exits
 * @trend: width of the trend, 0 for none
 */
struct layout {
	int name;
	bool share;
	int trend;
};

static void lay_out(struct layout *layout)
{
	int rest = COLS - 1 - WIDTH_NUMBER - 1 - 2 * WIDTH_COUNT - WIDTH_NAME_MIN;

	layout->share = rest >= WIDTH_SHARE + 4;
	rest -= layout->share ? WIDTH_SHARE : 0;
	layout->name = WIDTH_NAME_MIN + (rest - WIDTH_TREND_MIN > 0 ? rest - WIDTH_TREND_MIN : 0);
	if (layout->name > WIDTH_NAME_MAX)
		layout->name = WIDTH_NAME_MAX;
	layout->trend = rest - (layout->name - WIDTH_NAME_MIN) - 3;
	if (layout->trend < 4)
		layout->trend = 0;
}

static void draw_heading(const struct view *view, const struct layout *layout, int line)
{
	fill_line(line, A_REVERSE);
	move(line, 1);
	draw_column_title(view, EXIT_NUMBER, WIDTH_NUMBER - 1);
	printw(" %-*.*s", layout->name, layout->name, "EXIT REASON");
	draw_column_title(view, EXIT_RATE, WIDTH_COUNT);
	draw_column_title(view, EXIT_TOTAL, WIDTH_COUNT);
	if (layout->share)
		printw("%*s", WIDTH_SHARE, "SHARE");
	if (layout->trend)
		printw("  TREND");
}

static void draw_reason(const struct view *view, const struct layout *layout,
			const struct reason *reason, double all, int line, bool selected)
{
	const struct track *track = view_track(view, TRACK_REASON(reason->reason));
	attr_t attributes = selected ? A_REVERSE : 0;
	const char *name = exit_name(reason->reason);

	fill_line(line, attributes);
	mvprintw(line, 0, "%c%*" PRIu32 " %-*.*s", selected ? '>' : ' ', WIDTH_NUMBER - 1,
		 reason->reason, layout->name, layout->name, name ? name : "unknown");
	draw_number(WIDTH_COUNT, reason->valid, reason->rate, attributes | A_BOLD);
	draw_number(WIDTH_COUNT, true, reason->total, attributes);
	attrset(attributes);
	if (layout->share)
		printw("%*.1f%%", WIDTH_SHARE - 1, all > 0 ? reason->total / all * 100 : 0);
	/* Each on a scale of its own: the rates are orders of magnitude apart. */
	if (layout->trend)
		spark_draw(line, COLS - 1 - layout->trend, layout->trend, 1, track,
			   spark_most(track, spark_samples(layout->trend), 0), attributes);
}

static double sum(const struct reason_list *list)
{
	double all = 0;
	size_t i;

	for (i = 0; i < list->n_reason; i++)
		all += list->reason[i].total;
	return all;
}

/* On which CPUs the selected reason occurs. */
static void draw_by_cpu(struct view *view, const struct reason *reason, int top)
{
	const char *name = exit_name(reason->reason);
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	char rate[16], total[16], label[16];
	struct reason_list list;
	size_t i, j;

	if (!sheet)
		return;
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "EXIT REASON %" PRIu32 ": %s, BY CPU", reason->reason,
		 name ? name : "unknown");
	sheet->indent = 10;
	for (i = 0; i < view->now.n_cpu; i++) {
		view_reasons(view, &view->now.cpu[i], &list);
		for (j = 0; j < list.n_reason; j++) {
			if (list.reason[j].reason != reason->reason)
				continue;
			snprintf(label, sizeof(label), "CPU %" PRIu32, view->now.cpu[i].id);
			sheet_add(sheet, 0, label, "%8s per second  %8s in all",
				  short_number(rate, sizeof(rate), list.reason[j].rate),
				  short_number(total, sizeof(total), list.reason[j].total));
		}
		free(list.reason);
	}
	sheet_draw(view, sheet, top + 1, LINES - 1);
	free(sheet);
}

void draw_exits(struct view *view, int top)
{
	const struct place *place = &view->place[PANE_EXITS];
	int lines = LINES - 2 - top, i;
	double all = sum(&view->reasons);
	struct layout layout;

	if (view->detail) {
		draw_by_cpu(view, &view->reasons.reason[view->row[place->selected]], top);
		return;
	}
	lay_out(&layout);
	scroll_to_selected(view, lines);
	draw_heading(view, &layout, top);
	for (i = 0; i < lines && place->top + (size_t)i < view->n_row; i++) {
		size_t row = place->top + (size_t)i;

		spot_add(top + 1 + i, 0, COLS, SPOT_ROW, row);
		draw_reason(view, &layout, &view->reasons.reason[view->row[row]], all, top + 1 + i,
			    row == place->selected);
	}
	draw_no_rows(view, top + 1, "no exit yet");
}

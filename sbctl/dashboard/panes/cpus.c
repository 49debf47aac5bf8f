// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's pane of CPUs: a row for each with its VM exits, as a number, a bar and a trend,
 * by groups, and its NMIs; or a heat map; and the latest events.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/paint/spark.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"

/* Widths of columns, with the space before them. */
#define WIDTH_STATE	2
#define WIDTH_EXITS	7
#define WIDTH_NUMBER	6
/* Two spaces before the trend, one after. */
#define TREND_SPACE	3
/* From so many columns on all of them are there. */
#define WIDE_COLUMNS	100

/* Columns of numbers, after the first, the total. A narrow screen has those of low rank. */
static const struct {
	size_t column;
	int rank;
} numbers[] = {
	{ CPU_GROUP + GROUP_CPUID, 1 }, { CPU_GROUP + GROUP_MSR, 7 },
	{ CPU_GROUP + GROUP_NMI, 6 }, { CPU_GROUP + GROUP_EPT, 2 },
	{ CPU_GROUP + GROUP_REGS, 8 }, { CPU_GROUP + GROUP_TIMER, 5 },
	{ CPU_GROUP + GROUP_OTHER, 3 }, { CPU_NMI_GUEST, 9 },
	{ CPU_NMI_HOST, 4 }, { CPU_NMI_REDELIVERED, 10 },
};

#define N_NUMBERS	(sizeof(numbers) / sizeof(numbers[0]))
_Static_assert(N_NUMBERS == CPU_COLUMNS - CPU_GROUP, "each column but number and total is here");

/**
 * struct layout - where things are on a screen of this size
 * @heading: line of the heading; the rows follow
 * @rows: lines for CPUs
 * @events: line of the events' heading, or 0
 * @shown: which of the numbers have a column
 * @trend: column of the trend
 */
struct layout {
	int heading;
	int rows;
	int total;
	int events;
	int cpu_width;
	int bar_width;
	bool shown[N_NUMBERS];
	int trend;
	int trend_width;
};

static int digits(uint32_t number)
{
	return number < 10 ? 1 : 1 + digits(number / 10);
}

/* Adds columns, the most important first, while @room lasts. Returns what is left of it. */
static int choose_numbers(struct layout *layout, int room)
{
	int rank;
	size_t i;

	for (rank = 1; rank <= (int)N_NUMBERS && room >= WIDTH_NUMBER; rank++) {
		for (i = 0; i < N_NUMBERS && numbers[i].rank != rank; i++)
			;
		if (i == N_NUMBERS)
			continue;
		layout->shown[i] = true;
		room -= WIDTH_NUMBER;
	}
	return room;
}

static void lay_out_columns(struct layout *layout, const struct view *view)
{
	uint32_t last = view->now.n_cpu ? view->now.cpu[view->now.n_cpu - 1].id : 0;
	int trend = COLS < ROOMY_COLUMNS ? 6 : COLS < WIDE_COLUMNS ? 13 : 20, left;

	layout->cpu_width = 1 + (digits(last) > 3 ? digits(last) : 3);
	layout->bar_width = COLS < ROOMY_COLUMNS ? 6 : COLS < WIDE_COLUMNS ? 10 : 14;
	left = choose_numbers(layout, COLS - layout->cpu_width - WIDTH_STATE - WIDTH_EXITS -
				      layout->bar_width - 1 - trend - TREND_SPACE);
	layout->trend_width = trend + (left > 0 ? left : 0);
	layout->trend = COLS - 1 - layout->trend_width;
}

/*
 * From the top: heading (two lines when there is room), rows, total, [events]; then the keys. Rows
 * come before events, but leave these a third.
 */
static void lay_out(struct layout *layout, const struct view *view, int top)
{
	int n_cpu = (int)view->n_row, rest, events;

	memset(layout, 0, sizeof(*layout));
	lay_out_columns(layout, view);
	layout->heading = LINES >= ROOMY_LINES ? top + 1 : top;
	rest = LINES - layout->heading - 3;
	events = rest - n_cpu > rest / 3 ? rest - n_cpu : rest / 3;
	if (events < 3)
		events = 0;
	layout->rows = rest - events < n_cpu ? rest - events : n_cpu;
	layout->total = layout->heading + 1 + layout->rows;
	if (events)
		layout->events = layout->total + (events > 4 ? 2 : 1);
}

static bool is_group(size_t column)
{
	return column >= CPU_GROUP && column < CPU_NMI_GUEST;
}

/* Column on the screen where the NMIs begin, or 0 if none has one. */
static int nmi_start(const struct layout *layout)
{
	int column = layout->cpu_width + WIDTH_STATE + WIDTH_EXITS + layout->bar_width + 1;
	size_t i;

	for (i = 0; i < N_NUMBERS; i++) {
		if (!layout->shown[i])
			continue;
		if (!is_group(numbers[i].column))
			return column;
		column += WIDTH_NUMBER;
	}
	return 0;
}

static const char *since(const struct view *view)
{
	return view_has_baseline(view) ? "since the reset" : "since the launch";
}

/* Which of the columns stand below "VM exits per second" and "NMIs since the launch". */
static void draw_super_heading(const struct view *view, const struct layout *layout)
{
	int nmi = nmi_start(layout), room = (nmi ? nmi : layout->trend) - layout->cpu_width - 4;
	char text[64];

	if (LINES < ROOMY_LINES)
		return;
	attrset(A_DIM);
	snprintf(text, sizeof(text), "VM exits %s", view->totals ? since(view) : "per second");
	mvaddnstr(layout->heading - 1, layout->cpu_width + WIDTH_STATE + 2, text, room);
	if (!nmi)
		return;
	snprintf(text, sizeof(text), "NMIs %s", since(view));
	mvaddnstr(layout->heading - 1, nmi + 1, text, COLS - nmi - 2);
}

static void draw_trend_heading(const struct layout *layout, float most)
{
	char number[16], text[48];

	snprintf(text, sizeof(text), "TREND 0..%s/s", short_number(number, sizeof(number), most));
	mvaddnstr(layout->heading, layout->trend,
		  (int)strlen(text) <= layout->trend_width && most > 0 ? text : "TREND",
		  layout->trend_width);
}

static void draw_heading(const struct view *view, const struct layout *layout, float most)
{
	size_t i;

	draw_super_heading(view, layout);
	fill_line(layout->heading, A_REVERSE);
	move(layout->heading, 0);
	draw_column_title(view, CPU_NUMBER, layout->cpu_width);
	addstr(" S");
	draw_column_title(view, CPU_EXITS, WIDTH_EXITS);
	printw(" %-*s", layout->bar_width, view->totals ? "" : "NOW");
	for (i = 0; i < N_NUMBERS; i++)
		if (layout->shown[i])
			draw_column_title(view, numbers[i].column, WIDTH_NUMBER);
	draw_trend_heading(layout, most);
}

/* What is in the total, but has no column on this screen, counts as "other". */
static void fold_groups(const struct layout *layout, struct counts *counts)
{
	size_t i;

	for (i = 0; i < N_NUMBERS; i++)
		if (is_group(numbers[i].column) && !layout->shown[i] &&
		    numbers[i].column != CPU_GROUP + GROUP_OTHER)
			counts->group[GROUP_OTHER] += counts->group[numbers[i].column - CPU_GROUP];
}

/* An older module may not count all kinds of NMIs. */
static bool is_counted(uint64_t have, size_t column, bool valid)
{
	switch (column) {
	case CPU_NMI_GUEST:
		return (have >> SHADOW_BOX_CPU_NMI_GUEST) & 1;
	case CPU_NMI_HOST:
		return (have >> SHADOW_BOX_CPU_NMI_HOST) & 1;
	case CPU_NMI_REDELIVERED:
		return (have >> SHADOW_BOX_CPU_NMI_REDELIVERED) & 1;
	}
	return valid;
}

static void draw_numbers(const struct layout *layout, uint64_t have, struct counts *counts,
			 double most, attr_t attributes)
{
	size_t i;

	fold_groups(layout, counts);
	draw_number(WIDTH_EXITS, counts->valid, counts->exits, attributes | A_BOLD);
	attrset(attributes);
	addch(' ');
	bar_draw(layout->bar_width, counts->exits, most, attributes);
	for (i = 0; i < N_NUMBERS; i++) {
		size_t column = numbers[i].column;

		if (layout->shown[i])
			draw_number(WIDTH_NUMBER, is_counted(have, column, counts->valid),
				    counts_value(counts, column), attributes);
	}
}

static void draw_state(const struct cpu *cpu, attr_t attributes)
{
	static const struct {
		char letter;
		attr_t attributes;
		enum pair pair;
	} states[] = {
		[SHADOW_BOX_CPU_OFF] = { '-', A_BOLD, PAIR_WARM },
		[SHADOW_BOX_CPU_ACTIVE] = { 'A', 0, PAIR_GOOD },
		[SHADOW_BOX_CPU_FAULT] = { 'F', A_BOLD, PAIR_BAD },
	};

	if (cpu->state >= sizeof(states) / sizeof(states[0])) {
		attrset(attributes);
		addstr(" ?");
		return;
	}
	attrset(tint(attributes, states[cpu->state].pair) | states[cpu->state].attributes);
	printw(" %c", states[cpu->state].letter);
}

/**
 * struct scale - what is full: all rows have the same scale, so that they compare
 * @trend: of the trends: the highest sample on the screen
 * @bar: of the bars: the same, or the highest total
 */
struct scale {
	float trend;
	double bar;
};

static void draw_cpu(const struct layout *layout, const struct view *view, size_t row, int line,
		     const struct scale *scale)
{
	const struct cpu *cpu = &view->now.cpu[view->row[row]];
	attr_t attributes = row == view->place[PANE_CPUS].selected ? A_REVERSE : 0;
	struct counts counts;

	view_counts(view, cpu, &counts);
	spot_add(line, 0, COLS, SPOT_ROW, row);
	fill_line(line, attributes);
	mvprintw(line, 0, "%c%*" PRIu32, attributes ? '>' : ' ', layout->cpu_width - 1, cpu->id);
	draw_state(cpu, attributes);
	draw_numbers(layout, cpu->have, &counts, scale->bar, attributes);
	spark_draw(line, layout->trend, layout->trend_width, 1,
		   view_track(view, TRACK_CPU(cpu->id)), scale->trend, attributes);
}

static void find_scale(const struct layout *layout, const struct view *view, struct scale *scale)
{
	size_t samples = spark_samples(layout->trend_width), i;
	struct counts counts;

	*scale = (struct scale){ 0 };
	for (i = 0; i < view->n_row; i++) {
		const struct cpu *cpu = &view->now.cpu[view->row[i]];

		scale->trend = spark_most(view_track(view, TRACK_CPU(cpu->id)), samples,
					  scale->trend);
		view_counts(view, cpu, &counts);
		scale->bar = fmax(scale->bar, counts.exits);
	}
	if (!view->totals)
		scale->bar = scale->trend;
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
	size_t g;

	sum->nmi_guest += counts->nmi_guest;
	sum->nmi_host += counts->nmi_host;
	sum->nmi_redelivered += counts->nmi_redelivered;
	if (!counts->valid)
		return;
	sum->valid = true;
	sum->exits += counts->exits;
	for (g = 0; g < N_GROUPS; g++)
		sum->group[g] += counts->group[g];
}

/* Of all CPUs, also those that the filter hides. Its trend has a scale of its own. */
static void draw_total(const struct layout *layout, const struct view *view)
{
	const struct track *track = view_track(view, TRACK_ALL);
	struct counts sum = { 0 }, counts;
	uint64_t have = 0;
	size_t i;

	for (i = 0; i < view->now.n_cpu; i++) {
		view_counts(view, &view->now.cpu[i], &counts);
		add_counts(&sum, &counts);
		have |= view->now.cpu[i].have;
	}
	fill_line(layout->total, A_BOLD);
	mvprintw(layout->total, 0, "%*s  ", layout->cpu_width, "all");
	draw_numbers(layout, have, &sum, 0, A_BOLD);
	spark_draw(layout->total, layout->trend, layout->trend_width, 1, track,
		   spark_most(track, spark_samples(layout->trend_width), 0), A_BOLD);
}

/* In place of the bar of the sum, which says nothing. */
static void draw_position(const struct layout *layout, const struct view *view)
{
	size_t top = view->place[PANE_CPUS].top;
	char text[64];

	if (layout->rows >= (int)view->n_row)
		return;
	snprintf(text, sizeof(text), "%zu-%zu/%zu", top + 1, top + (size_t)layout->rows,
		 view->n_row);
	if ((int)strlen(text) > layout->bar_width)
		*strchr(text, '/') = '\0';
	if ((int)strlen(text) > layout->bar_width)
		return;
	attrset(A_DIM);
	mvaddstr(layout->total, layout->cpu_width + WIDTH_STATE + WIDTH_EXITS + 1, text);
}

static void draw_event_lines(const struct view *view, int heading)
{
	fill_line(heading, A_REVERSE);
	mvaddstr(heading, 1, "LATEST EVENTS");
	draw_latest_events(view, heading + 1, LINES - 1);
}

static void draw_table(struct view *view, const struct layout *layout)
{
	struct scale scale;
	int i;

	scroll_to_selected(view, layout->rows);
	find_scale(layout, view, &scale);
	draw_heading(view, layout, scale.trend);
	for (i = 0; i < layout->rows; i++)
		draw_cpu(layout, view, view->place[PANE_CPUS].top + (size_t)i,
			 layout->heading + 1 + i, &scale);
	if (view->n_row) {
		draw_total(layout, view);
		draw_position(layout, view);
	}
	if (layout->events)
		draw_event_lines(view, layout->events);
}

void draw_cpus(struct view *view, int top)
{
	const struct cpu *cpu = view_cpu(view);
	struct layout layout;

	if (view->detail && cpu) {
		draw_cpu_detail(view, top);
		return;
	}
	lay_out(&layout, view, top);
	view->grid = 0;
	if (view->n_row && (view->heat == HEAT_MAP ||
			    (view->heat == HEAT_AUTO && layout.rows < (int)view->n_row)))
		draw_heat(view, top, LINES - 1);
	else
		draw_table(view, &layout);
	draw_no_rows(view, layout.heading + 1, "no CPU has been launched");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The curses renderer: a view to a terminal of any size. Colour only repeats what a letter or a
 * word says too.
 */
#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "keys.h"
#include "screen.h"
#include "text.h"

#define MIN_COLUMNS	36
#define MIN_LINES	7
/* From so many lines on there is room for an empty line here and there. */
#define ROOMY_LINES	16

/* Widths of columns, with the space before them. */
#define WIDTH_STATE	2
#define WIDTH_TOTAL	7
#define WIDTH_GROUP	6
#define WIDTH_NMI	7
#define WIDTH_NMI_NARROW	6
#define N_NMI		3
/* From so many columns on there is room for the wider ones. */
#define ROOMY_COLUMNS	60
/* Groups give way until the trend has so many columns. */
#define WIDTH_TREND	12

enum pair {
	PAIR_GOOD = 1,
	PAIR_BAD,
	PAIR_TREND,
	PAIR_BAR,
};

/**
 * struct look - what this terminal can show
 */
static struct look {
	bool utf8;
	bool colour;
} look;

/**
 * struct layout - where things are on a screen of this size
 * @table: line of the heading; the rows follow
 * @rows: lines for CPUs
 * @events: line of the events' heading, or 0
 * @n_events: lines for events
 * @group: which groups have a column
 * @trend: column and width of the trend, width 0 for none
 */
struct layout {
	int columns;
	int notice;
	int table;
	int rows;
	int total;
	int events;
	int n_events;
	int cpu_width;
	int nmi_width;
	bool group[N_GROUPS];
	int trend;
	int trend_width;
};

static attr_t pair(enum pair number)
{
	return look.colour ? COLOR_PAIR(number) : 0;
}

static bool colour_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && *no) && has_colors();
}

static void start_colour(void)
{
	look.colour = colour_wanted() && start_color() == OK;
	if (!look.colour)
		return;
	use_default_colors();
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
	init_pair(PAIR_TREND, COLOR_CYAN, -1);
	init_pair(PAIR_BAR, COLOR_WHITE, COLOR_BLUE);
}

bool screen_open(void)
{
	/* Unlike initscr(), this one returns when it fails. */
	if (!newterm(NULL, stdout, stdin))
		return false;
	look.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	start_colour();
	return true;
}

void screen_close(void)
{
	endwin();
}

void screen_resize(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

void screen_redraw(void)
{
	clearok(stdscr, TRUE);
}

/* At most five characters for a number of any size. */
static char *short_number(char *text, size_t size, double value)
{
	static const char units[] = "kMGTPE";
	int unit = 0;

	if (value < 99999.5) {
		/* A rate below ten has a decimal, a count of course not. */
		snprintf(text, size, "%.*f", value < 9.95 && value > trunc(value), value);
		return text;
	}
	for (value /= 1000; value >= 999.5 && units[unit + 1]; unit++)
		value /= 1000;
	snprintf(text, size, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value,
		 units[unit]);
	return text;
}

static void fill_line(int line, attr_t attributes)
{
	attrset(attributes);
	mvhline(line, 0, ' ', COLS);
}

static int digits(uint32_t number)
{
	return number < 10 ? 1 : 1 + digits(number / 10);
}

/* Groups are given up in this order when the screen is narrow. */
static const enum exit_group expendable[] = {
	GROUP_REGS, GROUP_EPT, GROUP_MSR, GROUP_TIMER, GROUP_NMI, GROUP_CPUID, GROUP_OTHER,
};

static void lay_out_columns(struct layout *layout, const struct view *view)
{
	uint32_t last = view->now.n_cpu ? view->now.cpu[view->now.n_cpu - 1].id : 0;
	size_t i;

	layout->cpu_width = 1 + (digits(last) > 3 ? digits(last) : 3);
	layout->nmi_width = COLS < ROOMY_COLUMNS ? WIDTH_NMI_NARROW : WIDTH_NMI;
	layout->trend = layout->cpu_width + WIDTH_STATE + WIDTH_TOTAL + N_GROUPS * WIDTH_GROUP +
			N_NMI * layout->nmi_width;
	for (i = 0; i < N_GROUPS; i++)
		layout->group[i] = true;
	for (i = 0; i < N_GROUPS && layout->columns - layout->trend < WIDTH_TREND; i++) {
		layout->group[expendable[i]] = false;
		layout->trend -= WIDTH_GROUP;
	}
	/* Two spaces before, one after. */
	layout->trend += 2;
	layout->trend_width = layout->columns - layout->trend - 1;
	if (layout->trend_width > TRACK_LENGTH)
		layout->trend_width = TRACK_LENGTH;
}

/*
 * From the top: title, facts, [notice], [empty], heading (two lines when there is room), rows,
 * total, [events], keys. Rows come before events, but leave these a third.
 */
static void lay_out(struct layout *layout, const struct view *view)
{
	int n_cpu = (int)view->now.n_cpu, rest, events;

	memset(layout, 0, sizeof(*layout));
	layout->columns = COLS;
	lay_out_columns(layout, view);
	layout->table = 2;
	if (*view->notice)
		layout->notice = layout->table++;
	if (LINES >= ROOMY_LINES)
		layout->table += 2;
	rest = LINES - layout->table - 3;
	events = rest - n_cpu > rest / 3 ? rest - n_cpu : rest / 3;
	if (events < 2)
		events = 0;
	layout->rows = rest - events < n_cpu ? rest - events : n_cpu;
	layout->total = layout->table + 1 + layout->rows;
	if (events) {
		layout->events = layout->total + 1;
		if (LINES >= ROOMY_LINES && events > 3)
			layout->events++;
		layout->n_events = LINES - 2 - layout->events;
	}
}

static void draw_title(const struct view *view)
{
	const struct info *info = &view->now.info;
	char state[128];

	fill_line(0, pair(PAIR_BAR) | A_BOLD | (look.colour ? 0 : A_REVERSE));
	mvprintw(0, 1, "Shadow-box %s", info->version);
	if (info->have)
		printw("  %s", text_state(state, sizeof(state), info));
	if (info->test_build)
		printw("  [test build]");
	if (view->frozen)
		mvprintw(0, COLS - 9, " FROZEN ");
}

/* Adds @text to line 1 if it fits as a whole; returns the column after it. */
static int draw_fact(int column, const char *text)
{
	if (column + (int)strlen(text) >= COLS)
		return column;
	mvaddstr(1, column, text);
	return column + (int)strlen(text) + 3;
}

static void draw_facts(const struct view *view)
{
	const struct info *info = &view->now.info;
	char used[32], all[32], text[128];
	int column = 1;

	if (!info->have)
		return;
	attrset(0);
	snprintf(text, sizeof(text), "Host memory %s of %s",
		 text_bytes(used, sizeof(used), info->host_memory_used),
		 text_bytes(all, sizeof(all), info->host_memory));
	column = draw_fact(column, text);
	snprintf(text, sizeof(text), "Events %" PRIu64 ", %" PRIu64 " lost", info->events,
		 info->events_lost);
	column = draw_fact(column, text);
	snprintf(text, sizeof(text), "Every %g s", view->interval);
	draw_fact(column, text);
}

static void draw_notice(const struct layout *layout, const struct view *view)
{
	if (!layout->notice)
		return;
	fill_line(layout->notice, pair(PAIR_BAD) | A_BOLD | A_REVERSE);
	mvaddnstr(layout->notice, 1, "! ", 2);
	addnstr(view->notice, COLS - 4);
}

/* Which of the columns stand below "VM exits per second" and "NMIs since the launch". */
static void draw_super_heading(const struct layout *layout)
{
	int exits = layout->cpu_width + WIDTH_STATE + 1, nmi;

	if (LINES < ROOMY_LINES)
		return;
	nmi = layout->trend - 2 - N_NMI * layout->nmi_width;
	attrset(A_DIM);
	mvaddnstr(layout->table - 1, exits + 1, "VM exits per second", nmi - exits - 2);
	mvaddnstr(layout->table - 1, nmi + 1, "NMIs since the launch",
		  N_NMI * layout->nmi_width);
}

static void draw_trend_heading(const struct layout *layout, float most)
{
	char number[16], text[48];

	if (layout->trend_width < 5)
		return;
	if (most <= 0) {
		mvaddstr(layout->table, layout->trend, "TREND");
		return;
	}
	snprintf(text, sizeof(text), "TREND 0..%s/s", short_number(number, sizeof(number), most));
	mvaddnstr(layout->table, layout->trend,
		  (int)strlen(text) <= layout->trend_width ? text : "TREND", layout->trend_width);
}

static void draw_heading(const struct layout *layout, float most)
{
	static const char *const nmi[N_NMI] = { "GUEST", "HOST", "REDEL" };
	size_t i;

	draw_super_heading(layout);
	fill_line(layout->table, A_REVERSE);
	mvprintw(layout->table, 0, "%*s %s%*s", layout->cpu_width, "CPU", "S", WIDTH_TOTAL,
		 "TOTAL");
	for (i = 0; i < N_GROUPS; i++)
		if (layout->group[i])
			printw("%*s", WIDTH_GROUP, group_title[i]);
	for (i = 0; i < N_NMI; i++)
		printw("%*s", layout->nmi_width, nmi[i]);
	draw_trend_heading(layout, most);
}

/* A zero is there, but does not ask for attention. */
static void draw_number(int width, bool valid, double value, attr_t attributes)
{
	char text[16];

	attrset(attributes | (valid && value > 0 ? 0 : A_DIM));
	printw("%*s", width, valid ? short_number(text, sizeof(text), value) : "-");
}

static wchar_t trend_step(float rate, float most)
{
	static const wchar_t blocks[] = L"▁▂▃▄▅▆▇█", ascii[] = L"_.:-=+*#";
	int step;

	if (rate < 0)
		return L' ';
	step = most > 0 ? (int)lroundf(rate / most * 7) : 0;
	/* Little is not nothing. */
	if (!step && rate > 0)
		step = 1;
	return (look.utf8 ? blocks : ascii)[step];
}

static void draw_trend(const struct layout *layout, int line, const struct track *track,
		       float most, attr_t attributes)
{
	wchar_t text[TRACK_LENGTH + 1];
	int i;

	if (!track || layout->trend_width <= 0)
		return;
	for (i = 0; i < layout->trend_width; i++)
		text[i] = trend_step(track_rate(track, (size_t)(layout->trend_width - 1 - i)),
				     most);
	attrset(attributes | pair(PAIR_TREND));
	mvaddnwstr(line, layout->trend, text, layout->trend_width);
}

/* The highest sample that is on the screen: all rows have the same scale, so they compare. */
static float highest(const struct layout *layout, const struct view *view)
{
	float most = 0;
	size_t i;
	int age;

	for (i = 0; i < view->n_track; i++)
		for (age = 0; age < layout->trend_width; age++)
			most = fmaxf(most, track_rate(&view->track[i], (size_t)age));
	return most;
}

/* What is in the total, but has no column on this screen, counts as "other". */
static void fold_groups(const struct layout *layout, struct rates *rates)
{
	size_t g;

	for (g = 0; g < N_GROUPS; g++)
		if (g != GROUP_OTHER && !layout->group[g])
			rates->group[GROUP_OTHER] += rates->group[g];
}

static void draw_numbers(const struct layout *layout, const struct cpu *cpu, struct rates *rates,
			 attr_t attributes)
{
	size_t g;

	fold_groups(layout, rates);
	draw_number(WIDTH_TOTAL, rates->valid, rates->exits, attributes | A_BOLD);
	for (g = 0; g < N_GROUPS; g++)
		if (layout->group[g])
			draw_number(WIDTH_GROUP, rates->valid, rates->group[g], attributes);
	draw_number(layout->nmi_width, HAVE(cpu, SHADOW_BOX_CPU_NMI_GUEST),
		    (double)cpu->nmi_guest, attributes);
	draw_number(layout->nmi_width, HAVE(cpu, SHADOW_BOX_CPU_NMI_HOST), (double)cpu->nmi_host,
		    attributes);
	draw_number(layout->nmi_width, HAVE(cpu, SHADOW_BOX_CPU_NMI_REDELIVERED),
		    (double)cpu->nmi_redelivered, attributes);
}

static void draw_state(const struct cpu *cpu, attr_t attributes)
{
	static const struct {
		char letter;
		attr_t attributes;
		enum pair pair;
	} states[] = {
		[SHADOW_BOX_CPU_OFF] = { '-', A_DIM, 0 },
		[SHADOW_BOX_CPU_ACTIVE] = { 'A', 0, PAIR_GOOD },
		[SHADOW_BOX_CPU_FAULT] = { 'F', A_BOLD, PAIR_BAD },
	};

	if (cpu->state >= sizeof(states) / sizeof(states[0])) {
		attrset(attributes);
		addstr(" ?");
		return;
	}
	attrset(attributes | states[cpu->state].attributes | pair(states[cpu->state].pair));
	printw(" %c", states[cpu->state].letter);
}

static void draw_cpu(const struct layout *layout, const struct view *view, size_t index, int line,
		     float most)
{
	const struct cpu *cpu = &view->now.cpu[index];
	attr_t attributes = index == view->selected ? A_REVERSE : 0;
	struct rates rates;

	cpu_rates(cpu, snapshot_cpu(&view->before, cpu->id), &rates);
	fill_line(line, attributes);
	mvprintw(line, 0, "%c%*" PRIu32, attributes ? '>' : ' ', layout->cpu_width - 1, cpu->id);
	draw_state(cpu, attributes);
	draw_numbers(layout, cpu, &rates, attributes);
	draw_trend(layout, line, view_track(view, cpu->id), most, attributes);
}

static void add_rates(struct rates *sum, const struct rates *rates)
{
	size_t g;

	if (!rates->valid)
		return;
	sum->valid = true;
	sum->exits += rates->exits;
	for (g = 0; g < N_GROUPS; g++)
		sum->group[g] += rates->group[g];
}

static void draw_total(const struct layout *layout, const struct view *view)
{
	struct rates sum = { 0 }, rates;
	uint64_t group[N_GROUPS];
	struct cpu total;
	char rows[64];
	size_t i;

	snapshot_total(&view->now, &total, group);
	for (i = 0; i < view->now.n_cpu; i++) {
		const struct cpu *cpu = &view->now.cpu[i];

		cpu_rates(cpu, snapshot_cpu(&view->before, cpu->id), &rates);
		add_rates(&sum, &rates);
	}
	fill_line(layout->total, A_BOLD);
	mvprintw(layout->total, 0, "%*s  ", layout->cpu_width, "all");
	draw_numbers(layout, &total, &sum, A_BOLD);
	if (layout->rows >= (int)view->now.n_cpu || layout->trend_width <= 0)
		return;
	snprintf(rows, sizeof(rows), "%zu-%zu of %zu", view->top + 1,
		 view->top + (size_t)layout->rows, view->now.n_cpu);
	attrset(A_DIM);
	mvaddnstr(layout->total, layout->trend, rows, layout->trend_width);
}

static void scroll_to_selected(const struct layout *layout, struct view *view)
{
	size_t rows = layout->rows > 0 ? (size_t)layout->rows : 1;

	view->page = rows;
	if (view->top > view->selected)
		view->top = view->selected;
	if (view->top + rows <= view->selected)
		view->top = view->selected - rows + 1;
	if (view->top + rows > view->now.n_cpu)
		view->top = view->now.n_cpu > rows ? view->now.n_cpu - rows : 0;
}

static bool is_bad(const struct event *event)
{
	switch (event->type) {
	case SHADOW_BOX_EVENT_LAUNCH:
	case SHADOW_BOX_EVENT_LEAVE:
	case SHADOW_BOX_EVENT_HOST_NMI:
		return false;
	}
	return true;
}

/* Without the date, and with milliseconds where there is room. Returns the length. */
static int event_prefix(const struct event *event, char *prefix, size_t size)
{
	char time[48];
	const char *clock = text_time(time, sizeof(time), event);
	char mark = is_bad(event) ? '!' : ' ';

	if (strlen(clock) > 11)
		clock += 11;
	if (COLS < ROOMY_COLUMNS)
		return snprintf(prefix, size, "%c %.8s [%" PRIu32 "] ", mark, clock, event->cpu);
	return snprintf(prefix, size, "%c %.12s  #%-6" PRIu64 " VM [%" PRIu32 "] ", mark, clock,
			event->seq, event->cpu);
}

/* How much of @text goes into @room columns: all of it, or up to its last space there. */
static int line_length(const char *text, int room)
{
	int length = (int)strlen(text), end;

	if (length <= room)
		return length;
	for (end = room; end > 0 && text[end] != ' '; end--)
		;
	return end > 0 ? end : room;
}

/* Draws on as many lines as it takes, but not on @end. Returns the line after it. */
static int draw_event(int line, int end, const struct event *event)
{
	char prefix[64], text[256], *rest = text;
	int indent = event_prefix(event, prefix, sizeof(prefix)), length;

	event_text(event, text, sizeof(text));
	attrset(is_bad(event) ? pair(PAIR_BAD) | A_BOLD : 0);
	mvaddnstr(line, 0, prefix, COLS - 1);
	do {
		length = line_length(rest, COLS - indent - 1);
		mvaddnstr(line++, indent, rest, length);
		rest += length;
		rest += strspn(rest, " ");
	} while (*rest && length && line < end);
	return line;
}

/* The latest on top: it stays in its place while others come. */
static void draw_events(const struct layout *layout, const struct view *view)
{
	int line = layout->events + 1, end = line + layout->n_events;
	size_t i = view->events.n_event;

	if (!layout->events)
		return;
	fill_line(layout->events, A_REVERSE);
	mvaddstr(layout->events, 1, "EVENTS");
	if (!i) {
		attrset(A_DIM);
		mvaddstr(line, 2, "none yet");
	}
	while (i-- > 0 && line < end)
		line = draw_event(line, end, &view->events.event[i]);
}

static void draw_keys(void)
{
	const struct binding *binding;
	int column = 0, width;

	for (binding = bindings; binding->action != ACTION_NONE; binding++) {
		if (!binding->footer)
			continue;
		width = (int)(strlen(binding->key) + strlen(binding->footer)) + 3;
		if (column + width > COLS)
			break;
		attrset(A_REVERSE);
		mvprintw(LINES - 1, column, " %s ", binding->key);
		attrset(0);
		printw("%s", binding->footer);
		column += width + 1;
	}
}

static const char *const help_text[] = {
	"",
	"S      A  Linux runs in the guest world     F  the host stopped after a fault",
	"       -  offline, or on the bare machine",
	"TOTAL  VM exits per second; beside it those of",
	"       CPUID, RDMSR/WRMSR, NMIs, EPT violations, control and descriptor",
	"       registers, the VMX-preemption timer; OTHER is the rest",
	"NMIs   GUEST   handled by Linux",
	"       HOST    arrived in the host world",
	"       REDEL   of these, delivered to Linux",
	"TREND  VM exits per second, all CPUs on the same scale",
	"EVENTS latest first; ! marks what should not happen",
};

static void draw_help(void)
{
	const struct binding *binding;
	int line = 2;
	size_t i;

	attrset(A_BOLD);
	mvaddnstr(0, 1, "Help - any key goes back", COLS - 2);
	for (binding = bindings; binding->action != ACTION_NONE && line < LINES; binding++) {
		if (!binding->key)
			continue;
		attrset(A_BOLD);
		mvaddnstr(line, 2, binding->key, COLS - 3);
		attrset(0);
		mvaddnstr(line++, 13, binding->help, COLS - 14);
	}
	attrset(0);
	for (i = 0; i < sizeof(help_text) / sizeof(help_text[0]) && line < LINES; i++)
		mvaddnstr(line++, 2, help_text[i], COLS - 3);
}

static void draw_too_small(void)
{
	attrset(0);
	mvprintw(0, 0, "Screen too small");
	mvprintw(1, 0, "needs %dx%d, has %dx%d", MIN_COLUMNS, MIN_LINES, COLS, LINES);
}

static void draw_dashboard(struct view *view)
{
	struct layout layout;
	float most;
	int i;

	lay_out(&layout, view);
	scroll_to_selected(&layout, view);
	most = highest(&layout, view);
	draw_title(view);
	draw_facts(view);
	draw_notice(&layout, view);
	draw_heading(&layout, most);
	for (i = 0; i < layout.rows; i++)
		draw_cpu(&layout, view, view->top + (size_t)i, layout.table + 1 + i, most);
	draw_total(&layout, view);
	draw_events(&layout, view);
	draw_keys();
}

void screen_draw(struct view *view)
{
	erase();
	if (COLS < MIN_COLUMNS || LINES < MIN_LINES)
		draw_too_small();
	else if (view->help)
		draw_help();
	else
		draw_dashboard(view);
	refresh();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heat map of CPUs, for machines that have more of them than a screen has lines: a cell for
 * each with its number, shade and exits, or, if even that is too much, its shade only.
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

/* " 127 # 99999 " */
#define CELL_WIDTH	13
/* Of the number before the shades of a line, when cells are shades only. */
#define LABEL_WIDTH	6

/* The selected cell at length: so much for each group, and the rest. */
_Static_assert(128 + N_GROUPS * 24 < LINE_SIZE, "a line has room for a number of each group");

/**
 * struct grid - how the cells are laid out
 * @columns: cells on a line
 * @lines: that the screen has for them
 * @shades: cells are shades only
 */
struct grid {
	size_t columns;
	int lines;
	bool shades;
};

static size_t lines_for(const struct view *view, size_t columns)
{
	return (view->n_row + columns - 1) / columns;
}

/* Powers of two are found again more easily. */
static void lay_out(const struct view *view, int lines, struct grid *grid)
{
	size_t columns = 1, room;

	grid->lines = lines > 0 ? lines : 1;
	grid->columns = (size_t)(COLS - 1) / CELL_WIDTH;
	grid->shades = lines_for(view, grid->columns ? grid->columns : 1) > (size_t)grid->lines;
	if (!grid->shades)
		return;
	for (room = (size_t)(COLS - LABEL_WIDTH - 1); columns * 2 <= room; columns *= 2)
		;
	grid->columns = columns;
}

static double highest(const struct view *view)
{
	struct counts counts;
	double most = 0;
	size_t i;

	for (i = 0; i < view->n_row; i++) {
		view_counts(view, &view->now.cpu[view->row[i]], &counts);
		most = fmax(most, counts.exits);
	}
	return most;
}

static void draw_legend(int line, double most)
{
	char number[16];
	int i;

	attrset(A_DIM);
	mvaddstr(line, 1, "0 ");
	for (i = 0; i <= SHADES; i++)
		shade_draw(i, 0);
	attrset(A_DIM);
	printw(" %s", short_number(number, sizeof(number), most));
	if (COLS >= ROOMY_COLUMNS)
		addstr("   - off   F fault");
}

/* A CPU that is not active has a letter instead of a shade. */
static void draw_shade(const struct cpu *cpu, const struct counts *counts, double most,
		       attr_t attributes)
{
	if (cpu->state == SHADOW_BOX_CPU_ACTIVE) {
		shade_draw(shade_of(counts->exits, most), attributes);
		return;
	}
	attrset(A_BOLD | tint(attributes, cpu->state == SHADOW_BOX_CPU_FAULT ? PAIR_BAD :
									      PAIR_WARM));
	addch(cpu->state == SHADOW_BOX_CPU_FAULT ? 'F' :
	      cpu->state == SHADOW_BOX_CPU_OFF ? '-' : '?');
}

static void draw_cell(const struct view *view, const struct grid *grid, size_t row, int line,
		      double most)
{
	const struct cpu *cpu = &view->now.cpu[view->row[row]];
	bool selected = row == view->place[PANE_CPUS].selected;
	attr_t attributes = selected ? A_REVERSE : 0;
	size_t column = row % grid->columns;
	struct counts counts;

	view_counts(view, cpu, &counts);
	if (grid->shades) {
		spot_add(line, LABEL_WIDTH + (int)column, LABEL_WIDTH + (int)column + 1, SPOT_ROW,
			 row);
		move(line, LABEL_WIDTH + (int)column);
		draw_shade(cpu, &counts, most, attributes);
		return;
	}
	spot_add(line, (int)column * CELL_WIDTH, (int)(column + 1) * CELL_WIDTH, SPOT_ROW, row);
	attrset(attributes);
	mvprintw(line, (int)column * CELL_WIDTH, "%c%4" PRIu32 " ", selected ? '>' : ' ', cpu->id);
	draw_shade(cpu, &counts, most, attributes);
	draw_number(6, counts.valid, counts.exits, attributes);
}

static void draw_line(const struct view *view, const struct grid *grid, size_t first, int line,
		      double most)
{
	size_t i;

	if (grid->shades) {
		attrset(A_DIM);
		mvprintw(line, 0, "%*" PRIu32, LABEL_WIDTH - 1, view->now.cpu[view->row[first]].id);
	}
	for (i = first; i < first + grid->columns && i < view->n_row; i++)
		draw_cell(view, grid, i, line, most);
}

/* The numbers of the selected cell, which may be a shade only. */
static void draw_selected(const struct view *view, int line)
{
	const struct cpu *cpu = view_cpu(view);
	const char *state = cpu ? cpu_state_name(cpu->state) : NULL;
	char text[LINE_SIZE], number[16];
	struct counts counts;
	size_t used, g;

	if (!cpu)
		return;
	view_counts(view, cpu, &counts);
	used = (size_t)snprintf(text, sizeof(text), "CPU %" PRIu32 " %s: %s exits%s", cpu->id,
				state ? state : "?",
				short_number(number, sizeof(number), counts.exits),
				view->totals ? "" : "/s");
	for (g = 0; g < N_GROUPS; g++)
		if (counts.group[g] > 0)
			used += (size_t)snprintf(text + used, sizeof(text) - used, ", %s %s",
						 group_title[g],
						 short_number(number, sizeof(number),
							      counts.group[g]));
	snprintf(text + used, sizeof(text) - used, "; host NMIs %s",
		 short_number(number, sizeof(number), counts.nmi_host));
	fill_line(line, A_BOLD);
	mvaddnstr(line, 1, text, COLS - 2);
}

static const char *heading(const struct view *view)
{
	if (!view->totals)
		return "VM EXITS PER SECOND";
	return view_has_baseline(view) ? "VM EXITS SINCE THE RESET" : "VM EXITS SINCE THE LAUNCH";
}

/* Keeps the line of the selected cell among those on the screen. */
static size_t scroll_lines(struct view *view, const struct grid *grid)
{
	struct place *place = &view->place[PANE_CPUS];
	size_t line = place->selected / grid->columns, top = place->top / grid->columns;
	size_t n = lines_for(view, grid->columns), lines = (size_t)grid->lines;

	if (top > line)
		top = line;
	if (top + lines <= line)
		top = line - lines + 1;
	if (top + lines > n)
		top = n > lines ? n - lines : 0;
	place->top = top * grid->columns;
	place->page = lines * grid->columns;
	return top;
}

/* Below the cells, if there is room: a line for the selected one, and events. */
void draw_heat(struct view *view, int top, int end)
{
	int legend = LINES >= ROOMY_LINES, i, used;
	struct grid grid;
	double most = highest(view);
	size_t first;

	lay_out(view, end - top - 2 - legend, &grid);
	view->grid = grid.columns;
	first = scroll_lines(view, &grid);
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "%.*s", COLS - 2, heading(view));
	for (i = 0; i < grid.lines && (first + (size_t)i) * grid.columns < view->n_row; i++)
		draw_line(view, &grid, (first + (size_t)i) * grid.columns, top + 1 + i, most);
	used = top + 1 + i;
	if (legend)
		draw_legend(used++, most);
	draw_selected(view, used++);
	if (end - used < 4)
		return;
	fill_line(used + 1, A_REVERSE);
	mvaddstr(used + 1, 1, "LATEST EVENTS");
	draw_latest_events(view, used + 2, end);
}

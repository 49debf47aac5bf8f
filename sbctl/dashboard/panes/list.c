// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the panes that are lists of rows have in common: the headings of their columns, scrolling,
 * times, and what stands there when there is no row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dashboard/paint/paint.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"

#define NS_PER_SECOND	UINT64_C(1000000000)

static const char *sort_mark(const struct view *view, size_t column)
{
	if (view->place[view->pane].column != column)
		return "";
	if (look.utf8)
		return rows_fall(view) ? "▼" : "▲";
	return rows_fall(view) ? "v" : "^";
}

void draw_column_title(const struct view *view, size_t column, int width)
{
	const char *mark = sort_mark(view, column), *title = rows_title(view->pane, column);
	/* However many bytes the mark has, it is one column wide. */
	int space = abs(width) - (int)strlen(title) - (*mark != '\0');

	if (width > 0)
		printw("%*s", space > 0 ? space : 0, "");
	printw("%s%s", mark, title);
	if (width < 0)
		printw("%*s", space > 0 ? space : 0, "");
}

void scroll_to_selected(struct view *view, int lines)
{
	struct place *place = &view->place[view->pane];
	size_t rows = lines > 0 ? (size_t)lines : 1, n = view->n_row;

	place->page = rows;
	if (place->top > place->selected)
		place->top = place->selected;
	if (place->top + rows <= place->selected)
		place->top = place->selected - rows + 1;
	if (place->top + rows > n)
		place->top = n > rows ? n - rows : 0;
}

void draw_no_rows(const struct view *view, int line, const char *text)
{
	const char *filter = view->place[view->pane].filter;

	if (view->n_row || line >= LINES - 1)
		return;
	attrset(A_DIM);
	if (*filter)
		mvprintw(line, 2, "%.*s '%.*s'; Esc ends the filter", COLS - 3, "nothing here has",
			 COLS - 41 > 8 ? COLS - 41 : 8, filter);
	else
		mvaddnstr(line, 2, text, COLS - 3);
}

static bool is_today(const struct view *view, const struct tm *when)
{
	time_t seconds = (time_t)(view->clock / NS_PER_SECOND);
	struct tm now;

	/* Without a clock there is no other day. */
	return !view->clock || !localtime_r(&seconds, &now) ||
	       (now.tm_yday == when->tm_yday && now.tm_year == when->tm_year);
}

const char *event_clock(const struct view *view, const struct event *event, char text[CLOCK_SIZE])
{
	time_t seconds = (time_t)(event->time / NS_PER_SECOND);
	bool narrow = COLS < ROOMY_COLUMNS;
	struct tm when;

	snprintf(text, CLOCK_SIZE, "%-*s", narrow ? 8 : 12, "-");
	if (!HAVE(event, SHADOW_BOX_EVENT_TIME) || !localtime_r(&seconds, &when))
		return text;
	if (!is_today(view, &when)) {
		strftime(text, CLOCK_SIZE, narrow ? "%b %d  " : "%b %d %H:%M", &when);
		return text;
	}
	strftime(text, CLOCK_SIZE, "%H:%M:%S", &when);
	if (!narrow)
		snprintf(text + 8, CLOCK_SIZE - 8, ".%03u",
			 (unsigned int)(event->time % NS_PER_SECOND / 1000000));
	return text;
}

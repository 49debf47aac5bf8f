// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's pane of events: all that the module reported, the latest first, and one of them
 * at length.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"
#include "model/event.h"

bool event_is_bad(const struct event *event)
{
	switch (event->type) {
	case SHADOW_BOX_EVENT_LAUNCH:
	case SHADOW_BOX_EVENT_LEAVE:
	case SHADOW_BOX_EVENT_HOST_NMI:
	case SHADOW_BOX_EVENT_POLICY:
	case SHADOW_BOX_EVENT_LOCK:
	case SHADOW_BOX_EVENT_RELEASE:
		return false;
	}
	return true;
}

int event_prefix(const struct view *view, const struct event *event, char *prefix, size_t size)
{
	char clock[CLOCK_SIZE], mark = event_is_bad(event) ? '!' : ' ';

	event_clock(view, event, clock);
	if (COLS < ROOMY_COLUMNS)
		return snprintf(prefix, size, "%c %s [%" PRIu32 "] ", mark, clock, event->cpu);
	return snprintf(prefix, size, "%c %s %6" PRIu64 " VM [%" PRIu32 "] ", mark, clock,
			event->seq, event->cpu);
}

static attr_t event_attributes(const struct event *event, attr_t attributes)
{
	return event_is_bad(event) ? tint(attributes, PAIR_BAD) | A_BOLD : attributes;
}

/* Draws on as many lines as it takes, but not on @end. Returns the line after it. */
static int draw_wrapped(const struct view *view, int line, int end, const struct event *event)
{
	char prefix[64], text[EVENT_TEXT_SIZE], *rest = text;
	int indent = event_prefix(view, event, prefix, sizeof(prefix)), length;

	event_text(event, text, sizeof(text));
	attrset(event_attributes(event, 0));
	mvaddnstr(line, 0, prefix, COLS - 1);
	do {
		length = wrapped_length(rest, COLS - indent - 1);
		mvaddnstr(line++, indent, rest, length);
		rest += length;
		rest += strspn(rest, " ");
	} while (*rest && length && line < end);
	return line;
}

/* The latest on top: it stays in its place while others come. */
void draw_latest_events(const struct view *view, int line, int end)
{
	size_t i = view->events.n_event;

	if (!i) {
		attrset(A_DIM);
		mvaddstr(line, 2, "none yet");
	}
	while (i-- > 0 && line < end)
		line = draw_wrapped(view, line, end, &view->events.event[i]);
}

static void draw_row(const struct view *view, size_t row, int line)
{
	const struct event *event = &view->events.event[view->row[row]];
	bool selected = row == view->place[PANE_EVENTS].selected;
	char text[LINE_SIZE];
	int used;

	text[0] = selected ? '>' : ' ';
	used = 1 + event_prefix(view, event, text + 1, 64);
	event_text(event, text + used, sizeof(text) - (size_t)used);
	spot_add(line, 0, COLS, SPOT_ROW, row);
	fill_line(line, event_attributes(event, selected ? A_REVERSE : 0));
	mvaddnstr(line, 0, text, COLS - 1);
}

static void draw_heading(const struct view *view, int line)
{
	fill_line(line, A_REVERSE);
	if (COLS < ROOMY_COLUMNS) {
		mvaddnstr(line, 0, "   TIME     [CPU] EVENT", COLS);
		return;
	}
	mvaddstr(line, 0, "   TIME        ");
	draw_column_title(view, EVENT_NUMBER, 7);
	draw_column_title(view, EVENT_CPU, 7);
	addch(' ');
	draw_column_title(view, EVENT_KIND, -8);
}

static void draw_list(struct view *view, int top)
{
	const struct place *place = &view->place[PANE_EVENTS];
	int lines = LINES - 2 - top, i;

	draw_heading(view, top);
	scroll_to_selected(view, lines);
	for (i = 0; i < lines && place->top + (size_t)i < view->n_row; i++)
		draw_row(view, place->top + (size_t)i, top + 1 + i);
	draw_no_rows(view, top + 1, "none yet");
}

static void draw_detail(struct view *view, const struct event *event, int top)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	char type[24];

	if (!sheet)
		return;
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "EVENT #%" PRIu64 ": %s", event->seq,
		 number_or_name(event_name(event->type), event->type, type, sizeof(type)));
	describe_event(sheet, view, event);
	sheet_draw(view, sheet, top + 1, LINES - 1);
	free(sheet);
}

void draw_events(struct view *view, int top)
{
	const struct event *event = view_event(view);

	if (view->detail && event)
		draw_detail(view, event, top);
	else
		draw_list(view, top);
}

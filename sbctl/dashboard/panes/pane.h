/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the panes of the dashboard share, and what screen.c calls of each. Each draws from a line on
 * down to the last but one.
 */
#ifndef SBCTL_PANE_H
#define SBCTL_PANE_H

#include "dashboard/paint/sheet.h"
#include "dashboard/view.h"

/*
 * The heading of a column at the cursor, @width columns wide, at the right of them or, if @width is
 * negative, at the left; marked if the rows are sorted by that column.
 */
void draw_column_title(const struct view *view, size_t column, int width);
/* Keeps the selected row among the @lines that the screen has for them. */
void scroll_to_selected(struct view *view, int lines);
/* In a list without rows: that there are none, or that the filter hides them. */
void draw_no_rows(const struct view *view, int line, const char *text);

void draw_cpus(struct view *view, int top);
void draw_heat(struct view *view, int top, int end);
void draw_cpu_detail(struct view *view, int top);
void draw_exits(struct view *view, int top);
void draw_policies(struct view *view, int top);
void draw_violations(struct view *view, int top);
void draw_events(struct view *view, int top);
void draw_history(struct view *view, int top);

/* The latest events, each on as many lines as it takes. */
void draw_latest_events(const struct view *view, int line, int end);
/* All that an event says, with names for its addresses. */
void describe_event(struct sheet *sheet, const struct view *view, const struct event *event);
/* Room for event_clock(). */
#define CLOCK_SIZE	16
/*
 * When it was, in as many columns each: "12:00:00.123" or, on another day, "Nov 26 12:00"; on a narrow
 * screen "12:00:00" or "Nov 26  ". Returns @text.
 */
const char *event_clock(const struct view *view, const struct event *event, char text[CLOCK_SIZE]);
/* "! 12:00:00.123  #1234   VM [0] ", shorter on a narrow screen. Returns the length. */
int event_prefix(const struct view *view, const struct event *event, char *prefix, size_t size);
/* It should not happen. */
bool event_is_bad(const struct event *event);

#endif

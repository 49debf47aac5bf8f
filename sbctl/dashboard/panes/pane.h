/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the panes of the dashboard share, and what screen.c calls of each. Each draws from a line on
 * down to the last but one.
 */
#ifndef SBCTL_PANE_H
#define SBCTL_PANE_H

#include <curses.h>

#include "dashboard/sheet.h"
#include "dashboard/view.h"

/* From so many lines on there is room for an empty line here and there. */
#define ROOMY_LINES	16
/* From so many columns on there is room for the wider ones. */
#define ROOMY_COLUMNS	60
/* Room for a line of text as wide as any screen. */
#define LINE_SIZE	1024

enum pair {
	PAIR_GOOD = 1,
	PAIR_BAD,
	PAIR_WARM,
	PAIR_COLD,
	PAIR_TREND,
	PAIR_BAR,
};

/**
 * struct look - what this terminal can show
 * @utf8: block and braille characters
 */
struct look {
	bool utf8;
	bool colour;
};

extern struct look look;

/* Attributes of a pair of colours, or none without colours. */
attr_t pair(enum pair number);
/* The same on top of @attributes; in the selected row, which is in reverse, none can be read. */
attr_t tint(attr_t attributes, enum pair number);
/* Clears @line and sets @attributes for what is drawn next. */
void fill_line(int line, attr_t attributes);
/* At most five characters for a number of any size. Returns @text. */
char *short_number(char *text, size_t size, double value);
/* At the cursor; a dash if it is not @valid. */
void draw_number(int width, bool valid, double value, attr_t attributes);
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

/* The latest events, each on as many lines as it takes. */
void draw_latest_events(const struct view *view, int line, int end);
/* All that an event says, with names for its addresses. */
void describe_event(struct sheet *sheet, const struct event *event, struct symbols *symbols);
/* "! 12:00:00.123  #1234   VM [0] ", shorter on a narrow screen. Returns the length. */
int event_prefix(const struct event *event, char *prefix, size_t size);
/* It should not happen. */
bool event_is_bad(const struct event *event);

#endif

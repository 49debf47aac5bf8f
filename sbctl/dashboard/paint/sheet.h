/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A text on the screen: lines with a label each, wrapped and scrolled. For the help, and for what a
 * pane shows at length.
 */
#ifndef SBCTL_SHEET_H
#define SBCTL_SHEET_H

#include <curses.h>

#include "dashboard/view.h"

/* Lines of the longest text: one for each CPU of a large machine. */
#define SHEET_LINES	1024
#define SHEET_TEXT	512
#define SHEET_LABEL	32

struct sheet_line {
	char label[SHEET_LABEL];
	char text[SHEET_TEXT];
	attr_t attributes;
};

/**
 * struct sheet - lines of text
 * @indent: column of the texts; labels stand before it
 */
struct sheet {
	struct sheet_line line[SHEET_LINES];
	size_t n_line;
	int indent;
};

/*
 * Adds a line; a text that is too wide is wrapped when it is drawn. Once there are SHEET_LINES, the last
 * one says that there is more.
 */
void sheet_add(struct sheet *sheet, attr_t attributes, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Draws from @top to before @end, beginning with line view->scroll, which it keeps in range. */
void sheet_draw(struct view *view, const struct sheet *sheet, int top, int end);

/* How much of @text goes into @room columns: all of it, or up to its last space there. */
int wrapped_length(const char *text, int room);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A text on the screen: lines with a label each, wrapped and scrolled. For the help, and for what a
 * pane shows at length.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dashboard/paint/sheet.h"
#include "dashboard/panes/pane.h"

void sheet_add(struct sheet *sheet, attr_t attributes, const char *label, const char *format, ...)
{
	struct sheet_line *line;
	va_list args;

	if (sheet->n_line == SHEET_LINES) {
		snprintf(sheet->line[SHEET_LINES - 1].text, SHEET_TEXT,
			 "There is more than this list has room for");
		return;
	}
	line = &sheet->line[sheet->n_line++];
	line->attributes = attributes;
	snprintf(line->label, sizeof(line->label), "%s", label);
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
}

int wrapped_length(const char *text, int room)
{
	int length = (int)strlen(text), end;

	if (length <= room)
		return length;
	for (end = room; end > 0 && text[end] != ' '; end--)
		;
	return end > 0 ? end : room;
}

static void draw_part(const struct sheet *sheet, const struct sheet_line *line, const char *text,
		      int length, int at)
{
	if (text == line->text) {
		attrset(A_BOLD);
		mvaddnstr(at, 1, line->label, COLS - 2);
	}
	attrset(line->attributes);
	mvaddnstr(at, sheet->indent, text, length);
}

/* Draws all lines from the one numbered @first on; returns how many there are in all. */
static size_t draw_lines(const struct sheet *sheet, size_t first, int top, int end)
{
	int room = COLS - sheet->indent - 1;
	size_t drawn = 0, i;

	for (i = 0; i < sheet->n_line; i++) {
		const struct sheet_line *line = &sheet->line[i];
		const char *text = line->text;

		do {
			int length = wrapped_length(text, room > 8 ? room : 8);
			long at = top + (long)drawn - (long)first;

			if (drawn >= first && at < end)
				draw_part(sheet, line, text, length, (int)at);
			drawn++;
			text += length;
			/* Of what is aligned by spaces only what was wrapped loses them. */
			text += *text == ' ';
		} while (*text);
	}
	return drawn;
}

void sheet_draw(struct view *view, const struct sheet *sheet, int top, int end)
{
	size_t lines = end > top ? (size_t)(end - top) : 1;
	size_t all = draw_lines(sheet, SIZE_MAX, top, end);

	if (view->scroll + lines > all)
		view->scroll = all > lines ? all - lines : 0;
	view->place[view->pane].page = lines;
	draw_lines(sheet, view->scroll, top, end);
	attrset(A_REVERSE);
	if (view->scroll)
		mvaddstr(top, COLS - 6, " more ");
	if (view->scroll + lines < all)
		mvaddstr(end - 1, COLS - 6, " more ");
}

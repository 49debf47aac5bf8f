/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Painting: the colours, lines and numbers that all of the dashboard is drawn with.
 */
#ifndef SBCTL_PAINT_H
#define SBCTL_PAINT_H

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>

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

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Painting: the colours, lines and numbers that all of the dashboard is drawn with.
 */
#include <math.h>
#include <stdio.h>

#include "dashboard/paint/paint.h"

struct look look;

attr_t pair(enum pair number)
{
	return look.colour ? COLOR_PAIR(number) : 0;
}

attr_t tint(attr_t attributes, enum pair number)
{
	return attributes & A_REVERSE ? attributes : attributes | pair(number);
}

char *short_number(char *text, size_t size, double value)
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

void fill_line(int line, attr_t attributes)
{
	attrset(attributes);
	mvhline(line, 0, ' ', COLS);
}

/* A zero is there, but does not ask for attention. */
void draw_number(int width, bool valid, double value, attr_t attributes)
{
	char text[16];

	attrset(attributes | (valid && value > 0 ? 0 : A_DIM));
	printw("%*s", width, valid ? short_number(text, sizeof(text), value) : "-");
}

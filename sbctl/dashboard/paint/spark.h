/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small pictures of numbers: bars, sparklines, charts, shades. In braille and block characters, or
 * in ASCII where the terminal has no more.
 */
#ifndef SBCTL_SPARK_H
#define SBCTL_SPARK_H

#include <curses.h>

#include "dashboard/view.h"

/* Samples that a sparkline or chart of @width columns has room for. */
size_t spark_samples(int width);

/* The highest of the latest @samples of @track, which may be NULL; at least @most. */
float spark_most(const struct track *track, size_t samples, float most);

/* The past of @track, the latest at the right, on a scale up to @most, on @height lines. */
void spark_draw(int line, int column, int width, int height, const struct track *track, float most,
		attr_t attributes);

/* A bar at the cursor, as full as @value is of @most. */
void bar_draw(int width, double value, double most, attr_t attributes);

/* A single character for @value, 0 to @most. */
#define SHADES	8
int shade_of(double value, double most);
void shade_draw(int shade, attr_t attributes);

#endif

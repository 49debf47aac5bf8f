// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small pictures of numbers: bars, sparklines, charts, shades. In braille and block characters, or
 * in ASCII where the terminal has no more.
 */
#include <math.h>
#include <wchar.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spark.h"
#include "dashboard/panes/pane.h"

/* A braille character has two columns of four dots. */
#define DOTS	4
/* Steps that one ASCII character shows. */
#define ASCII_STEPS	4

size_t spark_samples(int width)
{
	if (width <= 0)
		return 0;
	return (size_t)width * (look.utf8 ? 2 : 1);
}

float spark_most(const struct track *track, size_t samples, float most)
{
	size_t age;

	for (age = 0; track && age < samples; age++)
		most = fmaxf(most, track_rate(track, age));
	return most;
}

/* How many of @steps a sample fills: little is not nothing. */
static int steps_of(double value, double most, int steps)
{
	int full;

	if (value <= 0 || most <= 0)
		return 0;
	full = (int)lround(value / most * steps);
	return full < 1 ? 1 : full > steps ? steps : full;
}

/* Dots of one column of a braille character, @full of them from the bottom. */
static wchar_t dots(int full, bool right)
{
	static const wchar_t left_dots[] = { 0x40, 0x04, 0x02, 0x01 };
	static const wchar_t right_dots[] = { 0x80, 0x20, 0x10, 0x08 };
	wchar_t mask = 0;
	int i;

	for (i = 0; i < full && i < DOTS; i++)
		mask |= (right ? right_dots : left_dots)[i];
	return mask;
}

/* The part of a column that is @below steps above the bottom. */
static int part(int full, int below)
{
	return full > below ? full - below : 0;
}

static wchar_t braille(const struct track *track, size_t age, float most, int height, int below)
{
	int steps = height * DOTS;
	int left = steps_of(track_rate(track, age + 1), most, steps);
	int right = steps_of(track_rate(track, age), most, steps);
	wchar_t mask = dots(part(left, below), false) | dots(part(right, below), true);

	return mask ? 0x2800 + mask : L' ';
}

static wchar_t ascii(const struct track *track, size_t age, float most, int height, int below)
{
	static const char steps[] = " .:|#";
	int full = part(steps_of(track_rate(track, age), most, height * ASCII_STEPS), below);

	return (wchar_t)steps[full < ASCII_STEPS ? full : ASCII_STEPS];
}

void spark_draw(int line, int column, int width, int height, const struct track *track, float most,
		attr_t attributes)
{
	wchar_t text[TRACK_LENGTH + 1];
	int row, i;

	if (!track || width <= 0)
		return;
	if (width > TRACK_LENGTH)
		width = TRACK_LENGTH;
	attrset((attributes & ~A_REVERSE) | pair(PAIR_TREND));
	for (row = 0; row < height; row++) {
		int below = (height - 1 - row) * (look.utf8 ? DOTS : ASCII_STEPS);

		for (i = 0; i < width; i++) {
			size_t age = spark_samples(width - 1 - i);

			text[i] = (look.utf8 ? braille : ascii)(track, age, most, height, below);
		}
		mvaddnwstr(line + row, column, text, width);
	}
}

void bar_draw(int width, double value, double most, attr_t attributes)
{
	static const wchar_t eighths[] = L" ▏▎▍▌▋▊▉";
	int parts = look.utf8 ? 8 : 1;
	int full = steps_of(value, most, width * parts), i;
	wchar_t cell;

	attrset((attributes & ~A_REVERSE) | pair(PAIR_TREND));
	for (i = 0; i < width; i++) {
		if (!look.utf8)
			cell = i < full ? L'=' : L' ';
		else if (full >= (i + 1) * parts)
			cell = L'█';
		else
			cell = eighths[part(full, i * parts)];
		addnwstr(&cell, 1);
	}
}

/* By the square root: beside one busy CPU the others shall differ as well. */
int shade_of(double value, double most)
{
	return value > 0 && most > 0 ? steps_of(sqrt(value), sqrt(most), SHADES) : 0;
}

/* From cold to hot, and with each step a character that is fuller. */
void shade_draw(int shade, attr_t attributes)
{
	static const wchar_t blocks[] = L"·▁▂▃▄▅▆▇█", letters[] = L".-:;+*%@#";
	static const enum pair pairs[SHADES + 1] = {
		0, PAIR_COLD, PAIR_COLD, PAIR_GOOD, PAIR_GOOD, PAIR_WARM, PAIR_WARM, PAIR_BAD,
		PAIR_BAD,
	};

	attrset((attributes & ~A_REVERSE) | (shade ? pair(pairs[shade]) : A_DIM));
	addnwstr((look.utf8 ? blocks : letters) + shade, 1);
}

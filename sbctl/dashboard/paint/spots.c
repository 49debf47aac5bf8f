// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is where on the screen, for the mouse.
 */
#include "dashboard/paint/spots.h"

/* As many as a large screen has rows and cells of a heat map. */
#define MAX_SPOTS	4096

static struct spot spots[MAX_SPOTS];
static size_t n_spot;

void spots_clear(void)
{
	n_spot = 0;
}

void spot_add(int line, int column, int end, enum spot_kind kind, size_t value)
{
	if (n_spot < MAX_SPOTS)
		spots[n_spot++] = (struct spot){ line, column, end, kind, value };
}

const struct spot *spot_at(int line, int column)
{
	size_t i;

	for (i = 0; i < n_spot; i++)
		if (spots[i].line == line && spots[i].column <= column && column < spots[i].end)
			return &spots[i];
	return NULL;
}

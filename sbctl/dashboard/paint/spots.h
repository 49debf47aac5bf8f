/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is where on the screen, for the mouse: whoever draws something that can be clicked at says so.
 */
#ifndef SBCTL_SPOTS_H
#define SBCTL_SPOTS_H

#include <stddef.h>

/**
 * enum spot_kind - what can be clicked at
 * @SPOT_KEY: a key of the footer; the value is its code
 * @SPOT_PANE: the name of a pane
 * @SPOT_ROW: a row of the pane that is shown
 */
enum spot_kind {
	SPOT_KEY,
	SPOT_PANE,
	SPOT_ROW,
};

/**
 * struct spot - some columns of a line
 * @end: the column after them
 */
struct spot {
	int line;
	int column;
	int end;
	enum spot_kind kind;
	size_t value;
};

/* There is nothing on the screen any more. */
void spots_clear(void);
/* One for which there is no room cannot be clicked at. */
void spot_add(int line, int column, int end, enum spot_kind kind, size_t value);
/* What is there, or NULL. */
const struct spot *spot_at(int line, int column);

#endif

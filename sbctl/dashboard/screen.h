/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The curses renderer: a view to a terminal of any size. Colour only repeats what a letter or a
 * word says too.
 */
#ifndef SBCTL_SCREEN_H
#define SBCTL_SCREEN_H

#include "dashboard/view.h"

/* Takes the terminal over, with @ascii drawing with ASCII only; false when that fails. */
bool screen_open(bool ascii);
/* Gives the terminal back as it was. */
void screen_close(void);
/* Follows a new size of the terminal. */
void screen_resize(void);
/* Draws all anew, after other programs wrote to the terminal. */
void screen_redraw(void);
/* Draws @view; keeps the selected row visible. */
void screen_draw(struct view *view);

#endif

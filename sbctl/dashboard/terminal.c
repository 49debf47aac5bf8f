// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can the terminal be drawn on? In a file of its own, as term.h defines words like "lines" and
 * "columns" as macros.
 */
#include <stdlib.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "dashboard/screen.h"

bool screen_possible(void)
{
	const char *term = getenv("TERM"), *move;
	int error;

	if (!term || !*term || setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	/* Terminals like "dumb" cannot move their cursor. */
	move = tigetstr("cup");
	return move && move != (char *)-1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What terminal is it? In a file of its own, as term.h defines words like "lines" and
 * "columns" as macros.
 */
#include <stdlib.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "render/terminal.h"

bool terminal_known(void)
{
	const char *term = getenv("TERM");
	int error;

	return term && *term && setupterm(NULL, STDOUT_FILENO, &error) == OK;
}

bool terminal_drawable(void)
{
	const char *move;

	if (!terminal_known())
		return false;
	/* Terminals like "dumb" cannot move their cursor. */
	move = tigetstr("cup");
	return move && move != (char *)-1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the dashboard: one table from which the loop, the footer and the help are made.
 */
#include <curses.h>

#include "keys.h"

#define CONTROL(letter)	((letter) & 0x1f)

const struct binding bindings[] = {
	{ 'q', ACTION_QUIT, "q", "Quit", "leave (also F10 and Ctrl-C)" },
	{ 'h', ACTION_HELP, "h", "Help", "this help (also F1 and ?)" },
	{ 'p', ACTION_FREEZE, "p", "Freeze", "freeze the picture; again to go on (also space)" },
	{ '+', ACTION_SLOWER, "+", "Slower", "longer interval between two updates" },
	{ '-', ACTION_FASTER, "-", "Faster", "shorter interval between two updates" },
	{ KEY_UP, ACTION_UP, "Up/Down", "Select", "select a CPU" },
	{ KEY_DOWN, ACTION_DOWN, NULL, NULL, NULL },
	{ KEY_PPAGE, ACTION_PAGE_UP, "PgUp/PgDn", "Scroll", "one page up or down" },
	{ KEY_NPAGE, ACTION_PAGE_DOWN, NULL, NULL, NULL },
	{ KEY_HOME, ACTION_FIRST, "Home/End", NULL, "first or last CPU" },
	{ KEY_END, ACTION_LAST, NULL, NULL, NULL },
	{ CONTROL('L'), ACTION_REDRAW, "Ctrl-L", NULL, "draw the screen anew" },
	{ KEY_F(10), ACTION_QUIT, NULL, NULL, NULL },
	{ KEY_F(1), ACTION_HELP, NULL, NULL, NULL },
	{ '?', ACTION_HELP, NULL, NULL, NULL },
	{ ' ', ACTION_FREEZE, NULL, NULL, NULL },
	{ '=', ACTION_SLOWER, NULL, NULL, NULL },
	{ 'Q', ACTION_QUIT, NULL, NULL, NULL },
	{ 0, ACTION_NONE, NULL, NULL, NULL },
};

enum action key_action(int code)
{
	const struct binding *binding = bindings;

	while (binding->action != ACTION_NONE && binding->code != code)
		binding++;
	return binding->action;
}

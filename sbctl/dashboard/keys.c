// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the dashboard: one table from which the loop, the footer and the help are made.
 */
#include <curses.h>

#include "dashboard/keys.h"
#include "dashboard/view.h"

#define IN(pane)	(1u << (pane))

const struct binding bindings[] = {
	{ KEY_F(1), ACTION_HELP, "F1 h ?", "help", "F1", "Help", 1, 0 },
	{ KEY_F(2), ACTION_TOTALS, "F2 t", "totals, or rates again", "F2", "Total", 7,
	  IN(PANE_CPUS) },
	{ KEY_F(3), ACTION_SEARCH, "F3 /", "search", "F3", "Search", 6, 0 },
	{ 'n', ACTION_SEARCH_NEXT, "n N", "next or previous match", NULL, NULL, 0, 0 },
	{ KEY_F(4), ACTION_FILTER, "F4 \\", "filter", "F4", "Filter", 5, 0 },
	{ KEY_F(5), ACTION_FREEZE, "F5 p Space", "freeze; again to go on", "F5", "Freeze", 4, 0 },
	{ KEY_F(6), ACTION_SORT, "F6 s S I", "sort; I: reverse order", "F6", "Sort", 8, 0 },
	{ KEY_F(7), ACTION_FASTER, "F7 -", "faster", "F7", "Faster", 12, IN(PANE_CPUS) },
	{ KEY_F(8), ACTION_SLOWER, "F8 + =", "slower", "F8", "Slower", 11, IN(PANE_CPUS) },
	{ KEY_F(9), ACTION_RESET, "F9 r", "count totals from now on", "F9", "Reset", 9, 0 },
	{ 'R', ACTION_SINCE_LAUNCH, "R", "count from launch again", NULL, NULL, 0, 0 },
	{ '\r', ACTION_DETAIL, "Enter", "selected row at length", "Ent", "Detail", 3, 0 },
	{ 'o', ACTION_SET_OFF, "o l e", "policy off, log, enforce", "o/l/e", "Set", 3,
	  IN(PANE_POLICIES) },
	{ 'O', ACTION_ALL_OFF, "O L E", "the same for all", "O/L/E", "All", 4, IN(PANE_POLICIES) },
	{ 'T', ACTION_TRIAL, "T c", "settings on trial, keep", "T", "Trial", 4,
	  IN(PANE_POLICIES) },
	{ 'K', ACTION_LOCK, "K", "lock until a restart", "K", "Lock", 4, IN(PANE_POLICIES) },
	{ 'a', ACTION_ACKNOWLEDGE, "a", "acknowledge", "a", "Ack", 4, IN(PANE_VIOLATIONS) },
	{ KEY_F(10), ACTION_QUIT, "F10 q Ctrl-C", "quit", "F10", "Quit", 2, 0 },
	{ '\t', ACTION_NEXT_PANE, "Tab Shift-Tab", "next, previous pane", NULL, NULL, 0, 0 },
	{ '1', ACTION_PANE_1, "1 2 3 4 5", "one of the panes", NULL, NULL, 0, 0 },
	{ KEY_CODE_ESCAPE, ACTION_BACK, "Esc", "back; end of filter", NULL, NULL, 0, 0 },
	{ KEY_UP, ACTION_UP, "Up k Down j", "select a row", NULL, NULL, 0, 0 },
	{ KEY_PPAGE, ACTION_PAGE_UP, "PgUp PgDn", "a page (Ctrl-B Ctrl-F)", NULL, NULL, 0, 0 },
	{ KEY_HOME, ACTION_FIRST, "Home g End G", "first, last row", NULL, NULL, 0, 0 },
	{ 'v', ACTION_JUMP, "v", "policy, or violations", "v", "Jump", 10,
	  IN(PANE_POLICIES) | IN(PANE_VIOLATIONS) },
	{ 'x', ACTION_EXPORT, "x", "write rows to a file", "x", "Export", 10, 0 },
	{ 'H', ACTION_HISTORY, "H", "violations by hour", "H", "Hours", 10,
	  IN(PANE_VIOLATIONS) },
	{ 'm', ACTION_HEAT, "m", "heat map or table", NULL, NULL, 0, 0 },
	{ '.', ACTION_STEP, ". ,", "replay: a step on, back", NULL, NULL, 0, 0 },
	{ CONTROL('L'), ACTION_REDRAW, "Ctrl-L", "draw the screen anew", NULL, NULL, 0, 0 },
	{ .code = 'h', .action = ACTION_HELP },
	{ .code = '?', .action = ACTION_HELP },
	{ .code = 't', .action = ACTION_TOTALS },
	{ .code = '/', .action = ACTION_SEARCH },
	{ .code = 'N', .action = ACTION_SEARCH_PREVIOUS },
	{ .code = '\\', .action = ACTION_FILTER },
	{ .code = 'p', .action = ACTION_FREEZE },
	{ .code = ' ', .action = ACTION_FREEZE },
	{ .code = 's', .action = ACTION_SORT },
	{ .code = 'S', .action = ACTION_SORT_PREVIOUS },
	{ .code = 'I', .action = ACTION_REVERSE },
	{ .code = '-', .action = ACTION_FASTER },
	{ .code = '+', .action = ACTION_SLOWER },
	{ .code = '=', .action = ACTION_SLOWER },
	{ .code = 'r', .action = ACTION_RESET },
	{ .code = 'q', .action = ACTION_QUIT },
	{ .code = 'Q', .action = ACTION_QUIT },
	{ .code = KEY_BTAB, .action = ACTION_PREVIOUS_PANE },
	{ .code = KEY_RIGHT, .action = ACTION_RIGHT },
	{ .code = KEY_LEFT, .action = ACTION_LEFT },
	{ .code = '2', .action = ACTION_PANE_2 },
	{ .code = '3', .action = ACTION_PANE_3 },
	{ .code = '4', .action = ACTION_PANE_4 },
	{ .code = '5', .action = ACTION_PANE_5 },
	{ .code = '\n', .action = ACTION_DETAIL },
	{ .code = KEY_ENTER, .action = ACTION_DETAIL },
	{ .code = 'l', .action = ACTION_SET_LOG },
	{ .code = 'L', .action = ACTION_ALL_LOG },
	{ .code = 'E', .action = ACTION_ALL_ENFORCE },
	{ .code = 'c', .action = ACTION_KEEP },
	{ .code = 'e', .action = ACTION_SET_ENFORCE },
	{ .code = ',', .action = ACTION_STEP_BACK },
	{ .code = 'k', .action = ACTION_UP },
	{ .code = KEY_DOWN, .action = ACTION_DOWN },
	{ .code = 'j', .action = ACTION_DOWN },
	{ .code = CONTROL('B'), .action = ACTION_PAGE_UP },
	{ .code = KEY_NPAGE, .action = ACTION_PAGE_DOWN },
	{ .code = CONTROL('F'), .action = ACTION_PAGE_DOWN },
	{ .code = 'g', .action = ACTION_FIRST },
	{ .code = KEY_END, .action = ACTION_LAST },
	{ .code = 'G', .action = ACTION_LAST },
	{ .action = ACTION_NONE },
};

bool action_writes(enum action action)
{
	return action >= ACTION_SET_OFF && action <= ACTION_ACKNOWLEDGE;
}

enum action key_action(int code)
{
	const struct binding *binding = bindings;

	while (binding->action != ACTION_NONE && binding->code != code)
		binding++;
	return binding->action;
}

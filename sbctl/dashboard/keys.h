/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the dashboard: one table from which the loop, the footer and the help are made.
 */
#ifndef SBCTL_KEYS_H
#define SBCTL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum action {
	ACTION_NONE,
	ACTION_HELP,
	ACTION_TOTALS,
	ACTION_SEARCH,
	ACTION_SEARCH_NEXT,
	ACTION_SEARCH_PREVIOUS,
	ACTION_FILTER,
	ACTION_FREEZE,
	ACTION_SORT,
	ACTION_SORT_PREVIOUS,
	ACTION_REVERSE,
	ACTION_FASTER,
	ACTION_SLOWER,
	ACTION_RESET,
	ACTION_SINCE_LAUNCH,
	ACTION_QUIT,
	ACTION_NEXT_PANE,
	ACTION_PREVIOUS_PANE,
	ACTION_RIGHT,
	ACTION_LEFT,
	ACTION_PANE_1,
	ACTION_PANE_2,
	ACTION_PANE_3,
	ACTION_PANE_4,
	ACTION_PANE_5,
	ACTION_DETAIL,
	ACTION_BACK,
	ACTION_HEAT,
	ACTION_JUMP,
	ACTION_EXPORT,
	ACTION_HISTORY,
	ACTION_SET_OFF,
	ACTION_SET_LOG,
	ACTION_SET_ENFORCE,
	ACTION_ALL_OFF,
	ACTION_ALL_LOG,
	ACTION_ALL_ENFORCE,
	ACTION_LOCK,
	ACTION_TRIAL,
	ACTION_KEEP,
	ACTION_ACKNOWLEDGE,
	ACTION_STEP,
	ACTION_STEP_BACK,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_FIRST,
	ACTION_LAST,
	ACTION_REDRAW,
};

/* Keys that the table has no action for, but typing needs. */
#define KEY_CODE_ESCAPE	27
#define CONTROL(letter)	((letter) & 0x1f)

/**
 * struct binding - what a key does
 * @code: as getch() returns it
 * @keys: all keys that do it, for the help; NULL when another entry has it
 * @help: what it does, for the help
 * @key: its name in the footer
 * @footer: word for the footer, or NULL
 * @rank: on a narrow screen those with a low one come first
 * @panes: bits of the enum pane in whose footer it stands, 0 for all
 */
struct binding {
	int code;
	enum action action;
	const char *keys;
	const char *help;
	const char *key;
	const char *footer;
	int rank;
	unsigned int panes;
};

/* Ends with an entry of ACTION_NONE. */
extern const struct binding bindings[];

enum action key_action(int code);
/* It changes something, which is for those who said --writable. */
bool action_writes(enum action action);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the dashboard: one table from which the loop, the footer and the help are made.
 */
#ifndef SBCTL_KEYS_H
#define SBCTL_KEYS_H

#include <stddef.h>

enum action {
	ACTION_NONE,
	ACTION_QUIT,
	ACTION_HELP,
	ACTION_FREEZE,
	ACTION_FASTER,
	ACTION_SLOWER,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_FIRST,
	ACTION_LAST,
	ACTION_REDRAW,
};

/**
 * struct binding - what a key does
 * @code: as getch() returns it
 * @key: its name in footer and help, or NULL when another entry stands for it
 * @footer: word for the footer, or NULL
 * @help: sentence for the help
 */
struct binding {
	int code;
	enum action action;
	const char *key;
	const char *footer;
	const char *help;
};

/* Ends with an entry of ACTION_NONE. */
extern const struct binding bindings[];

enum action key_action(int code);

#endif

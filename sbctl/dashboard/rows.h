/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rows a pane of the dashboard has, and in which order: sorted by a column, filtered by a
 * text, searched.
 */
#ifndef SBCTL_ROWS_H
#define SBCTL_ROWS_H

#include "dashboard/view.h"

/* Columns by which CPUs are sorted; the groups of exits come after the total. */
enum {
	CPU_NUMBER,
	CPU_EXITS,
	CPU_GROUP,
	CPU_NMI_GUEST = CPU_GROUP + N_GROUPS,
	CPU_NMI_HOST,
	CPU_NMI_REDELIVERED,
	CPU_COLUMNS
};

enum { EXIT_NUMBER, EXIT_RATE, EXIT_TOTAL };
enum { POLICY_NUMBER, POLICY_MODE, POLICY_VIOLATIONS, POLICY_BLOCKED, POLICY_PATCHES };
enum { EVENT_NUMBER, EVENT_CPU, EVENT_KIND, EVENT_PID };

/* Makes the rows of the pane that is shown anew; the selection stays at what was selected. */
void rows_arrange(struct view *view);
/* Selects @row, or the last one. */
void rows_select(struct view *view, size_t row);

/* Selects the row of what has that key; false if none has. */
bool rows_select_key(struct view *view, uint64_t key);

/* Sorts by the next column, or the one before it; says by which in view->message. */
void rows_sort(struct view *view, int direction);
void rows_reverse(struct view *view);

/* Shows only rows that have @text. */
void rows_filter(struct view *view, const char *text);
/*
 * Selects the next row (@direction 1) or the one before (-1) that has view->search, the selected
 * one too with @here. False if there is none.
 */
bool rows_search(struct view *view, int direction, bool here);

/* A column's word in the heading. */
const char *rows_title(enum pane pane, size_t column);
/* What stands in that column of the CPUs, other than CPU_NUMBER. */
double counts_value(const struct counts *counts, size_t column);
/* Large values come first. */
bool rows_fall(const struct view *view);

#endif

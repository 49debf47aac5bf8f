// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations over the last hours, as the journal has them: by hour, and by policy.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/paint/paint.h"
#include "dashboard/panes/pane.h"

#define BAR_MAX	40

static uint64_t highest(const struct history *history)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < HISTORY_HOURS; i++)
		if (history->hour[i] > most)
			most = history->hour[i];
	return most;
}

/* One that is not zero has a mark at least. */
static void add_hour(struct sheet *sheet, const struct history *history, size_t hour, uint64_t most)
{
	time_t begin = history->end - (time_t)(hour + 1) * 3600;
	int room = COLS - sheet->indent - 12, width;
	char label[SHEET_LABEL] = "", bar[BAR_MAX + 1];
	struct tm tm;

	room = room < 1 ? 1 : room > BAR_MAX ? BAR_MAX : room;
	width = most ? (int)((history->hour[hour] * (uint64_t)room + most - 1) / most) : 0;
	memset(bar, '#', sizeof(bar));
	bar[width] = '\0';
	if (localtime_r(&begin, &tm))
		strftime(label, sizeof(label), "%b %d %H:00", &tm);
	sheet_add(sheet, history->hour[hour] ? pair(PAIR_BAD) | A_BOLD : A_DIM, label,
		  "%8" PRIu64 " %s", history->hour[hour], bar);
}

static void add_policies(struct sheet *sheet, const struct history *history)
{
	uint32_t policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (history->policy[policy] && policy_name(policy))
			sheet_add(sheet, 0, policy_name(policy), "%8" PRIu64,
				  history->policy[policy]);
}

void draw_history(struct view *view, int top)
{
	const struct history *history = &view->history;
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	uint64_t most = highest(history);
	size_t hour;

	if (!sheet)
		return;
	sheet->indent = 18;
	fill_line(top, A_REVERSE);
	mvaddnstr(top, 1, "VIOLATIONS BY HOUR, FROM THE JOURNAL; H goes back", COLS - 2);
	add_policies(sheet, history);
	for (hour = 0; hour < HISTORY_HOURS; hour++)
		add_hour(sheet, history, hour, most);
	sheet_draw(view, sheet, top + 1, LINES - 1);
	free(sheet);
}

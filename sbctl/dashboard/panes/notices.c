// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is wrong, in a line each below the title: a CPU that is not protected, events that were
 * lost, no policy that is on.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/panes/notices.h"
#include "dashboard/panes/pane.h"
#include "model/say.h"

#define MAX_NOTICES	4

struct notices {
	char text[MAX_NOTICES][SENTENCE_SIZE];
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void add(struct notices *notices, const char *format, ...)
{
	va_list args;

	/* One for which there is no room is counted only. */
	if (notices->n >= MAX_NOTICES) {
		notices->n++;
		return;
	}
	va_start(args, format);
	vsnprintf(notices->text[notices->n++], sizeof(notices->text[0]), format, args);
	va_end(args);
}

/* Shadow-box's own memory is always protected, and patches are no protection. */
static bool some_policy_is_on(const struct policy_list *list)
{
	size_t i;

	for (i = 0; i < list->n_policy; i++)
		if (policy_is_protection(list->policy[i].id) &&
		    list->policy[i].mode != SHADOW_BOX_MODE_OFF)
			return true;
	return false;
}

/* The worst first. */
static void collect(const struct view *view, struct notices *notices)
{
	const struct info *info = &view->now.info;
	uint32_t unprotected = snapshot_unprotected(&view->now);
	size_t faults = snapshot_faults(&view->now);

	if (*view->away)
		add(notices, "%s", view->away);
	if (view->trial_left)
		add(notices, "On trial: set back in %" PRIu64 " s, or if you leave; c keeps it so",
		    view->trial_left);
	if (faults)
		add(notices, "The host stopped on %zu of %" PRIu32
		    " CPUs after a fault of its own: restart soon", faults, info->cpus);
	if (HAVE(info, SHADOW_BOX_INFO_STATE) && info->state == SHADOW_BOX_STATE_IDLE)
		add(notices, "Loaded, not active: nothing is protected ('sbctl load' launches it)");
	else if (unprotected)
		add(notices, "%" PRIu32 " of %" PRIu32 " CPUs not protected", unprotected,
		    info->cpus);
	if (view_lost_since(view))
		add(notices, "%" PRIu64 " events lost before Linux read them (F9 resets this)",
		    view_lost_since(view));
	if (view->now.policies.n_policy && !some_policy_is_on(&view->now.policies))
		add(notices,
		    "No policy is on: 'sbctl policy all log' reports, 'all enforce' prevents");
}

static void draw(int line, const char *text, size_t hidden)
{
	char more[32] = "";

	if (hidden)
		snprintf(more, sizeof(more), " (+%zu)", hidden);
	fill_line(line, pair(PAIR_BAD) | A_BOLD | A_REVERSE);
	mvprintw(line, 1, "! %.*s%s", COLS - 4 - (int)strlen(more), text, more);
}

bool worst_notice(const struct view *view, char *text, size_t size)
{
	struct notices notices = { .n = 0 };

	collect(view, &notices);
	snprintf(text, size, "! %s", notices.n ? notices.text[0] : "");
	return notices.n;
}

int draw_notices(const struct view *view, int top)
{
	struct notices notices = { .n = 0 };
	size_t i, room = LINES >= ROOMY_LINES ? MAX_NOTICES : 1;

	collect(view, &notices);
	for (i = 0; i < notices.n && i < room; i++)
		draw(top++, notices.text[i], i + 1 == room ? notices.n - room : 0);
	return top;
}

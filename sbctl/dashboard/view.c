// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the dashboard shows: snapshots, their history, the latest events and where the user is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/rows.h"
#include "dashboard/view.h"

void view_take_snapshot(struct view *view, struct snapshot *snapshot)
{
	snapshot_free(&view->before);
	view->before = view->now;
	view->now = *snapshot;
	memset(snapshot, 0, sizeof(*snapshot));
	/* It was launched anew: what was counted before says nothing about it. */
	if (view_has_baseline(view) && view->now.info.uptime < view->baseline.info.uptime)
		snapshot_free(&view->baseline);
	counts_sum_reasons(view);
	counts_record(view);
	rows_arrange(view);
}

/* Keeps the latest, and what the host keeps for good. */
static void tidy(struct event_list *list)
{
	size_t old, kept = 0, i;

	event_list_tidy(list);
	if (list->n_event <= VIEW_EVENTS)
		return;
	old = list->n_event - VIEW_EVENTS;
	for (i = 0; i < list->n_event; i++)
		if (i >= old || list->event[i].count)
			list->event[kept++] = list->event[i];
	list->n_event = kept;
}

static void take_events(struct view *view, struct event_list *arrived)
{
	size_t i;

	for (i = 0; i < arrived->n_event; i++)
		if (arrived->event[i].type == SHADOW_BOX_EVENT_VIOLATION &&
		    !event_list_add(&view->violations, &arrived->event[i]))
			break;
	tidy(&view->violations);
	event_list_move(&view->events, arrived);
	tidy(&view->events);
	rows_arrange(view);
}

void view_take_counts(struct view *view, const struct event_list *list)
{
	size_t i;

	for (i = 0; i < list->n_event; i++)
		if (!event_list_add(&view->violations, &list->event[i]))
			break;
	tidy(&view->violations);
	rows_arrange(view);
}

void view_take_events(struct view *view, struct event_list *arrived)
{
	if (!view->frozen) {
		take_events(view, arrived);
		return;
	}
	event_list_move(&view->held, arrived);
	tidy(&view->held);
}

void view_freeze(struct view *view, bool frozen)
{
	view->frozen = frozen;
	if (!frozen)
		take_events(view, &view->held);
}

void view_set_baseline(struct view *view, bool from_now)
{
	snapshot_free(&view->baseline);
	if (from_now)
		snapshot_copy(&view->baseline, &view->now);
	counts_sum_reasons(view);
	rows_arrange(view);
}

bool view_has_baseline(const struct view *view)
{
	return view->baseline.n_cpu > 0;
}

void view_move(struct view *view, long rows)
{
	struct place *place = &view->place[view->pane];
	long last = (long)view->n_row - 1, target = (long)place->selected + rows;

	if (target > last)
		target = last;
	place->selected = target > 0 ? (size_t)target : 0;
	view->scroll = 0;
	rows_select(view, place->selected);
}

void view_turn_to(struct view *view, enum pane pane)
{
	view->pane = pane;
	view->detail = false;
	view->past = false;
	view->scroll = 0;
	view->grid = 0;
	rows_arrange(view);
}

void view_show_detail(struct view *view, bool detail)
{
	view->detail = detail && view->n_row;
	view->scroll = 0;
}

static bool jump_to_policy(struct view *view, uint32_t policy)
{
	view_turn_to(view, PANE_POLICIES);
	rows_filter(view, "");
	return rows_select_key(view, policy);
}

/* Their line says "violation of NAME". */
static bool jump_to_violations(struct view *view, const char *policy)
{
	char filter[PHRASE_SIZE];

	if (!policy)
		return false;
	snprintf(filter, sizeof(filter), "of %s", policy);
	view_turn_to(view, PANE_VIOLATIONS);
	rows_filter(view, filter);
	return true;
}

bool view_jump(struct view *view)
{
	const struct policy *policy = view_policy(view);
	const struct event *event = view_event(view);

	if (policy)
		return jump_to_violations(view, policy_name(policy->id));
	return event && event->type == SHADOW_BOX_EVENT_VIOLATION &&
	       jump_to_policy(view, event->policy);
}

/* What the selected row is, as an index; SIZE_MAX if there is none. */
static size_t selected(const struct view *view, enum pane pane)
{
	size_t row = view->place[pane].selected;

	return view->pane == pane && row < view->n_row ? view->row[row] : SIZE_MAX;
}

const struct cpu *view_cpu(const struct view *view)
{
	size_t i = selected(view, PANE_CPUS);

	return i < view->now.n_cpu ? &view->now.cpu[i] : NULL;
}

const struct policy *view_policy(const struct view *view)
{
	size_t i = selected(view, PANE_POLICIES);

	return i < view->now.policies.n_policy ? &view->now.policies.policy[i] : NULL;
}

const struct event *view_event(const struct view *view)
{
	bool violations = view->pane == PANE_VIOLATIONS;
	const struct event_list *list = violations ? &view->violations : &view->events;
	size_t i = selected(view, violations ? PANE_VIOLATIONS : PANE_EVENTS);

	return i < list->n_event ? &list->event[i] : NULL;
}

static uint64_t after_last(const struct event_list *list)
{
	return list->n_event ? list->event[list->n_event - 1].seq + 1 : 0;
}

uint64_t view_next_event(const struct view *view)
{
	uint64_t shown = after_last(&view->events), held = after_last(&view->held);

	return held > shown ? held : shown;
}

void view_forget(struct view *view)
{
	snapshot_free(&view->now);
	snapshot_free(&view->before);
	free(view->track);
	view->track = NULL;
	view->n_track = 0;
	view->reasons.n_reason = 0;
	event_list_free(&view->events);
	event_list_free(&view->violations);
	event_list_free(&view->held);
	view->acknowledged = 0;
	view->frozen = false;
	view->detail = false;
	view->question[0] = '\0';
	rows_arrange(view);
}

void view_free(struct view *view)
{
	view_forget(view);
	snapshot_free(&view->baseline);
	free(view->reasons.reason);
	free(view->row);
	memset(view, 0, sizeof(*view));
}

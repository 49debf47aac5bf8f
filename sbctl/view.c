// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the dashboard shows: two snapshots, their history, the latest events and where the user is.
 */
#include <stdlib.h>
#include <string.h>

#include "view.h"

static struct track *find_track(struct view *view, uint32_t cpu)
{
	struct track *grown;
	size_t i;

	for (i = 0; i < view->n_track; i++)
		if (view->track[i].cpu == cpu)
			return &view->track[i];
	grown = realloc(view->track, (view->n_track + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	view->track = grown;
	memset(&grown[view->n_track], 0, sizeof(*grown));
	grown[view->n_track].cpu = cpu;
	return &grown[view->n_track++];
}

static void track_add(struct track *track, float rate)
{
	track->rate[track->end] = rate;
	track->end = (track->end + 1) % TRACK_LENGTH;
	if (track->n_rate < TRACK_LENGTH)
		track->n_rate++;
}

float track_rate(const struct track *track, size_t age)
{
	if (age >= track->n_rate)
		return -1;
	return track->rate[(track->end + TRACK_LENGTH - 1 - age) % TRACK_LENGTH];
}

const struct track *view_track(const struct view *view, uint32_t cpu)
{
	size_t i;

	for (i = 0; i < view->n_track; i++)
		if (view->track[i].cpu == cpu)
			return &view->track[i];
	return NULL;
}

static void record(struct view *view, const struct cpu *cpu)
{
	struct track *track = find_track(view, cpu->id);
	struct rates rates;

	cpu_rates(cpu, snapshot_cpu(&view->before, cpu->id), &rates);
	if (track && rates.valid)
		track_add(track, (float)rates.exits);
}

void view_take_snapshot(struct view *view, struct snapshot *snapshot)
{
	size_t i;

	snapshot_free(&view->before);
	view->before = view->now;
	view->now = *snapshot;
	memset(snapshot, 0, sizeof(*snapshot));
	for (i = 0; i < view->now.n_cpu; i++)
		record(view, &view->now.cpu[i]);
	view_move(view, 0);
}

/* Sorts, drops repetitions, keeps the latest. */
static void tidy(struct event_list *list)
{
	size_t kept = 0, old, i;

	event_list_sort(list);
	for (i = 0; i < list->n_event; i++)
		if (!kept || list->event[i].seq != list->event[kept - 1].seq)
			list->event[kept++] = list->event[i];
	old = kept > VIEW_EVENTS ? kept - VIEW_EVENTS : 0;
	if (old)
		memmove(list->event, list->event + old, VIEW_EVENTS * sizeof(*list->event));
	list->n_event = kept - old;
}

static void move_events(struct event_list *to, struct event_list *from)
{
	size_t i;

	for (i = 0; i < from->n_event; i++)
		if (!event_list_add(to, &from->event[i]))
			break;
	from->n_event = 0;
	tidy(to);
}

void view_take_events(struct view *view, struct event_list *arrived)
{
	move_events(view->frozen ? &view->held : &view->events, arrived);
}

void view_freeze(struct view *view, bool frozen)
{
	view->frozen = frozen;
	if (!frozen)
		move_events(&view->events, &view->held);
}

void view_move(struct view *view, long rows)
{
	long last = (long)view->now.n_cpu - 1, target = (long)view->selected + rows;

	if (target > last)
		target = last;
	view->selected = target > 0 ? (size_t)target : 0;
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
	event_list_free(&view->events);
	event_list_free(&view->held);
	view->frozen = false;
	view_move(view, 0);
}

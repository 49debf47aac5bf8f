// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the dashboard shows: snapshots, their history, the latest events and where the user is.
 */
#include <stdlib.h>
#include <string.h>

#include "dashboard/rows.h"
#include "dashboard/view.h"

/* Where the track with that key is, or would be. */
static size_t track_index(const struct view *view, uint64_t key)
{
	size_t low = 0, high = view->n_track;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->track[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct track *make_track(struct view *view, uint64_t key)
{
	size_t i = track_index(view, key);
	struct track *grown;

	if (i < view->n_track && view->track[i].key == key)
		return &view->track[i];
	grown = realloc(view->track, (view->n_track + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	view->track = grown;
	memmove(&grown[i + 1], &grown[i], (view->n_track - i) * sizeof(*grown));
	memset(&grown[i], 0, sizeof(*grown));
	grown[i].key = key;
	view->n_track++;
	return &grown[i];
}

static void track_add(struct view *view, uint64_t key, double rate)
{
	struct track *track = make_track(view, key);

	if (!track)
		return;
	track->rate[track->end] = (float)rate;
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

const struct track *view_track(const struct view *view, uint64_t key)
{
	size_t i = track_index(view, key);

	return i < view->n_track && view->track[i].key == key ? &view->track[i] : NULL;
}

static uint64_t count_of(const struct cpu *cpu, uint32_t reason)
{
	size_t i;

	for (i = 0; cpu && i < cpu->n_exit; i++)
		if (cpu->exit[i].reason == reason)
			return cpu->exit[i].count;
	return 0;
}

static struct reason *make_reason(struct reason_list *list, uint32_t reason)
{
	struct reason *grown;
	size_t i;

	for (i = 0; i < list->n_reason; i++)
		if (list->reason[i].reason == reason)
			return &list->reason[i];
	grown = realloc(list->reason, (list->n_reason + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	list->reason = grown;
	grown[list->n_reason] = (struct reason){ .reason = reason };
	return &grown[list->n_reason++];
}

/* The earlier state of @cpu, if its counters went on from there: not those of another launch. */
static const struct cpu *earlier(const struct snapshot *snapshot, const struct cpu *cpu)
{
	const struct cpu *then = snapshot_cpu(snapshot, cpu->id);

	return then && then->time <= cpu->time && then->exits <= cpu->exits ? then : NULL;
}

static double difference(uint64_t now, uint64_t before)
{
	return now > before ? (double)(now - before) : 0;
}

static void add_reasons(const struct view *view, const struct cpu *cpu, struct reason_list *list)
{
	const struct cpu *before = earlier(&view->before, cpu);
	const struct cpu *baseline = earlier(&view->baseline, cpu);
	struct reason *reason;
	size_t i;

	for (i = 0; i < cpu->n_exit; i++) {
		const struct exit_count *exit = &cpu->exit[i];

		reason = make_reason(list, exit->reason);
		if (!reason)
			return;
		reason->total += difference(exit->count, count_of(baseline, exit->reason));
		if (!before || before->time == cpu->time)
			continue;
		reason->valid = true;
		reason->rate += difference(exit->count, count_of(before, exit->reason)) * 1e9 /
				(double)(cpu->time - before->time);
	}
}

void view_reasons(const struct view *view, const struct cpu *cpu, struct reason_list *list)
{
	memset(list, 0, sizeof(*list));
	add_reasons(view, cpu, list);
}

static void sum_reasons(struct view *view)
{
	size_t i;

	view->reasons.n_reason = 0;
	for (i = 0; i < view->now.n_cpu; i++)
		add_reasons(view, &view->now.cpu[i], &view->reasons);
}

/* Tracks the latest rates. */
static void record(struct view *view)
{
	double all = 0;
	bool valid = false;
	struct rates rates;
	size_t i;

	for (i = 0; i < view->now.n_cpu; i++) {
		const struct cpu *cpu = &view->now.cpu[i];

		cpu_rates(cpu, snapshot_cpu(&view->before, cpu->id), &rates);
		if (!rates.valid)
			continue;
		track_add(view, TRACK_CPU(cpu->id), rates.exits);
		all += rates.exits;
		valid = true;
	}
	if (valid)
		track_add(view, TRACK_ALL, all);
	for (i = 0; i < view->reasons.n_reason; i++)
		if (view->reasons.reason[i].valid)
			track_add(view, TRACK_REASON(view->reasons.reason[i].reason),
				  view->reasons.reason[i].rate);
}

void view_take_snapshot(struct view *view, struct snapshot *snapshot)
{
	snapshot_free(&view->before);
	view->before = view->now;
	view->now = *snapshot;
	memset(snapshot, 0, sizeof(*snapshot));
	/* It was launched anew: what was counted before says nothing about it. */
	if (view_has_baseline(view) && view->now.info.uptime < view->baseline.info.uptime)
		snapshot_free(&view->baseline);
	sum_reasons(view);
	record(view);
	rows_arrange(view);
}

/* Keeps the latest. */
static void tidy(struct event_list *list)
{
	size_t old;

	event_list_tidy(list);
	if (list->n_event <= VIEW_EVENTS)
		return;
	old = list->n_event - VIEW_EVENTS;
	memmove(list->event, list->event + old, VIEW_EVENTS * sizeof(*list->event));
	list->n_event = VIEW_EVENTS;
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
	sum_reasons(view);
	rows_arrange(view);
}

bool view_has_baseline(const struct view *view)
{
	return view->baseline.n_cpu > 0;
}

uint64_t view_violations_since(const struct view *view)
{
	uint64_t now = view->now.info.violations, then = view->baseline.info.violations;

	return now > then ? now - then : 0;
}

uint64_t view_lost_since(const struct view *view)
{
	uint64_t now = view->now.info.events_lost, then = view->baseline.info.events_lost;

	return now > then ? now - then : 0;
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
	view->scroll = 0;
	view->grid = 0;
	rows_arrange(view);
}

void view_show_detail(struct view *view, bool detail)
{
	view->detail = detail && view->n_row;
	view->scroll = 0;
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

static void count_rates(const struct view *view, const struct cpu *cpu, struct counts *counts)
{
	struct rates rates;

	cpu_rates(cpu, snapshot_cpu(&view->before, cpu->id), &rates);
	counts->valid = rates.valid;
	counts->exits = rates.exits;
	memcpy(counts->group, rates.group, sizeof(counts->group));
}

static void count_nmis(const struct cpu *cpu, const struct cpu *baseline, struct counts *counts)
{
	static const struct cpu nothing;

	if (!baseline)
		baseline = &nothing;
	counts->nmi_guest = difference(cpu->nmi_guest, baseline->nmi_guest);
	counts->nmi_host = difference(cpu->nmi_host, baseline->nmi_host);
	counts->nmi_redelivered = difference(cpu->nmi_redelivered, baseline->nmi_redelivered);
}

void view_counts(const struct view *view, const struct cpu *cpu, struct counts *counts)
{
	const struct cpu *baseline = earlier(&view->baseline, cpu);
	uint64_t now[N_GROUPS], then[N_GROUPS] = { 0 };
	size_t g;

	memset(counts, 0, sizeof(*counts));
	count_nmis(cpu, baseline, counts);
	if (!view->totals) {
		count_rates(view, cpu, counts);
		return;
	}
	counts->valid = HAVE(cpu, SHADOW_BOX_CPU_EXITS);
	counts->exits = difference(cpu->exits, baseline ? baseline->exits : 0);
	cpu_groups(cpu, now);
	if (baseline)
		cpu_groups(baseline, then);
	for (g = 0; g < N_GROUPS; g++)
		counts->group[g] = difference(now[g], then[g]);
}

struct policy view_policy_since(const struct view *view, const struct policy *policy)
{
	const struct policy *then = policy_list_find(&view->baseline.policies, policy->id);
	struct policy since = *policy;

	if (!then || then->violations > policy->violations)
		return since;
	since.violations -= then->violations;
	since.blocked -= then->blocked;
	since.patches -= then->patches;
	return since;
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
	symbols_free(view->symbols);
	memset(view, 0, sizeof(*view));
}

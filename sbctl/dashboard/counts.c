// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting for the dashboard: rates between two snapshots and their past, totals since the
 * baseline.
 */
#include <stdlib.h>
#include <string.h>

#include "dashboard/counts.h"

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

void counts_sum_reasons(struct view *view)
{
	size_t i;

	view->reasons.n_reason = 0;
	for (i = 0; i < view->now.n_cpu; i++)
		add_reasons(view, &view->now.cpu[i], &view->reasons);
}

void counts_record(struct view *view)
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

uint64_t view_violations_since(const struct view *view)
{
	uint64_t now = view->now.info.violations, then = view->baseline.info.violations;

	return now > then ? now - then : 0;
}

uint64_t view_alarm(const struct view *view)
{
	uint64_t since = view_violations_since(view), all = view->now.info.violations;
	uint64_t open = all > view->acknowledged ? all - view->acknowledged : 0;

	return since < open ? since : open;
}

uint64_t view_lost_since(const struct view *view)
{
	uint64_t now = view->now.info.events_lost, then = view->baseline.info.events_lost;

	return now > then ? now - then : 0;
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

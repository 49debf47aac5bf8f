/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting for the dashboard: rates between two snapshots and their past, totals since the
 * baseline.
 */
#ifndef SBCTL_COUNTS_H
#define SBCTL_COUNTS_H

#include "dashboard/view.h"

/* Since the baseline. */
uint64_t view_violations_since(const struct view *view);
/* Those of them that nobody has acknowledged: the alarm. */
uint64_t view_alarm(const struct view *view);
uint64_t view_lost_since(const struct view *view);

/* Exits of @cpu per second, or with view->totals since the baseline. */
void view_counts(const struct view *view, const struct cpu *cpu, struct counts *counts);
/* Violations, blocked ones and patches of @policy since the baseline. */
struct policy view_policy_since(const struct view *view, const struct policy *policy);
/* The exit reasons of one CPU; the caller frees list->reason. */
void view_reasons(const struct view *view, const struct cpu *cpu, struct reason_list *list);

/* The track with that key, or NULL. */
const struct track *view_track(const struct view *view, uint64_t key);
/* The sample @age steps before the latest; negative when there is none. */
float track_rate(const struct track *track, size_t age);

/* Makes view->reasons anew, of all CPUs of the latest snapshot. */
void counts_sum_reasons(struct view *view);
/* Adds the latest rates to the tracks. */
void counts_record(struct view *view);

#endif

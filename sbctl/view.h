/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the dashboard shows: two snapshots, their history, the latest events and where the user is.
 * dashboard.c changes it, screen.c draws it, neither knows more of the other.
 */
#ifndef SBCTL_VIEW_H
#define SBCTL_VIEW_H

#include "model.h"

/* Samples kept for each CPU; more than any screen has columns for. */
#define TRACK_LENGTH	256
/* Events kept; more than any screen has lines for. */
#define VIEW_EVENTS	512

/**
 * struct track - exits per second of one CPU in the past
 * @rate: ring; the latest sample is the one before @end
 * @n_rate: valid samples
 */
struct track {
	uint32_t cpu;
	float rate[TRACK_LENGTH];
	size_t end;
	size_t n_rate;
};

/**
 * struct view - what the dashboard shows
 * @now: latest snapshot
 * @before: the one before, for rates
 * @track: @n_track of them
 * @events: rising by number, at most VIEW_EVENTS
 * @held: events that came while @frozen
 * @notice: what is wrong, or empty
 * @selected: row of the table
 * @top: first row on the screen; screen.c keeps @selected visible
 * @page: rows that the screen has; set by screen.c
 * @interval: seconds between two snapshots
 */
struct view {
	struct snapshot now;
	struct snapshot before;
	struct track *track;
	size_t n_track;
	struct event_list events;
	struct event_list held;
	char notice[512];
	size_t selected;
	size_t top;
	size_t page;
	double interval;
	bool frozen;
	bool help;
};

/* Takes @snapshot over as the latest. */
void view_take_snapshot(struct view *view, struct snapshot *snapshot);
/* Takes the events of @arrived in; @arrived is empty afterwards. */
void view_take_events(struct view *view, struct event_list *arrived);
void view_freeze(struct view *view, bool frozen);
/* Moves the selection by @rows, as far as there are rows. */
void view_move(struct view *view, long rows);
/* Number of the event after the latest one known. */
uint64_t view_next_event(const struct view *view);
/* The track of CPU @cpu, or NULL. */
const struct track *view_track(const struct view *view, uint32_t cpu);
/* The sample @age steps before the latest; negative when there is none. */
float track_rate(const struct track *track, size_t age);

/* Forgets all that came from the module, which has gone. */
void view_forget(struct view *view);

#endif

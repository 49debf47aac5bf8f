/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the dashboard shows: snapshots, their history, the latest events and where the user is.
 * dashboard.c changes it, screen.c and its panes draw it, neither knows more of the other.
 */
#ifndef SBCTL_VIEW_H
#define SBCTL_VIEW_H

#include "link/history.h"
#include "model/model.h"
#include "model/say.h"

/* Samples kept for each track; as many as the widest screen shows, two a column. */
#define TRACK_LENGTH	512
/* Events kept; more than any screen has lines for. */
#define VIEW_EVENTS	512
/* Room for a filter or what is searched. */
#define PHRASE_SIZE	64

/**
 * struct track - a rate in the past
 * @key: what it is the rate of, see below
 * @rate: ring; the latest sample is the one before @end
 * @n_rate: valid samples
 */
struct track {
	uint64_t key;
	float rate[TRACK_LENGTH];
	size_t end;
	size_t n_rate;
};

/* Exits of one CPU, of one reason on all CPUs, of all. */
#define TRACK_CPU(id)		((uint64_t)(id))
#define TRACK_REASON(reason)	(UINT64_C(1) << 32 | (reason))
#define TRACK_ALL		(UINT64_C(2) << 32)

/* Panes of the dashboard, by the number that is their key, less one. */
enum pane {
	PANE_CPUS,
	PANE_EXITS,
	PANE_POLICIES,
	PANE_VIOLATIONS,
	PANE_EVENTS,
	N_PANES
};

/**
 * struct place - where the user is in the rows of a pane
 * @selected: row
 * @key: what is in that row: number of a CPU, an exit reason, a policy, an event
 * @top: first row on the screen; the renderer keeps @selected visible
 * @page: rows that the screen has; set by the renderer
 * @column: by which the rows are sorted, see rows.h
 * @reversed: the other way round than usual for that column
 * @filter: rows without this text are left out; empty for none
 */
struct place {
	size_t selected;
	uint64_t key;
	size_t top;
	size_t page;
	size_t column;
	bool reversed;
	char filter[PHRASE_SIZE];
};

/**
 * struct counts - what happened on one CPU or all
 * @valid: false when there is nothing to compare with yet
 * @exits: per second, or since the baseline; so are @group
 * @nmi_guest: since the baseline, as they are rare; so are the other NMIs
 */
struct counts {
	bool valid;
	double exits;
	double group[N_GROUPS];
	double nmi_guest;
	double nmi_host;
	double nmi_redelivered;
};

/**
 * struct reason - one reason of exits, on all CPUs or on one
 * @valid: there is a rate
 * @rate: per second
 * @total: since the baseline
 */
struct reason {
	uint32_t reason;
	bool valid;
	double rate;
	double total;
};

struct reason_list {
	struct reason *reason;
	size_t n_reason;
};

/* What the user types into the last line. */
enum input {
	INPUT_NONE,
	INPUT_FILTER,
	INPUT_SEARCH,
};

/* Table or heat map of CPUs; automatic: a heat map when there are more CPUs than lines. */
enum heat {
	HEAT_AUTO,
	HEAT_MAP,
	HEAT_TABLE,
};

/**
 * struct replay_state - for the title line, while a recording is shown
 * @damaged: a line in the middle could not be understood: it ends before that
 * @at: where it is, in ms
 * @length: of the whole recording, in ms
 */
struct replay_state {
	bool on;
	bool ended;
	bool damaged;
	double speed;
	uint64_t at;
	uint64_t length;
};

/**
 * struct view - what the dashboard shows
 * @now: latest snapshot
 * @before: the one before, for rates
 * @baseline: totals count from here; without CPUs: from the launch
 * @track: @n_track of them, rising by key
 * @reasons: exit reasons on all CPUs
 * @events: rising by number, at most VIEW_EVENTS
 * @violations: those among the events, and older ones
 * @held: events that came while @frozen
 * @clock: what time it is, in ns since 1970; in a recording, when the latest event was
 * @acknowledged: so many violations of this launch the administrator knows of
 * @away: why there is no module, or empty
 * @message: answer to the user's last key, or empty
 * @trial: what is set next is on trial
 * @trial_left: seconds until what is on trial is set back; 0 if nothing is
 * @question: what the user shall confirm, or empty
 * @input: what the user is typing, if at all, into @typed
 * @search: what was searched last
 * @place: for each pane
 * @row: @n_row of them: what the rows of the pane that is shown are, as indexes
 * @interval: seconds between two snapshots
 * @writable: the user may change policies
 * @totals: the user wants totals, not rates
 * @detail: the selected row is shown at length
 * @past: in the pane of violations, @history is shown
 * @scroll: first line of a text (help, detail) that is shown; the renderer sees to its end
 * @grid: columns of the heat map that is on the screen, or 0; set by the renderer
 * @recording: what is shown is being recorded
 */
struct view {
	struct snapshot now;
	struct snapshot before;
	struct snapshot baseline;
	struct track *track;
	size_t n_track;
	struct reason_list reasons;
	struct event_list events;
	struct event_list violations;
	struct event_list held;
	uint64_t clock;
	uint64_t acknowledged;
	char away[SENTENCE_SIZE];
	char message[SENTENCE_SIZE];
	char question[128];
	enum input input;
	char typed[PHRASE_SIZE];
	char search[PHRASE_SIZE];
	enum pane pane;
	struct place place[N_PANES];
	size_t *row;
	size_t n_row;
	size_t n_row_allocated;
	double interval;
	bool writable;
	bool trial;
	uint64_t trial_left;
	bool totals;
	enum heat heat;
	bool frozen;
	bool help;
	bool detail;
	bool past;
	struct history history;
	size_t scroll;
	size_t grid;
	bool recording;
	struct replay_state replay;
};

/* Takes @snapshot over as the latest. */
void view_take_snapshot(struct view *view, struct snapshot *snapshot);
/* Takes the events of @arrived in; @arrived is empty afterwards. */
void view_take_events(struct view *view, struct event_list *arrived);
/* Counts of kinds of violations, by the first one of each. */
void view_take_counts(struct view *view, const struct event_list *list);
void view_freeze(struct view *view, bool frozen);
/* Totals count from now on, or from the launch again. */
void view_set_baseline(struct view *view, bool from_now);
bool view_has_baseline(const struct view *view);

/* Moves the selection in the pane that is shown by @rows, as far as there are rows. */
void view_move(struct view *view, long rows);
/* Shows @pane. */
void view_turn_to(struct view *view, enum pane pane);
/* Shows the selected row at length, if there is one, or no longer. */
void view_show_detail(struct view *view, bool detail);
/* From a violation to its policy, or from a policy to its violations. False if there is no way. */
bool view_jump(struct view *view);
/* What is selected in the pane that is shown, or NULL. */
const struct cpu *view_cpu(const struct view *view);
const struct policy *view_policy(const struct view *view);
const struct event *view_event(const struct view *view);
/* Number of the event after the latest one known. */
uint64_t view_next_event(const struct view *view);

/* Forgets all that came from the module, which has gone. */
void view_forget(struct view *view);
void view_free(struct view *view);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rows a pane of the dashboard has, and in which order: sorted by a column, filtered by a
 * text, searched.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/rows.h"
#include "model/event.h"

/**
 * struct column - something to sort by
 * @title: as in the heading, or NULL for that of a group
 * @falls: large values come first
 */
struct column {
	const char *title;
	bool falls;
};

static const struct column cpu_columns[] = {
	[CPU_NUMBER] = { "CPU", false },
	[CPU_EXITS] = { "TOTAL", true },
	[CPU_GROUP ... CPU_GROUP + N_GROUPS - 1] = { NULL, true },
	[CPU_NMI_GUEST] = { "GUEST", true },
	[CPU_NMI_HOST] = { "HOST", true },
	[CPU_NMI_REDELIVERED] = { "REDEL", true },
};

static const struct column exit_columns[] = {
	[EXIT_NUMBER] = { "NR", false },
	[EXIT_RATE] = { "PER S", true },
	[EXIT_TOTAL] = { "TOTAL", true },
};

static const struct column policy_columns[] = {
	[POLICY_NUMBER] = { "POLICY", false },
	[POLICY_MODE] = { "MODE", true },
	[POLICY_VIOLATIONS] = { "VIOLAT", true },
	[POLICY_BLOCKED] = { "PREVENT", true },
	[POLICY_PATCHES] = { "PATCHES", true },
};

static const struct column violation_columns[] = {
	[EVENT_NUMBER] = { "NUMBER", true },
	[EVENT_CPU] = { "CPU", false },
	[EVENT_KIND] = { "VIOLATION OF", false },
	[EVENT_PID] = { "PID", false },
};

static const struct column event_columns[] = {
	[EVENT_NUMBER] = { "NUMBER", true },
	[EVENT_CPU] = { "CPU", false },
	[EVENT_KIND] = { "EVENT", false },
};

_Static_assert(sizeof(cpu_columns) / sizeof(cpu_columns[0]) == CPU_COLUMNS,
	       "each column of CPUs has a title");

#define COLUMNS(array)	{ array, sizeof(array) / sizeof((array)[0]) }

static const struct {
	const struct column *column;
	size_t n_column;
} columns[] = {
	[PANE_CPUS] = COLUMNS(cpu_columns),
	[PANE_EXITS] = COLUMNS(exit_columns),
	[PANE_POLICIES] = COLUMNS(policy_columns),
	[PANE_VIOLATIONS] = COLUMNS(violation_columns),
	[PANE_EVENTS] = COLUMNS(event_columns),
};

_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_PANES, "each pane has columns");

const char *rows_title(enum pane pane, size_t column)
{
	const char *title = columns[pane].column[column].title;

	return title ? title : group_title[column - CPU_GROUP];
}

bool rows_fall(const struct view *view)
{
	const struct place *place = &view->place[view->pane];

	return columns[view->pane].column[place->column].falls != place->reversed;
}

/* How many there are without a filter. */
static size_t count(const struct view *view)
{
	switch (view->pane) {
	case PANE_CPUS:
		return view->now.n_cpu;
	case PANE_EXITS:
		return view->reasons.n_reason;
	case PANE_POLICIES:
		return view->now.policies.n_policy;
	case PANE_VIOLATIONS:
		return view->violations.n_event;
	default:
		return view->events.n_event;
	}
}

static const struct event *event_at(const struct view *view, size_t index)
{
	return view->pane == PANE_VIOLATIONS ? &view->violations.event[index] :
					       &view->events.event[index];
}

static uint64_t key_of(const struct view *view, size_t index)
{
	switch (view->pane) {
	case PANE_CPUS:
		return view->now.cpu[index].id;
	case PANE_EXITS:
		return view->reasons.reason[index].reason;
	case PANE_POLICIES:
		return view->now.policies.policy[index].id;
	default:
		return event_at(view, index)->seq;
	}
}

double counts_value(const struct counts *counts, size_t column)
{
	switch (column) {
	case CPU_EXITS:
		return counts->exits;
	case CPU_NMI_GUEST:
		return counts->nmi_guest;
	case CPU_NMI_HOST:
		return counts->nmi_host;
	case CPU_NMI_REDELIVERED:
		return counts->nmi_redelivered;
	}
	return counts->group[column - CPU_GROUP];
}

static double cpu_value(const struct view *view, const struct cpu *cpu, size_t column)
{
	struct counts counts;

	if (column == CPU_NUMBER)
		return cpu->id;
	view_counts(view, cpu, &counts);
	return counts_value(&counts, column);
}

static double exit_value(const struct reason *reason, size_t column)
{
	switch (column) {
	case EXIT_RATE:
		return reason->rate;
	case EXIT_TOTAL:
		return reason->total;
	}
	return reason->reason;
}

static double policy_value(const struct view *view, const struct policy *policy, size_t column)
{
	struct policy since = view_policy_since(view, policy);

	switch (column) {
	case POLICY_MODE:
		return policy->mode;
	case POLICY_VIOLATIONS:
		return (double)since.violations;
	case POLICY_BLOCKED:
		return (double)since.blocked;
	case POLICY_PATCHES:
		return (double)since.patches;
	}
	return policy->id;
}

static double event_value(const struct view *view, const struct event *event, size_t column)
{
	switch (column) {
	case EVENT_CPU:
		return event->cpu;
	case EVENT_KIND:
		return view->pane == PANE_VIOLATIONS ? event->policy : event->type;
	case EVENT_PID:
		return event->pid;
	}
	return (double)event->seq;
}

static double value(const struct view *view, size_t index)
{
	size_t column = view->place[view->pane].column;

	switch (view->pane) {
	case PANE_CPUS:
		return cpu_value(view, &view->now.cpu[index], column);
	case PANE_EXITS:
		return exit_value(&view->reasons.reason[index], column);
	case PANE_POLICIES:
		return policy_value(view, &view->now.policies.policy[index], column);
	default:
		return event_value(view, event_at(view, index), column);
	}
}

/**
 * struct sortable - a row on its way into order
 * @rank: decides among equal values: numbers rise, but the latest event comes first
 */
struct sortable {
	double value;
	uint64_t rank;
	size_t index;
};

static int compare(const void *a, const void *b, void *falls)
{
	const struct sortable *x = a, *y = b;

	if (x->value != y->value)
		return (x->value < y->value) == *(bool *)falls ? 1 : -1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

static bool sort(struct view *view)
{
	bool falls = rows_fall(view);
	struct sortable *sortable = malloc((view->n_row + 1) * sizeof(*sortable));
	size_t i;

	if (!sortable)
		return false;
	for (i = 0; i < view->n_row; i++) {
		uint64_t key = key_of(view, view->row[i]);

		sortable[i] = (struct sortable){ value(view, view->row[i]),
						 view->pane >= PANE_VIOLATIONS ? ~key : key,
						 view->row[i] };
	}
	qsort_r(sortable, view->n_row, sizeof(*sortable), compare, &falls);
	for (i = 0; i < view->n_row; i++)
		view->row[i] = sortable[i].index;
	free(sortable);
	return true;
}

static void text_of(const struct view *view, size_t index, char *text, size_t size)
{
	const struct reason *reason;
	const struct policy *policy;
	const char *name;

	switch (view->pane) {
	case PANE_CPUS:
		name = cpu_state_name(view->now.cpu[index].state);
		snprintf(text, size, "CPU %" PRIu32 " %s", view->now.cpu[index].id,
			 name ? name : "");
		break;
	case PANE_EXITS:
		reason = &view->reasons.reason[index];
		name = exit_name(reason->reason);
		snprintf(text, size, "%" PRIu32 " %s", reason->reason, name ? name : "unknown");
		break;
	case PANE_POLICIES:
		policy = &view->now.policies.policy[index];
		name = policy_name(policy->id);
		snprintf(text, size, "%s %s", name ? name : "",
			 mode_name(policy->id, policy->mode) ?: "");
		break;
	default:
		event_text(event_at(view, index), text, size);
	}
}

/* "0-3,8": whether @number is in the list; -1 if @text is no such list. */
static int in_list(const char *text, uint32_t number)
{
	bool found = false;
	char *end;

	while (isdigit((unsigned char)*text)) {
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		/* "4-" is on its way to a range. */
		end += *end == '-';
		found = found || (number >= first && number <= last);
		text = end + (*end == ',');
		if (!*text)
			return found;
	}
	return -1;
}

static bool has(const struct view *view, size_t index, const char *phrase)
{
	char text[EVENT_TEXT_SIZE];
	int listed;

	if (view->pane == PANE_CPUS) {
		listed = in_list(phrase, view->now.cpu[index].id);
		if (listed >= 0)
			return listed;
	}
	text_of(view, index, text, sizeof(text));
	return strcasestr(text, phrase);
}

static bool make_room(struct view *view, size_t rows)
{
	size_t *grown;

	if (rows <= view->n_row_allocated)
		return true;
	grown = realloc(view->row, rows * sizeof(*grown));
	if (!grown)
		return false;
	view->row = grown;
	view->n_row_allocated = rows;
	return true;
}

void rows_select(struct view *view, size_t row)
{
	struct place *place = &view->place[view->pane];

	place->selected = row < view->n_row ? row : view->n_row ? view->n_row - 1 : 0;
	if (view->n_row)
		place->key = key_of(view, view->row[place->selected]);
}

bool rows_select_key(struct view *view, uint64_t key)
{
	size_t i;

	for (i = 0; i < view->n_row; i++) {
		if (key_of(view, view->row[i]) != key)
			continue;
		rows_select(view, i);
		return true;
	}
	return false;
}

/* The row of the oldest event that is younger than the one selected, which is held no more. */
static size_t find_younger(const struct view *view)
{
	uint64_t key = view->place[view->pane].key, best = UINT64_MAX;
	size_t row = 0, i;

	for (i = 0; i < view->n_row; i++) {
		uint64_t other = key_of(view, view->row[i]);

		if (other > key && other < best) {
			best = other;
			row = i;
		}
	}
	return row;
}

/*
 * At the top of the events, the latest is followed; at the top of what is sorted by a value that
 * changes, what has the highest or lowest. Elsewhere, and at length, it is what it was.
 */
static bool stays_at_top(const struct view *view)
{
	const struct place *place = &view->place[view->pane];

	if (place->selected || view->detail)
		return false;
	if (view->pane >= PANE_VIOLATIONS)
		return !place->column && !place->reversed;
	return place->column;
}

/* The row with what was selected. */
static size_t find_selected(const struct view *view)
{
	const struct place *place = &view->place[view->pane];
	bool events = view->pane >= PANE_VIOLATIONS;
	size_t i;

	if (stays_at_top(view))
		return 0;
	for (i = 0; i < view->n_row; i++)
		if (key_of(view, view->row[i]) == place->key)
			return i;
	return events ? find_younger(view) : place->selected;
}

void rows_arrange(struct view *view)
{
	const char *filter = view->place[view->pane].filter;
	size_t n = count(view), i;

	view->n_row = 0;
	for (i = 0; make_room(view, n) && i < n; i++)
		if (!*filter || has(view, i, filter))
			view->row[view->n_row++] = i;
	if (!sort(view))
		view->n_row = 0;
	rows_select(view, find_selected(view));
	view->detail = view->detail && view->n_row;
}

/* In a new order one begins at its top. */
static void begin_order(struct view *view)
{
	struct place *place = &view->place[view->pane];

	place->top = 0;
	rows_arrange(view);
	rows_select(view, 0);
	snprintf(view->message, sizeof(view->message), "Sorted by %s, %s first",
		 rows_title(view->pane, view->place[view->pane].column),
		 rows_fall(view) ? "highest" : "lowest");
}

void rows_sort(struct view *view, int direction)
{
	struct place *place = &view->place[view->pane];
	size_t n = columns[view->pane].n_column;

	place->column = (place->column + n + (size_t)direction) % n;
	place->reversed = false;
	begin_order(view);
}

void rows_reverse(struct view *view)
{
	struct place *place = &view->place[view->pane];

	place->reversed = !place->reversed;
	begin_order(view);
}

void rows_filter(struct view *view, const char *text)
{
	struct place *place = &view->place[view->pane];

	snprintf(place->filter, sizeof(place->filter), "%s", text);
	rows_arrange(view);
}

bool rows_search(struct view *view, int direction, bool here)
{
	size_t n = view->n_row, row = view->place[view->pane].selected, i;

	for (i = here ? 0 : 1; i < n + (here ? 0 : 1); i++) {
		size_t at = (row + n + (direction > 0 ? i : n - i)) % n;

		if (has(view, view->row[at], view->search)) {
			rows_select(view, at);
			return true;
		}
	}
	return false;
}

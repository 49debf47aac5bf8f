// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's pane of violations: the latest first, and one of them at length.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"
#include "link/process.h"
#include "model/event.h"
#include "render/text.h"

/* Where values stand in the view of one violation. */
#define COLUMN_VALUE	12
#define WIDTH_POLICY	15

/* B, L, D, R: the action's first letter. */
static char action_letter(const struct event *event)
{
	const char *name = action_name(event->action);

	return name ? (char)(*name - 'a' + 'A') : '?';
}

static bool is_prevented(const struct event *event)
{
	return event->action != SHADOW_BOX_ACTION_LOGGED;
}

/* From so many columns on there is one for the process. */
#define WIDE_COLUMNS	100
#define WIDTH_PID	8

static int put_pid(const struct event *event, char *text, size_t size)
{
	if (COLS < WIDE_COLUMNS)
		return 0;
	if (!HAVE(event, SHADOW_BOX_EVENT_PID) || event_by_sweep(event))
		return snprintf(text, size, "%*s ", WIDTH_PID - 1, "-");
	return snprintf(text, size, "%*" PRIu32 " ", WIDTH_PID - 1, event->pid);
}

/* Returns the length. */
static int put_prefix(const struct view *view, const struct event *event, bool selected,
		      char *text, size_t size)
{
	char clock[CLOCK_SIZE], policy[24];
	const char *name = event_policy_text(event, policy, sizeof(policy));
	int used;

	event_clock(view, event, clock);
	if (COLS < ROOMY_COLUMNS)
		return snprintf(text, size, "%c%c %s %-10.10s ", selected ? '>' : ' ',
				action_letter(event), clock, name);
	used = snprintf(text, size, "%c%c %s %6" PRIu64 " %3" PRIu32 " %-*s ",
			selected ? '>' : ' ', action_letter(event), clock, event->seq,
			event->cpu, WIDTH_POLICY, name);
	return used + put_pid(event, text + used, size - (size_t)used);
}

/* How often, what, by which code, thread. */
static void put_what(const struct event *event, char *text, size_t size)
{
	char subject[SUBJECT_SIZE], number[24], count[32] = "";

	event_subject(event, subject, sizeof(subject));
	if (event->count > 1)
		snprintf(count, sizeof(count), "%" PRIu64 "x ", event->count);
	if (event_by_sweep(event))
		snprintf(text, size, "%s%s, found by a sweep", count, subject);
	else
		snprintf(text, size, "%s%s by %s, %s", count, subject,
			 symbol_or_address(event->rip_symbol, event->rip, number, sizeof(number)),
			 event->comm);
}

static void draw_row(const struct view *view, size_t row, int line)
{
	const struct event *event = &view->violations.event[view->row[row]];
	bool selected = row == view->place[PANE_VIOLATIONS].selected;
	attr_t attributes = selected ? A_REVERSE : 0;
	char text[LINE_SIZE];
	size_t used;

	used = (size_t)put_prefix(view, event, selected, text, sizeof(text));
	put_what(event, text + used, sizeof(text) - used);
	spot_add(line, 0, COLS, SPOT_ROW, row);
	fill_line(line, is_prevented(event) ? attributes : tint(attributes, PAIR_BAD) | A_BOLD);
	mvaddnstr(line, 0, text, COLS - 1);
}

static void draw_heading(const struct view *view, int line)
{
	fill_line(line, A_REVERSE);
	if (COLS < ROOMY_COLUMNS) {
		mvaddnstr(line, 0, " A TIME     VIOLATION  WHAT", COLS);
		return;
	}
	mvaddstr(line, 0, " A TIME        ");
	draw_column_title(view, EVENT_NUMBER, 7);
	draw_column_title(view, EVENT_CPU, 4);
	addch(' ');
	draw_column_title(view, EVENT_KIND, -WIDTH_POLICY);
	if (COLS >= WIDE_COLUMNS)
		draw_column_title(view, EVENT_PID, WIDTH_PID);
	addstr(" WHAT, BY WHICH CODE, THREAD");
}

static void draw_list(struct view *view, int top)
{
	const struct place *place = &view->place[PANE_VIOLATIONS];
	int lines = LINES - 2 - top, i;

	draw_heading(view, top);
	scroll_to_selected(view, lines);
	for (i = 0; i < lines && place->top + (size_t)i < view->n_row; i++)
		draw_row(view, place->top + (size_t)i, top + 1 + i);
	draw_no_rows(view, top + 1, "none");
}

/* An address by its name, if it has one, and by its number. */
static void add_address(struct sheet *sheet, const char *label, const char *name, uint64_t address)
{
	if (*name)
		sheet_add(sheet, 0, label, "%s = 0x%" PRIx64, name, address);
	else
		sheet_add(sheet, 0, label, "0x%" PRIx64, address);
}

static const char *action_meaning(uint32_t action)
{
	switch (action) {
	case SHADOW_BOX_ACTION_LOGGED:
		return ": it happened";
	case SHADOW_BOX_ACTION_BLOCKED:
		return ": it was prevented, the offender got an exception";
	case SHADOW_BOX_ACTION_DISCARDED:
		return ": it was prevented, the kernel's patching code goes on as if it was done";
	case SHADOW_BOX_ACTION_REFUSED:
		return ": it was prevented, the hypercall got an error";
	}
	return "";
}

static void add_judgement(struct sheet *sheet, const struct event *event)
{
	char policy[24], action[24], why[24];
	const char *about = policy_about(event->policy);

	sheet_add(sheet, 0, "Policy", "%s%s%s", event_policy_text(event, policy, sizeof(policy)),
		  about ? ": " : "", about ? about : "");
	sheet_add(sheet, A_BOLD | (is_prevented(event) ? 0 : pair(PAIR_BAD)), "Action", "%s%s",
		  number_or_name(action_name(event->action), event->action, action,
				 sizeof(action)), action_meaning(event->action));
	sheet_add(sheet, 0, "Why", "%s", number_or_name(why_text(event->why), event->why, why,
							sizeof(why)));
}

static void add_place(struct sheet *sheet, const struct event *event)
{
	char text[SUBJECT_SIZE];

	if (event_named_subject(event, text, sizeof(text))) {
		sheet_add(sheet, 0, "What", "%s, as Linux says", text);
		if (event->object)
			add_address(sheet, "At", event->object_symbol, event->object);
	} else if (event->object) {
		add_address(sheet, "What", event->object_symbol, event->object);
	} else if (event_subject(event, text, sizeof(text))) {
		sheet_add(sheet, 0, "What", "%s", text);
	}
	if (event->gla && event->gla != event->object)
		add_address(sheet, "Through", event->gla_symbol, event->gla);
	if (event->gpa)
		sheet_add(sheet, 0, "Physical", "0x%" PRIx64, event->gpa);
}

/* A mark below each byte that changes; nothing if they are no plain bytes. */
static void add_marks(struct sheet *sheet, const struct event *event)
{
	size_t length = event->old.length < event->new.length ? event->old.length :
								event->new.length, i;
	char text[BYTES_SIZE] = "";

	if (event->why == SHADOW_BOX_WHY_REGISTER)
		return;
	for (i = 0; i < length; i++)
		snprintf(text + 3 * i, sizeof(text) - 3 * i, "%s",
			 event->old.byte[i] != event->new.byte[i] ? "^^ " : "   ");
	if (length)
		sheet_add(sheet, A_BOLD, "", "%s", text);
}

static void add_bytes(struct sheet *sheet, const struct event *event)
{
	char text[BYTES_SIZE], bits[BITS_SIZE];

	if (!event->old.length && !event->new.length)
		return;
	sheet_add(sheet, 0, "Before", "%s", bytes_text(event, &event->old, text, sizeof(text)));
	if (*event->old_symbol)
		sheet_add(sheet, 0, "", "leads to %s", event->old_symbol);
	sheet_add(sheet, 0, "After", "%s", bytes_text(event, &event->new, text, sizeof(text)));
	if (*event->new_symbol)
		sheet_add(sheet, 0, "", "leads to %s", event->new_symbol);
	if (changed_bits_text(event, bits, sizeof(bits)))
		sheet_add(sheet, A_BOLD, "", "%s", bits);
	add_marks(sheet, event);
}

/* Of a kind that the host keeps. */
static void add_count(struct sheet *sheet, const struct event *event)
{
	struct event last = { .have = HAVE_BIT(SHADOW_BOX_EVENT_TIME), .time = event->last_time };
	char time[48];

	if (event->count < 2)
		return;
	text_time(time, sizeof(time), &last);
	if (event->rest)
		sheet_add(sheet, A_BOLD, "Count", "and %" PRIu64 " more of further kinds, last %s",
			  event->count - 1, time);
	else
		sheet_add(sheet, A_BOLD, "Count", "%" PRIu64 " of this kind, last %s", event->count,
			  time);
}

static void add_circumstances(struct sheet *sheet, const struct event *event)
{
	char time[48];

	sheet_add(sheet, 0, "CPU", "%" PRIu32, event->cpu);
	sheet_add(sheet, 0, "Time", "%s", text_time(time, sizeof(time), event));
	if (HAVE(event, SHADOW_BOX_EVENT_CODE))
		sheet_add(sheet, 0, "Code", "0x%" PRIx64, event->code);
}

static void add_thread(struct sheet *sheet, const struct event *event)
{
	if (HAVE(event, SHADOW_BOX_EVENT_PID))
		sheet_add(sheet, 0, "Thread", "%" PRIu32 " (%s), as Linux says", event->pid,
			  event->comm);
}

static void add_identity(struct sheet *sheet, const char *program, uint32_t uid, uint32_t parent,
			 const char *parent_name)
{
	sheet_add(sheet, 0, "Process", "%s, uid %" PRIu32 ", parent %" PRIu32 " (%s)",
		  *program ? program : "of the kernel", uid, parent, parent_name);
}

static void add_line(struct sheet *sheet, const char *name, const char *text)
{
	if (*text)
		sheet_add(sheet, 0, name, "%s", text);
}

/* What Linux said of the process when the event was passed on. */
static void add_former(struct sheet *sheet, const struct view *view, const struct event *event)
{
	if (HAVE(event, SHADOW_BOX_EVENT_UID)) {
		add_identity(sheet, event->exe, event->uid, event->parent_pid, event->parent_comm);
		add_line(sheet, "Group", event->cgroup);
	} else if (!view->replay.on && HAVE(event, SHADOW_BOX_EVENT_PID) && event->pid) {
		sheet_add(sheet, 0, "Process", "has ended");
	}
}

/* What Linux knows of the thread by now; a recording is of another time, and perhaps another machine. */
static void add_process(struct sheet *sheet, const struct view *view, const struct event *event)
{
	struct process process;

	if (view->replay.on || !HAVE(event, SHADOW_BOX_EVENT_PID) || !event->pid ||
	    !process_read(event->pid, event->time, &process)) {
		add_former(sheet, view, event);
		return;
	}
	add_identity(sheet, process.program, process.uid, process.parent, process.parent_name);
	add_line(sheet, "Command", process.command);
	add_line(sheet, "Group", process.group);
}

/* A sweep has no offender. */
static void add_observer(struct sheet *sheet, const struct view *view, const struct event *event)
{
	char owner[OWNER_SIZE];

	if (event_by_sweep(event)) {
		sheet_add(sheet, 0, "Found", "by a sweep: nobody knows who did it, and when");
		return;
	}
	add_address(sheet, "By", event->rip_symbol, event->rip);
	add_thread(sheet, event);
	add_process(sheet, view, event);
	if (event_owner(event, owner, sizeof(owner)))
		sheet_add(sheet, 0, "Hook of", "%s, as Linux says", owner);
}

static void describe_violation(struct sheet *sheet, const struct view *view,
			       const struct event *event)
{
	add_judgement(sheet, event);
	add_place(sheet, event);
	add_observer(sheet, view, event);
	add_count(sheet, event);
	add_bytes(sheet, event);
	add_circumstances(sheet, event);
}

void describe_event(struct sheet *sheet, const struct view *view, const struct event *event)
{
	char text[EVENT_TEXT_SIZE];

	sheet->indent = COLUMN_VALUE;
	if (event->type == SHADOW_BOX_EVENT_VIOLATION) {
		describe_violation(sheet, view, event);
		return;
	}
	event_text(event, text, sizeof(text));
	sheet_add(sheet, A_BOLD, "What", "%s", text);
	if (event->rip)
		add_address(sheet, "RIP", event->rip_symbol, event->rip);
	if (event->object)
		add_address(sheet, "Object", event->object_symbol, event->object);
	add_thread(sheet, event);
	add_circumstances(sheet, event);
	if (HAVE(event, SHADOW_BOX_EVENT_TSC))
		sheet_add(sheet, 0, "TSC", "%" PRIu64, event->tsc);
}

static void draw_detail(struct view *view, const struct event *event, int top)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));

	if (!sheet)
		return;
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "VIOLATION #%" PRIu64, event->seq);
	describe_event(sheet, view, event);
	sheet_draw(view, sheet, top + 1, LINES - 1);
	free(sheet);
}

void draw_violations(struct view *view, int top)
{
	const struct event *event = view_event(view);

	if (view->past)
		draw_history(view, top);
	else if (view->detail && event)
		draw_detail(view, event, top);
	else
		draw_list(view, top);
}

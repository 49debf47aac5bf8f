// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's data from a recording: needs neither root nor the module. It can be played faster
 * and slower, paused, and gone through step by step, also backwards.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/dashboard.h"
#include "dashboard/source.h"
#include "link/recording.h"

/**
 * struct replay - a recording that is played
 * @next: the line that comes next, read ahead
 * @snapshots: how many were shown
 */
struct replay {
	struct source source;
	struct recording *recording;
	struct record next;
	size_t snapshots;
};

static void read_ahead(struct replay *replay)
{
	struct view *view = replay->source.view;
	struct failure failure;

	view->replay.damaged = recording_read(replay->recording, &replay->next, &failure);
	if (view->replay.damaged)
		snprintf(view->message, sizeof(view->message), "%s", failure.text);
	else if (recording_broken_off(replay->recording))
		snprintf(view->message, sizeof(view->message),
			 "The recording breaks off in the middle of a line");
	view->replay.ended = replay->next.kind == RECORD_END;
}

static void show_away(struct view *view, const char *why)
{
	view_forget(view);
	snprintf(view->away, sizeof(view->away), "%s", why);
}

/* Shows what was read ahead, and reads the next line. Returns what it was. */
static enum record_kind take(struct replay *replay)
{
	struct view *view = replay->source.view;
	struct record *record = &replay->next;
	enum record_kind kind = record->kind;
	struct event_list list = { 0 };

	if (kind == RECORD_END)
		return kind;
	view->replay.at = record->ms;
	if (kind == RECORD_AWAY) {
		show_away(view, record->away);
	} else if (kind == RECORD_SNAPSHOT) {
		view->away[0] = '\0';
		view_take_snapshot(view, &record->snapshot);
		replay->snapshots++;
	} else if (event_list_add(&list, &record->event)) {
		view->clock = record->event.time;
		view_take_events(view, &list);
	}
	event_list_free(&list);
	read_ahead(replay);
	return kind;
}

/* Shows all that had happened @ms after the beginning. */
static void take_until(struct replay *replay, double ms)
{
	while (replay->next.kind != RECORD_END && (double)replay->next.ms <= ms)
		take(replay);
}

static void schedule(struct replay *replay)
{
	const struct view *view = replay->source.view;
	double ms = (double)replay->next.ms - (double)view->replay.at;

	source_wait(&replay->source, view->frozen || replay->next.kind == RECORD_END ? -1 :
		    fmax(ms, 0) / 1000 / view->replay.speed);
}

static void tick(struct source *source)
{
	struct replay *replay = (struct replay *)source;

	take_until(replay, (double)replay->next.ms);
	schedule(replay);
}

static int fd(const struct source *source)
{
	(void)source;
	return -1;
}

static void input(struct source *source)
{
	(void)source;
}

static void freeze(struct source *source, bool frozen)
{
	source->view->frozen = frozen;
	schedule((struct replay *)source);
}

static void pace(struct source *source, int direction)
{
	double *speed = &source->view->replay.speed;

	*speed = direction < 0 ? fmin(*speed * 2, SPEED_MAX) : fmax(*speed / 2, SPEED_MIN);
	schedule((struct replay *)source);
}

/* Up to and with the next snapshot, and the events that came with it. */
static void take_snapshot(struct replay *replay)
{
	enum record_kind kind;

	do {
		kind = take(replay);
	} while (kind == RECORD_EVENT);
	take_until(replay, (double)replay->source.view->replay.at);
}

static void go_back(struct replay *replay)
{
	size_t target = replay->snapshots > 1 ? replay->snapshots - 1 : 1;

	view_forget(replay->source.view);
	snapshot_free(&replay->next.snapshot);
	recording_rewind(replay->recording);
	replay->snapshots = 0;
	read_ahead(replay);
	while (replay->snapshots < target && replay->next.kind != RECORD_END)
		take_snapshot(replay);
}

static void step(struct source *source, int direction)
{
	struct replay *replay = (struct replay *)source;

	source->view->frozen = false;
	if (direction > 0)
		take_snapshot(replay);
	else
		go_back(replay);
	source->view->frozen = true;
	schedule(replay);
}

static int nothing_to_change(struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "This is a recording: there is nothing to change");
}

static int set(struct source *source, const struct setting_list *settings, uint64_t seconds,
	       struct failure *failure)
{
	(void)source;
	(void)settings;
	(void)seconds;
	return nothing_to_change(failure);
}

static int keep(struct source *source, struct failure *failure)
{
	(void)source;
	return nothing_to_change(failure);
}

static int lock(struct source *source, struct failure *failure)
{
	(void)source;
	return nothing_to_change(failure);
}

static int acknowledge(struct source *source, const struct info *info, struct failure *failure)
{
	(void)source;
	(void)info;
	return nothing_to_change(failure);
}

static int close_replay(struct source *source, struct failure *failure)
{
	struct replay *replay = (struct replay *)source;

	(void)failure;
	snapshot_free(&replay->next.snapshot);
	recording_close(replay->recording);
	free(replay);
	return 0;
}

static const struct source_ops ops = {
	.tick = tick,
	.fd = fd,
	.input = input,
	.freeze = freeze,
	.pace = pace,
	.step = step,
	.set = set,
	.keep = keep,
	.lock = lock,
	.acknowledge = acknowledge,
	.close = close_replay,
};

static int begin(struct replay *replay, const char *path, double at, struct failure *failure)
{
	struct view *view = replay->source.view;

	read_ahead(replay);
	if (view->replay.ended)
		return *view->message ? fail(failure, SBCTL_USAGE, "%s", view->message) :
			fail(failure, SBCTL_USAGE, "the recording '%s' is empty", path);
	if (at < 0) {
		take_snapshot(replay);
	} else {
		take_until(replay, at * 1000);
		view->frozen = true;
	}
	schedule(replay);
	return 0;
}

struct source *replay_open(struct view *view, const char *path, double speed, double at,
			   struct failure *failure)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	struct failure ignored;

	if (!replay) {
		fail(failure, SBCTL_FAILED, "out of memory");
		return NULL;
	}
	replay->source = (struct source){ .ops = &ops, .view = view };
	replay->recording = recording_open(path, failure);
	if (replay->recording) {
		view->interval = recording_interval(replay->recording);
		view->replay = (struct replay_state){
			.on = true, .speed = speed,
			.length = recording_length(replay->recording),
		};
		if (!begin(replay, path, at, failure))
			return &replay->source;
	}
	close_replay(&replay->source, &ignored);
	return NULL;
}

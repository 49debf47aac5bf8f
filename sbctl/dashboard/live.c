// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's data from the module: snapshots when the timer rings, events as they come; and
 * the recording of both.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dashboard/dashboard.h"
#include "dashboard/source.h"
#include "link/ledger.h"
#include "link/netlink.h"
#include "link/recorder.h"
#include "link/trial.h"

#define NS_PER_SECOND	UINT64_C(1000000000)
/* The first rates are there so soon, in seconds. */
#define FIRST_INTERVAL	0.25
/* Waiting for a module that went away, in seconds. */
#define RETRY_INTERVAL	1.0

/**
 * struct live - the module
 * @channel: NULL while the module is away; so is @feed
 * @recorder: NULL if nothing is recorded
 * @on_trial: policies are on trial until @trial_ends, as @trial says, which points to the others
 * @counted: so many violations there were when their counts were asked for
 */
struct live {
	struct source source;
	struct channel *channel;
	struct feed *feed;
	struct recorder *recorder;
	uint64_t counted;
	struct event_list arrived;
	bool on_trial;
	uint64_t trial_ends;
	struct setting_list wanted;
	struct change_list changes;
	struct trial trial;
};

/* What stopped the recording is said once, and at the end. */
static void check_recorder(struct live *live)
{
	const char *error = recorder_error(live->recorder);
	struct view *view = live->source.view;

	if (!error || !view->recording)
		return;
	view->recording = false;
	snprintf(view->message, sizeof(view->message), "The recording has stopped: %s", error);
}

/* The module is away: say why, forget what it told, and look for it again. */
static void lose_module(struct live *live, const struct failure *failure)
{
	struct view *view = live->source.view;

	feed_close(live->feed);
	channel_close(live->channel);
	live->feed = NULL;
	live->channel = NULL;
	live->counted = 0;
	view_forget(view);
	/* Once: it is asked for every second. */
	if (!*view->away)
		recorder_away(live->recorder, failure->text);
	snprintf(view->away, sizeof(view->away), "%s", failure->code == SBCTL_NOT_RUNNING ?
		 "The shadow_box module is not loaded any more; waiting for it" : failure->text);
	source_wait(&live->source, RETRY_INTERVAL);
}

/* What another sbctl has acknowledged meanwhile, too. Who may not read that sees all as open. */
static void look_up_acknowledged(struct live *live, const struct info *info)
{
	struct failure ignored;
	struct ledger ledger;

	if (info->violations && !ledger_look(&ledger, info, &ignored))
		live->source.view->acknowledged = ledger.acknowledged.violations;
}

/* How the trial goes, or how it has ended. */
static void follow_trial(struct live *live)
{
	struct view *view = live->source.view;
	uint64_t now = view->clock / NS_PER_SECOND;
	struct outcome outcome = { 0 };

	if (!live->on_trial)
		return;
	view->trial_left = live->trial_ends > now ? live->trial_ends - now : 1;
	if (!trial_is_over())
		return;
	trial_finish(&live->trial, &outcome);
	live->on_trial = false;
	view->trial_left = 0;
	snprintf(view->message, sizeof(view->message), "%s", outcome.result == TRIAL_KEPT ?
		 "Kept as they are" : outcome.failure.text);
}

/* Those that the host keeps. */
static void leave_counted(struct event_list *list)
{
	size_t kept = 0, i;

	for (i = 0; i < list->n_event; i++)
		if (list->event[i].count)
			list->event[kept++] = list->event[i];
	list->n_event = kept;
}

/*
 * Counts come with no notification. A storm of violations is no reason to ask more than once for
 * each snapshot.
 */
static int update_counts(struct live *live, uint64_t violations, struct failure *failure)
{
	struct event_list list = { 0 };
	int result;

	if (violations == live->counted)
		return 0;
	live->counted = violations;
	result = channel_events(live->channel, 0, SHADOW_BOX_EVENT_VIOLATION, &list, failure);
	leave_counted(&list);
	recorder_kept(live->recorder, &list);
	view_take_counts(live->source.view, &list);
	event_list_free(&list);
	return result;
}

static int update(struct live *live, struct failure *failure)
{
	struct snapshot snapshot;
	struct timespec now;
	uint64_t violations;

	if (channel_snapshot(live->channel, &snapshot, failure))
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	live->source.view->clock = (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
	look_up_acknowledged(live, &snapshot.info);
	follow_trial(live);
	recorder_snapshot(live->recorder, &snapshot);
	check_recorder(live);
	violations = snapshot.info.violations;
	if (live->source.view->frozen) {
		snapshot_free(&snapshot);
		return 0;
	}
	view_take_snapshot(live->source.view, &snapshot);
	return update_counts(live, violations, failure);
}

static void take_arrived(struct live *live)
{
	event_list_tidy(&live->arrived);
	recorder_events(live->recorder, &live->arrived);
	view_take_events(live->source.view, &live->arrived);
}

static int fetch_events(struct live *live, uint64_t from, uint32_t type, struct failure *failure)
{
	return channel_events(live->channel, from, type, &live->arrived, failure);
}

/* Everything that is needed once there is a channel. */
static int attach(struct live *live, struct failure *failure)
{
	uint64_t events;

	live->feed = feed_open(live->channel, failure);
	if (!live->feed || update(live, failure))
		return -1;
	events = live->source.view->now.info.events;
	if (fetch_events(live, events > VIEW_EVENTS ? events - VIEW_EVENTS : 0, 0, failure) ||
	    fetch_events(live, 0, SHADOW_BOX_EVENT_VIOLATION, failure))
		return -1;
	take_arrived(live);
	live->source.view->away[0] = '\0';
	source_wait(&live->source, fmin(FIRST_INTERVAL, live->source.view->interval));
	return 0;
}

static void tick(struct source *source)
{
	struct live *live = (struct live *)source;
	struct failure failure;

	source_wait(source, source->view->interval);
	if (!live->channel) {
		live->channel = channel_open(&failure);
		if (!live->channel || attach(live, &failure))
			lose_module(live, &failure);
	} else if ((!source->view->frozen || live->recorder) && update(live, &failure)) {
		lose_module(live, &failure);
	}
}

static int fd(const struct source *source)
{
	const struct live *live = (const struct live *)source;

	return live->feed ? feed_fd(live->feed) : -1;
}

static void input(struct source *source)
{
	struct failure failure = { .code = SBCTL_NOT_RUNNING,
				   .text = "the shadow_box module was unloaded" };
	struct live *live = (struct live *)source;
	enum feed_state state = feed_read(live->feed, &live->arrived);
	uint64_t next = view_next_event(source->view);

	/* What the socket lost the module may still hold. */
	if (state == FEED_OVERRUN && !fetch_events(live, next, 0, &failure))
		state = FEED_OK;
	take_arrived(live);
	if (state != FEED_OK)
		lose_module(live, &failure);
}

static void freeze(struct source *source, bool frozen)
{
	struct live *live = (struct live *)source;

	view_freeze(source->view, frozen && live->channel);
}

static void pace(struct source *source, int direction)
{
	static const double steps[] = { INTERVAL_MIN, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	const int n = sizeof(steps) / sizeof(steps[0]);
	double interval = source->view->interval;
	int i;

	if (direction > 0) {
		for (i = 0; i < n - 1 && steps[i] <= interval; i++)
			;
	} else {
		for (i = n - 1; i > 0 && steps[i] >= interval; i--)
			;
	}
	/* An interval of the user's own beyond the steps is not shortened by "slower". */
	if (direction > 0 && steps[i] < interval)
		return;
	source->view->interval = steps[i];
	if (((struct live *)source)->channel)
		source_wait(source, steps[i]);
}

static void step(struct source *source, int direction)
{
	(void)direction;
	snprintf(source->view->message, sizeof(source->view->message),
		 "Steps are for recordings ('sbctl status --replay=FILE')");
}

static int nobody_there(struct failure *failure)
{
	return fail(failure, SBCTL_NOT_RUNNING, "Nothing was changed");
}

/* What changed shall be seen at once. */
static int show_change(struct live *live, struct failure *failure)
{
	if (update(live, failure))
		lose_module(live, failure);
	return 0;
}

static int set_on_trial(struct live *live, const struct setting_list *settings, uint64_t seconds,
			struct failure *failure)
{
	const struct view *view = live->source.view;

	if (live->on_trial)
		return fail(failure, SBCTL_BUSY, "Something is on trial already; c keeps it");
	live->wanted = *settings;
	settings_compare(&live->wanted, &view->now.policies, &live->changes);
	live->trial = (struct trial){ "trial", &live->wanted, &live->changes, seconds };
	if (trial_begin(live->channel, &live->trial, failure))
		return -1;
	live->on_trial = true;
	live->trial_ends = view->clock / NS_PER_SECOND + seconds;
	return 0;
}

static int set(struct source *source, const struct setting_list *settings, uint64_t seconds,
	       struct failure *failure)
{
	struct live *live = (struct live *)source;

	if (!live->channel)
		return nobody_there(failure);
	if (seconds ? set_on_trial(live, settings, seconds, failure) :
		      channel_set_policies(live->channel, settings, failure))
		return -1;
	return show_change(live, failure);
}

static int keep(struct source *source, struct failure *failure)
{
	struct live *live = (struct live *)source;

	if (!live->on_trial)
		return fail(failure, SBCTL_FAILED, "Nothing is on trial");
	trial_keep();
	follow_trial(live);
	return 0;
}

static int lock(struct source *source, struct failure *failure)
{
	struct live *live = (struct live *)source;

	if (!live->channel)
		return nobody_there(failure);
	if (channel_lock(live->channel, failure) < 0)
		return -1;
	return show_change(live, failure);
}

static int acknowledge(struct source *source, const struct info *info, struct failure *failure)
{
	struct tally known = { info->violations, info->events_lost };
	struct ledger ledger;

	if (ledger_acknowledge(&ledger, info, info->events, &known, true, failure))
		return -1;
	source->view->acknowledged = ledger.acknowledged.violations;
	return 0;
}

static int close_live(struct source *source, struct failure *failure)
{
	struct live *live = (struct live *)source;
	int result = recorder_close(live->recorder, failure);

	feed_close(live->feed);
	channel_close(live->channel);
	event_list_free(&live->arrived);
	free(live);
	return result;
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
	.close = close_live,
};

/* The module first: without it there is nothing to record. */
static int begin(struct live *live, const char *record, struct failure *failure)
{
	struct view *view = live->source.view;

	live->channel = channel_open(failure);
	if (!live->channel)
		return -1;
	if (record) {
		live->recorder = recorder_open(record, view->interval, failure);
		if (!live->recorder)
			return -1;
		view->recording = true;
	}
	return attach(live, failure);
}

struct source *live_open(struct view *view, const char *record, struct failure *failure)
{
	struct live *live = calloc(1, sizeof(*live));
	struct failure ignored;

	if (!live) {
		fail(failure, SBCTL_FAILED, "out of memory");
		return NULL;
	}
	live->source = (struct source){ .ops = &ops, .view = view };
	if (!begin(live, record, failure))
		return &live->source;
	close_live(&live->source, &ignored);
	return NULL;
}

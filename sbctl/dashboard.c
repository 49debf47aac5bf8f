// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live dashboard of "sbctl status": one loop over keyboard, events, timer and signals, which
 * keeps the model up to date and has screen.c draw it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <curses.h>

#include "dashboard.h"
#include "keys.h"
#include "screen.h"
#include "verb.h"
#include "view.h"

/* The first rates are there so soon, in seconds. */
#define FIRST_INTERVAL	0.25
/* Waiting for a module that went away, in seconds. */
#define RETRY_INTERVAL	1.0

/**
 * struct dashboard - the loop's state
 * @channel: NULL while the module is away
 * @feed: likewise
 * @signal: the signal that ends the loop, 0 for none
 */
struct dashboard {
	struct channel *channel;
	struct feed *feed;
	struct view view;
	struct event_list arrived;
	int timer;
	int signals;
	bool leave;
	int signal;
};

bool dashboard_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && screen_possible();
}

static void set_timer(struct dashboard *dashboard, double first, double interval)
{
	struct itimerspec spec = { 0 };
	double whole;

	spec.it_value.tv_nsec = (long)(modf(first, &whole) * 1e9);
	spec.it_value.tv_sec = (time_t)whole;
	spec.it_interval.tv_nsec = (long)(modf(interval, &whole) * 1e9);
	spec.it_interval.tv_sec = (time_t)whole;
	timerfd_settime(dashboard->timer, 0, &spec, NULL);
}

/* The module is away: say why, forget what it told, and look for it again. */
static void lose_module(struct dashboard *dashboard, const struct failure *failure)
{
	feed_close(dashboard->feed);
	channel_close(dashboard->channel);
	dashboard->feed = NULL;
	dashboard->channel = NULL;
	view_forget(&dashboard->view);
	snprintf(dashboard->view.notice, sizeof(dashboard->view.notice), "%s",
		 failure->code == SBCTL_NOT_RUNNING ?
		 "The shadow_box module is not loaded any more; waiting for it" : failure->text);
	set_timer(dashboard, RETRY_INTERVAL, RETRY_INTERVAL);
}

static void set_notice(struct view *view)
{
	const struct info *info = &view->now.info;
	size_t faults = snapshot_faults(&view->now);

	view->notice[0] = '\0';
	if (faults)
		snprintf(view->notice, sizeof(view->notice),
			 "The host stopped on %zu of %" PRIu32 " CPUs after a fault of its own",
			 faults, info->cpus);
	else if (info->state == SHADOW_BOX_STATE_IDLE)
		snprintf(view->notice, sizeof(view->notice),
			 "Loaded but not active: nothing is protected ('sbctl load' launches)");
	else if (info->cpus_active < info->cpus)
		snprintf(view->notice, sizeof(view->notice),
			 "Not active on %" PRIu32 " of %" PRIu32 " CPUs",
			 info->cpus - info->cpus_active, info->cpus);
	else if (info->events_lost)
		snprintf(view->notice, sizeof(view->notice),
			 "%" PRIu64 " events were overwritten before Linux could read them",
			 info->events_lost);
}

static int update(struct dashboard *dashboard, struct failure *failure)
{
	struct snapshot snapshot;

	if (channel_snapshot(dashboard->channel, &snapshot, failure))
		return -1;
	view_take_snapshot(&dashboard->view, &snapshot);
	set_notice(&dashboard->view);
	return 0;
}

static int fetch_events(struct dashboard *dashboard, uint64_t from, struct failure *failure)
{
	int result = channel_events(dashboard->channel, from, &dashboard->arrived, failure);

	view_take_events(&dashboard->view, &dashboard->arrived);
	return result;
}

/* Everything that is needed once there is a channel. */
static int attach(struct dashboard *dashboard, struct failure *failure)
{
	uint64_t events;

	dashboard->feed = feed_open(dashboard->channel, failure);
	if (!dashboard->feed || update(dashboard, failure))
		return -1;
	events = dashboard->view.now.info.events;
	if (fetch_events(dashboard, events > VIEW_EVENTS ? events - VIEW_EVENTS : 0, failure))
		return -1;
	set_timer(dashboard, fmin(FIRST_INTERVAL, dashboard->view.interval),
		  dashboard->view.interval);
	return 0;
}

static void on_timer(struct dashboard *dashboard)
{
	struct failure failure;
	uint64_t ticks;

	if (read(dashboard->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	if (!dashboard->channel) {
		dashboard->channel = channel_open(&failure);
		if (!dashboard->channel || attach(dashboard, &failure))
			lose_module(dashboard, &failure);
	} else if (!dashboard->view.frozen && update(dashboard, &failure)) {
		lose_module(dashboard, &failure);
	}
}

static void on_feed(struct dashboard *dashboard)
{
	struct failure failure = { .code = SBCTL_NOT_RUNNING };
	enum feed_state state = feed_read(dashboard->feed, &dashboard->arrived);

	view_take_events(&dashboard->view, &dashboard->arrived);
	if (state == FEED_OVERRUN) {
		/* What the socket lost the module may still hold. */
		if (fetch_events(dashboard, view_next_event(&dashboard->view), &failure))
			lose_module(dashboard, &failure);
	} else if (state != FEED_OK) {
		lose_module(dashboard, &failure);
	}
}

static void on_signal(struct dashboard *dashboard)
{
	struct signalfd_siginfo info;

	if (read(dashboard->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		screen_resize();
		return;
	}
	dashboard->leave = true;
	/* Ctrl-C is a way to leave like any other; the rest comes from outside. */
	if (info.ssi_signo != SIGINT)
		dashboard->signal = (int)info.ssi_signo;
}

static void change_interval(struct dashboard *dashboard, int direction)
{
	static const double steps[] = { INTERVAL_MIN, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	const int n = sizeof(steps) / sizeof(steps[0]);
	double interval = dashboard->view.interval;
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
	dashboard->view.interval = steps[i];
	if (dashboard->channel)
		set_timer(dashboard, steps[i], steps[i]);
}

static void act(struct dashboard *dashboard, enum action action)
{
	struct view *view = &dashboard->view;
	long all = (long)view->now.n_cpu;

	switch (action) {
	case ACTION_QUIT:
		dashboard->leave = true;
		break;
	case ACTION_HELP:
		view->help = true;
		break;
	case ACTION_FREEZE:
		view_freeze(view, !view->frozen && dashboard->channel);
		break;
	case ACTION_FASTER:
		change_interval(dashboard, -1);
		break;
	case ACTION_SLOWER:
		change_interval(dashboard, 1);
		break;
	case ACTION_UP:
		view_move(view, -1);
		break;
	case ACTION_DOWN:
		view_move(view, 1);
		break;
	case ACTION_PAGE_UP:
		view_move(view, -(long)view->page);
		break;
	case ACTION_PAGE_DOWN:
		view_move(view, (long)view->page);
		break;
	case ACTION_FIRST:
		view_move(view, -all);
		break;
	case ACTION_LAST:
		view_move(view, all);
		break;
	case ACTION_REDRAW:
		screen_redraw();
		break;
	case ACTION_NONE:
		break;
	}
}

static void on_keyboard(struct dashboard *dashboard)
{
	int key;

	while ((key = getch()) != ERR) {
		enum action action = key_action(key);

		/* No key, but ncurses' word for a new size. */
		if (key == KEY_RESIZE)
			continue;
		/* Any key closes the help; only those that leave mean more than that. */
		if (dashboard->view.help && action != ACTION_QUIT)
			dashboard->view.help = false;
		else
			act(dashboard, action);
	}
}

static void loop(struct dashboard *dashboard)
{
	while (!dashboard->leave) {
		struct pollfd fds[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = dashboard->signals, .events = POLLIN },
			{ .fd = dashboard->timer, .events = POLLIN },
			{ .fd = dashboard->feed ? feed_fd(dashboard->feed) : -1,
			  .events = POLLIN },
		};

		screen_draw(&dashboard->view);
		/* The signals stay blocked: they arrive through their descriptor. */
		if (ppoll(fds, sizeof(fds) / sizeof(fds[0]), NULL, NULL) < 0)
			continue;
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			dashboard->leave = true;
		else if (fds[0].revents)
			on_keyboard(dashboard);
		if (fds[1].revents)
			on_signal(dashboard);
		if (fds[3].revents)
			on_feed(dashboard);
		if (fds[2].revents)
			on_timer(dashboard);
	}
}

static int open_descriptors(struct dashboard *dashboard, sigset_t *old)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, old);
	dashboard->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	dashboard->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return dashboard->signals < 0 || dashboard->timer < 0 ? -1 : 0;
}

static void close_all(struct dashboard *dashboard, const sigset_t *old)
{
	feed_close(dashboard->feed);
	channel_close(dashboard->channel);
	view_forget(&dashboard->view);
	event_list_free(&dashboard->arrived);
	close(dashboard->timer);
	close(dashboard->signals);
	/* Whoever sent SIGTERM shall see that it worked; ncurses would make an exit of it. */
	if (dashboard->signal) {
		signal(dashboard->signal, SIG_DFL);
		raise(dashboard->signal);
	}
	sigprocmask(SIG_SETMASK, old, NULL);
}

int dashboard_run(struct channel *channel, double interval)
{
	struct dashboard dashboard = { .channel = channel, .view.interval = interval };
	struct failure failure;
	int status = SBCTL_OK;
	sigset_t old;

	if (open_descriptors(&dashboard, &old))
		fail(&failure, SBCTL_FAILED, "cannot set up the dashboard: %s", strerror(errno));
	else if (!attach(&dashboard, &failure)) {
		if (screen_open()) {
			loop(&dashboard);
			screen_close();
			goto out;
		}
		fail(&failure, SBCTL_FAILED, "cannot draw on this terminal; try --once");
	}
	status = say_failure(&failure);
out:
	close_all(&dashboard, &old);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl monitor": follow the events, one line each, in order; lost ones are said.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "netlink.h"
#include "order.h"
#include "text.h"
#include "verb.h"

/* How long an event that is missing in the order may be on its way, in milliseconds. */
#define GAP_WAIT	500

struct monitor {
	const struct request *request;
	struct channel *channel;
	struct feed *feed;
	struct order order;
	struct event_list arrived;
	uint64_t printed;
	int64_t gap_deadline;	/* ms, 0 when nothing is missing */
};

static bool take_backlog(struct request *request, const char *text)
{
	(void)text;
	request->backlog = true;
	return true;
}

static bool take_count(struct request *request, const char *text)
{
	char *end;

	errno = 0;
	request->count = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && request->count > 0;
}

static const struct option_spec options[] = {
	{ "backlog", 'b', NULL, "first print the events that the module still holds",
	  take_backlog },
	{ "count", 'n', "N", "stop after N events", take_count },
	OPTION_JSON,
	{ 0 }
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static void print_event(const struct monitor *monitor, const struct event *event)
{
	if (monitor->request->json)
		json_print(json_event(event));
	else
		text_event(event);
}

static void print_lost(const struct monitor *monitor, uint64_t first, uint64_t last)
{
	if (monitor->request->json)
		json_print(json_lost(first, last));
	else if (first == last)
		printf("-- 1 event lost: #%" PRIu64 "\n", first);
	else
		printf("-- %" PRIu64 " events lost: #%" PRIu64 " to #%" PRIu64 "\n",
		       last - first + 1, first, last);
}

static bool satisfied(const struct monitor *monitor)
{
	return monitor->request->count && monitor->printed == monitor->request->count;
}

/* Prints all that is in order, with @settle also what comes after a gap. */
static void print_arrived(struct monitor *monitor, bool settle)
{
	struct order *order = &monitor->order;
	uint64_t first, last;
	struct event event;

	while (!satisfied(monitor)) {
		first = order->next;
		switch (order_take(order, settle, &event, &last)) {
		case ORDER_NOTHING:
			return;
		case ORDER_EVENT:
			print_event(monitor, &event);
			monitor->printed++;
			break;
		case ORDER_LOST:
			print_lost(monitor, first, last);
			break;
		}
	}
}

/* What the socket lost the module may still hold; -1 when it does not answer. */
static int recover(struct monitor *monitor, struct failure *failure)
{
	int result = channel_events(monitor->channel, monitor->order.next, &monitor->arrived,
				    failure);

	order_put(&monitor->order, &monitor->arrived);
	return result;
}

/* A gap first gets time to close, then the module is asked, then it is a loss. */
static int settle_gap(struct monitor *monitor, struct failure *failure)
{
	if (!order_has_gap(&monitor->order)) {
		monitor->gap_deadline = 0;
	} else if (!monitor->gap_deadline) {
		monitor->gap_deadline = now_ms() + GAP_WAIT;
	} else if (now_ms() >= monitor->gap_deadline) {
		monitor->gap_deadline = 0;
		if (recover(monitor, failure))
			return -1;
		print_arrived(monitor, true);
	}
	return 0;
}

static int start(struct monitor *monitor, struct failure *failure)
{
	struct info info;

	/* Subscribe first: nothing can then fall between backlog and feed. */
	monitor->feed = feed_open(monitor->channel, failure);
	if (!monitor->feed || channel_info(monitor->channel, &info, failure))
		return -1;
	monitor->order.next = info.events;
	if (!monitor->request->backlog)
		return 0;
	if (channel_events(monitor->channel, 0, &monitor->arrived, failure))
		return -1;
	if (monitor->arrived.n_event)
		monitor->order.next = monitor->arrived.event[0].seq;
	order_put(&monitor->order, &monitor->arrived);
	print_arrived(monitor, false);
	return settle_gap(monitor, failure);
}

/* Waits for events, the end of a gap's patience, or a reader that went away (POLLERR). */
static bool wait_for_input(const struct monitor *monitor)
{
	struct pollfd fds[] = {
		{ .fd = feed_fd(monitor->feed), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	int64_t timeout = -1;

	if (monitor->gap_deadline) {
		timeout = monitor->gap_deadline - now_ms();
		if (timeout < 0)
			timeout = 0;
	}
	poll(fds, 2, (int)timeout);
	return !(fds[1].revents & (POLLERR | POLLHUP));
}

static int follow(struct monitor *monitor, struct failure *failure)
{
	enum feed_state state;

	while (!satisfied(monitor)) {
		if (!output_flush() || !wait_for_input(monitor))
			return 0;
		state = feed_read(monitor->feed, &monitor->arrived);
		order_put(&monitor->order, &monitor->arrived);
		if (state == FEED_OVERRUN && recover(monitor, failure))
			return -1;
		print_arrived(monitor, state == FEED_GONE);
		if (state == FEED_GONE)
			return fail(failure, SBCTL_NOT_RUNNING,
				    "the shadow_box module was unloaded; there will be no more events");
		if (state == FEED_BROKEN)
			return fail(failure, SBCTL_FAILED, "the netlink socket failed");
		if (settle_gap(monitor, failure))
			return -1;
	}
	return 0;
}

static int run(const struct request *request)
{
	struct monitor monitor = { .request = request };
	struct failure failure;
	int status = SBCTL_OK;

	monitor.channel = channel_open(&failure);
	if (!monitor.channel)
		return say_failure(&failure);
	if (start(&monitor, &failure) || follow(&monitor, &failure)) {
		output_flush();
		status = say_failure(&failure);
	}
	feed_close(monitor.feed);
	channel_close(monitor.channel);
	event_list_free(&monitor.arrived);
	order_free(&monitor.order);
	return status;
}

const struct verb verb_monitor = {
	.name = "monitor",
	.summary = "follow the events, one line each",
	.about = "Print the events of Shadow-box as they happen, one line each, until\n"
		 "interrupted. Events that were lost on the way are counted and said.\n"
		 "Exit status 7 when the module is not loaded or is unloaded meanwhile.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

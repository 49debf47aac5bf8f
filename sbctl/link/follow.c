// SPDX-License-Identifier: GPL-2.0-only
/*
 * Following the events: in the order of their numbers, into a sink, which also hears of those that
 * were lost on the way.
 */
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link/follow.h"
#include "model/order.h"

/* How long an event that is missing in the order may be on its way, in milliseconds. */
#define GAP_WAIT	500

/**
 * struct stream - the state of follow_events()
 * @gap_deadline: when a gap's patience ends, in ms; 0 when nothing is missing
 * @passed: how many events went to the sink
 * @violations: how many came
 * @error: of the sink, 0 or -errno
 */
struct stream {
	const struct follow *follow;
	struct channel *channel;
	struct feed *feed;
	struct order order;
	struct event_list arrived;
	int64_t gap_deadline;
	uint64_t passed;
	uint64_t violations;
	int error;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static bool satisfied(const struct stream *stream)
{
	return stream->follow->count && stream->passed == stream->follow->count;
}

static void pass_event(struct stream *stream, const struct event *event)
{
	const struct follow *follow = stream->follow;

	stream->violations += event->type == SHADOW_BOX_EVENT_VIOLATION;
	if (follow->type && follow->type != event->type)
		return;
	if (follow->wanted && !follow->wanted(follow->context, event))
		return;
	stream->error = follow->sink->event(event);
	stream->passed++;
}

static uint64_t violations_waiting(const struct event_list *list)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < list->n_event; i++)
		n += list->event[i].type == SHADOW_BOX_EVENT_VIOLATION;
	return n;
}

/*
 * Certain that no violation is missing: as many came as the module counts. Who follows violations
 * need not hear of the rest, such as a storm of NMIs.
 */
static bool is_harmless(struct stream *stream)
{
	struct failure ignored;
	struct info info;

	return stream->follow->type == SHADOW_BOX_EVENT_VIOLATION &&
	       !channel_info(stream->channel, &info, &ignored) &&
	       HAVE(&info, SHADOW_BOX_INFO_VIOLATIONS) &&
	       info.violations - stream->follow->violations_before <=
	       stream->violations + violations_waiting(&stream->order.waiting);
}

static void pass_lost(struct stream *stream, uint64_t first, uint64_t last)
{
	if (!is_harmless(stream))
		stream->error = stream->follow->sink->lost(first, last);
}

/* Passes on all that is in order, with @settle also what comes after a gap. */
static void pass_arrived(struct stream *stream, bool settle)
{
	struct order *order = &stream->order;
	uint64_t first, last;
	struct event event;

	while (!satisfied(stream) && !stream->error) {
		first = order->next;
		switch (order_take(order, settle, &event, &last)) {
		case ORDER_NOTHING:
			return;
		case ORDER_EVENT:
			pass_event(stream, &event);
			break;
		case ORDER_LOST:
			pass_lost(stream, first, last);
			break;
		}
	}
}

/* What the socket lost the module may still hold; -1 when it does not answer. */
static int recover(struct stream *stream, struct failure *failure)
{
	int result = channel_events(stream->channel, stream->order.next, 0, &stream->arrived,
				    failure);

	order_put(&stream->order, &stream->arrived);
	return result;
}

/* A gap first gets time to close, then the module is asked, then it is a loss. */
static int settle_gap(struct stream *stream, struct failure *failure)
{
	if (!order_has_gap(&stream->order)) {
		stream->gap_deadline = 0;
	} else if (!stream->gap_deadline) {
		stream->gap_deadline = now_ms() + GAP_WAIT;
	} else if (now_ms() >= stream->gap_deadline) {
		stream->gap_deadline = 0;
		if (recover(stream, failure))
			return -1;
		pass_arrived(stream, true);
	}
	return 0;
}

/* What the module holds already of what is wanted. */
static int fetch_past(struct stream *stream, struct failure *failure)
{
	uint64_t from = stream->follow->from == FOLLOW_HELD ? 0 : stream->follow->from;

	if (channel_events(stream->channel, from, 0, &stream->arrived, failure))
		return -1;
	if (stream->follow->from != FOLLOW_HELD)
		stream->order.next = from;
	else if (stream->arrived.n_event)
		stream->order.next = stream->arrived.event[0].seq;
	order_put(&stream->order, &stream->arrived);
	pass_arrived(stream, false);
	return settle_gap(stream, failure);
}

static int start(struct stream *stream, struct failure *failure)
{
	struct info info;

	/* Subscribe first: nothing can then fall between past and future. */
	stream->feed = feed_open(stream->channel, failure);
	if (!stream->feed || channel_info(stream->channel, &info, failure))
		return -1;
	stream->order.next = info.events;
	return stream->follow->from == FOLLOW_NOW ? 0 : fetch_past(stream, failure);
}

/* Waits for events, the end of a gap's patience, or a reader that went away (POLLERR). */
static bool wait_for_input(const struct stream *stream)
{
	struct pollfd fds[] = {
		{ .fd = feed_fd(stream->feed), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	int64_t timeout = -1;

	if (stream->gap_deadline) {
		timeout = stream->gap_deadline - now_ms();
		if (timeout < 0)
			timeout = 0;
	}
	poll(fds, 2, (int)timeout);
	return !(fds[1].revents & (POLLERR | POLLHUP));
}

/* Takes in what has arrived. */
static int step(struct stream *stream, struct failure *failure)
{
	enum feed_state state = feed_read(stream->feed, &stream->arrived);

	order_put(&stream->order, &stream->arrived);
	if (state == FEED_OVERRUN && recover(stream, failure))
		return -1;
	pass_arrived(stream, state == FEED_GONE);
	if (state == FEED_GONE)
		return fail(failure, SBCTL_NOT_RUNNING,
			    "the shadow_box module was unloaded; there will be no more events");
	if (state == FEED_BROKEN)
		return fail(failure, SBCTL_FAILED, "the netlink socket failed");
	return settle_gap(stream, failure);
}

int follow_events(struct channel *channel, const struct follow *follow, struct failure *failure)
{
	struct stream stream = { .follow = follow, .channel = channel };
	int status = start(&stream, failure);

	while (!status && !stream.error && !satisfied(&stream)) {
		if (!output_flush() || !wait_for_input(&stream))
			break;
		status = step(&stream, failure);
	}
	/* What was printed comes before the sentence about a failure. */
	output_flush();
	if (!status && stream.error)
		status = fail(failure, SBCTL_FAILED, "cannot pass the events on: %s",
			      strerror(-stream.error));
	feed_close(stream.feed);
	event_list_free(&stream.arrived);
	order_free(&stream.order);
	return status;
}

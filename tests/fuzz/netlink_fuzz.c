// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes sbctl's end of the line to the module: the input is what is asked, and the datagrams that come as
 * answers. Nothing is read beyond its end, no answer makes sbctl wait or return without result, and what comes out
 * is fit to be shown.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "link/netlink.h"
#include "link/record.h"
#include "model/event.h"

#include "file.h"

static const uint8_t *input, *input_end;
static uint32_t sequence, port;

/* What libnl sends goes nowhere; only its number matters, which the answers must have. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct nlmsghdr *header = message->msg_iov->iov_base;

	sequence = header->nlmsg_seq;
	port = header->nlmsg_pid;
	return (ssize_t)message->msg_iov->iov_len;
}

/* Memberships and buffers, which this kernel would not have. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	return 0;
}

/* As the kernel has it: only messages of this conversation arrive. */
static void address_messages(uint8_t *datagram, size_t size)
{
	struct nlmsghdr *header = (struct nlmsghdr *)datagram;
	int left = (int)size;

	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		header->nlmsg_seq = sequence;
		header->nlmsg_pid = port;
	}
}

/* A datagram has its size before it, two bytes; 0 for the kernel's word that some were lost. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct sockaddr_nl *from = message->msg_name;
	struct iovec *room = message->msg_iov;
	size_t size;

	if (input_end - input < 2) {
		errno = EAGAIN;
		return -1;
	}
	size = input[0] | (size_t)input[1] << 8;
	if (size > (size_t)(input_end - input - 2))
		size = (size_t)(input_end - input - 2);
	if (!size) {
		input += 2;
		errno = ENOBUFS;
		return -1;
	}
	*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
	message->msg_namelen = sizeof(*from);
	message->msg_controllen = 0;
	message->msg_flags = size > room->iov_len ? MSG_TRUNC : 0;
	memcpy(room->iov_base, input + 2, size < room->iov_len ? size : room->iov_len);
	address_messages(room->iov_base, size < room->iov_len ? size : room->iov_len);
	if (!(flags & MSG_PEEK))
		input += 2 + size;
	return (ssize_t)(flags & MSG_TRUNC || size < room->iov_len ? size : room->iov_len);
}

static void check_events(struct event_list *list)
{
	char text[EVENT_TEXT_SIZE];
	struct event again;
	json_t *json;
	size_t i;

	for (i = 0; i < list->n_event; i++) {
		event_text(&list->event[i], text, sizeof(text));
		check_printable(text, "an event");
		json = record_event(&list->event[i]);
		check(record_read_event(json, &again), "an event cannot be recorded");
		json_decref(json);
	}
	event_list_free(list);
}

static int ask_snapshot(struct channel *channel, struct failure *failure)
{
	struct snapshot snapshot;
	json_t *json;

	if (channel_snapshot(channel, &snapshot, failure))
		return -1;
	json = record_snapshot(&snapshot);
	json_decref(json);
	snapshot_free(&snapshot);
	return 0;
}

static int ask_events(struct channel *channel, struct failure *failure)
{
	struct event_list list = { 0 };
	int result = channel_events(channel, 0, 0, &list, failure);

	check_events(&list);
	return result;
}

static int follow(struct channel *channel, struct failure *failure)
{
	struct feed *feed = feed_open(channel, failure);
	struct event_list list = { 0 };
	enum feed_state state;

	if (!feed)
		return -1;
	do {
		state = feed_read(feed, &list);
	} while (input_end - input >= 2 && state != FEED_GONE && state != FEED_BROKEN);
	check_events(&list);
	feed_close(feed);
	return 0;
}

static int ask(uint8_t what, struct channel *channel, struct failure *failure)
{
	static const struct setting_list settings = { .setting = { { 0, 1 }, { 3, 2 } }, .n_setting = 2 };
	struct info info;

	switch (what % 7) {
	case 0:
		return channel_active_info(channel, &info, failure);
	case 1:
		return ask_snapshot(channel, failure);
	case 2:
		return ask_events(channel, failure);
	case 3:
		return channel_set_policies(channel, &settings, failure);
	case 4:
		return channel_lock(channel, failure);
	case 5:
		return channel_start(channel, failure);
	}
	return follow(channel, failure);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure failure = { 0 };
	struct channel *channel;

	if (!size)
		return 0;
	input = data + 1;
	input_end = data + size;
	channel = channel_open(&failure);
	if (!channel || ask(*data, channel, &failure) < 0)
		check(*failure.text, "failed without a word");
	channel_close(channel);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line to the module: requests and the feed of events over generic netlink, each failure put
 * into the user's words.
 */
#ifndef SBCTL_NETLINK_H
#define SBCTL_NETLINK_H

#include "model/model.h"
#include "model/say.h"
#include "model/settings.h"

/**
 * struct channel - a connection for requests
 */
struct channel;

/**
 * channel_open() - connect to the module
 *
 * Return: the connection, or NULL with @failure filled: SBCTL_NOT_RUNNING when the module is not
 * loaded, SBCTL_NAMESPACE, SBCTL_UNSUPPORTED, SBCTL_FAILED.
 */
struct channel *channel_open(struct failure *failure);
void channel_close(struct channel *channel);

/* Each returns 0, or -1 with @failure filled. */
int channel_info(struct channel *channel, struct info *info, struct failure *failure);
int channel_snapshot(struct channel *channel, struct snapshot *snapshot, struct failure *failure);
/*
 * Appends the events still held that are numbered @from or later, in rising order: those of @type,
 * or all if that is 0.
 */
int channel_events(struct channel *channel, uint64_t from, uint32_t type,
		   struct event_list *list, struct failure *failure);
/* As channel_info(), but fails with SBCTL_NOT_RUNNING when the module is not active. */
int channel_active_info(struct channel *channel, struct info *info, struct failure *failure);
/* Fails with the sentence for that. */
int fail_not_active(struct failure *failure);
/* Empty while the module is not active. */
int channel_policies(struct channel *channel, struct policy_list *list, struct failure *failure);
/* All are set, or none: SBCTL_LOCKED if the lock forbids it. */
int channel_set_policies(struct channel *channel, const struct setting_list *settings,
			 struct failure *failure);
/* Return: 0; 1 when they were locked already; -1 with @failure filled. */
int channel_lock(struct channel *channel, struct failure *failure);
/* Gives the witness its key. Return: 0; 1 when it has one already; -1 with @failure filled. */
/* Has the host sweep as soon as it may; does not wait for @number, that of the sweep. */
int channel_sweep(struct channel *channel, uint64_t *number, struct failure *failure);
int channel_witness_key(struct channel *channel, const uint8_t *key, struct failure *failure);
/* Asks for a statement that answers @nonce. 0, or -1 with @failure filled. */
int channel_witness(struct channel *channel, const uint8_t *nonce,
		    struct shadow_box_statement *statement, struct failure *failure);

/**
 * with_channel() - what nearly every verb does: connect, talk to the module, close
 * @use: returns the exit status, or -1 with @failure filled
 *
 * Return: the exit status; a failure was said.
 */
int with_channel(int (*use)(struct channel *channel, const void *context,
			    struct failure *failure),
		 const void *context);

/**
 * channel_start() - have the module launch on every online CPU
 *
 * Return: 0; 1 when it was active already; -1 with @failure filled, its text being the module's
 * own sentence where it sent one.
 */
int channel_start(struct channel *channel, struct failure *failure);

/**
 * struct feed - a subscription to the module's events
 */
struct feed;

/**
 * enum feed_state - what feed_read() found besides events
 * @FEED_OK: nothing
 * @FEED_OVERRUN: events came faster than they were read; some are lost
 * @FEED_GONE: the module is being removed; no event will come any more
 * @FEED_BROKEN: the socket failed
 */
enum feed_state {
	FEED_OK,
	FEED_OVERRUN,
	FEED_GONE,
	FEED_BROKEN,
};

struct feed *feed_open(struct channel *channel, struct failure *failure);
void feed_close(struct feed *feed);
/* Descriptor to poll for input. */
int feed_fd(const struct feed *feed);
/* Appends what has arrived to @list, without waiting. */
enum feed_state feed_read(struct feed *feed, struct event_list *list);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the events: in the order of their numbers, into a sink, which also hears of those that
 * were lost on the way.
 */
#ifndef SBCTL_FOLLOW_H
#define SBCTL_FOLLOW_H

#include "link/netlink.h"
#include "model/sink.h"

/* Values of @from below: what comes from now on; what the module still holds, and that. */
#define FOLLOW_NOW	UINT64_MAX
#define FOLLOW_HELD	(UINT64_MAX - 1)

/**
 * struct follow - what to follow, and where it goes
 * @type: events of this type only; 0 for all
 * @from: number of the first event, or one of the above
 * @violations_before: for violations only: how many there were before @from, or fewer
 * @count: end after so many; 0: never
 * @sink: takes them
 * @wanted: those only for which it says so; NULL for all of them
 * @context: of @wanted
 */
struct follow {
	uint32_t type;
	uint64_t from;
	uint64_t violations_before;
	uint64_t count;
	const struct sink *sink;
	bool (*wanted)(const void *context, const struct event *event);
	const void *context;
};

/**
 * follow_events() - pass events on as they happen
 *
 * Return: SBCTL_OK after @follow->count events or when the reader of standard output went away; -1
 * with @failure filled, SBCTL_NOT_RUNNING when the module was unloaded.
 */
int follow_events(struct channel *channel, const struct follow *follow, struct failure *failure);

#endif

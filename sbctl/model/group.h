/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Violations of one kind together: the same policy, action, reason, place and offender.
 */
#ifndef SBCTL_GROUP_H
#define SBCTL_GROUP_H

#include "model/model.h"

/**
 * struct group - violations of one kind
 * @count: how many there were
 * @counted: how many of them the host counted by the first ones, which it keeps
 * @first: the one with the lowest number
 * @last: the one with the highest
 */
struct group {
	uint64_t count;
	uint64_t counted;
	const struct event *first;
	const struct event *last;
};

struct group_list {
	struct group *group;
	size_t n_group;
};

/*
 * Makes the groups of @list, which rises by number and must stay; in the order of their first ones.
 * False when memory is short. The caller frees groups->group.
 */
bool group_violations(const struct event_list *list, struct group_list *groups);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations of one kind together.
 */
#include <stdlib.h>
#include <string.h>

#include "model/group.h"

/* By its name, which stays when a module is loaded again elsewhere. */
static bool same_address(const char *a_name, uint64_t a, const char *b_name, uint64_t b)
{
	if (*a_name || *b_name)
		return !strcmp(a_name, b_name);
	return a == b;
}

static bool same_kind(const struct event *a, const struct event *b)
{
	return a->policy == b->policy && a->action == b->action && a->why == b->why &&
	       a->code == b->code && a->observer == b->observer && a->subject == b->subject &&
	       a->subject_id == b->subject_id && !strcmp(a->subject_name, b->subject_name) &&
	       same_address(a->object_symbol, a->object, b->object_symbol, b->object) &&
	       same_address(a->rip_symbol, a->rip, b->rip_symbol, b->rip) &&
	       !strcmp(a->comm, b->comm);
}

static struct group *group_of(struct group_list *groups, const struct event *event)
{
	size_t i;

	for (i = 0; i < groups->n_group; i++)
		if (same_kind(groups->group[i].first, event))
			return &groups->group[i];
	groups->group[i] = (struct group){ .first = event };
	groups->n_group++;
	return &groups->group[i];
}

/* What the host counted of a kind is more than what is still listed of it, once some have left the rings. */
static void count_kept(struct group_list *groups)
{
	size_t i;

	for (i = 0; i < groups->n_group; i++)
		if (groups->group[i].counted > groups->group[i].count)
			groups->group[i].count = groups->group[i].counted;
}

bool group_violations(const struct event_list *list, struct group_list *groups)
{
	size_t i;

	*groups = (struct group_list){ calloc(list->n_event + 1, sizeof(struct group)), 0 };
	for (i = 0; groups->group && i < list->n_event; i++) {
		struct group *group = group_of(groups, &list->event[i]);

		group->last = &list->event[i];
		group->count++;
		group->counted += group->last->count;
	}
	if (groups->group)
		count_kept(groups);
	return groups->group;
}

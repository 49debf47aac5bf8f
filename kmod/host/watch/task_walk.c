// SPDX-License-Identifier: GPL-2.0-only
/*
 * Going through Linux's list of processes, a part in each stay, while it changes.
 */
#include "task_walk.h"

#define RESTARTS_MAX	8
/* Entries that were met twice count twice, so that a circle has an end. */
#define ENTRIES_MAX	(1u << 16)

static u64 list_head(void)
{
	return facts()->init_task + facts()->task_tasks;
}

void task_walk_begin(struct task_walk *walk)
{
	*walk = (struct task_walk){ .entry = list_head() };
}

static u64 task_at(const struct task_walk *walk)
{
	return walk->entry - facts()->task_tasks;
}

static bool read_start(struct slice *slice, const struct task_walk *walk, u64 *start)
{
	return read_word(slice, task_at(walk) + facts()->task_start, start);
}

/*
 * A task that has left the list between two stays leads nowhere: its neighbours do not know it, or it is
 * another one by now, in another place.
 */
static bool is_where_it_was(struct slice *slice, const struct task_walk *walk)
{
	u64 previous, next, start;

	return walk->entry == list_head() ||
	       (read_word(slice, walk->entry + 8, &previous) && read_word(slice, previous, &next) &&
		next == walk->entry && read_start(slice, walk, &start) && start == walk->start);
}

/* Returns false if that is done too often. */
static bool begin_anew(struct task_walk *walk)
{
	u32 restarts = walk->restarts + 1;

	task_walk_begin(walk);
	walk->restarts = restarts;
	return restarts <= RESTARTS_MAX;
}

/**
 * task_walk() - go through some of the list
 * @slice: of this stay
 * @walk: where it goes on
 * @visit: called for each process; one may be met twice
 *
 * Return: whether it goes on in the next stay, has come to its end, or leads to nothing.
 */
enum walked task_walk(struct slice *slice, struct task_walk *walk, task_visitor visit)
{
	if (!is_where_it_was(slice, walk) && !begin_anew(walk))
		return WALK_LOST;
	while (slice->left > 0) {
		if (++walk->entries > ENTRIES_MAX || !read_word(slice, walk->entry, &walk->entry))
			return WALK_LOST;
		if (walk->entry == list_head())
			return WALK_ENDED;
		if (!read_start(slice, walk, &walk->start) ||
		    !visit(slice, task_at(walk), walk->start))
			return WALK_LOST;
	}
	return WALK_GOES_ON;
}

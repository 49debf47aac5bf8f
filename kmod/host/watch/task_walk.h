/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going through Linux's list of processes, a part in each stay, while it changes.
 */
#ifndef SB_HOST_WATCH_TASK_WALK_H
#define SB_HOST_WATCH_TASK_WALK_H

#include "watch.h"

/**
 * struct task_walk - how far the list has been gone through
 * @entry: the entry that was the last
 * @start: when its task was started
 * @entries: how many there were
 * @restarts: how many times the list was begun anew, since @entry had left it between two stays
 */
struct task_walk {
	u64 entry;
	u64 start;
	u32 entries;
	u32 restarts;
};

enum walked { WALK_GOES_ON, WALK_ENDED, WALK_LOST };

/* A process that is met, and when it was started. Returns false to give the walk up. */
typedef bool (*task_visitor)(struct slice *slice, u64 task, u64 start);

void task_walk_begin(struct task_walk *walk);
enum walked task_walk(struct slice *slice, struct task_walk *walk, task_visitor visit);

#endif

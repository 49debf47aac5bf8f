// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspects: a task is reported when it was one in two sweeps in a row, once. It is known by its address and
 * the time of its start, for addresses are used again. All under the host's lock.
 */
#include "suspects.h"

#define SUSPECTS 16

/**
 * struct suspect - a task that is in one view and not in another
 * @task: linear address, 0: none
 * @start: when it was started, as Linux's structure says
 * @why: enum shadow_box_why
 * @seen: sweeps in a row; 2 and more: it was reported
 * @is_seen: in the present sweep
 */
static struct suspect {
	u64 task;
	u64 start;
	u32 why;
	u32 seen;
	bool is_seen;
} suspects[SUSPECTS];

static void report(struct slice *slice, const struct suspect *s)
{
	char name[SB_SUBJECT_NAME_SIZE] = { 0 };
	u32 pid = 0;

	slice_read(slice, s->task + facts()->task_pid, &pid, sizeof(pid));
	slice_read(slice, s->task + facts()->task_comm, name, SB_COMM_SIZE - 1);
	violation(slice->cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_TASKS, .why = s->why,
		.subject = SHADOW_BOX_SUBJECT_TASK, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_id = pid, .subject_name = name, .object = s->task });
}

/* One that is known, or a free entry for it; NULL if there are more than can be remembered. */
static struct suspect *entry_of(u64 task, u32 why)
{
	struct suspect *free = NULL;
	u32 i;

	for (i = 0; i < SUSPECTS; i++) {
		if (suspects[i].task == task && suspects[i].why == why)
			return &suspects[i];
		if (!suspects[i].task)
			free = &suspects[i];
	}
	return free;
}

/* A view lacks a task in this sweep. */
void suspect(struct slice *slice, u64 task, u64 start, u32 why)
{
	struct suspect *s = entry_of(task, why);

	if (!s || s->is_seen)
		return;
	if (s->task != task || s->start != start)
		*s = (struct suspect){ .task = task, .start = start, .why = why };
	s->is_seen = true;
	if (s->seen < 3 && ++s->seen == 2)
		report(slice, s);
}

/* Those that this sweep has not met are none any more. */
void suspects_end_sweep(void)
{
	u32 i;

	for (i = 0; i < SUSPECTS; i++) {
		if (!suspects[i].is_seen)
			suspects[i].task = 0;
		suspects[i].is_seen = false;
	}
}

void suspects_forget(void)
{
	u32 i;

	for (i = 0; i < SUSPECTS; i++)
		suspects[i].task = 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks: the list of processes against the table of PIDs of the initial namespace. Linux puts a process
 * into both, and takes it out of both, at the same time; the two are gone through one after the other, in
 * turn. So what was in one and not in the other in two sweeps in a row was in one only all the while
 * between. All under the host's lock.
 */
#include "../memory/pool.h"
#include "../policy/feature.h"
#include "suspects.h"
#include "task_walk.h"

/* Room for processes: 128 KB, of which three quarters may be in use. */
#define SLOT_BITS	13
#define SLOTS		(1u << SLOT_BITS)
#define SLOTS_USED_MAX	(SLOTS / 4 * 3)
#define TABLE_PAGES	(SLOTS * sizeof(struct slot) / SB_PAGE_SIZE)

/* A page of the table is emptied in place of so many steps. */
#define STEPS_PER_PAGE	2

/* XArray (include/linux/xarray.h): 64 slots a node; entries that are nodes end in binary 10. */
#define NODE_SHIFT	6
#define NODE_SLOTS	64u
#define ENTRY_KIND	3ull
#define ENTRY_NODE	2ull
/* No PID has more than 22 bits. */
#define PID_MAX		BIT(22)

/**
 * struct slot - a process that the list has
 * @task: its address, 0: free; with @NUMBERED, which its alignment leaves free: the table of PIDs has it too
 * @start: when it was started: addresses are used again
 */
struct slot {
	u64 task;
	u64 start;
};

#define NUMBERED	BIT(0)

enum view { EMPTYING, LIST, TABLE, COMPARING };

/**
 * struct walk_state - how far a sweep has come
 * @view: what is being gone through
 * @next: page, PID or slot with which to go on
 * @used: slots in use
 * @list: how far the list has been gone through
 */
static struct walk_state {
	enum view view;
	u32 next;
	u32 used;
	struct task_walk list;
} at;

static struct suspect suspects[SUSPECTS];
static struct slot *table;	/* of @SLOTS */
static bool is_wanted;

/* The slot of a task, or the free one where it would be. */
static struct slot *slot_of(u64 task)
{
	u32 i = (task >> 6) * 0x9e3779b97f4a7c15ull >> (64 - SLOT_BITS);

	while (table[i].task && (table[i].task & ~NUMBERED) != task)
		i = (i + 1) % SLOTS;
	return &table[i];
}

static void go_on_with(enum view view)
{
	at.view = view;
	at.next = 0;
	if (view == LIST)
		task_walk_begin(&at.list);
}

static bool give_up(void)
{
	WRITE_ONCE(status()->sweeps_aborted, status()->sweeps_aborted + 1);
	go_on_with(EMPTYING);
	return true;
}

static void empty(struct slice *slice)
{
	for (; at.next < TABLE_PAGES && slice->left > 0; at.next++, slice->left -= STEPS_PER_PAGE)
		zero_bytes((u8 *)table + at.next * SB_PAGE_SIZE, SB_PAGE_SIZE);
	if (at.next < TABLE_PAGES)
		return;
	at.used = 0;
	go_on_with(LIST);
}

/* Returns false if there is no room for it. */
static bool note_task(struct slice *slice, u64 task, u64 start)
{
	struct slot *slot = slot_of(task);

	at.used += !slot->task;
	*slot = (struct slot){ task, start };
	return at.used < SLOTS_USED_MAX;
}

/* Goes through some of the list. Returns false if that leads to nothing. */
static bool walk_list(struct slice *slice)
{
	enum walked walked = task_walk(slice, &at.list, note_task);

	if (walked == WALK_ENDED)
		go_on_with(TABLE);
	return walked != WALK_LOST;
}

static void report(struct slice *slice, u64 task, u32 why)
{
	char name[SB_SUBJECT_NAME_SIZE] = { 0 };
	u32 pid = 0;

	slice_read(slice, task + facts()->task_pid, &pid, sizeof(pid));
	slice_read(slice, task + facts()->task_comm, name, SB_COMM_SIZE - 1);
	violation(slice->cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_TASKS, .why = why,
		.subject = SHADOW_BOX_SUBJECT_TASK, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_id = pid, .subject_name = name, .object = task });
}

/* A view lacks this task. */
static void suspect_task(struct slice *slice, u64 task, u64 start, u32 why)
{
	found_odd(SHADOW_BOX_POLICY_TASKS);
	if (suspect(suspects, task, start, why))
		report(slice, task, why);
}

/* The first task of a struct pid, the only one that has it as its own number; 0: none. */
static u64 task_of_pid(struct slice *slice, u64 pid)
{
	u64 link;

	return read_word(slice, pid + facts()->pid_tasks, &link) && link ?
	       link - facts()->task_pid_link : 0;
}

/* What is a process by itself, and not one of its threads. */
static bool is_leader(struct slice *slice, u64 task)
{
	u64 leader;

	return read_word(slice, task + facts()->task_leader, &leader) && leader == task;
}

static void note_pid(struct slice *slice, u64 pid)
{
	u64 task = task_of_pid(slice, pid), start;
	struct slot *slot;

	if (!task)
		return;
	slot = slot_of(task);
	if (slot->task)
		slot->task |= NUMBERED;
	else if (is_leader(slice, task) && read_word(slice, task + facts()->task_start, &start))
		suspect_task(slice, task, start, SHADOW_BOX_WHY_UNLISTED);
}

/*
 * From the root of the tree down to the node whose slots are PIDs; 0 if there is none, and then @at.next
 * passes over what is missing. Nothing is kept from one stay to the next but the PID.
 */
static u64 node_of_pid(struct slice *slice)
{
	u32 last = 64;
	u64 entry;

	if (!read_word(slice, facts()->pid_table, &entry))
		entry = 0;
	while ((entry & ENTRY_KIND) == ENTRY_NODE) {
		u64 node = entry - ENTRY_NODE;
		u8 bits;

		if (!slice_read(slice, node + facts()->node_shift, &bits, 1) || bits >= last ||
		    bits % NODE_SHIFT)
			break;
		if (at.next >> bits >= NODE_SLOTS && last == 64)
			break;	/* beyond the highest PID */
		if (!bits)
			return node;
		last = bits;
		if (!read_word(slice, node + facts()->node_slots +
			       (at.next >> bits) % NODE_SLOTS * 8, &entry))
			break;
		if (!entry) {
			at.next = (at.next | (BIT(bits) - 1)) + 1;
			return 0;
		}
	}
	at.next = PID_MAX;
	return 0;
}

/* From this PID on; a stay may end among them. */
static void walk_node(struct slice *slice, u64 node)
{
	u64 slots[NODE_SLOTS];
	u32 i = at.next % NODE_SLOTS;

	if (!slice_read(slice, node + facts()->node_slots, slots, sizeof(slots)))
		zero_bytes(slots, sizeof(slots));
	do {
		if (slots[i] && !(slots[i] & ENTRY_KIND))
			note_pid(slice, slots[i]);
		at.next++;
	} while (++i < NODE_SLOTS && slice->left > 0);
}

static void walk_table(struct slice *slice)
{
	while (at.next < PID_MAX && slice->left > 0) {
		u64 node = node_of_pid(slice);

		if (node)
			walk_node(slice, node);
	}
	if (at.next >= PID_MAX)
		go_on_with(COMPARING);
}

/* As many slots as a step takes instructions, or some more. */
#define SLOTS_PER_STEP 64

static bool compare(struct slice *slice)
{
	for (; at.next < SLOTS && slice->left > 0; at.next++) {
		const struct slot *slot = &table[at.next];

		if (slot->task && !(slot->task & NUMBERED))
			suspect_task(slice, slot->task, slot->start, SHADOW_BOX_WHY_UNNUMBERED);
		slice->left -= !(at.next % SLOTS_PER_STEP);
	}
	if (at.next < SLOTS)
		return false;
	looked_at(SHADOW_BOX_POLICY_TASKS, at.used);
	suspects_end_sweep(suspects);
	go_on_with(EMPTYING);
	return true;
}

/**
 * tasks_look() - compare the list of processes with the table of PIDs
 * @slice: of this stay
 *
 * Return: whether all has been looked at.
 */
bool tasks_look(struct slice *slice)
{
	if (!is_watched(SHADOW_BOX_POLICY_TASKS) || !table)
		return true;
	if (at.view == EMPTYING)
		empty(slice);
	if (at.view == LIST && !walk_list(slice))
		return give_up();
	if (at.view == TABLE)
		walk_table(slice);
	return at.view == COMPARING && compare(slice);
}

/* Before a policy is set, when it is known which: is the memory wanted? */
static __used bool needs(struct sb_cpu *cpu, u32 policy)
{
	is_wanted |= policy == SHADOW_BOX_POLICY_TASKS;
	return true;
}

static __used bool prepare(void)
{
	if (is_wanted && !table)
		table = pool_pages(TABLE_PAGES, SB_POOL_RESERVE);
	return !is_wanted || table;
}

/* What was seen before is no longer what was seen last. */
static __used void forget(u32 policy, u32 mode)
{
	if (policy != SHADOW_BOX_POLICY_TASKS)
		return;
	suspects_forget(suspects);
	go_on_with(EMPTYING);
}

FEATURE(HOOK(needs), HOOK(prepare), NONE, NONE, HOOK(forget), NONE);

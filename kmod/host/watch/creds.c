// SPDX-License-Identifier: GPL-2.0-only
/*
 * Credentials: what a process may do, and whether it came by it honestly. As long as a process starts no
 * other program and stays in its user namespace, no system call gives it capabilities that it had not at
 * least permitted, nor, without CAP_SETUID among them, a user ID that was not one of its own three. So
 * what it has in one sweep and had not in the one before, something else gave it: somebody wrote to its
 * credentials, or put others in their place. All under the host's lock.
 */
#include "../memory/pool.h"
#include "../policy/feature.h"
#include "suspects.h"
#include "task_walk.h"

/* Room for what is known of processes: 320 KB, in sets of so many that share a hash. */
#define SET_BITS	9
#define SETS		(1u << SET_BITS)
#define WAYS		16u
#define TABLE_PAGES	(SETS * WAYS * sizeof(struct known) / SB_PAGE_SIZE)

#define PF_KTHREAD	0x00200000u
#define CAP_SETUID	BIT(7)

enum { REAL, EFFECTIVE, SAVED, IDS };

/* Linux's order of its user and group IDs: uid, gid, suid, sgid, euid. */
static const u8 place_of[IDS] = { [REAL] = 0, [EFFECTIVE] = 4, [SAVED] = 2 };

/**
 * struct known - a process, and what it may do
 * @task: its address, 0: free
 * @stamp: when it was started, by how many programs, and its user namespace: where it is another one, what was
 *	known counts no more
 * @caps: permitted capabilities
 * @id: user IDs
 * @seen: the sweep that met it last
 */
struct known {
	u64 task;
	u64 stamp;
	u64 caps;
	u32 id[IDS];
	u32 seen;
};

_Static_assert(SETS * WAYS * sizeof(struct known) % SB_PAGE_SIZE == 0, "the table is pages");

static struct known *table;
static struct suspect suspects[SUSPECTS];
static struct task_walk walk;
static bool begun, is_wanted;
static u32 round;	/* number of this sweep */
static u32 since;	/* and of the first one after the policy was switched on */

/* What is known of a task, or room for it; NULL if all of its set are of others that live. */
static struct known *known_of(u64 task)
{
	struct known *set = table + ((task >> 6) * 0x9e3779b97f4a7c15ull >> (64 - SET_BITS)) * WAYS;
	struct known *room = NULL;
	u32 i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].task == task)
			return &set[i];
		if (!set[i].task || round - set[i].seen > 1)
			room = &set[i];
	}
	return room;
}

/* A program that is being started changes its number first, then the credentials, under this lock. */
static bool starts_program(struct slice *slice, u64 task)
{
	u64 signal, owner;

	return !read_word(slice, task + facts()->task_signal, &signal) ||
	       !read_word(slice, signal + facts()->signal_guard, &owner) || owner;
}

static bool read_cred(struct slice *slice, u64 cred, struct known *now, u64 *namespace)
{
	u8 body[SB_CRED_MAX];
	u32 i;

	if (!slice_read(slice, cred + facts()->cred_ids, body, facts()->cred_size))
		return false;
	for (i = 0; i < IDS; i++)
		copy_bytes(&now->id[i], body + place_of[i] * sizeof(u32), sizeof(u32));
	copy_bytes(&now->caps, body + facts()->cred_caps, sizeof(now->caps));
	copy_bytes(namespace, body + facts()->cred_namespace, sizeof(*namespace));
	return true;
}

/*
 * Credentials do not change, but are replaced and freed. These were the task's all the while if they are so
 * before and after; and the number of its program is theirs if none was being started after it was read.
 */
static bool read_known(struct slice *slice, u64 start, struct known *now, u64 *cred)
{
	u64 programs, namespace = 0, again;

	if (!read_word(slice, now->task + facts()->task_programs, &programs) ||
	    !read_word(slice, now->task + facts()->task_cred, cred) || !*cred ||
	    !read_cred(slice, *cred, now, &namespace) || starts_program(slice, now->task) ||
	    !read_word(slice, now->task + facts()->task_cred, &again) || again != *cred)
		return false;
	now->stamp = ((start ^ programs * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull) ^ namespace;
	return true;
}

static bool is_own(const struct known *old, u32 id)
{
	return id == old->id[REAL] || id == old->id[EFFECTIVE] || id == old->id[SAVED];
}

static bool has_gained(const struct known *old, const struct known *now)
{
	if (now->caps & ~old->caps)
		return true;
	return !(old->caps & CAP_SETUID) &&
	       !(is_own(old, now->id[REAL]) && is_own(old, now->id[EFFECTIVE]) &&
		 is_own(old, now->id[SAVED]));
}

/* What a report shows of credentials. */
struct shown {
	u32 real, effective;
	u64 caps;
};

static struct shown show(const struct known *k)
{
	return (struct shown){ k->id[REAL], k->id[EFFECTIVE], k->caps };
}

/* @old may be NULL. */
static void report(struct slice *slice, const struct known *old, const struct known *now, u32 why)
{
	struct shown before = show(old ? old : now), after = show(now);
	char name[SB_SUBJECT_NAME_SIZE] = { 0 };
	u32 pid = 0;

	slice_read(slice, now->task + facts()->task_pid, &pid, sizeof(pid));
	slice_read(slice, now->task + facts()->task_comm, name, SB_COMM_SIZE - 1);
	violation(slice->cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_CREDS, .why = why,
		.subject = SHADOW_BOX_SUBJECT_TASK, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_id = pid, .subject_name = name, .object = now->task,
		.size = old ? sizeof(before) : 0, .old = &before, .new = &after });
}

static bool is_sure(const struct known *now, u32 why)
{
	found_odd(SHADOW_BOX_POLICY_CREDS);
	return suspect(suspects, now->task, now->stamp, why);
}

/* While nobody looked, a process may have got anything. */
static bool is_known(const struct known *k, const struct known *now)
{
	return k->task == now->task && k->stamp == now->stamp && k->seen - since < BIT(31);
}

/* What was known stays known until the gain is sure, or was none. */
static void compare(struct slice *slice, const struct known *now)
{
	struct known *k = known_of(now->task);

	if (!k)
		return;
	if (is_known(k, now) && has_gained(k, now)) {
		k->seen = round;
		if (!is_sure(now, SHADOW_BOX_WHY_GAINED))
			return;
		report(slice, k, now, SHADOW_BOX_WHY_GAINED);
	}
	*k = *now;
}

static bool look_at_task(struct slice *slice, u64 task, u64 start)
{
	struct known now = { .task = task, .seen = round };
	u32 flags;
	u64 cred;

	if (!slice_read(slice, task + facts()->task_flags, &flags, sizeof(flags)) ||
	    flags & PF_KTHREAD || !read_known(slice, start, &now, &cred))
		return true;
	looked_at(SHADOW_BOX_POLICY_CREDS, 1);
	if (cred != facts()->init_cred)
		compare(slice, &now);
	else if (is_sure(&now, SHADOW_BOX_WHY_BORROWED))
		report(slice, NULL, &now, SHADOW_BOX_WHY_BORROWED);
	return true;
}

static void begin(void)
{
	task_walk_begin(&walk);
	begun = true;
	round++;
}

/**
 * creds_look() - look at the credentials of each process
 * @slice: of this stay
 *
 * Return: whether all has been looked at.
 */
bool creds_look(struct slice *slice)
{
	enum walked walked;

	if (!is_watched(SHADOW_BOX_POLICY_CREDS) || !table)
		return true;
	if (!begun)
		begin();
	walked = task_walk(slice, &walk, look_at_task);
	if (walked == WALK_GOES_ON)
		return false;
	begun = false;
	if (walked == WALK_ENDED)
		suspects_end_sweep(suspects);
	else
		WRITE_ONCE(status()->sweeps_aborted, status()->sweeps_aborted + 1);
	return true;
}

/* Before a policy is set, when it is known which: is the memory wanted? */
static __used bool needs(struct sb_cpu *cpu, u32 policy)
{
	is_wanted |= policy == SHADOW_BOX_POLICY_CREDS;
	return true;
}

static __used bool prepare(void)
{
	if (is_wanted && !table)
		table = pool_pages(TABLE_PAGES, SB_POOL_RESERVE);
	return !is_wanted || table;
}

static __used void forget(u32 policy, u32 mode)
{
	if (policy != SHADOW_BOX_POLICY_CREDS)
		return;
	suspects_forget(suspects);
	begun = false;
	since = round + 1;
}

FEATURE(HOOK(needs), HOOK(prepare), NONE, NONE, HOOK(forget), NONE);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process of an offender: taken from the kernel's structures when the event is passed on, if it
 * still lives, and kept for whoever asks for the event later, when its number may be another's. All
 * of it is what Linux says, which an attacker can change.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/tsc.h>

#include "../../uapi/shadow_box.h"
#include "../channel/events.h"
#include "../kernel/symbols.h"
#include "process.h"

/* Processes kept at most; the one that was not asked for the longest goes. */
#define KEPT_MAX 256

/* In so short a time no thread becomes another program's: 10 ms. A flood asks once. */
#define FRESH_KHZ 10

/**
 * struct kept - what a thread's process was for some time
 * @list: in @kept, the one that was asked for last first
 * @pid: the thread
 * @from, @to: TSC of the first and of the last of its events
 * @process: what it was
 */
struct kept {
	struct list_head list;
	u32 pid;
	u64 from, to;
	struct sb_process process;
};

/* Guards the list. Never held while the host is called. */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(kept);
static u32 nr_kept;

static bool has_process(const struct sb_event *event)
{
	return event->type == SHADOW_BOX_EVENT_VIOLATION && sb_event_has_offender(event) && event->pid;
}

/* Another one that has the number now was started after the event; clocks differ a little. */
static bool is_younger(const struct task_struct *task, u64 tsc)
{
	s64 ticks = rdtsc() - tsc;
	u64 age = ktime_get_ns() - task->start_time + NSEC_PER_MSEC;

	return ticks > 0 && tsc_khz && mul_u64_u64_div_u64(ticks, NSEC_PER_MSEC, tsc_khz) > age;
}

static struct task_struct *task_of(const struct sb_event *event)
{
	struct task_struct *task;

	rcu_read_lock();
	task = get_pid_task(find_pid_ns(event->pid, &init_pid_ns), PIDTYPE_PID);
	rcu_read_unlock();
	if (!task || !is_younger(task, event->tsc))
		return task;
	put_task_struct(task);
	return NULL;
}

/* The end of @path: it tells most. */
static void take_path(const char *path, char *text)
{
	size_t length = strlen(path);

	strscpy(text, length < SB_PATH_SIZE ? path : path + length - (SB_PATH_SIZE - 1),
		SB_PATH_SIZE);
}

static void take_exe(struct task_struct *task, char *text)
{
	unsigned long get = sb_symbol("get_task_exe_file");
	struct file *file = get ? (struct file *)sb_call(get, (unsigned long)task, 0, 0) : NULL;
	char *room = file ? kmalloc(PATH_MAX, GFP_KERNEL) : NULL;
	char *path = room ? d_path(&file->f_path, room, PATH_MAX) : NULL;

	if (!IS_ERR_OR_NULL(path))
		take_path(path, text);
	kfree(room);
	if (file)
		fput(file);
}

static void take_cgroup(struct task_struct *task, char *text)
{
#ifdef CONFIG_CGROUPS
	char *room = kmalloc(PATH_MAX, GFP_KERNEL);

	if (!room)
		return;
	*room = '\0';
	rcu_read_lock();
	cgroup_path(task_dfl_cgroup(task), room, PATH_MAX);
	rcu_read_unlock();
	take_path(room, text);
	kfree(room);
#endif
}

static void describe(struct task_struct *task, struct sb_process *process)
{
	const struct task_struct *parent;

	process->is_known = true;
	rcu_read_lock();
	process->uid = from_kuid(&init_user_ns, task_uid(task));
	parent = rcu_dereference(task->real_parent);
	process->parent = parent->tgid;
	memcpy(process->parent_comm, parent->comm, sizeof(process->parent_comm));
	rcu_read_unlock();
	process->parent_comm[sizeof(process->parent_comm) - 1] = '\0';
	take_exe(task, process->exe);
	take_cgroup(task, process->cgroup);
}

/* Of a thread, what was last known. */
static struct kept *find(u32 pid)
{
	struct kept *k;

	list_for_each_entry(k, &kept, list)
		if (k->pid == pid)
			return k;
	return NULL;
}

static void touch(struct kept *k)
{
	list_del(&k->list);
	list_add(&k->list, &kept);
}

static bool take_fresh(const struct sb_event *event, struct sb_process *process)
{
	struct kept *k;
	bool is_fresh;

	spin_lock(&lock);
	k = find(event->pid);
	is_fresh = k && event->tsc >= k->from && event->tsc < k->to + FRESH_KHZ * (u64)tsc_khz;
	if (is_fresh) {
		k->to = max(k->to, event->tsc);
		*process = k->process;
		touch(k);
	}
	spin_unlock(&lock);
	return is_fresh;
}

static void forget_last(void)
{
	struct kept *k;

	list_for_each_entry_reverse(k, &kept, list) {
		list_del(&k->list);
		kfree(k);
		nr_kept--;
		return;
	}
}

static void keep(const struct sb_event *event, const struct sb_process *process)
{
	struct kept *k = kzalloc(sizeof(*k), GFP_KERNEL);

	if (!k)
		return;
	k->pid = event->pid;
	k->from = k->to = event->tsc;
	k->process = *process;
	spin_lock(&lock);
	list_add(&k->list, &kept);
	if (++nr_kept > KEPT_MAX)
		forget_last();
	spin_unlock(&lock);
}

/**
 * sb_process_take() - what Linux says now of the process of an event
 * @event: the event, which is being passed on
 * @process: filled in
 *
 * Context: may sleep.
 */
void sb_process_take(const struct sb_event *event, struct sb_process *process)
{
	struct task_struct *task;

	memset(process, 0, sizeof(*process));
	if (!has_process(event) || take_fresh(event, process))
		return;
	task = task_of(event);
	if (!task)
		return;
	describe(task, process);
	put_task_struct(task);
	keep(event, process);
}

/**
 * sb_process_recall() - what Linux said of the process of an event when it was passed on
 * @event: the event
 * @process: filled in
 */
void sb_process_recall(const struct sb_event *event, struct sb_process *process)
{
	struct kept *k;

	memset(process, 0, sizeof(*process));
	if (!has_process(event))
		return;
	spin_lock(&lock);
	list_for_each_entry(k, &kept, list) {
		if (k->pid != event->pid || event->tsc < k->from || event->tsc > k->to)
			continue;
		*process = k->process;
		touch(k);
		break;
	}
	spin_unlock(&lock);
}

/* From now on nothing is kept. No event is passed on or asked for meanwhile. */
void sb_processes_forget(void)
{
	struct kept *k, *next;

	list_for_each_entry_safe(k, next, &kept, list)
		kfree(k);
	INIT_LIST_HEAD(&kept);
	nr_kept = 0;
}

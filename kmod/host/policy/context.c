// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an exception would do to Linux where it is now: kill a thread, or bring the machine to a halt.
 */
#include "context.h"

#define PF_KTHREAD	0x00200000u	/* as in Linux's task_struct.flags, unchanged since 2.6.27 */
#define NEED_RESCHED	0x80000000u	/* in the preemption count, where it counts nothing */
#define MUTEX_FLAGS	7ull

static u64 running_task(struct sb_cpu *cpu)
{
	const u64 *pointer = ram(cpu->config.task, sizeof(*pointer));

	return pointer ? READ_ONCE(*pointer) : 0;
}

static bool is_preemptible(struct sb_cpu *cpu)
{
	const u32 *count = ram(cpu->config.preempt_count, sizeof(*count));

	return vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF && count &&
	       !(READ_ONCE(*count) & ~NEED_RESCHED);
}

/* Threads of the kernel are needed, and so are the idle task and the first process. */
static bool is_process(u64 task)
{
	u32 flags, pid;

	return guest_read(task + facts()->task_flags, &flags, sizeof(flags)) &&
	       guest_read(task + facts()->task_pid, &pid, sizeof(pid)) && !(flags & PF_KTHREAD) &&
	       pid > 1;
}

static bool holds_lock(u64 task)
{
	u32 i;

	for (i = 0; i < facts()->nr_locks; i++) {
		const u64 *owner = ram(facts()->lock[i], sizeof(*owner));

		if (owner && (READ_ONCE(*owner) & ~MUTEX_FLAGS) == task)
			return true;
	}
	return false;
}

/**
 * can_die() - would an exception kill what runs on this CPU, and nothing else?
 * @cpu: this CPU
 *
 * Linux's own structures say it, which an attacker may have changed: then the attacker's write is
 * skipped, or the attacker's machine halts.
 *
 * Return: true for a program, and for a process in the kernel that can be preempted and holds none
 * of the locks without which no code can be patched and no module loaded.
 */
bool can_die(struct sb_cpu *cpu)
{
	u64 task;

	if (guest_cpl())
		return true;
	if (facts()->skip || !is_preemptible(cpu))
		return false;
	task = running_task(cpu);
	return is_process(task) && !holds_lock(task);
}

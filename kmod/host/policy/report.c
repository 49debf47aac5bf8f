// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations: what the policy says is to be done, the counters, the record.
 */
#include "../host.h"

u32 policy_mode(u32 policy)
{
	return READ_ONCE(status()->mode[policy]);
}

/*
 * Who runs, as Linux's own structures say: an attacker may have changed them, so the pointers are
 * followed like any guest address and may lead nowhere.
 */
static void describe_task(struct sb_cpu *cpu, u32 *pid, char *comm)
{
	const u64 *pointer = ram(cpu->config.task, sizeof(*pointer));
	u64 task;
	u32 i;

	*pid = 0;
	for (i = 0; i < 16; i++)
		comm[i] = 0;
	if (!pointer)
		return;
	task = READ_ONCE(*pointer);
	if (!guest_read(task + facts()->task_pid, pid, sizeof(*pid)))
		*pid = 0;
	if (!guest_read(task + facts()->task_comm, comm, 15))
		comm[0] = 0;
}

static void record_violation(struct sb_cpu *cpu, const struct violation *v, u32 action)
{
	struct host_event event = {
		.type = SHADOW_BOX_EVENT_VIOLATION,
		.rip = vmread(VMCS_GUEST_RIP),
		.gla = v->gla,
		.gpa = v->gpa,
		.code = v->code,
		.object = v->object,
		.policy = v->policy,
		.action = action,
		.why = v->why,
		.length = v->size,
		.old = v->old,
		.new = v->new,
	};
	char comm[16];

	describe_task(cpu, &event.pid, comm);
	event.comm = comm;
	record_event(cpu, &event);
}

/**
 * violation() - count and report a violation
 * @cpu: this CPU
 * @v: what happened
 *
 * Return: whether it must be prevented.
 */
bool violation(struct sb_cpu *cpu, const struct violation *v)
{
	u32 mode = policy_mode(v->policy), action = SHADOW_BOX_ACTION_LOGGED;

	if (mode == SHADOW_BOX_MODE_OFF)
		return false;
	if (mode == SHADOW_BOX_MODE_ENFORCE)
		action = v->discard ? SHADOW_BOX_ACTION_DISCARDED : SHADOW_BOX_ACTION_BLOCKED;
	cpu_counters(cpu)->violations[v->policy]++;
	cpu_counters(cpu)->blocked[v->policy] += mode == SHADOW_BOX_MODE_ENFORCE;
	record_violation(cpu, v, action);
	return mode == SHADOW_BOX_MODE_ENFORCE;
}

/* A hypercall that was answered with an error since it must not be: whatever the policies say. */
void refusal(struct sb_cpu *cpu, u32 policy, u32 why, u64 code)
{
	struct violation v = { .policy = policy, .why = why, .code = code };

	cpu_counters(cpu)->violations[policy]++;
	cpu_counters(cpu)->blocked[policy]++;
	record_violation(cpu, &v, SHADOW_BOX_ACTION_REFUSED);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations: what the policy says is to be done, the counters, the record.
 */
#include "../witness/chain.h"

u32 policy_mode(u32 policy)
{
	return READ_ONCE(status()->mode[policy]);
}

/*
 * Who runs, as Linux's own structures say: an attacker may have changed them, so the pointers are
 * followed like any guest address and may lead nowhere.
 */
static void name_offender(struct sb_cpu *cpu, u64 caller, struct sb_event *event)
{
	const u64 *pointer = ram(cpu->config.task, sizeof(*pointer));
	u64 task;

	event->rip = caller ? caller : vmread(VMCS_GUEST_RIP);
	if (!pointer)
		return;
	task = READ_ONCE(*pointer);
	if (!guest_read(task + facts()->task_pid, &event->pid, sizeof(event->pid)))
		event->pid = 0;
	if (!guest_read(task + facts()->task_comm, event->comm, sizeof(event->comm) - 1))
		event->comm[0] = 0;
}

/* The thread that a sweep interrupts has nothing to do with what it finds. */
static void name_who(struct sb_cpu *cpu, const struct violation *v, struct sb_event *event)
{
	if (v->observer == SHADOW_BOX_OBSERVER_EXIT)
		return name_offender(cpu, v->caller, event);
	event->subject_id = v->subject_id;
	if (v->subject_name)
		copy_bytes(event->subject_name, v->subject_name, SB_SUBJECT_NAME_SIZE);
}

/* Counted, numbered, kept and hashed at once, so that what the witness states fits together. */
static void report(struct sb_cpu *cpu, const struct sb_event *event, bool prevented)
{
	const struct sb_event *record;

	record_lock(cpu);
	cpu_counters(cpu)->violations[event->policy]++;
	cpu_counters(cpu)->blocked[event->policy] += prevented;
	record = record_event(cpu, event);
	keep_report(record);
	chain_add(record);
	record_unlock(cpu);
}

static void record_violation(struct sb_cpu *cpu, const struct violation *v, u32 action)
{
	struct sb_event event = {
		.type = SHADOW_BOX_EVENT_VIOLATION,
		.observer = v->observer,
		.subject = v->subject,
		.gla = v->gla,
		.gpa = v->gpa,
		.code = v->code,
		.object = v->object,
		.policy = v->policy,
		.action = action,
		.why = v->why,
		.length = v->size,
	};

	/* The host's own memory is not told. */
	if (v->old)
		copy_bytes(event.old, v->old, v->size);
	if (v->new)
		copy_bytes(event.new, v->new, v->size);
	name_who(cpu, v, &event);
	report(cpu, &event, action != SHADOW_BOX_ACTION_LOGGED);
}

/**
 * violation() - count and report a violation
 * @cpu: this CPU
 * @v: what happened
 *
 * Return: whether it must be prevented. What a sweep finds has happened already.
 */
bool violation(struct sb_cpu *cpu, const struct violation *v)
{
	u32 mode = policy_mode(v->policy), action = SHADOW_BOX_ACTION_LOGGED;
	bool prevented = mode == SHADOW_BOX_MODE_ENFORCE && v->observer == SHADOW_BOX_OBSERVER_EXIT;

	if (mode == SHADOW_BOX_MODE_OFF)
		return false;
	if (prevented)
		action = v->discard ? SHADOW_BOX_ACTION_DISCARDED : SHADOW_BOX_ACTION_BLOCKED;
	record_violation(cpu, v, action);
	return prevented;
}

/* A hypercall that was answered with an error since it must not be: whatever the policies say. */
void refusal(struct sb_cpu *cpu, u32 policy, u32 why, u64 code)
{
	struct violation v = { .policy = policy, .why = why, .code = code,
			       .subject = SHADOW_BOX_SUBJECT_HYPERCALL };

	record_violation(cpu, &v, SHADOW_BOX_ACTION_REFUSED);
}

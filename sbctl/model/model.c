// SPDX-License-Identifier: GPL-2.0-only
/*
 * The snapshot model: sums, groups, rates between two snapshots, order and release.
 */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

void cpu_groups(const struct cpu *cpu, uint64_t group[N_GROUPS])
{
	uint64_t named = 0;
	size_t i;

	memset(group, 0, N_GROUPS * sizeof(*group));
	for (i = 0; i < cpu->n_exit; i++) {
		group[exit_group(cpu->exit[i].reason)] += cpu->exit[i].count;
		named += cpu->exit[i].count;
	}
	/*
	 * The counters are read while the CPU counts on: a total may be older than its parts.
	 */
	if (cpu->exits > named)
		group[GROUP_OTHER] += cpu->exits - named;
}

#define NS_PER_MS	1000000ull
/* A sweep takes a second or two where there are thousands of processes. */
#define PERIODS_LATE	3
#define MS_LATE		5000

bool info_sweeps_late(const struct info *info)
{
	return HAVE(info, SHADOW_BOX_INFO_SWEEP_WAIT) && HAVE(info, SHADOW_BOX_INFO_SWEEP_PERIOD) &&
	       info->sweep_wait / NS_PER_MS > PERIODS_LATE * (uint64_t)info->sweep_period + MS_LATE;
}

static int by_cpu_id(const void *a, const void *b)
{
	const struct cpu *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

const struct cpu *snapshot_cpu(const struct snapshot *snapshot, uint32_t id)
{
	struct cpu key = { .id = id };

	if (!snapshot->n_cpu)
		return NULL;
	return bsearch(&key, snapshot->cpu, snapshot->n_cpu, sizeof(key), by_cpu_id);
}

void snapshot_total(const struct snapshot *snapshot, struct cpu *total, uint64_t group[N_GROUPS])
{
	uint64_t part[N_GROUPS];
	size_t i, g;

	memset(total, 0, sizeof(*total));
	memset(group, 0, N_GROUPS * sizeof(*group));
	for (i = 0; i < snapshot->n_cpu; i++) {
		const struct cpu *cpu = &snapshot->cpu[i];

		total->have |= cpu->have;
		total->exits += cpu->exits;
		total->cycles += cpu->cycles;
		total->nmi_guest += cpu->nmi_guest;
		total->nmi_host += cpu->nmi_host;
		total->nmi_redelivered += cpu->nmi_redelivered;
		total->nmi_coalesced += cpu->nmi_coalesced;
		cpu_groups(cpu, part);
		for (g = 0; g < N_GROUPS; g++)
			group[g] += part[g];
	}
}

size_t snapshot_faults(const struct snapshot *snapshot)
{
	size_t faults = 0, i;

	for (i = 0; i < snapshot->n_cpu; i++)
		faults += snapshot->cpu[i].state == SHADOW_BOX_CPU_FAULT;
	return faults;
}

uint32_t info_offline(const struct info *info)
{
	return info->cpus_online && info->cpus_online < info->cpus ?
		info->cpus - info->cpus_online : 0;
}

/* If it is not known which CPUs are online, none is taken to be offline. */
uint32_t snapshot_unprotected(const struct snapshot *snapshot)
{
	const struct info *info = &snapshot->info;
	uint32_t expected = info->cpus_online ? info->cpus_online : info->cpus;
	uint32_t known = info->cpus_active + (uint32_t)snapshot_faults(snapshot);

	return expected > known ? expected - known : 0;
}

const struct policy *policy_list_find(const struct policy_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->n_policy; i++)
		if (list->policy[i].id == id)
			return &list->policy[i];
	return NULL;
}

bool policy_list_add(struct policy_list *list, const struct policy *policy)
{
	struct policy *grown = realloc(list->policy, (list->n_policy + 1) * sizeof(*grown));

	if (!grown)
		return false;
	list->policy = grown;
	grown[list->n_policy++] = *policy;
	return true;
}

void policy_list_free(struct policy_list *list)
{
	free(list->policy);
	memset(list, 0, sizeof(*list));
}

static int by_policy_id(const void *a, const void *b)
{
	const struct policy *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_reason(const void *a, const void *b)
{
	const struct exit_count *x = a, *y = b;

	return (x->reason > y->reason) - (x->reason < y->reason);
}

void snapshot_sort(struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++)
		if (snapshot->cpu[i].n_exit)
			qsort(snapshot->cpu[i].exit, snapshot->cpu[i].n_exit,
			      sizeof(*snapshot->cpu[i].exit), by_reason);
	if (snapshot->n_cpu)
		qsort(snapshot->cpu, snapshot->n_cpu, sizeof(*snapshot->cpu), by_cpu_id);
	if (snapshot->policies.n_policy)
		qsort(snapshot->policies.policy, snapshot->policies.n_policy,
		      sizeof(struct policy), by_policy_id);
}

void snapshot_free(struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++)
		free(snapshot->cpu[i].exit);
	free(snapshot->cpu);
	policy_list_free(&snapshot->policies);
	memset(snapshot, 0, sizeof(*snapshot));
}

static bool copy_cpus(struct snapshot *copy, const struct snapshot *snapshot)
{
	size_t i, size;

	copy->cpu = calloc(snapshot->n_cpu, sizeof(*copy->cpu));
	for (i = 0; copy->cpu && i < snapshot->n_cpu; i++) {
		struct cpu *cpu = &copy->cpu[i];

		*cpu = snapshot->cpu[i];
		copy->n_cpu++;
		size = cpu->n_exit * sizeof(*cpu->exit);
		cpu->exit = malloc(size ? size : 1);
		if (!cpu->exit)
			return false;
		if (size)
			memcpy(cpu->exit, snapshot->cpu[i].exit, size);
	}
	return copy->n_cpu == snapshot->n_cpu;
}

void snapshot_copy(struct snapshot *copy, const struct snapshot *snapshot)
{
	size_t i;

	memset(copy, 0, sizeof(*copy));
	copy->info = snapshot->info;
	copy->torn = snapshot->torn;
	if (!copy_cpus(copy, snapshot))
		goto no_memory;
	for (i = 0; i < snapshot->policies.n_policy; i++)
		if (!policy_list_add(&copy->policies, &snapshot->policies.policy[i]))
			goto no_memory;
	return;
no_memory:
	snapshot_free(copy);
}

void cpu_rates(const struct cpu *now, const struct cpu *before, struct rates *rates)
{
	uint64_t new[N_GROUPS], old[N_GROUPS];
	double seconds;
	size_t g;

	memset(rates, 0, sizeof(*rates));
	/* Counters that went back belong to another launch. */
	if (!before || now->time <= before->time || now->exits < before->exits)
		return;
	rates->valid = true;
	seconds = (double)(now->time - before->time) / 1e9;
	rates->exits = (double)(now->exits - before->exits) / seconds;
	cpu_groups(now, new);
	cpu_groups(before, old);
	for (g = 0; g < N_GROUPS; g++)
		if (new[g] > old[g])
			rates->group[g] = (double)(new[g] - old[g]) / seconds;
}

bool event_list_add(struct event_list *list, const struct event *event)
{
	if (list->n_event == list->n_allocated) {
		size_t more = list->n_allocated ? 2 * list->n_allocated : 64;
		struct event *grown = realloc(list->event, more * sizeof(*grown));

		if (!grown)
			return false;
		list->event = grown;
		list->n_allocated = more;
	}
	list->event[list->n_event++] = *event;
	return true;
}

static int by_seq(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq > y->seq ? 1 : -1;
	/* Of one and the same that is first which knows how many there were at last. */
	return (x->count < y->count) - (x->count > y->count);
}

void event_list_sort(struct event_list *list)
{
	if (list->n_event)
		qsort(list->event, list->n_event, sizeof(*list->event), by_seq);
}

void event_list_free(struct event_list *list)
{
	free(list->event);
	memset(list, 0, sizeof(*list));
}

void event_list_move(struct event_list *to, struct event_list *from)
{
	size_t i;

	for (i = 0; i < from->n_event; i++)
		if (!event_list_add(to, &from->event[i]))
			break;
	from->n_event = 0;
}

void event_list_tidy(struct event_list *list)
{
	size_t kept = 0, i;

	event_list_sort(list);
	for (i = 0; i < list->n_event; i++)
		if (kept && list->event[i].seq == list->event[kept - 1].seq)
			list->event[kept - 1].twice = true;
		else
			list->event[kept++] = list->event[i];
	list->n_event = kept;
}

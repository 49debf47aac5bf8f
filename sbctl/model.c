// SPDX-License-Identifier: GPL-2.0-only
/*
 * The snapshot model: sums, groups, rates between two snapshots, order and release.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

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

const struct cpu *snapshot_cpu(const struct snapshot *snapshot, uint32_t id)
{
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++)
		if (snapshot->cpu[i].id == id)
			return &snapshot->cpu[i];
	return NULL;
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

static int by_cpu_id(const void *a, const void *b)
{
	const struct cpu *x = a, *y = b;

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
}

void snapshot_free(struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++)
		free(snapshot->cpu[i].exit);
	free(snapshot->cpu);
	memset(snapshot, 0, sizeof(*snapshot));
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

	return (x->seq > y->seq) - (x->seq < y->seq);
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

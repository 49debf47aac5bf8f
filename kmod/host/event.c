// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing to the event rings of a CPU. A ring has one writer, this CPU's exit path (or its fault
 * handler, after which nothing else runs here); the sequence number is shared and atomic.
 */
#include "host.h"

static u64 next_seq;

/* Violations have a ring of their own: no flood of anything else overwrites them. */
static struct sb_ring *ring_for(struct sb_cpu *cpu, u32 type)
{
	return type == SHADOW_BOX_EVENT_VIOLATION ? cpu_violations(cpu) : cpu_ring(cpu);
}

/* All but the number, which says that the rest holds; each word whole, for readers are at it. */
static void fill(struct sb_event *record, const struct sb_event *event)
{
	u64 *to = &record->seq;
	const u64 *from = &event->seq;
	u32 i;

	for (i = 0; i < sizeof(*event) / sizeof(*to) - 1; i++)
		WRITE_ONCE(to[i], from[i]);
}

/**
 * record_event() - append an event to a ring of this CPU, over the oldest if need be
 * @cpu: this CPU
 * @event: what happened; number, sequence number, time and CPU are filled in here
 *
 * Readers are lock-free: the record's number is 0 while it changes (x86 keeps stores in order).
 *
 * Return: the record, which stays until the ring is full again.
 */
const struct sb_event *record_event(struct sb_cpu *cpu, const struct sb_event *event)
{
	struct sb_ring *ring = ring_for(cpu, event->type);
	u64 head = ring->head;
	struct sb_event *record = &ring->event[head % SB_RING_RECORDS];

	WRITE_ONCE(record->number, 0);
	barrier();
	fill(record, event);
	WRITE_ONCE(record->seq, fetch_add(&next_seq, 1));
	WRITE_ONCE(record->tsc, rdtsc());
	WRITE_ONCE(record->cpu, cpu->config.cpu);
	barrier();
	WRITE_ONCE(record->number, head + 1);
	WRITE_ONCE(ring->head, head + 1);
	return record;
}

/* How many there were, of all CPUs. */
u64 events_recorded(void)
{
	return READ_ONCE(next_seq);
}

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

/**
 * record_event() - append an event to a ring of this CPU, over the oldest if need be
 * @cpu: this CPU
 * @event: what happened; number, sequence number, time and CPU are filled in here
 *
 * Readers are lock-free: the record's number is 0 while it changes (x86 keeps stores in order).
 */
void record_event(struct sb_cpu *cpu, const struct sb_event *event)
{
	struct sb_ring *ring = ring_for(cpu, event->type);
	u64 head = ring->head;
	struct sb_event *record = &ring->event[head % SB_RING_RECORDS];

	WRITE_ONCE(record->number, 0);
	barrier();
	/* All but the number, which says that the rest holds. */
	copy_bytes(&record->seq, &event->seq, sizeof(*event) - sizeof(event->number));
	record->seq = fetch_add(&next_seq, 1);
	record->tsc = rdtsc();
	record->cpu = cpu->config.cpu;
	barrier();
	WRITE_ONCE(record->number, head + 1);
	WRITE_ONCE(ring->head, head + 1);
}

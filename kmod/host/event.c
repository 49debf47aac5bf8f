// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing to the event ring of a CPU. The ring has one writer, this CPU's exit path (or its fault
 * handler, after which nothing else runs here); the sequence number is shared and atomic.
 */
#include "host.h"

static u64 next_seq;

/**
 * record_event() - append an event to the ring of this CPU, over the oldest if need be
 * @cpu: this CPU
 * @event: what happened
 *
 * Readers are lock-free: the record's number is 0 while it changes (x86 keeps stores in order).
 */
void record_event(struct sb_cpu *cpu, const struct host_event *event)
{
	struct sb_ring *ring = cpu_ring(cpu);
	u64 head = ring->head;
	struct sb_event *record = &ring->event[head % SB_RING_RECORDS];

	WRITE_ONCE(record->number, 0);
	barrier();
	record->seq = fetch_add(&next_seq, 1);
	record->tsc = rdtsc();
	record->cpu = cpu->config.cpu;
	record->type = event->type;
	record->rip = event->rip;
	record->gla = event->gla;
	record->gpa = event->gpa;
	record->code = event->code;
	record->error = event->error;
	barrier();
	WRITE_ONCE(record->number, head + 1);
	WRITE_ONCE(ring->head, head + 1);
}

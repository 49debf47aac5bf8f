// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing to the event rings of a CPU. A ring has one writer, this CPU's exit path (or its fault
 * handler, after which nothing else runs here); the sequence number is shared and atomic.
 */
#include "host.h"

static u64 next_seq;

static void copy_16(void *to, const void *from)
{
	u64 *t = to;
	const u64 *f = from;

	t[0] = f ? f[0] : 0;
	t[1] = f ? f[1] : 0;
}

static void copy_bytes_of(u8 *to, const u8 *from, u32 size)
{
	u32 i;

	for (i = 0; i < 16; i++)
		to[i] = from && i < size ? from[i] : 0;
}

/* Violations have a ring of their own: no flood of anything else overwrites them. */
static struct sb_ring *ring_for(struct sb_cpu *cpu, u32 type)
{
	return type == SHADOW_BOX_EVENT_VIOLATION ? cpu_violations(cpu) : cpu_ring(cpu);
}

static void fill_record(struct sb_event *record, const struct host_event *event)
{
	record->type = event->type;
	record->rip = event->rip;
	record->gla = event->gla;
	record->gpa = event->gpa;
	record->code = event->code;
	record->error = event->error;
	record->policy = event->policy;
	record->action = event->action;
	record->why = event->why;
	record->length = event->length;
	record->pid = event->pid;
	copy_16(record->comm, event->comm);
	copy_bytes_of(record->old, event->old, event->length);
	copy_bytes_of(record->new, event->new, event->length);
}

/**
 * record_event() - append an event to a ring of this CPU, over the oldest if need be
 * @cpu: this CPU
 * @event: what happened
 *
 * Readers are lock-free: the record's number is 0 while it changes (x86 keeps stores in order).
 */
void record_event(struct sb_cpu *cpu, const struct host_event *event)
{
	struct sb_ring *ring = ring_for(cpu, event->type);
	u64 head = ring->head;
	struct sb_event *record = &ring->event[head % SB_RING_RECORDS];

	WRITE_ONCE(record->number, 0);
	barrier();
	record->seq = fetch_add(&next_seq, 1);
	record->tsc = rdtsc();
	record->cpu = cpu->config.cpu;
	fill_record(record, event);
	barrier();
	WRITE_ONCE(record->number, head + 1);
	WRITE_ONCE(ring->head, head + 1);
}

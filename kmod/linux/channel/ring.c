// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading an event ring that the host may be writing: a copy is good if the record's number was
 * the one wanted before and after it. No kernel headers: the unit tests compile this file.
 */
#ifdef __KERNEL__
#include <linux/compiler.h>
#include <asm/barrier.h>
#else
#define smp_rmb() barrier()	/* x86 keeps loads in order */
#endif
#include "ring.h"

/* Word by word, each whole: the host may be at it. */
static void copy_record(struct sb_event *copy, const struct sb_event *record)
{
	const u64 *from = &record->number;
	u64 *to = &copy->number;
	u32 i;

	for (i = 0; i < sizeof(*copy) / sizeof(*to); i++)
		to[i] = READ_ONCE(from[i]);
}

/**
 * sb_ring_read() - copy one event out of a ring that the host may be writing
 * @ring: the ring
 * @number: number of the event wanted, from 0; moved on to the one read if older ones are gone
 * @event: the copy
 *
 * Return: false if there is no such event yet.
 */
bool sb_ring_read(const struct sb_ring *ring, u64 *number, struct sb_event *event)
{
	for (;;) {
		u64 head = READ_ONCE(ring->head);
		const struct sb_event *record;

		if (*number >= head)
			return false;
		if (head - *number > SB_RING_RECORDS)
			*number = head - SB_RING_RECORDS;
		record = &ring->event[*number % SB_RING_RECORDS];
		smp_rmb();
		copy_record(event, record);
		smp_rmb();
		if (event->number == *number + 1 && READ_ONCE(record->number) == *number + 1)
			return true;
		/* Overwritten meanwhile: the oldest that is left is newer. */
		++*number;
	}
}

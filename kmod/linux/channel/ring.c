// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what the host may be writing. Of an event ring a copy is good if the record's number was
 * the one wanted before and after it, of a report that is kept if the count of changes was the same.
 * No kernel headers: the unit tests compile this file.
 */
#ifdef __KERNEL__
#include <linux/compiler.h>
#include <asm/barrier.h>
#else
#define smp_rmb() barrier()	/* x86 keeps loads in order */
#endif
#include "ring.h"

/* Word by word, each whole: the host may be at it. */
static void copy_words(u64 *to, const u64 *from, u32 size)
{
	u32 i;

	for (i = 0; i < size / sizeof(*to); i++)
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
		copy_words(&event->number, &record->number, sizeof(*event));
		smp_rmb();
		if (event->number == *number + 1 && READ_ONCE(record->number) == *number + 1)
			return true;
		/* Overwritten meanwhile: the oldest that is left is newer. */
		++*number;
	}
}

/**
 * sb_kind_read() - copy what the host keeps of a kind of violations
 * @kind: what the host may be writing
 * @copy: the copy
 *
 * The host writes in one go, unless it stops that CPU for ever: then what it has written is all
 * there will be.
 */
void sb_kind_read(const struct sb_kind *kind, struct sb_kind *copy)
{
	u32 attempts = 1000;

	do {
		copy_words(&copy->changes, &kind->changes, sizeof(*copy));
		smp_rmb();
	} while ((copy->changes % 2 || copy->changes != READ_ONCE(kind->changes)) && --attempts);
}

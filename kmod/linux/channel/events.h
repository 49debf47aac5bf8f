/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passing on what the host wrote to its event rings, to those who subscribe.
 */
#ifndef SB_LINUX_EVENTS_H
#define SB_LINUX_EVENTS_H

#include "../../uapi/shadow_box.h"
#include "../world/world.h"

struct notifier_block;
struct sb_event_names;
struct sb_event_origin;

/**
 * enum sb_events_action - what a subscriber is called for
 * @SB_EVENTS_RECORD: a new event. The call comes from a thread and may sleep.
 * @SB_EVENTS_LAST_WORDS: the host of a CPU has stopped. The call comes once for each such CPU, from
 *	a thread or a hard interrupt, and must neither sleep nor wait for another CPU.
 *	%SB_EVENTS_RECORD of the same event comes as well.
 */
enum sb_events_action {
	SB_EVENTS_RECORD,
	SB_EVENTS_LAST_WORDS,
};

/**
 * struct sb_events_record - what a subscriber is called with
 * @event: the event
 * @names: of the addresses in it; NULL in %SB_EVENTS_LAST_WORDS
 * @lost: events of its CPU that were overwritten just before it
 * @origin: where it comes from, as Linux says; NULL in %SB_EVENTS_LAST_WORDS
 */
struct sb_events_record {
	const struct sb_event *event;
	const struct sb_event_names *names;
	u64 lost;
	const struct sb_event_origin *origin;
};

/* Is it known who did it? What a sweep found has no RIP, PID and name of a thread. */
static inline bool sb_event_has_offender(const struct sb_event *event)
{
	return event->observer == SHADOW_BOX_OBSERVER_EXIT;
}

void sb_events_subscribe(struct notifier_block *subscriber);
void sb_events_unsubscribe(struct notifier_block *subscriber);

int sb_events_init(const struct sb_world *world);
void sb_events_exit(void);
void sb_events_pass_on(void);
u64 sb_events_lost(void);
u64 sb_events_recorded(const struct sb_world *world);
u64 sb_tsc_time(u64 tsc);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations as hits of a tracepoint.
 */
#include <linux/notifier.h>

#include "../../uapi/shadow_box.h"
#include "events.h"
#include "tracepoint.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int trace_record(struct notifier_block *block, unsigned long action, void *data)
{
	const struct sb_events_record *record = data;

	if (action == SB_EVENTS_RECORD && record->event->type == SHADOW_BOX_EVENT_VIOLATION)
		trace_shadow_box_violation(record->event, record->names);
	return NOTIFY_DONE;
}

static struct notifier_block subscriber = { .notifier_call = trace_record };

/**
 * sb_tracepoint_init() - hit the tracepoint for each violation from now on
 *
 * Context: as sb_events_subscribe().
 */
void sb_tracepoint_init(void)
{
	sb_events_subscribe(&subscriber);
}

void sb_tracepoint_exit(void)
{
	sb_events_unsubscribe(&subscriber);
}

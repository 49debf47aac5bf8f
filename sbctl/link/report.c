// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the violations that the module holds.
 */
#include "link/report.h"

/* A list that violations came into is read again so often. */
#define READ_ATTEMPTS	3

static const struct event *last_of(const struct event_list *list)
{
	return &list->event[list->n_event - 1];
}

/* Until no violation came meanwhile; in a storm of them the numbers may not quite fit. */
int report_read(struct channel *channel, struct report *report, struct failure *failure)
{
	struct info after;
	int attempt;

	for (attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		report->list.n_event = 0;
		if (channel_active_info(channel, &report->info, failure) ||
		    channel_events(channel, 0, SHADOW_BOX_EVENT_VIOLATION, &report->list,
				   failure) ||
		    channel_info(channel, &after, failure))
			return -1;
		if (after.violations == report->info.violations)
			break;
	}
	if (report->info.violations > report->list.n_event)
		report->lost = report->info.violations - report->list.n_event;
	/* What is listed has happened. */
	if (report->list.n_event && last_of(&report->list)->seq >= report->info.events)
		report->info.events = last_of(&report->list)->seq + 1;
	return 0;
}

/* The first of the list that happened on CPU @cpu. */
static const struct event *oldest_of(const struct event_list *list, uint32_t cpu)
{
	size_t i = 0;

	while (list->event[i].cpu != cpu)
		i++;
	return &list->event[i];
}

/*
 * A CPU drops its oldest violations. So if each still holds one from before @since, none is missing
 * since then.
 */
bool report_is_complete(const struct event_list *list, uint64_t since)
{
	size_t i;

	for (i = 0; i < list->n_event; i++)
		if (oldest_of(list, list->event[i].cpu)->seq >= since)
			return false;
	return list->n_event > 0;
}

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

/* Not just one of those that are kept for good. */
static bool is_in_ring(const struct event *event)
{
	return !event->count || event->twice;
}

/* The first of the list that happened on CPU @cpu and is in its ring; NULL if there is none. */
static const struct event *oldest_of(const struct event_list *list, uint32_t cpu)
{
	size_t i;

	for (i = 0; i < list->n_event; i++)
		if (list->event[i].cpu == cpu && is_in_ring(&list->event[i]))
			return &list->event[i];
	return NULL;
}

/*
 * A CPU drops its oldest violations. So if each still holds one from before @since, none is missing
 * since then.
 */
bool report_is_complete(const struct event_list *list, uint64_t since)
{
	const struct event *oldest;
	size_t i;

	for (i = 0; i < list->n_event; i++) {
		oldest = oldest_of(list, list->event[i].cpu);
		if (!oldest || oldest->seq >= since)
			return false;
	}
	return list->n_event > 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl violations": what violated a policy, with the names of kernel functions and data.
 */
#include <stdio.h>

#include "link/follow.h"
#include "link/report.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/verb.h"

static bool take_since(struct request *request, const char *text)
{
	return take_number(&request->since, text);
}

static bool take_follow(struct request *request, const char *text)
{
	(void)text;
	request->follow = true;
	return true;
}

static const struct option_spec options[] = {
	{ "since", 's', TAKES("SEQ", "a whole number"), "only those numbered SEQ or later",
	  take_since },
	{ "follow", 'f', NULL, "go on with new ones as they happen", take_follow },
	{ "count", 'n', TAKES("N", TAKES_COUNT),
	  "only the last N; with --follow: stop after N new ones", take_count },
	OPTION_JSON,
	OPTION_NO_PAGER,
	OPTION_NO_LEGEND,
	{ 0 }
};

static void keep_since(struct report *report, uint64_t since)
{
	struct event_list *list = &report->list;
	size_t kept = 0, i;

	if (report_is_complete(list, since))
		report->lost = 0;
	for (i = 0; i < list->n_event; i++)
		if (list->event[i].seq >= since)
			list->event[kept++] = list->event[i];
	list->n_event = kept;
}

/* Those lost before the first that is kept do not matter. */
static void keep_last(struct report *report, uint64_t count)
{
	const struct event_list *list = &report->list;

	if (count && count < list->n_event)
		keep_since(report, list->event[list->n_event - count].seq);
}

static void print_report(const struct request *request, const struct report *report)
{
	pager_open(!request->no_pager);
	if (request->json)
		json_print_pretty(json_violations(&report->list, &report->info, report->lost));
	else if (report->lost || report->list.n_event)
		text_violations(&report->list, report->lost);
	else if (!request->no_legend)
		printf("-- no violations\n");
}

/* A line each, as what follows. */
static void print_lines(const struct request *request, const struct report *report)
{
	size_t i;

	if (!request->json) {
		text_violations(&report->list, report->lost);
		return;
	}
	if (report->lost)
		json_print(json_lost_violations(report->lost));
	for (i = 0; i < report->list.n_event; i++)
		json_sink.event(&report->list.event[i]);
}

/* Goes on after what had happened when the report was made. */
static int follow_report(struct channel *channel, const struct request *request,
			 const struct report *report, struct failure *failure)
{
	struct follow follow = {
		.type = SHADOW_BOX_EVENT_VIOLATION,
		.from = report->info.events,
		.violations_before = report->info.violations,
		.count = request->count,
		.sink = request->json ? &json_sink : &text_sink,
	};

	return follow_events(channel, &follow, failure);
}

static int violations(struct channel *channel, const void *context, struct failure *failure)
{
	const struct request *request = context;
	struct report report = { 0 };
	int status = report_read(channel, &report, failure);

	if (!status) {
		keep_since(&report, request->since);
		if (request->follow) {
			print_lines(request, &report);
		} else {
			keep_last(&report, request->count);
			print_report(request, &report);
		}
	}
	if (!status && request->follow)
		status = follow_report(channel, request, &report, failure);
	event_list_free(&report.list);
	return status;
}

static int run(const struct request *request)
{
	return with_channel(violations, request);
}

const struct verb verb_violations = {
	.name = "violations",
	.summary = "list what violated a policy, with the names of kernel functions",
	.about = "List the violations of policies that the module still holds, oldest first:\n"
		 "time, number, CPU, policy, what was done, why it was a violation, what was\n"
		 "changed, the instruction that did it, thread, bytes before and after. Addresses\n"
		 "have the names that the kernel had for them when it happened.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

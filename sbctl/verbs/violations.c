// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl violations": what violated a policy, with the names of kernel functions and data.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link/follow.h"
#include "link/report.h"
#include "model/group.h"
#include "model/say.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/verb.h"

static bool take_since(struct request *request, const char *text)
{
	return bound_read(text, time(NULL), &request->since);
}

static bool take_until(struct request *request, const char *text)
{
	return bound_read(text, time(NULL), &request->until);
}

/* "NAME,NAME" as a set; false if @number does not know one of them. */
static bool take_names(const char *text, int (*number)(const char *name), uint32_t *set)
{
	char name[NAME_SIZE];
	size_t length;
	int found;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		if (length >= sizeof(name))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)length, text);
		found = number(name);
		if (found < 0)
			return false;
		*set |= 1u << found;
		if (!text[length])
			return true;
	}
}

static bool take_policy(struct request *request, const char *text)
{
	return take_names(text, policy_number, &request->policies);
}

static int action_number(const char *name)
{
	uint32_t action;

	/* Bits of a set. */
	for (action = 0; action < 32; action++)
		if (action_name(action) && !strcmp(action_name(action), name))
			return (int)action;
	return -1;
}

static bool take_action(struct request *request, const char *text)
{
	return take_names(text, action_number, &request->actions);
}

static bool take_group(struct request *request, const char *text)
{
	(void)text;
	request->group = true;
	return true;
}

static bool take_follow(struct request *request, const char *text)
{
	(void)text;
	request->follow = true;
	return true;
}

static const struct option_spec options[] = {
	{ "since", 's', TAKES("FROM", BOUND_VALUES), "only those from this number or time on",
	  take_since },
	{ "until", 'u', TAKES("TO", BOUND_VALUES), "only those up to this number or time",
	  take_until },
	{ "policy", 'p', TAKES("NAME", "the name of a policy, or several with commas"),
	  "only those of this policy", take_policy },
	{ "action", 'a', TAKES("NAME", "logged, blocked, discarded or refused, or several with commas"),
	  "only those with this action", take_action },
	{ "group", 'g', NULL, "those of one kind as one, with their number", take_group },
	{ "follow", 'f', NULL, "go on with new ones as they happen", take_follow },
	{ "count", 'n', TAKES("N", TAKES_COUNT),
	  "only the last N; with --follow: stop after N new ones", take_count },
	OPTION_JSON,
	OPTION_NO_PAGER,
	OPTION_NO_LEGEND,
	{ 0 }
};

static bool is_in(uint32_t set, uint32_t number)
{
	return !set || (number < 32 && (set >> number) & 1);
}

/* By what it is, not when it was. */
static bool is_wanted(const void *context, const struct event *event)
{
	const struct request *request = context;

	return is_in(request->policies, event->policy) && is_in(request->actions, event->action);
}

static bool is_after(const struct event *event, const struct bound *until)
{
	return until->set && (until->is_time ? event->time > until->value :
					       event->seq > until->value);
}

/* The number from which on violations are not before @since. */
static uint64_t first_number(const struct event_list *list, const struct bound *since)
{
	size_t i;

	if (!since->is_time)
		return since->set ? since->value : 0;
	for (i = 0; i < list->n_event; i++)
		if (list->event[i].time >= since->value)
			return list->event[i].seq;
	return UINT64_MAX;
}

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

static void keep_wanted(struct report *report, const struct request *request)
{
	struct event_list *list = &report->list;
	size_t kept = 0, i;

	keep_since(report, first_number(list, &request->since));
	for (i = 0; i < list->n_event; i++)
		if (is_wanted(request, &list->event[i]) &&
		    !is_after(&list->event[i], &request->until))
			list->event[kept++] = list->event[i];
	list->n_event = kept;
}

/* Those lost before the first that is kept do not matter, unless they were sorted out. */
static void keep_last(struct report *report, const struct request *request)
{
	struct event_list *list = &report->list;
	size_t surplus = request->count && request->count < list->n_event ?
			 list->n_event - request->count : 0;

	if (!surplus)
		return;
	if (report_is_complete(list, list->event[surplus].seq))
		report->lost = 0;
	memmove(list->event, list->event + surplus, request->count * sizeof(*list->event));
	list->n_event = request->count;
}

static void print_groups(const struct request *request, const struct report *report)
{
	struct group_list groups;

	if (!group_violations(&report->list, &groups)) {
		say("out of memory");
		return;
	}
	if (request->json)
		json_print_pretty(json_groups(&groups, &report->info, report->lost));
	else
		text_groups(&groups, report->lost);
	free(groups.group);
}

static void print_report(const struct request *request, const struct report *report)
{
	pager_open(!request->no_pager);
	if (request->group && (request->json || report->list.n_event))
		print_groups(request, report);
	else if (request->json)
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
		.wanted = is_wanted,
		.context = request,
	};

	return follow_events(channel, &follow, failure);
}

static int violations(struct channel *channel, const void *context, struct failure *failure)
{
	const struct request *request = context;
	struct report report = { 0 };
	int status = report_read(channel, &report, failure);

	if (!status) {
		keep_wanted(&report, request);
		if (request->follow) {
			print_lines(request, &report);
		} else {
			keep_last(&report, request);
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
	if (request->follow && request->group)
		return wrong_usage(&verb_violations, "with --follow there is no", "--group");
	if (request->follow && request->until.set)
		return wrong_usage(&verb_violations, "with --follow there is no", "--until");
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

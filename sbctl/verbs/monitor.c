// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl monitor": follow the events in order, as lines or into the journal; lost ones are said.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link/follow.h"
#include "model/say.h"
#include "render/json.h"
#include "render/text.h"
#include "verbs/verb.h"

#define JOURNAL_PROGRAM	SBCTL_LIBEXECDIR "/sbctl-journal"

static bool take_backlog(struct request *request, const char *text)
{
	(void)text;
	request->backlog = true;
	return true;
}

static bool take_journal(struct request *request, const char *text)
{
	(void)text;
	request->journal = true;
	return true;
}

static const struct option_spec options[] = {
	{ "backlog", 'b', NULL, "first print the events that the module still holds",
	  take_backlog },
	OPTION_COUNT,
	{ "journal", 'J', NULL, "write them to the systemd journal", take_journal },
	OPTION_JSON,
	{ 0 }
};

static int monitor(struct channel *channel, const void *context, struct failure *failure)
{
	return follow_events(channel, context, failure);
}

/* Becomes the program for that, which has libsystemd. */
static int become_journal(const struct request *request)
{
	char count[24];

	snprintf(count, sizeof(count), "%" PRIu64, request->count);
	execl(JOURNAL_PROGRAM, "sbctl-journal", request->backlog ? "held" : "now", count, NULL);
	say("cannot run %s: %s", JOURNAL_PROGRAM, strerror(errno));
	return SBCTL_FAILED;
}

static int run(const struct request *request)
{
	struct follow follow = {
		.from = request->backlog ? FOLLOW_HELD : FOLLOW_NOW,
		.count = request->count,
		.sink = request->json ? &json_sink : &text_sink,
	};

	if (request->journal && request->json)
		return wrong_usage(&verb_monitor, "with --journal there is no", "--json");
	if (request->journal)
		return become_journal(request);
	return with_channel(monitor, &follow);
}

const struct verb verb_monitor = {
	.name = "monitor",
	.summary = "follow the events, one line each",
	.about = "Print the events of Shadow-box as they happen, one line each, until\n"
		 "interrupted, or write them to the journal with all their fields. Events that\n"
		 "were lost on the way are counted and said.\n"
		 "Exit status 7 when the module is not loaded or is unloaded meanwhile.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

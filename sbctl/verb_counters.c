// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl counters": every counter of every CPU, exits by reason as the Intel SDM numbers them.
 */
#include <errno.h>
#include <stdlib.h>

#include "json.h"
#include "netlink.h"
#include "text.h"
#include "verb.h"

static bool take_cpu(struct request *request, const char *text)
{
	char *end;

	errno = 0;
	request->cpu = strtol(text, &end, 10);
	return end != text && !*end && !errno && request->cpu >= 0 && request->cpu <= UINT32_MAX;
}

static const struct option_spec options[] = {
	{ "cpu", 'c', "N", "only CPU number N", take_cpu },
	OPTION_JSON,
	{ 0 }
};

static int print_counters(const struct snapshot *snapshot, const struct request *request)
{
	if (snapshot->info.state == SHADOW_BOX_STATE_IDLE) {
		say("the shadow_box module is loaded but not active; 'sbctl load' launches it");
		return SBCTL_NOT_RUNNING;
	}
	if (request->cpu >= 0 && !snapshot_cpu(snapshot, (uint32_t)request->cpu)) {
		say("counters: there is no CPU %ld in the guest world; 'sbctl status --once' lists those that are",
		    request->cpu);
		return SBCTL_FAILED;
	}
	if (request->json)
		json_print_pretty(json_counters(snapshot, request->cpu));
	else
		text_counters(snapshot, request->cpu);
	return SBCTL_OK;
}

static int run(const struct request *request)
{
	struct snapshot snapshot;
	struct failure failure;
	struct channel *channel = channel_open(&failure);
	int status;

	if (!channel)
		return say_failure(&failure);
	if (channel_snapshot(channel, &snapshot, &failure)) {
		status = say_failure(&failure);
	} else {
		status = print_counters(&snapshot, request);
		snapshot_free(&snapshot);
	}
	channel_close(channel);
	return status;
}

const struct verb verb_counters = {
	.name = "counters",
	.summary = "show every counter of each CPU, VM exits by reason",
	.about = "Show the counters of each CPU since the launch, VM exits by the basic exit\n"
		 "reasons of the Intel SDM.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

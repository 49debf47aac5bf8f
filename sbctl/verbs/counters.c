// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl counters": every counter of every CPU, exits by reason as the Intel SDM numbers them.
 */
#include "link/netlink.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/verb.h"

static bool take_cpu(struct request *request, const char *text)
{
	uint64_t cpu;

	if (!take_number(&cpu, text) || cpu > UINT32_MAX)
		return false;
	request->cpu = (long)cpu;
	return true;
}

static const struct option_spec options[] = {
	{ "cpu", 'c', TAKES("N", "the number of a CPU"), "only CPU number N", take_cpu },
	OPTION_JSON,
	OPTION_NO_PAGER,
	OPTION_NO_LEGEND,
	{ 0 }
};

static void print(const struct request *request, const struct snapshot *snapshot)
{
	pager_open(!request->no_pager);
	if (request->json)
		json_print_pretty(json_counters(snapshot, request->cpu));
	else
		text_counters(snapshot, request->cpu, !request->no_legend);
}

static int print_counters(struct channel *channel, const void *context, struct failure *failure)
{
	const struct request *request = context;
	struct snapshot snapshot;
	int status = SBCTL_OK;

	if (channel_snapshot(channel, &snapshot, failure))
		return -1;
	if (snapshot.info.state == SHADOW_BOX_STATE_IDLE)
		status = fail_not_active(failure);
	else if (request->cpu >= 0 && !snapshot_cpu(&snapshot, (uint32_t)request->cpu))
		status = fail(failure, SBCTL_FAILED,
			      "counters: there is no CPU %ld in the guest world; 'sbctl status --once' lists those that are",
			      request->cpu);
	else
		print(request, &snapshot);
	snapshot_free(&snapshot);
	return status;
}

static int run(const struct request *request)
{
	return with_channel(print_counters, request);
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

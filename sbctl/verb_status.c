// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl status": the live dashboard on a terminal, one snapshot otherwise.
 */
#include <stdlib.h>
#include <unistd.h>

#include "dashboard.h"
#include "json.h"
#include "netlink.h"
#include "text.h"
#include "verb.h"

static bool take_once(struct request *request, const char *text)
{
	(void)text;
	request->once = true;
	return true;
}

static bool take_interval(struct request *request, const char *text)
{
	char *end;

	request->interval = strtod(text, &end);
	return end != text && !*end && request->interval >= INTERVAL_MIN &&
	       request->interval <= INTERVAL_MAX;
}

static const struct option_spec options[] = {
	{ "once", '1', NULL, "print one snapshot, also on a terminal", take_once },
	{ "interval", 'i', "SECONDS", "time between two updates of the dashboard (1)",
	  take_interval },
	OPTION_JSON,
	{ 0 }
};

static int print_snapshot(struct channel *channel, const struct request *request)
{
	struct snapshot snapshot;
	struct failure failure;
	int status;

	if (channel_snapshot(channel, &snapshot, &failure))
		return say_failure(&failure);
	if (request->json)
		json_print_pretty(json_status(&snapshot));
	else
		text_status(&snapshot);
	status = snapshot.info.state == SHADOW_BOX_STATE_IDLE ? SBCTL_NOT_RUNNING : SBCTL_OK;
	snapshot_free(&snapshot);
	return status;
}

static int run(const struct request *request)
{
	struct failure failure;
	struct channel *channel = channel_open(&failure);
	int status;

	if (!channel)
		return say_failure(&failure);
	if (!request->once && !request->json && dashboard_possible())
		return dashboard_run(channel, request->interval);
	status = print_snapshot(channel, request);
	channel_close(channel);
	return status;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "show state, VM exits and NMIs of each CPU (live on a terminal)",
	.about = "Show what Shadow-box does: on a terminal as a live dashboard, otherwise (or with\n"
		 "--once) as one table of totals since the launch.\n"
		 "Exit status 7 when the module is not loaded or not active.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

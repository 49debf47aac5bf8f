// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl status": the live dashboard on a terminal, one snapshot otherwise.
 */
#include <stdlib.h>
#include <unistd.h>

#include "dashboard/dashboard.h"
#include "link/netlink.h"
#include "model/say.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/verb.h"

static bool take_once(struct request *request, const char *text)
{
	(void)text;
	request->once = true;
	return true;
}

static bool take_writable(struct request *request, const char *text)
{
	(void)text;
	request->writable = true;
	return true;
}

static bool take_interval(struct request *request, const char *text)
{
	char *end;

	request->interval = strtod(text, &end);
	return end != text && !*end && request->interval >= INTERVAL_MIN &&
	       request->interval <= INTERVAL_MAX;
}

static bool take_ascii(struct request *request, const char *text)
{
	(void)text;
	request->ascii = true;
	return true;
}

static bool take_record(struct request *request, const char *text)
{
	request->record = text;
	return *text;
}

static bool take_replay(struct request *request, const char *text)
{
	request->replay = text;
	return *text;
}

static bool take_seconds(double *number, const char *text, double most)
{
	char *end;

	*number = strtod(text, &end);
	return end != text && !*end && *number >= 0 && *number <= most;
}

static bool take_speed(struct request *request, const char *text)
{
	return take_seconds(&request->speed, text, SPEED_MAX) && request->speed >= SPEED_MIN;
}

static bool take_at(struct request *request, const char *text)
{
	return take_seconds(&request->at, text, AT_MAX);
}

static const struct option_spec options[] = {
	{ "once", '1', NULL, "print one snapshot, also on a terminal", take_once },
	{ "interval", 'i', TAKES("SECONDS", "a number from 0.1 to 3600"),
	  "time between two updates, from 0.1 to 3600 (1)", take_interval },
	{ "writable", 'w', NULL, "let the dashboard change things, after asking", take_writable },
	{ "ascii", 'a', NULL, "draw with ASCII characters only", take_ascii },
	{ "record", 'r', TAKES("FILE", TAKES_FILE),
	  "write all that comes from the module to FILE", take_record },
	{ "replay", 'p', TAKES("FILE", TAKES_FILE), "show a recording instead of this machine",
	  take_replay },
	{ "speed", 's', TAKES("FACTOR", "a number from 0.015625 to 64"),
	  "replay faster or slower, from 1/64 to 64 (1)", take_speed },
	{ "at", 't', TAKES("SECONDS", "a number from 0"),
	  "stop the replay so long after its beginning", take_at },
	OPTION_JSON,
	OPTION_NO_PAGER,
	OPTION_NO_LEGEND,
	{ 0 }
};

/* Where there would be a dashboard on another terminal, the user wonders. */
static void explain(const struct request *request)
{
	const char *term = getenv("TERM");

	if (!request->once && !request->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		say("cannot draw on a terminal of type '%s' (TERM): this is one table, as with --once",
		    term ? term : "");
}

/* Prints @snapshot, which it frees; returns the exit status. */
static int print(const struct request *request, struct snapshot *snapshot)
{
	int status = snapshot->info.state == SHADOW_BOX_STATE_IDLE ? SBCTL_NOT_RUNNING : SBCTL_OK;

	explain(request);
	pager_open(!request->no_pager);
	if (request->json)
		json_print_pretty(json_status(snapshot));
	else
		text_status(snapshot, !request->no_legend);
	snapshot_free(snapshot);
	return status;
}

static int print_now(struct channel *channel, const void *context, struct failure *failure)
{
	struct snapshot snapshot;

	if (channel_snapshot(channel, &snapshot, failure))
		return -1;
	return print(context, &snapshot);
}

static int print_recorded(const struct request *request)
{
	struct snapshot snapshot;
	struct failure failure;

	if (dashboard_recorded(request->replay, request->at, &snapshot, &failure))
		return say_failure(&failure);
	return print(request, &snapshot);
}

static int run_dashboard(const struct request *request, bool headless)
{
	struct dashboard_options dashboard = {
		.interval = request->interval,
		.writable = request->writable,
		.ascii = request->ascii,
		.record = request->record,
		.replay = request->replay,
		.speed = request->speed,
		.at = request->at,
		.headless = headless,
	};

	return dashboard_run(&dashboard);
}

/* Options that exclude each other. */
static int check_request(const struct request *request)
{
	if (request->record && request->replay)
		return wrong_usage(&verb_status, "a recording cannot be recorded again:",
				   "--record");
	if (request->record && (request->once || request->json))
		return wrong_usage(&verb_status, "one snapshot is no recording:", "--record");
	if (!request->replay && (request->at >= 0 || request->speed != 1))
		return wrong_usage(&verb_status, "without --replay there is no",
				   request->at >= 0 ? "--at" : "--speed");
	return 0;
}

static int run(const struct request *request)
{
	bool once = request->once || request->json;
	int status = check_request(request);

	if (status)
		return status;
	if (!once && dashboard_possible())
		return run_dashboard(request, false);
	if (request->record)
		return run_dashboard(request, true);
	if (request->replay)
		return print_recorded(request);
	return with_channel(print_now, request);
}

const struct verb verb_status = {
	.name = "status",
	.summary = "show state, VM exits and NMIs of each CPU (live on a terminal)",
	.about = "Show what Shadow-box does: on a terminal as a live dashboard of CPUs, exit\n"
		 "reasons, policies, violations and events, otherwise (or with --once) as one\n"
		 "table of totals since the launch.\n"
		 "Without a terminal, --record goes on until it is interrupted.\n"
		 "Exit status 7 when the module is not loaded or not active.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

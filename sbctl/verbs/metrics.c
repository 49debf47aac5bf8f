// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl metrics": counters and state for monitoring systems, on standard output or in a file that
 * node_exporter reads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/health.h"
#include "link/machine.h"
#include "link/netlink.h"
#include "link/state.h"
#include "render/metrics.h"
#include "verbs/verb.h"

static bool take_output(struct request *request, const char *text)
{
	request->output = strcmp(text, "-") ? text : NULL;
	return *text;
}

static bool take_format(struct request *request, const char *text)
{
	request->format = text;
	return !strcmp(text, "openmetrics") || !strcmp(text, "prometheus");
}

static const struct option_spec options[] = {
	{ "format", 'f', TAKES("FORMAT", "openmetrics or prometheus"),
	  "openmetrics (1.0) or prometheus (text 0.0.4)", take_format },
	{ "output", 'o', TAKES("FILE", TAKES_FILE), "replace FILE, by default as prometheus",
	  take_output },
	{ 0 }
};

static enum metrics_format format(const struct request *request)
{
	if (!request->format)
		return request->output ? METRICS_PROMETHEUS : METRICS_OPENMETRICS;
	return strcmp(request->format, "prometheus") ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

static int fail_write(const struct request *request, int error, struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "metrics: cannot write %.256s: %s", request->output,
		    file_error(error));
}

/* Others read it: the collector is not root. */
static int replace(const struct request *request, const struct snapshot *snapshot,
		   const struct health *health, struct failure *failure)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int status = SBCTL_OK;

	if (memory)
		metrics_print(memory, format(request), snapshot, health);
	if (!memory || fclose(memory))
		status = fail_write(request, ENOMEM, failure);
	else if (file_replace(request->output, text, 0644))
		status = fail_write(request, errno, failure);
	free(text);
	return status;
}

static int write_metrics(const struct request *request, const struct snapshot *snapshot,
			 struct failure *failure)
{
	struct health health;

	health_look(&health, snapshot);
	if (request->output)
		return replace(request, snapshot, &health, failure);
	metrics_print(stdout, format(request), snapshot, &health);
	return SBCTL_OK;
}

static int metrics(struct channel *channel, const void *context, struct failure *failure)
{
	struct snapshot snapshot;
	int status;

	if (channel_snapshot(channel, &snapshot, failure))
		return -1;
	status = write_metrics(context, &snapshot, failure);
	snapshot_free(&snapshot);
	return status;
}

/* That the module is not loaded is no failure but something that monitoring wants to know. */
static int run(const struct request *request)
{
	struct failure failure;

	if (machine_module_loaded())
		return with_channel(metrics, request);
	return write_metrics(request, NULL, &failure) ? say_failure(&failure) : SBCTL_OK;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.summary = "print counters and state for Prometheus and its kin",
	.about = "Print counters and state as metrics: for whoever scrapes standard output as\n"
		 "OpenMetrics, or with --output in a file for node_exporter's textfile collector,\n"
		 "which is replaced as a whole if it is a plain file (- is standard output).\n"
		 "A module that is not loaded is no error, but shadow_box_loaded is 0.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

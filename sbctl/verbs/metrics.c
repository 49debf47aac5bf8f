// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl metrics": counters and state for monitoring systems, on standard output or in a file that
 * node_exporter reads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/health.h"
#include "link/machine.h"
#include "link/netlink.h"
#include "render/metrics.h"
#include "verbs/verb.h"

static bool take_output(struct request *request, const char *text)
{
	request->output = text;
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
	{ "output", 'o', TAKES("FILE", TAKES_FILE), "replace FILE, as prometheus unless said otherwise",
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
		    strerror(error));
}

/* Fills the file @fd; 0 or errno. */
static int fill(int fd, const struct request *request, const struct snapshot *snapshot,
		const struct health *health)
{
	FILE *file = fdopen(fd, "w");
	int error;

	if (!file)
		return errno;
	metrics_print(file, format(request), snapshot, health);
	/* Others read it: the collector is not root. */
	error = fflush(file) || ferror(file) || fchmod(fd, 0644) ? errno : 0;
	if (fclose(file) && !error)
		error = errno;
	return error;
}

/* Whoever reads the file meanwhile finds the old one or the new one, whole. */
static int replace(const struct request *request, const struct snapshot *snapshot,
		   const struct health *health, struct failure *failure)
{
	char *path = NULL;
	int fd, error;

	if (asprintf(&path, "%s.XXXXXX", request->output) < 0)
		return fail_write(request, ENOMEM, failure);
	fd = mkstemp(path);
	error = fd < 0 ? errno : fill(fd, request, snapshot, health);
	if (!error && rename(path, request->output))
		error = errno;
	if (error && fd >= 0)
		unlink(path);
	free(path);
	return error ? fail_write(request, error, failure) : SBCTL_OK;
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
		 "which is replaced as a whole.\n"
		 "A module that is not loaded is no error, but shadow_box_loaded is 0.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics renderer: a snapshot for monitoring systems, as OpenMetrics 1.0 or in the older text
 * format of Prometheus, which node_exporter's textfile collector reads.
 */
#ifndef SBCTL_METRICS_H
#define SBCTL_METRICS_H

#include <stdio.h>

#include "link/health.h"

enum metrics_format {
	METRICS_OPENMETRICS,
	METRICS_PROMETHEUS,
};

/* Without a @snapshot the module is not loaded, which is a metric, too. */
void metrics_print(FILE *file, enum metrics_format format, const struct snapshot *snapshot,
		   const struct health *health);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live dashboard of "sbctl status": one loop over keyboard, data, timer and signals, which
 * keeps the view up to date and has screen.c draw it.
 */
#ifndef SBCTL_DASHBOARD_H
#define SBCTL_DASHBOARD_H

#include <stdbool.h>

#include "model/model.h"
#include "model/say.h"

/* Intervals of the dashboard, in seconds. */
#define INTERVAL_DEFAULT	1.0
#define INTERVAL_MIN		0.1
#define INTERVAL_MAX		3600.0
/* Of a replay: factors, and seconds from its beginning. */
#define SPEED_MIN		(1.0 / 64)
#define SPEED_MAX		64.0
#define AT_MAX			1e9

/**
 * struct dashboard_options - how the dashboard runs
 * @interval: seconds between two updates
 * @writable: the user may change policies
 * @ascii: draw with ASCII only
 * @record: file to record to, or NULL
 * @replay: recording to show instead of the module, or NULL
 * @speed: of the replay, 1 as recorded
 * @at: where the replay stops, in seconds; negative to play all of it
 * @headless: draw nothing, only record
 */
struct dashboard_options {
	double interval;
	bool writable;
	bool ascii;
	const char *record;
	const char *replay;
	double speed;
	double at;
	bool headless;
};

/* Standard input and output are a terminal that can be drawn on. */
bool dashboard_possible(void);

/* Runs until the user leaves or a signal ends it. Returns the exit status. */
int dashboard_run(const struct dashboard_options *options);

/* The state of a recording @at seconds from its beginning, or at its end if that is negative. */
int dashboard_recorded(const char *replay, double at, struct snapshot *snapshot,
		       struct failure *failure);

#endif

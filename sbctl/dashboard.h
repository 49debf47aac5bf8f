/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live dashboard of "sbctl status": one loop over keyboard, events, timer and signals, which
 * keeps the model up to date and has screen.c draw it.
 */
#ifndef SBCTL_DASHBOARD_H
#define SBCTL_DASHBOARD_H

#include <stdbool.h>

#include "netlink.h"

/* Standard input and output are a terminal that can be drawn on. */
bool dashboard_possible(void);

/* Runs until the user leaves; takes @channel over. Returns the exit status. */
int dashboard_run(struct channel *channel, double interval);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Violations over the last hours, from the journal: also those of earlier launches.
 */
#ifndef SBCTL_HISTORY_H
#define SBCTL_HISTORY_H

#include <time.h>

#include "model/model.h"
#include "model/say.h"

#define HISTORY_HOURS	48

/**
 * struct history - violations of the last hours
 * @end: end of the last hour, which is not over yet
 * @hour: how many there were in each, the last first
 * @policy: how many there were of each policy
 */
struct history {
	time_t end;
	uint64_t hour[HISTORY_HOURS];
	uint64_t policy[SHADOW_BOX_POLICIES];
};

/* Asks journalctl(1). 0, or -1 with @failure filled. */
int history_read(struct history *history, time_t now, struct failure *failure);

#endif

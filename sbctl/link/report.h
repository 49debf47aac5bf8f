/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The violations that the module holds, read so that they and the counts fit together.
 */
#ifndef SBCTL_REPORT_H
#define SBCTL_REPORT_H

#include "link/netlink.h"

/**
 * struct report - the violations that the module holds
 * @info: from the same moment as the list, as far as violations are concerned
 * @lost: how many more there were
 */
struct report {
	struct info info;
	struct event_list list;
	uint64_t lost;
};

/* @report->list begins empty or is used again. 0, or -1 with @failure filled. */
int report_read(struct channel *channel, struct report *report, struct failure *failure);

/* None of those numbered @since or later is missing in @list. */
bool report_is_complete(const struct event_list *list, uint64_t since);

#endif

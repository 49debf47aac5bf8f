/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sinks: where a stream of events goes, be it as text, as JSON or to the journal.
 */
#ifndef SBCTL_SINK_H
#define SBCTL_SINK_H

#include "model/model.h"

/**
 * struct sink - takes events in the order of their numbers
 * @event: one happened
 * @lost: events @first to @last never arrived
 *
 * Each returns 0, or -errno when nothing more can be taken. Those who write to standard output
 * return 0: what became of that is known at the end, see output_finish().
 */
struct sink {
	int (*event)(const struct event *event);
	int (*lost)(uint64_t first, uint64_t last);
};

#endif

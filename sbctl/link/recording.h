/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a recording, line by line. One that breaks off in the middle of its last line, as one
 * does when the machine goes down, is good up to there.
 */
#ifndef SBCTL_RECORDING_H
#define SBCTL_RECORDING_H

#include "model/model.h"
#include "model/say.h"

/**
 * struct recording - a recording that is being read
 */
struct recording;

enum record_kind {
	RECORD_END,
	RECORD_SNAPSHOT,
	RECORD_EVENT,	/* or one that is kept, again, with a new count */
	RECORD_AWAY,
};

/**
 * struct record - one line
 * @ms: when, since the recording began
 * @snapshot: of a RECORD_SNAPSHOT; whoever reads it takes it over or frees it
 * @event: of a RECORD_EVENT
 * @away: of a RECORD_AWAY: why there is no module
 */
struct record {
	enum record_kind kind;
	uint64_t ms;
	struct snapshot snapshot;
	struct event event;
	char away[SENTENCE_SIZE];
};

/**
 * recording_open() - begin to read
 *
 * Return: NULL with @failure filled if there is no such file, or it is no recording.
 */
struct recording *recording_open(const char *path,
				 struct failure *failure);
void recording_close(struct recording *recording);

/* Reads the next line; -1 with @failure filled if it is none of a recording. */
int recording_read(struct recording *recording, struct record *record, struct failure *failure);
/* Begins anew. */
void recording_rewind(struct recording *recording);
/* How long it is, in ms. */
uint64_t recording_length(struct recording *recording);
/* Seconds between two snapshots, as whoever recorded it chose. */
double recording_interval(const struct recording *recording);
/* It breaks off in the middle of a line; known once that has been read. */
bool recording_broken_off(const struct recording *recording);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a recording: a line for each snapshot and event, each written at once, so that whatever
 * ends the program costs no more than the last line.
 */
#ifndef SBCTL_RECORDER_H
#define SBCTL_RECORDER_H

#include "model/model.h"
#include "model/say.h"

/**
 * struct recorder - a recording that is being made
 */
struct recorder;

/**
 * recorder_open() - begin a recording
 * @path: a new file; one that exists is left alone
 * @interval: seconds between two snapshots
 *
 * Return: NULL with @failure filled if that does not work.
 */
struct recorder *recorder_open(const char *path, double interval,
			       struct failure *failure);

/* Each does nothing if @recorder is NULL, or once a write has failed. */
void recorder_snapshot(struct recorder *recorder, const struct snapshot *snapshot);
void recorder_events(struct recorder *recorder, const struct event_list *list);
/* Of violations that the host keeps: how many there are of their kinds by now. */
void recorder_kept(struct recorder *recorder, const struct event_list *list);
/* The module went away; @why is the sentence for it. */
void recorder_away(struct recorder *recorder, const char *why);

/* Why nothing is written any more, or NULL. */
const char *recorder_error(const struct recorder *recorder);

/* Ends it; -1 with @failure filled if something was not written. */
int recorder_close(struct recorder *recorder, struct failure *failure);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text renderer: model to plain lines on standard output.
 */
#ifndef SBCTL_TEXT_H
#define SBCTL_TEXT_H

#include <stdio.h>

#include "model.h"

/* "1.5 MiB"; "1 h 02 min": for people. Both write at most @size bytes and return @text. */
char *text_bytes(char *text, size_t size, uint64_t bytes);
char *text_duration(char *text, size_t size, uint64_t ns);

/* "vpid, ept-1g": features by name, unknown ones as "bit N". Returns @text. */
char *text_features(char *text, size_t size, uint32_t features);

/* Time of @event in local time, "2025-01-31 12:00:00.123456", or "-". Returns @text. */
char *text_time(char *text, size_t size, const struct event *event);

/* "active on 2 of 2 CPUs for 5 s". Returns @text. */
char *text_state(char *text, size_t size, const struct info *info);

void text_status(const struct snapshot *snapshot);
/* All CPUs, or the one numbered @only when that is not negative. */
void text_counters(const struct snapshot *snapshot, long only);
void text_event(const struct event *event);

#endif

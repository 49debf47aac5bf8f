/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format of recordings (docs/recording.md): model to JSON and back, made from the same tables,
 * so that reading cannot differ from writing.
 */
#ifndef SBCTL_RECORD_H
#define SBCTL_RECORD_H

#include <jansson.h>

#include "model/model.h"

/* What the first line of a recording says of its format. */
#define RECORDING_SCHEMA	"shadow-box.recording/1"

json_t *record_snapshot(const struct snapshot *snapshot);
json_t *record_event(const struct event *event);

/* Each returns false if @json is no such object, or memory is short. What is unknown is skipped. */
bool record_read_snapshot(const json_t *json, struct snapshot *snapshot);
bool record_read_event(const json_t *json, struct event *event);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON renderer: model to one JSON object with a versioned "schema". Counts are integers of up
 * to 64 bits, addresses are strings in hexadecimal, what the module did not tell is null.
 */
#ifndef SBCTL_JSON_H
#define SBCTL_JSON_H

#include <jansson.h>

#include "model.h"

/* A new object {"schema": "shadow-box.@name/1"}. */
json_t *json_document(const char *name);
/* Prints @document on a line of its own and releases it; false (said) when memory is short. */
bool json_print(json_t *document);
/* As json_print(), but with one member a line, for documents that people read too. */
bool json_print_pretty(json_t *document);

json_t *json_status(const struct snapshot *snapshot);
/* All CPUs, or the one numbered @only when that is not negative. */
json_t *json_counters(const struct snapshot *snapshot, long only);
json_t *json_event(const struct event *event);
/* Events @first to @last never arrived. */
json_t *json_lost(uint64_t first, uint64_t last);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON renderer: model to one JSON object with a versioned "schema". Counts are integers of up
 * to 64 bits, addresses are strings in hexadecimal, what the module did not tell is null.
 */
#ifndef SBCTL_JSON_H
#define SBCTL_JSON_H

#include <jansson.h>

#include "link/trial.h"
#include "model/group.h"
#include "model/model.h"
#include "model/settings.h"
#include "model/sink.h"

/* A new object {"schema": "shadow-box.@name/1"}. */
json_t *json_document(const char *name);
/* Prints @document on a line of its own and releases it; false (said) when memory is short. */
bool json_print(json_t *document);
/* As json_print(), but with one member a line, for documents that people read too. */
bool json_print_pretty(json_t *document);

json_t *json_status(const struct snapshot *snapshot);
/* All CPUs, or the one numbered @only when that is not negative. */
json_t *json_counters(const struct snapshot *snapshot, long only);
json_t *json_policies(const struct policy_list *list);
/* What that sweep looked at for each policy. */
json_t *json_sweep(uint64_t number_of_sweep, const struct policy_list *list);
/* Of @changes, the policies in @refused, a bit each, would not be changed. */
json_t *json_changes(const struct change_list *changes, bool applied, uint32_t refused);
json_t *json_trial(const struct outcome *outcome);
json_t *json_event(const struct event *event);
/* @lost violations since the launch are no longer among the @list of all. */
json_t *json_groups(const struct group_list *groups, const struct info *info, uint64_t lost);
json_t *json_violations(const struct event_list *list, const struct info *info, uint64_t lost);
/* So many violations are no longer held, whatever their numbers. */
json_t *json_lost_violations(uint64_t count);
/* An object a line for each event, and for events that never arrived. */
extern const struct sink json_sink;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text renderer: model to plain lines on standard output.
 */
#ifndef SBCTL_TEXT_H
#define SBCTL_TEXT_H

#include <stdio.h>

#include "model/group.h"
#include "model/model.h"
#include "model/settings.h"
#include "model/sink.h"

/* "1.5 MiB"; "1 h 02 min": for people. Both write at most @size bytes and return @text. */
char *text_bytes(char *text, size_t size, uint64_t bytes);
char *text_duration(char *text, size_t size, uint64_t ns);

/* "vpid, ept-1g": features by name, unknown ones as "bit N". Returns @text. */
char *text_features(char *text, size_t size, uint32_t features);

/* Time of @event in local time, "2025-01-31 12:00:00.123456", or "-". Returns @text. */
char *text_time(char *text, size_t size, const struct event *event);

/* "1 of 2 CPUs (1 offline)": how many are in the guest world. Returns @text. */
char *text_cpus(char *text, size_t size, const struct info *info);
/* "active on 2 of 2 CPUs for 5 s", "loaded, not active". Returns @text. */
char *text_state(char *text, size_t size, const struct info *info);

/* Without @legend, the rows of the table only. */
void text_status(const struct snapshot *snapshot, bool legend);
/* All CPUs, or the one numbered @only when that is not negative. */
void text_counters(const struct snapshot *snapshot, long only, bool legend);
void text_policies(const struct policy_list *list, bool legend);
/* What the last sweep looked at for each policy. */
void text_sweep(const struct policy_list *list);
/* As a file for "policy apply". */
void text_policy_file(const struct policy_list *list);
/* A line for each change. */
void text_changes(const struct change_list *changes);
/* A line for each event, and for events that never arrived. */
extern const struct sink text_sink;
/* @lost more violations are no longer held. */
/* A line for each group, with its number, its first and its last. */
void text_groups(const struct group_list *groups, uint64_t lost);
void text_violations(const struct event_list *list, uint64_t lost);

/* Room for text_modes(). */
#define MODES_SIZE	(NAMES_SIZE + 64)
/* "enforce kernel-text, idt; off control-regs": all policies by mode. Returns @text. */
char *text_modes(char *text, size_t size, const struct policy_list *list);

#endif

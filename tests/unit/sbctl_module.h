/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the module, for tests of sbctl's verbs: it answers where netlink.c asks the kernel.
 */
#ifndef SBCTL_TESTS_MODULE_H
#define SBCTL_TESTS_MODULE_H

#include "link/netlink.h"
#include "verbs/verb.h"

#define STEPS	8

/**
 * struct step - what one feed_read() brings
 * @event: @n_event of them
 * @state: what feed_read() returns
 * @counted: violations that the module counts more
 */
struct step {
	struct event event[8];
	size_t n_event;
	enum feed_state state;
	uint64_t counted;
};

/**
 * struct module - the module
 * @cpu: @n_cpu CPUs, not released
 * @held: what the rings hold
 * @step: what comes, a step at a time; after the last the module is gone
 * @meanwhile: happens between the first request for information and the next one
 * @absent: it is not loaded
 * @no_detection: none is on
 * @silence: why it does not answer, code 0 if it does
 * @refusal: why POLICY_SET and LOCK fail, code 0 if they do not
 * @set: what the last POLICY_SET asked for
 * @n_set: how many POLICY_SET there were
 * @n_lock: how many LOCK
 */
struct module {
	struct info info;
	struct policy_list policies;
	struct cpu *cpu;
	size_t n_cpu;
	struct event_list held;
	struct step step[STEPS];
	size_t next_step;
	void (*meanwhile)(void);
	bool absent;
	bool no_detection;
	struct failure silence;
	struct failure refusal;
	struct setting_list set;
	int n_set;
	int n_lock;
};

extern struct module module;

/* Active, all policies off but host-memory, no events. */
void module_reset(void);
/* Event number @seq of @type on CPU @cpu. */
struct event module_event(uint64_t seq, uint32_t type, uint32_t cpu);
/* It is counted and held. */
void module_happens(const struct event *event);

/**
 * struct output - what a verb printed
 */
struct output {
	int status;
	char *out;
	char *error;
};

/* Runs "sbctl WORD...", the words being @line. The texts hold until the next call. */
const struct output *run_verb(const struct verb *verb, const char *line);

#endif

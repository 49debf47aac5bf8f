/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshot model: what the module tells about itself, its CPUs and its events, as plain data.
 * netlink.c fills it; the text, JSON and curses renderers only read it.
 */
#ifndef SBCTL_MODEL_H
#define SBCTL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uapi/shadow_box.h"

/*
 * A module that is older or newer than this tool may leave out attributes: each structure has a
 * mask "have" with one bit for each attribute number that arrived.
 */
#define HAVE(object, attribute)	(((object)->have >> (attribute)) & 1)

struct info {
	uint32_t have;		/* bits SHADOW_BOX_INFO_* */
	char version[64];
	uint32_t state;		/* enum shadow_box_state */
	uint32_t features;	/* bits of enum shadow_box_feature */
	uint32_t cpus;
	uint32_t cpus_active;
	uint64_t host_memory;		/* bytes */
	uint64_t host_memory_used;	/* bytes */
	uint64_t uptime;		/* ns */
	uint64_t events;
	uint64_t events_lost;
	bool test_build;
};

struct exit_count {
	uint32_t reason;	/* basic exit reason, Intel SDM volume 3, appendix C */
	uint64_t count;
};

struct cpu {
	uint32_t have;		/* bits SHADOW_BOX_CPU_* */
	uint32_t id;
	uint32_t state;		/* enum shadow_box_cpu_state */
	uint64_t time;		/* CLOCK_MONOTONIC, ns */
	uint64_t exits;
	uint64_t cycles;	/* TSC ticks in the host world */
	uint64_t nmi_guest;
	uint64_t nmi_host;
	uint64_t nmi_redelivered;
	uint64_t nmi_coalesced;
	struct exit_count *exit;	/* @n_exit of them, rising by reason */
	size_t n_exit;
};

/**
 * struct snapshot - all counters at one moment
 * @info: the module
 * @cpu: @n_cpu of them, rising by id
 * @torn: CPUs came or went while it was taken; the sums may not fit together
 */
struct snapshot {
	struct info info;
	struct cpu *cpu;
	size_t n_cpu;
	bool torn;
};

struct event {
	uint32_t have;		/* bits SHADOW_BOX_EVENT_* */
	uint32_t type;		/* enum shadow_box_event_type */
	uint32_t cpu;
	uint64_t seq;
	uint64_t tsc;
	uint64_t time;		/* CLOCK_REALTIME, ns */
	uint64_t rip;
	uint64_t gla;
	uint64_t gpa;
	uint64_t code;
	uint64_t error;
	uint64_t lost;
};

struct event_list {
	struct event *event;
	size_t n_event;
	size_t n_allocated;
};

/**
 * enum exit_group - what the dashboard has columns for
 *
 * GROUP_OTHER is what the total holds beyond the other groups.
 */
enum exit_group {
	GROUP_CPUID,
	GROUP_MSR,
	GROUP_NMI,
	GROUP_EPT,
	GROUP_REGS,
	GROUP_TIMER,
	GROUP_OTHER,
	N_GROUPS
};

/* "CPUID", "MSR", ...: headings. */
extern const char *const group_title[N_GROUPS];
/* "cpuid", "msr", ...: JSON names. */
extern const char *const group_key[N_GROUPS];

enum exit_group exit_group(uint32_t reason);

/* Name of a basic exit reason as in the Intel SDM, or NULL. */
const char *exit_name(uint32_t reason);

/* "idle", "active"; NULL for a state that this tool does not know. */
const char *state_name(uint32_t state);
/* "off", "active", "fault"; NULL for a state that this tool does not know. */
const char *cpu_state_name(uint32_t state);
/* Name of the feature in bit @bit of SHADOW_BOX_INFO_FEATURES, or NULL. */
const char *feature_name(unsigned int bit);
/* "host-nmi" and so on; NULL for a type that this tool does not know. */
const char *event_name(uint32_t type);

/* Exits of @cpu by group, since the launch. */
void cpu_groups(const struct cpu *cpu, uint64_t group[N_GROUPS]);

/* The CPU with number @id, or NULL. */
const struct cpu *snapshot_cpu(const struct snapshot *snapshot, uint32_t id);

/* Adds up the CPUs of @snapshot; id, state, time and exit reasons stay empty. */
void snapshot_total(const struct snapshot *snapshot, struct cpu *total, uint64_t group[N_GROUPS]);

/* Number of CPUs whose host stopped after a fault of its own. */
size_t snapshot_faults(const struct snapshot *snapshot);

/* Puts CPUs and exit reasons into rising order. */
void snapshot_sort(struct snapshot *snapshot);

void snapshot_free(struct snapshot *snapshot);

/**
 * struct rates - what happened on one CPU between two snapshots, per second
 * @valid: false when there is no earlier snapshot or the counters began anew
 */
struct rates {
	bool valid;
	double exits;
	double group[N_GROUPS];
};

void cpu_rates(const struct cpu *now, const struct cpu *before, struct rates *rates);

/* Appends a copy of @event; false when memory is short. */
bool event_list_add(struct event_list *list, const struct event *event);
/* Rising by sequence number. */
void event_list_sort(struct event_list *list);
void event_list_free(struct event_list *list);

/*
 * The event in words, such as "INT NMI callback", without CPU and time; what is missing in
 * @event is left out. Returns the length as snprintf() does.
 */
int event_text(const struct event *event, char *text, size_t size);

#endif

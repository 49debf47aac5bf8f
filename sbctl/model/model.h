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
#include "uapi/shadow_box_statement.h"

/*
 * A module that is older or newer than this tool may leave out attributes: each structure has a
 * mask "have" with one bit for each attribute number that arrived.
 */
#define HAVE(object, attribute)	(((object)->have >> (attribute)) & 1)
#define HAVE_BIT(attribute)	(UINT64_C(1) << (attribute))

_Static_assert(SHADOW_BOX_INFO_MAX < 64 && SHADOW_BOX_CPU_MAX < 64 &&
	       SHADOW_BOX_POLICY_ATTR_MAX < 64 && SHADOW_BOX_EVENT_MAX < 64, "bits of \"have\"");
/* Sets of policies are words with a bit for each, too. */
_Static_assert(SHADOW_BOX_POLICIES < 32, "each policy has a bit in a set");

/* Room for any name of the interface, or "number N" for a number without one. */
#define NAME_SIZE	24
/* Room for the names of all policies, with ", " between them. */
#define NAMES_SIZE	(SHADOW_BOX_POLICIES * (NAME_SIZE + 2))

struct info {
	uint64_t have;		/* bits SHADOW_BOX_INFO_* */
	char version[64];
	uint32_t state;		/* enum shadow_box_state */
	uint32_t features;	/* bits of enum shadow_box_feature */
	uint32_t cpus;
	uint32_t cpus_active;
	uint32_t cpus_online;	/* as Linux says, not the module; 0 if it is not known */
	uint64_t host_memory;		/* bytes */
	uint64_t host_memory_used;	/* bytes */
	uint64_t uptime;		/* ns */
	uint64_t events;
	uint64_t events_lost;
	uint64_t violations;
	uint64_t launch_id;		/* random */
	uint32_t sweep_period;		/* ms, 0: none */
	uint64_t sweeps;
	uint64_t sweep_slices;
	uint64_t sweeps_aborted;
	uint64_t sweep_longest;		/* TSC ticks */
	uint64_t sweep_age;		/* ns */
	uint64_t sweep_objects;
	uint64_t sweep_wait;		/* ns */
	bool test_build;
	bool locked;
	bool witness;		/* it has a key */
};

struct exit_count {
	uint32_t reason;	/* basic exit reason, Intel SDM volume 3, appendix C */
	uint64_t count;
};

struct cpu {
	uint64_t have;		/* bits SHADOW_BOX_CPU_* */
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

struct policy {
	uint64_t have;		/* bits SHADOW_BOX_POLICY_* of enum shadow_box_policy_attr */
	uint32_t id;		/* enum shadow_box_policy */
	uint32_t mode;		/* enum shadow_box_mode */
	uint64_t violations;
	uint64_t blocked;
	uint64_t patches;
	uint64_t looked;	/* by the last sweep */
	uint64_t odd;		/* of these, found otherwise than they should be */
};

struct policy_list {
	struct policy *policy;
	size_t n_policy;
};

/**
 * struct snapshot - all counters at one moment
 * @info: the module
 * @cpu: @n_cpu of them, rising by id
 * @policies: rising by id; none while idle, or from a module that has none
 * @torn: CPUs came or went while it was taken; the sums may not fit together
 */
struct snapshot {
	struct info info;
	struct cpu *cpu;
	size_t n_cpu;
	struct policy_list policies;
	bool torn;
};

/* Bytes that an event carries of what was there and of what was to be there. */
#define EVENT_BYTES	16
/* So many are limit and base of a descriptor table; base and limit of a TSS. */
#define TABLE_BYTES	10
#define TSS_BYTES	12
/* A name of 15 bytes, none of which may be printable. */
#define COMM_SIZE	(15 * 4 + 1)
/* Name of the subject, none of whose bytes may be printable. */
#define SUBJECT_NAME_SIZE (24 * 4 + 1)
/* A name of 16 bytes, none of which may be printable. */
#define PROGRAM_NAME_SIZE (16 * 4 + 1)
/* A path, of a long one the end. */
#define PATH_SIZE	256
/* "function+0x12 [module]"; longer ones are cut. */
#define SYMBOL_SIZE	160

/**
 * struct bytes - what an event holds of memory or of a register
 */
struct bytes {
	uint8_t byte[EVENT_BYTES];
	size_t length;
};

struct event {
	uint64_t have;		/* bits SHADOW_BOX_EVENT_* */
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
	uint32_t policy;	/* enum shadow_box_policy */
	uint32_t action;	/* enum shadow_box_action */
	uint32_t why;		/* enum shadow_box_why */
	uint64_t object;
	uint32_t pid;
	char comm[COMM_SIZE];	/* printable: other bytes are \xNN */
	char rip_symbol[SYMBOL_SIZE];	/* printable: names of addresses, "" for those without */
	char object_symbol[SYMBOL_SIZE];
	char gla_symbol[SYMBOL_SIZE];
	char old_symbol[SYMBOL_SIZE];	/* of where the bytes lead */
	char new_symbol[SYMBOL_SIZE];
	struct bytes old;
	struct bytes new;
	uint32_t observer;	/* enum shadow_box_observer */
	uint32_t subject;	/* enum shadow_box_subject */
	uint32_t subject_id;
	char subject_name[SUBJECT_NAME_SIZE];	/* printable */
	uint64_t count;		/* of its kind, if the host keeps it for good; else 0 */
	uint64_t last_time;	/* of the last of them; CLOCK_REALTIME, ns */
	uint32_t rest;		/* they are of all further kinds */
	uint32_t owner;		/* of the hook: enum shadow_box_owner; these and the rest as Linux says */
	char owner_symbol[SYMBOL_SIZE];	/* printable: what it calls */
	uint32_t program_id;
	char program_name[PROGRAM_NAME_SIZE];	/* printable */
	char program_tag[24];
	char exe[PATH_SIZE];	/* printable: the offender's program */
	uint32_t uid;
	uint32_t parent_pid;
	char parent_comm[COMM_SIZE];	/* printable */
	char cgroup[PATH_SIZE];	/* printable */
	bool twice;		/* kept for good, and in a ring as well */
	uint8_t record[SHADOW_BOX_RECORD_SIZE];	/* of a violation: the host's own, for the witness */
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

/*
 * A number that comes from the module, or from a recording, may be beyond what this tool knows: each
 * of the following takes any number, and has NULL for one without a name.
 */

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
/* "kernel-text" and so on, and what it protects; NULL for a policy that this tool does not know. */
const char *policy_name(uint32_t policy);
const char *policy_about(uint32_t policy);
/* Kind of the policy, enum shadow_box_class; a protection if this tool does not know it. */
uint32_t policy_class(uint32_t policy);
/* "off" or "allow", "log", "enforce" or "deny"; NULL for a mode that the class does not have. */
const char *class_mode_name(uint32_t class, uint32_t mode);
/* The mode of that name; -1 if the class has none. */
int class_mode_number(uint32_t class, const char *name);
/* Room for class_modes(). */
#define CLASS_MODES_SIZE	32
/* "off, log and enforce": all modes that the class has. Returns @text. */
char *class_modes(uint32_t class, char *text, size_t size);
/* Likewise, of the policy's class. */
const char *mode_name(uint32_t policy, uint32_t mode);
/* "blocked" and so on; NULL for an action that this tool does not know. */
const char *action_name(uint32_t action);
/* "no-site" and so on, and a phrase for people; NULL for a reason that this tool does not know. */
const char *why_name(uint32_t why);
const char *why_text(uint32_t why);
/* "exit", "sweep"; "task" and so on; NULL for what this tool does not know. */
const char *observer_name(uint32_t observer);
const char *subject_name(uint32_t subject);
/* "module", "program", "kernel"; NULL for what this tool does not know. */
const char *owner_name(uint32_t owner);
/* What a sweep observed has no offender. */
bool event_by_sweep(const struct event *event);
/* "CR0", "LSTAR": the register that a violation names in its code, or NULL. */
const char *register_name(const struct event *event);

/* Name of a bit of that register, such as "SMEP". NULL if it has none. */
const char *register_bit_name(const struct event *event, unsigned int bit);

/* The policy or mode of that name; -1 if there is none. */
int policy_number(const char *name);
int mode_number(uint32_t policy, const char *name);
/* It tells how code may legitimately be changed: allow, log, deny. */
bool policy_is_about_patches(uint32_t policy);
/* Off, log, enforce: those that "all" stands for, but for the optional ones. */
bool policy_is_protection(uint32_t policy);
bool policy_is_optional(uint32_t policy);

/* Exits of @cpu by group, since the launch. */
void cpu_groups(const struct cpu *cpu, uint64_t group[N_GROUPS]);

/* The CPU with number @id of a sorted snapshot, or NULL. */
const struct cpu *snapshot_cpu(const struct snapshot *snapshot, uint32_t id);

/* Adds up the CPUs of @snapshot; id, state, time and exit reasons stay empty. */
void snapshot_total(const struct snapshot *snapshot, struct cpu *total, uint64_t group[N_GROUPS]);

/* Number of CPUs whose host stopped after a fault of its own. */
size_t snapshot_faults(const struct snapshot *snapshot);
/* Number of CPUs on which Linux runs on the bare machine. */
uint32_t snapshot_unprotected(const struct snapshot *snapshot);
/* Number of the module's CPUs that are offline, where nothing runs. */
uint32_t info_offline(const struct info *info);

/* Detections are on, and no sweep has come to its end for so long that something is wrong. */
bool info_sweeps_late(const struct info *info);

/* The policy with number @id, or NULL. */
const struct policy *policy_list_find(const struct policy_list *list, uint32_t id);
/* Appends a copy of @policy; false when memory is short. */
bool policy_list_add(struct policy_list *list, const struct policy *policy);
void policy_list_free(struct policy_list *list);

/* Puts CPUs, exit reasons and policies into rising order. */
void snapshot_sort(struct snapshot *snapshot);

void snapshot_free(struct snapshot *snapshot);

/* Makes @copy one of @snapshot; it stays empty when memory is short. */
void snapshot_copy(struct snapshot *copy, const struct snapshot *snapshot);

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
/* Appends the events of @from to @to, as far as there is memory; @from is empty afterwards. */
void event_list_move(struct event_list *to, struct event_list *from);
/* Sorts, and keeps one of each number, of several that with a count. */
void event_list_tidy(struct event_list *list);

#endif

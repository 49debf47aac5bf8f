/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watcher: looks at what Linux must be able to write to, again and again, and compares. All under the
 * host's lock, so that one CPU sweeps at a time.
 */
#ifndef SB_HOST_WATCH_H
#define SB_HOST_WATCH_H

#include "../host.h"

/**
 * struct slice - what one stay in the host may look at
 * @cpu: this CPU
 * @left: steps that are left, each a read of guest memory; it may end a little below 0
 */
struct slice {
	struct sb_cpu *cpu;
	int left;
};

/*
 * Guest memory by linear address. What is there may be torn, wild, cyclic or not there at all: who
 * follows pointers spends a step on each.
 */
static inline bool slice_read(struct slice *slice, u64 linear, void *to, u32 size)
{
	slice->left--;
	return guest_read(linear, to, size);
}

static inline bool read_word(struct slice *slice, u64 linear, u64 *word)
{
	return slice_read(slice, linear, word, sizeof(*word));
}

static inline bool is_watched(u32 policy)
{
	return policy_mode(policy) != SHADOW_BOX_MODE_OFF;
}

/* sweep.c */
u64 set_sweep_period(struct sb_cpu *cpu, u64 ticks);
u64 sweep_now(struct sb_cpu *cpu);

/* counts.c */
void looked_at(u32 policy, u32 objects);
void found_odd(u32 policy);
void counts_begin(void);
void counts_tell(void);

/* settings.c. Return: whether all has been looked at. */
bool settings_look(struct slice *slice);

/* mappings.c */
void mappings_running(struct slice *slice, u64 cr3);
bool mappings_look(struct slice *slice);
bool module_mappings_look(struct slice *slice);

/* modules.c */
bool modules_look(struct slice *slice);

/* tasks.c */
bool tasks_look(struct slice *slice);

/* creds.c */
bool creds_look(struct slice *slice);

/* pointers.c */
bool pointers_look(struct slice *slice);

#endif

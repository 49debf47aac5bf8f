/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own account of itself, one page for all CPUs: written by the host under its lock,
 * readable to the guest without an exit.
 */
#ifndef SB_ABI_STATUS_H
#define SB_ABI_STATUS_H

#include "counters.h"
#include "sites.h"

/**
 * struct sb_status - state of the host world
 * @locked: 1: policies can only be tightened
 * @pool_pages: pages of the pool
 * @pool_free: those of them that are free
 * @modules: modules that the host protects
 * @probes: kprobes that stand in code, at most %SB_PROBES_MAX
 * @opened: pages that were opened for a write in log mode; SYNC on every CPU closes them
 * @mode: enum shadow_box_mode of each policy
 * @generation: counts changes that every CPU must take in (EPT tightened, policy changed)
 * @sweep_period: TSC ticks from one sweep to the next, 0: none
 * @sweeps: sweeps that came to their end
 * @sweep_slices: stays in the host that they took
 * @sweeps_aborted: sweeps that gave a view up, as it kept changing or was too large
 * @sweep_longest: TSC ticks of the longest of these stays
 * @swept: TSC when the last sweep came to its end
 * @sweeping_since: TSC when a detection was switched on, with none on before; 0: none is
 * @sweep_objects: what all sweeps have looked at: settings, modules, processes and so on
 * @sweep_asked: number of the sweep that answers the last request for one
 * @looked: how much of @sweep_objects the last sweep looked at, for each policy
 * @odd: what it found otherwise than it should be, reported or not yet
 * @witness: 1: the witness has a key
 * @reserved: 0
 */
struct sb_status {
	u32 locked;
	u32 pool_pages;
	u32 pool_free;
	u32 modules;
	u32 opened;
	u32 probes;
	u32 mode[SB_POLICIES_MAX];
	u64 generation;
	u64 sweep_period;
	u64 sweeps;
	u64 sweep_slices;
	u64 sweeps_aborted;
	u64 sweep_longest;
	u64 swept;
	u64 sweeping_since;
	u64 sweep_objects;
	u64 sweep_asked;
	u32 looked[SB_POLICIES_MAX];
	u32 odd[SB_POLICIES_MAX];
	u32 witness;
	u32 reserved;
};

#endif

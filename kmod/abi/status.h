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
};

#endif

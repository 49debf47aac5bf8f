/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The extended page tables with which the guest starts: all physical addresses as they are, less
 * the host's own memory.
 */
#ifndef SB_LINUX_EPT_H
#define SB_LINUX_EPT_H

#include "memory.h"
#include "mtrr.h"

/**
 * struct sb_ept - the tables while they are being built
 * @memory: where table pages come from, and what is hidden
 * @mtrr: memory types
 * @end: map physical addresses below this, a multiple of 1 GB
 * @leaf_1g: the CPU can map 1 GB with one entry
 * @root: the PML4
 * @zero: the page of zeros that the guest reads in place of the host's
 */
struct sb_ept {
	struct sb_memory *memory;
	const struct sb_mtrr *mtrr;
	u64 end;
	bool leaf_1g;
	struct sb_page root;
	struct sb_page zero;
};

int sb_ept_build(struct sb_ept *ept);
u64 sb_ept_lookup(const struct sb_ept *ept, u64 gpa, u64 *leaf_size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MTRRs as machines have them, and what the SDM says of the type of one address.
 */
#ifndef SB_TESTS_MTRR_SETS_H
#define SB_TESTS_MTRR_SETS_H

#include "linux/world/mtrr.h"

/**
 * struct mtrr_set - the MTRRs of a machine
 * @name: of the machine
 * @width: physical-address bits; masks have no bits above
 * @ram: size of its RAM, of which the last GB below 4 GB is a hole
 * @mtrr: what sb_machine_read() would read
 */
struct mtrr_set {
	const char *name;
	u32 width;
	u64 ram;
	struct sb_mtrr mtrr;
};

#define MTRR_SETS 11

const struct mtrr_set *mtrr_set(u32 index);
int mtrr_oracle(const struct sb_mtrr *mtrr, u64 address);
void mtrr_add(struct mtrr_set *set, u64 base, u64 size, u8 type);

#endif

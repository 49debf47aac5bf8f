/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory types of physical addresses, as the memory-type range registers give them (SDM 12.11).
 * With EPT the CPU does not look at the MTRRs; the EPT entries must say the same.
 */
#ifndef SB_LINUX_MTRR_H
#define SB_LINUX_MTRR_H

#include "../../abi/types.h"

#define SB_MTRR_FIXED		88
#define SB_MTRR_VARIABLE_MAX	255

/**
 * struct sb_mtrr - copy of the MTRRs of a CPU; Linux keeps them the same on all
 * @enabled: IA32_MTRR_DEF_TYPE.E
 * @fixed_enabled: IA32_MTRR_DEF_TYPE.FE
 * @default_type: type of addresses in no range
 * @nr_variable: valid ranges in @base and @mask
 * @fixed: types below 1 MB: 8 x 64 KB, 16 x 16 KB, 64 x 4 KB
 * @base: IA32_MTRR_PHYSBASEn of the valid ranges
 * @mask: IA32_MTRR_PHYSMASKn
 */
struct sb_mtrr {
	bool enabled;
	bool fixed_enabled;
	u8 default_type;
	u32 nr_variable;
	u8 fixed[SB_MTRR_FIXED];
	u64 base[SB_MTRR_VARIABLE_MAX];
	u64 mask[SB_MTRR_VARIABLE_MAX];
};

#define SB_MTRR_MIXED (-1)

int sb_mtrr_type(const struct sb_mtrr *mtrr, u64 address, u64 size);

#endif

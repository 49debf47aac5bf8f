// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs and CPUID of the CPU that this runs on.
 */
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "../kernel/compat.h"
#include "processor.h"

u64 sb_read_msr(u32 msr)
{
	u64 value = 0;

	rdmsrl_safe(msr, &value);
	return value;
}

/* For a leaf past the last one, CPUID itself would give the data of the last basic leaf. */
void sb_read_cpuid(u32 leaf, u32 subleaf, u32 reg[4])
{
	if (leaf > cpuid_eax(leaf & 0x80000000))
		memset(reg, 0, 4 * sizeof(*reg));
	else
		cpuid_count(leaf, subleaf, &reg[0], &reg[1], &reg[2], &reg[3]);
}

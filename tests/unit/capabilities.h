/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capabilities of processors, as the files in capabilities/ have them.
 */
#ifndef SB_TESTS_CAPABILITIES_H
#define SB_TESTS_CAPABILITIES_H

#include "abi/types.h"

#define CAPABILITY_VALUES	64

/**
 * struct capability_set - what one kind of core says of itself
 * @name: of the processor
 * @cpuid: leaves of CPUID
 * @msr: MSRs
 * @n_cpuid: entries in @cpuid
 * @n_msr: entries in @msr
 */
struct capability_set {
	char name[64];
	struct { u32 leaf, subleaf, reg[4]; } cpuid[CAPABILITY_VALUES];
	struct { u32 number; u64 value; } msr[CAPABILITY_VALUES];
	u32 n_cpuid, n_msr;
};

/* All sets of all files, in the order of the files' names. */
extern struct capability_set *capability_sets;
extern u32 nr_capability_sets;
void capabilities_read(void);

u64 capability_msr_of(const struct capability_set *set, u32 number);
/* The registers of a leaf; zeros for a leaf that is not there. */
void capability_cpuid_of(const struct capability_set *set, u32 leaf, u32 subleaf, u32 reg[4]);

/* The table of docs/processors.md; to be freed. */
char *capabilities_table(void);

#endif

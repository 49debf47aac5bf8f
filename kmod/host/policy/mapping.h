/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether page tables show the kernel's own pages where they belong.
 */
#ifndef SB_HOST_POLICY_MAPPING_H
#define SB_HOST_POLICY_MAPPING_H

#include "kept.h"

/**
 * struct look - looking at page tables for what stays where it is
 * @kept: the pages that are looked for, which begin before and end after what is looked at
 * @left: leaves that may still be followed
 * @trusts: tables that are protected are right, and are not looked at again
 * @takes: tables that are not protected yet are put on the list; it does not end at what is wrong
 * @wrong: the first address that is wrong
 */
struct look {
	const struct sb_protected *kept;
	u32 left;
	bool trusts;
	bool takes;
	u64 wrong;
};

bool tables_show(struct look *look, u64 root, u64 start, u64 last);
void protect_tables(struct sb_cpu *cpu, u32 from);
bool table_store(struct sb_cpu *cpu, u64 gpa, const struct store *store);
void mark_table_entry(struct sb_cpu *cpu, u64 gpa);

#endif

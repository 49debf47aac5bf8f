/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of the kernel that stay where they are mapped, and the page tables of Linux that say where.
 */
#ifndef SB_HOST_POLICY_KEPT_H
#define SB_HOST_POLICY_KEPT_H

#include "../host.h"

#define TABLE_ENTRIES	512

/* The upper levels, and what maps 96 MB of code and constants in pages of 4 KB. */
#define TABLES		64

/**
 * struct table - a page of Linux's page tables that is protected
 * @phys: where it is
 * @linear: what its first entry maps
 * @level: 1: its entries map pages of 4 KB
 */
struct table {
	u64 phys;
	u64 linear;
	u32 level;
};

extern struct table tables[TABLES];
extern u32 nr_tables;

/* What one entry of a table of @level maps. */
static inline u64 table_entry_size(u32 level)
{
	return SB_PAGE_SIZE << (9 * (level - 1));
}

/* The first address that is mapped by the same table of @level as @linear. */
static inline u64 table_start(u64 linear, u32 level)
{
	return linear & ~(TABLE_ENTRIES * table_entry_size(level) - 1);
}

const struct sb_protected *kept(u32 i);
const struct sb_protected *first_kept(u64 start, u64 last);
struct table *table_at(u64 phys);
u64 mapped_by(u64 gpa);

#endif

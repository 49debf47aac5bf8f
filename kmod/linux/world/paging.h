/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own page tables.
 */
#ifndef SB_LINUX_PAGING_H
#define SB_LINUX_PAGING_H

#include "memory.h"

#define SB_MAP_WRITE	BIT_ULL(1)
#define SB_MAP_NO_EXEC	BIT_ULL(63)
#define SB_MAP_CODE	0ull
#define SB_MAP_RODATA	SB_MAP_NO_EXEC
#define SB_MAP_DATA	(SB_MAP_WRITE | SB_MAP_NO_EXEC)

/**
 * struct sb_paging - the tables while they are being built
 * @memory: where table pages come from
 * @levels: 4 or 5, as Linux's: the gate switches CR3 with one instruction
 * @page_1g: the CPU can map 1 GB with one entry
 * @root: the top table; its physical address is the host's CR3
 */
struct sb_paging {
	struct sb_memory *memory;
	int levels;
	bool page_1g;
	struct sb_page root;
};

void sb_paging_init(struct sb_paging *paging);
void sb_paging_map(struct sb_paging *paging, u64 virt, u64 phys, u64 size, u64 flags);
void sb_paging_map_large(struct sb_paging *paging, u64 virt, u64 phys, u64 size, u64 flags);
u64 sb_paging_table(struct sb_paging *paging, u64 virt, int level);
u64 sb_paging_lookup(const struct sb_paging *paging, u64 virt);

#endif

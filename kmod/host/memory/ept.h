/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EPT at run time: whose a page is, and what Linux may do with it.
 */
#ifndef SB_HOST_MEMORY_EPT_H
#define SB_HOST_MEMORY_EPT_H

#include "../host.h"

/**
 * enum page_owner - whose a page is, kept in bits of its EPT entry that the CPU ignores
 * @OWNER_NONE: Linux's, to do with as it likes
 * @OWNER_HOST: the host's: zeros, or what Linux may read
 * @OWNER_TEXT: kernel code
 * @OWNER_RODATA: kernel constants
 * @OWNER_IDT: the interrupt-descriptor table
 * @OWNER_RELEASED: was a module's: writable, not executable
 * @OWNER_MODULE: module number N is OWNER_MODULE + N
 */
enum page_owner {
	OWNER_NONE,
	OWNER_HOST = EPT_OWNER_HOST,
	OWNER_TEXT,
	OWNER_RODATA,
	OWNER_IDT,
	OWNER_RELEASED,
	OWNER_MODULE = 16,
	OWNER_MAX = 0x7ff,
};

/**
 * struct page - what the EPT says of a guest-physical address
 * @mapped: there is a leaf
 * @owner: enum page_owner
 * @rights: EPT_READ, EPT_WRITE, EPT_EXEC
 */
struct page {
	bool mapped;
	u32 owner;
	u64 rights;
};

struct page page_at(u64 gpa);
bool pages_can_split(u64 gpa, u64 size);
bool pages_set(u64 gpa, u64 size, u32 owner, u64 rights);
bool pages_hide_block(u64 gpa);
void pages_changed(struct sb_cpu *cpu);
void pages_flush(struct sb_cpu *cpu);
u32 cpus_behind(u64 generation);

#endif

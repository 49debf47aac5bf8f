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
 * @OWNER_RELEASED: was a module's: writable, not executable
 * @OWNER_PROTECTED: number N of the kernel's protected pages (abi/facts.h) is OWNER_PROTECTED + N
 * @OWNER_TABLE: a page table of Linux that maps pages which stay where they are (policy/mapping.h)
 * @OWNER_DYNAMIC: code that the kernel made (policy/dynamic_code.h)
 * @OWNER_MODULE: module number N is OWNER_MODULE + N
 */
enum page_owner {
	OWNER_NONE,
	OWNER_HOST = EPT_OWNER_HOST,
	OWNER_RELEASED,
	OWNER_PROTECTED,
	OWNER_TABLE = 15,
	OWNER_DYNAMIC,
	OWNER_MODULE,
	OWNER_MAX = 0x7ff,
};

_Static_assert(OWNER_PROTECTED + SB_PROTECTED_MAX <= OWNER_TABLE, "owners are different");

/*
 * What Linux may do with a page: EPT_READ, EPT_WRITE, EPT_EXEC in the kernel, EPT_EXEC_USER in programs.
 * None is a right of its own.
 */
typedef u64 ept_rights;

#define RIGHTS_ALL	EPT_RIGHTS
#define RIGHTS_CODE	(EPT_READ | EPT_EXEC | EPT_EXEC_USER)
#define RIGHTS_DATA	(EPT_READ | EPT_WRITE)
#define RIGHTS_DYNAMIC	(EPT_READ | EPT_EXEC)

/* What four levels map. */
#define EPT_END		(1ull << 48)

/**
 * struct page - what the EPT says of a guest-physical address
 * @present: there is a leaf
 * @owner: enum page_owner
 * @rights: what Linux may do there
 */
struct page {
	bool present;
	u32 owner;
	ept_rights rights;
};

struct page page_at(u64 gpa);
bool pages_can_split(u64 gpa, u64 size);
bool pages_set(u64 gpa, u64 size, u32 owner, ept_rights rights);
u64 pages_renew(u64 gpa, u32 leaves, ept_rights rights);
bool pages_hide_block(u64 gpa);
void pages_changed(struct sb_cpu *cpu);
void pages_flush(struct sb_cpu *cpu);
u32 cpus_behind(u64 generation);

#endif

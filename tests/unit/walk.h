/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading page tables and EPT as the CPU does, from the physical address of the root on, in code of
 * the tests' own.
 */
#ifndef SB_TESTS_WALK_H
#define SB_TESTS_WALK_H

#include "abi/types.h"

/**
 * struct mapping - what an address translates to
 * @present: it translates at all
 * @virt: first address of the leaf
 * @phys: where the leaf is
 * @size: bytes that the leaf maps
 * @write: rights over all levels
 * @exec: rights over all levels
 * @user: rights over all levels
 * @read: rights over all levels; EPT only
 * @type: memory type; EPT only
 * @owner: enum page_owner; EPT only
 */
struct mapping {
	bool present;
	u64 virt;
	u64 phys;
	u64 size;
	bool write, exec, user, read;
	u32 type;
	u32 owner;
};

struct mapping walk_paging(u64 root, int levels, u64 virt);
void walk_all_paging(u64 root, int levels, void (*visit)(const struct mapping *, void *),
		     void *context);
struct mapping walk_ept(u64 root, u64 gpa);

#endif

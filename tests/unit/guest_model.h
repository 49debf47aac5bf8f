/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the guest's memory: RAM with the host's window and write slots on it, EPT rights, and
 * page tables that tests build there. The window is read-only and a slot maps what its entry says,
 * for real: a wrong access is a segmentation fault.
 */
#ifndef SB_TESTS_GUEST_MODEL_H
#define SB_TESTS_GUEST_MODEL_H

#include "vmx_model.h"

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_NX		BIT(63)
#define PTE_KEY(n)	((u64)(n) << 59)
#define PTE_FRAME	0x000ffffffffff000ull

/* Extents of RAM; the last begins above 4 GB. Page tables are built from the third on. */
#define MODEL_LOW	0x1000ull
#define MODEL_LOW_END	0x9f000ull
#define MODEL_MID	0x100000ull
#define MODEL_MID_END	0x2000000ull
#define MODEL_TABLES	0x40000000ull
#define MODEL_TABLES_END 0x44000000ull
#define MODEL_HIGH	0x100000000ull
#define MODEL_HIGH_END	0x102000000ull
#define MODEL_SLOTS	4

/**
 * struct guest_model - memory and what the host's other parts say of it
 * @facts: as the host has them
 * @host: host memory
 * @protected: page_is_writable() says no
 * @pkru: PKRU; reading it without CR4.PKE fails the test
 * @keep_slots: what a slot maps stays there once the host is done with it, for others to look at
 * @next_table: where the next page table is built
 * @exchanges: how often compare_exchange() was called
 * @before_exchange: called then, as another CPU that comes just before
 * @stores: calls of protected_store(); the last one follows
 * @refuse: it raises an exception
 */
struct guest_model {
	struct sb_facts facts;
	struct sb_extent host;
	struct sb_extent protected;
	u32 pkru;
	bool keep_slots;
	u64 next_table;
	u32 exchanges;
	void (*before_exchange)(void);
	u32 stores;
	u64 store_gpa, store_linear;
	u32 store_size;
	u8 store_bytes[16];
	bool refuse;
};

extern struct guest_model guest;

struct sb_cpu *guest_reset(u32 levels);
void *guest_ram(u64 gpa);
void require_slots_empty(void);
u64 guest_table(void);
u64 *guest_entry(u64 linear, u32 level);
u64 *guest_map(u64 linear, u64 gpa, u32 level, u64 flags);

#endif

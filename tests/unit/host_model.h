/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host with all its parts, in the world that sb_world_build() makes of the model's RAM, under a
 * kernel with code, constants, IDT, direct map and modules.
 */
#ifndef SB_TESTS_HOST_MODEL_H
#define SB_TESTS_HOST_MODEL_H

#include "guest_model.h"
#include "host/memory/ept.h"
#include "host/memory/pool.h"
#include "walk.h"
#include "world_fixture.h"

#define HOST_CPUS	4

/* The kernel. Code and constants begin and end within leaves of 2 MB, and code within a page. */
#define TEXT		KERNEL_TEXT
#define TEXT_PHYS	(MODEL_HIGH + 0x200000)
#define TEXT_SIZE	0x2b6a30ull
#define RODATA		0xffffffff82000000ull
#define RODATA_PHYS	(MODEL_HIGH + 0x703000)
#define RODATA_SIZE	0x305000ull
#define IDT		0xfffffe0000000000ull
#define IDT_PHYS	(MODEL_LOW + 0x4000)
#define DIRECT_MAP	0xffff888000000000ull
#define MODULE_SPACE	0xffffffffc0000000ull
#define MODULE_SPACE_END 0xffffffffff000000ull
#define POKING		0x00005500deadb000ull	/* where it patches, on page tables of its own */

/* Whose their pages are: what set_facts() says of them, in this order. */
#define OWNER_TEXT	OWNER_PROTECTED
#define OWNER_RODATA	(OWNER_PROTECTED + 1)
#define OWNER_IDT	(OWNER_PROTECTED + 2)

/* Patch sites of the kernel: a jump label of two and one of five bytes, whose targets are these. */
#define SITE_JUMP2	0x1230ull
#define SITE_JUMP5	0x2ffeull	/* crosses a page */
#define SITE_TARGET	0x1250ull

/* Shadow-box's own code, and a task. */
#define VMCALL_RIP		(MODULE_SPACE + 0x1010)
#define VMCALL_PHYS	(MODEL_MID + 0x5010)
#define STARTUP_PHYS	0x99000		/* below 1 MB, where Linux starts CPUs */
#define PM1A_PORT	0x1804
#define PM1B_PORT	0xffff	/* its second byte is port 0 */
#define CODE_PAGE		(MODULE_SPACE + 0x2000)	/* what the guest executes */
#define CODE_PHYS	(MODEL_MID + 0x6000)
#define TASK		0xffffc90000001000ull
#define TASK_PHYS	(MODEL_MID + 0x7000)
#define TASK_POINTER	(MODEL_MID + 0x8010)
#define PREEMPT_COUNT	(MODEL_MID + 0x8020)
#define KERNEL_LOCK	(MODEL_MID + 0x8028)
#define AT_TASK_FLAGS	0x80	/* in TASK */
#define AT_TASK_PID	0x100
#define TASK_PID	4242

/* Below, the guest's pages are looked at one by one; so far does the EPT map. */
#define VIEW_END	MODEL_HIGH_END
#define VIEW_PAGES	(VIEW_END / SB_PAGE_SIZE)
#define PHYSICAL_END	(64ull << 30)

/* Memory for tests: pages for modules, and 2 MB blocks to give to the host. */
#define MODULE_RAM	(MODEL_HIGH + 0x1000000)
#define MODULE_RAM_END	MODEL_HIGH_END
#define FREE_BLOCK	(MODEL_MID + 0x300000)
#define FREE_BLOCKS	12

/**
 * struct host_model - the host
 * @world: as Linux built it
 * @slot: CPU that executes now
 * @cr3: the kernel's page tables
 * @poking_cr3: those with which it patches
 * @invepts: executed by each CPU
 * @on_invept: called then
 */
struct host_model {
	struct sb_world *world;
	u32 slot;
	u64 cr3;
	u64 poking_cr3;
	u32 invepts[HOST_CPUS];
	void (*on_invept)(void);
};

extern struct host_model host;

void host_reset(u32 cpus, u32 levels);
struct sb_cpu *host_new_cpu(void);
void host_launch(struct sb_cpu *cpu);
void host_switch(u32 slot);
u64 hypercall(u32 slot, u32 number, u64 rbx, u64 rcx, u64 rdx);
u64 sync_all(void);
u64 set_policy(u32 policy, u32 mode);
void timer_exit(u32 slot);
void violate(u32 slot, u64 gpa, u64 gla, u64 qualification);

struct mapping ept(u64 gpa);
u64 ept_entry(u64 gpa);
void ept_look(u64 *view);
struct sb_regs *host_regs(void);
const struct sb_event *newest_violation(u32 slot);
const struct sb_event *newest_event(u32 slot);
void use_pool(u32 left);
void free_pool(void);

#endif

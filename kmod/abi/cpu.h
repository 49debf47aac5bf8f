/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The private page of one CPU. Linux fills in the configuration and the descriptor tables before
 * the launch; from then on only the host on that CPU touches it, and the guest cannot see it.
 */
#ifndef SB_ABI_CPU_H
#define SB_ABI_CPU_H

#include "types.h"

/* General-purpose registers of the guest, in the order in which the exit path pushes them. */
struct sb_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
};

struct sb_iret {
	u64 rip, cs, rflags, rsp, ss;
};

struct sb_descriptor {
	u16 limit;
	u64 base;
} __packed;

/**
 * struct sb_leave - what the gate restores once the CPU has left VMX operation
 *
 * The gate (linux/launch/gate.S) is entered in the host's address space and ends in Linux's; it reads
 * this structure through Linux's direct map after the switch. The offsets are the gate's.
 */
struct sb_leave {
	u64 cr3;			/* 0x00 */
	u64 fs_base;			/* 0x08 */
	u64 gs_base;			/* 0x10 */
	u64 s_cet;			/* 0x18 */
	struct sb_descriptor gdtr;	/* 0x20 */
	u16 es;				/* 0x2a */
	u16 ds;				/* 0x2c */
	u16 fs;				/* 0x2e */
	struct sb_descriptor idtr;	/* 0x30 */
	u16 gs;				/* 0x3a */
	u16 ldtr;			/* 0x3c */
	u16 has_cet;			/* 0x3e */
	struct sb_regs regs;		/* 0x40 */
	struct sb_iret iret;		/* 0xb8 */
	u64 ssp_table;			/* not for the gate */
};

_Static_assert(offsetof(struct sb_leave, gdtr) == 0x20, "gate.S");
_Static_assert(offsetof(struct sb_leave, idtr) == 0x30, "gate.S");
_Static_assert(offsetof(struct sb_leave, regs) == 0x40, "gate.S");
_Static_assert(offsetof(struct sb_leave, iret) == 0xb8, "gate.S");

/* 64-bit task-state segment (SDM 8.7). */
struct sb_tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_map_base;
} __packed;

#define SB_GDT_ENTRIES 32

/**
 * enum sb_hypervisor - the hypervisor below, as Linux deals with it
 * @SB_HYPERVISOR_NONE: none, or one that Linux makes no hypercalls to
 * @SB_HYPERVISOR_KVM: KVM
 * @SB_HYPERVISOR_HYPERV: Hyper-V
 * @SB_HYPERVISOR_VMWARE: VMware
 */
enum sb_hypervisor {
	SB_HYPERVISOR_NONE,
	SB_HYPERVISOR_KVM,
	SB_HYPERVISOR_HYPERV,
	SB_HYPERVISOR_VMWARE,
};

/**
 * struct sb_config - what Linux tells the host of one CPU, written before the launch
 * @cpu: Linux CPU number
 * @features: bits of enum shadow_box_feature
 * @has_cet: the VMCS loads and saves the CET state
 * @hypervisor: enum sb_hypervisor: whose hypercalls Linux makes
 * @virt: Linux-virtual address of this struct sb_cpu
 * @vmcs: physical address of the VMCS
 * @gate: virtual address of the gate, the same in both worlds
 * @launch_failed: guest RIP at which Linux learns that the VM entry failed
 * @slot: CPU slot
 * @has_descriptor_exiting: the CPU has descriptor-table exiting
 * @task: physical address of this CPU's pointer to the running task
 * @preempt_count: physical address of this CPU's preemption count
 * @cr0_pinned: bits of CR0 that control-regs keeps set
 * @cr4_pinned: bits of CR4 likewise
 * @efer_pinned: bits of EFER likewise
 */
struct sb_config {
	u32 cpu;
	u32 features;
	u32 has_cet;
	u32 hypervisor;
	u64 virt;
	u64 vmcs;
	u64 gate;
	u64 launch_failed;
	u32 slot;
	u32 has_descriptor_exiting;
	u64 task;
	u64 preempt_count;
	u64 cr0_pinned;
	u64 cr4_pinned;
	u64 efer_pinned;
};

enum sb_settled {
	SB_SETTLED_GDTR = 1,
	SB_SETTLED_IDTR = 2,
	SB_SETTLED_TR = 4,
	SB_SETTLED_ALL = 7,
};

/**
 * struct sb_launched - descriptor registers of a CPU at its launch
 * @table: GDTR, IDTR
 * @tr_base: linear address of the TSS
 * @tr_limit: its last byte
 * @tr: selector
 */
struct sb_launched {
	struct sb_descriptor table[2];
	u64 tr_base;
	u32 tr_limit;
	u16 tr;
};

/**
 * struct sb_cpu - the private page of a CPU
 * @self: host-virtual address of this structure; GS points here. Offset used by host/entry/registers.h.
 * @nmi_request: an NMI or #MC arrived since the exit path last looked. Set by the NMI and #MC
 *	handlers, cleared by the exit path. Offset used by host/entry/registers.h.
 * @nmi_owed: NMIs taken from the guest and not yet given back, at most 2. Incremented by the NMI
 *	handler, decremented by the exit path, each with one instruction.
 * @mc_owed: a machine check is to be given to the guest. Set by the #MC handler, cleared by the
 *	exit path.
 * @nmi_virtual: the VMCS has NMI exiting and virtual NMIs on, because an NMI could not be injected
 *	at once. Exit path only.
 * @leaving: re-entered with NMIs blocked, to leave on the next exit. Exit path only.
 * @active: the guest runs: set by the first hypercall, cleared on leaving. Exit path only.
 * @faulted: the host has stopped this CPU
 * @parked: it waits for a SIPI in the guest world, and takes in what changed when that comes.
 *	Changed under the host's lock
 * @settled: descriptor registers that hold what they held at the launch, bits of enum
 *	sb_settled: they must not change any more. None after INIT. Exit path only.
 * @seen: struct sb_status.generation that this CPU has taken in. Writer: exit path; read by other
 *	CPUs' hosts
 * @launched: descriptor registers as they were at the launch, which is where a CPU that starts
 *	anew must arrive
 * @config: see there
 * @leave: see there
 * @tss: task-state segment: the interrupt stacks
 * @gdt: code, stack and TSS descriptors; the gate's way out puts Linux's TSS into its own slot
 */
struct sb_cpu {
	u64 self;			/* 0x00 */
	u32 nmi_request;		/* 0x08 */
	u32 nmi_owed;			/* 0x0c */
	u32 mc_owed;
	u32 nmi_virtual;
	u32 leaving;
	u32 active;
	u32 faulted;
	u32 parked;
	u32 settled;
	u64 seen;
	struct sb_launched launched;
	struct sb_config config;
	struct sb_leave leave __aligned(16);
	struct sb_tss tss __aligned(16);
	u64 gdt[SB_GDT_ENTRIES] __aligned(16);
};

_Static_assert(offsetof(struct sb_cpu, self) == 0, "host/entry/registers.h");
_Static_assert(offsetof(struct sb_cpu, nmi_request) == 8, "host/entry/registers.h");
_Static_assert(offsetof(struct sb_cpu, leave) % 16 == 0, "iretq reads from it");
_Static_assert(sizeof(struct sb_cpu) <= SB_PAGE_SIZE, "one page");
_Static_assert(sizeof(struct sb_tss) == 104, "TSS");

#endif

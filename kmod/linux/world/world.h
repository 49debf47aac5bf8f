/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host world as Linux builds it before the launch: image, page tables, descriptor tables, each
 * CPU's private pages, and the guest's EPT.
 */
#ifndef SB_LINUX_WORLD_H
#define SB_LINUX_WORLD_H

#include "../../abi/counters.h"
#include "../../abi/cpu.h"
#include "../../abi/event.h"
#include "../../abi/image.h"
#include "../../abi/layout.h"
#include "../../abi/reports.h"
#include "../../abi/status.h"
#include "../../abi/types.h"
#include "../kernel/facts.h"
#include "ept.h"
#include "memory.h"
#include "mtrr.h"
#include "paging.h"

/**
 * struct sb_machine - what building depends on
 * @mtrr: memory types
 * @physical_end: end of the physical addresses that the guest can reach, a multiple of 1 GB
 * @ept_1g: the CPU has 1 GB EPT leaves
 * @la57: Linux uses 5-level paging
 * @vmcs_revision: VMCS revision identifier (IA32_VMX_BASIC)
 * @features: bits of enum shadow_box_feature
 * @has_cet: the VMCS switches the CET state
 * @hypervisor: enum sb_hypervisor
 * @image: the host image as the module carries it
 * @image_size: its bytes
 * @gate: the gate in the module's text, all in one page
 * @launch_failed: where a failed launch goes on
 * @kernel: what the host must know of this kernel
 * @has_descriptor_exiting: the CPU has descriptor-table exiting
 * @page_1g: the CPU can map 1 GB with one page-table entry
 * @cr0_pinned: bits of CR0 that control-regs keeps set
 * @cr4_pinned: bits of CR4 likewise
 * @efer_pinned: bits of EFER likewise
 * @task: physical address of the pointer to the task that a Linux CPU runs
 * @preempt_count: physical address of the preemption count of a Linux CPU
 */
struct sb_machine {
	struct sb_mtrr mtrr;
	u64 physical_end;
	bool ept_1g;
	bool la57;
	u32 vmcs_revision;
	u32 features;
	bool has_cet;
	u32 hypervisor;
	const void *image;
	u64 image_size;
	const void *gate;
	u64 launch_failed;
	struct sb_kernel kernel;
	bool has_descriptor_exiting;
	bool page_1g;
	u64 cr0_pinned;
	u64 cr4_pinned;
	u64 efer_pinned;
	u64 (*task)(u32 cpu);
	u64 (*preempt_count)(u32 cpu);
};

/**
 * struct sb_vcpu - one CPU of the host world, as Linux knows it
 * @cpu: Linux CPU number
 * @active: the CPU is in the guest world. Writer: that CPU, interrupts off; read by anyone
 * @nmis_before: NMIs that Linux had handled there when the world was launched
 * @host: host-virtual address of its struct sb_cpu
 * @vmxon: physical address of the VMXON region
 * @vmcs: physical address of the VMCS
 * @counters: counters page; the guest may read it
 * @ring: event ring of everything but violations; the guest may read it
 * @violations: event ring of violations, likewise
 */
struct sb_vcpu {
	u32 cpu;
	bool active;
	u32 nmis_before;
	u64 host;
	u64 vmxon;
	u64 vmcs;
	const struct sb_counters *counters;
	const struct sb_ring *ring;
	const struct sb_ring *violations;
};

/**
 * struct sb_world - the host world
 * @memory: its blocks
 * @paging: its page tables
 * @ept: the guest's EPT
 * @msr_bitmap: physical address of the MSR bitmap, shared by all CPUs
 * @io_bitmaps: physical address of the two I/O bitmaps, likewise
 * @status: the host's account of itself; the guest may read it
 * @reports: what the host keeps of violations; the guest may read it
 * @exit: host-virtual address where VM exits arrive
 * @nr_vcpus: entries in @vcpu
 * @vcpu: the CPUs, in the order of their numbers; these may have gaps
 */
struct sb_world {
	struct sb_memory memory;
	struct sb_paging paging;
	struct sb_ept ept;
	u64 msr_bitmap;
	u64 io_bitmaps;
	const struct sb_status *status;
	const struct sb_reports *reports;
	u64 exit;
	u32 nr_vcpus;
	struct sb_vcpu *vcpu;
};

int sb_world_build(struct sb_world *world, const struct sb_machine *machine);
void sb_world_free(struct sb_world *world);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can this machine run Shadow-box, and what of it does the host world depend on?
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/pgtable.h>

#include "../../abi/vmx.h"
#include "../../uapi/shadow_box.h"
#include "../kernel/compat.h"
#include "machine.h"
#include "processor.h"

#define CPUID_1_ECX_VMX		BIT(5)

/*
 * kvm_intel takes VT-x when its first virtual machine starts, if not before, and cannot be told
 * later that it is gone. There is no exported way to ask for a module by name but sysfs's own.
 */
static bool is_kvm_loaded(void)
{
	struct kobject *kvm = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, "kvm_intel");

	kobject_put(kvm);
	return kvm;
}

static bool is_vmx_enabled(void)
{
	u64 enabled = FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMXON;

	return (sb_read_msr(IA32_FEATURE_CONTROL) & enabled) == enabled;
}

/*
 * Xen copies from and to linear addresses: it would take those of the host world, in which Linux's
 * are not.
 */
static bool is_below_xen(void)
{
	return hypervisor_is_type(X86_HYPER_XEN_HVM) || hypervisor_is_type(X86_HYPER_XEN_PV);
}

static u32 read_hypervisor(void)
{
	if (hypervisor_is_type(X86_HYPER_KVM))
		return SB_HYPERVISOR_KVM;
	if (hypervisor_is_type(X86_HYPER_MS_HYPERV))
		return SB_HYPERVISOR_HYPERV;
	return hypervisor_is_type(X86_HYPER_VMWARE) ? SB_HYPERVISOR_VMWARE : SB_HYPERVISOR_NONE;
}

/**
 * sb_machine_check() - refuse machines on which VT-x is absent, locked or taken
 * @reason: filled in on refusal
 *
 * Return: 0, -ENODEV, -EBUSY or -EACCES.
 */
int sb_machine_check(struct sb_reason *reason)
{
	struct sb_controls controls;

	if (!(cpuid_ecx(1) & CPUID_1_ECX_VMX))
		return sb_refuse(reason, -ENODEV,
				 "this CPU has no Intel VT-x (VMX), or the hypervisor below hides it: use a machine, or a virtual machine with nested virtualization, that has it");
	if (is_below_xen())
		return sb_refuse(reason, -ENODEV,
				 "this is a guest of Xen, whose hypercalls cannot be passed on: use a machine, or a virtual machine of KVM, Hyper-V or VMware");
	if (is_kvm_loaded())
		return sb_refuse(reason, -EBUSY,
				 "KVM holds VT-x: stop its virtual machines and run 'modprobe -r kvm_intel' first");
	if (!is_vmx_enabled())
		return sb_refuse(reason, -EACCES,
				 "the firmware has locked VT-x off: enable Intel Virtualization Technology in the firmware set-up");
	if (__read_cr4() & CR4_VMXE)
		return sb_refuse(reason, -EBUSY,
				 "another hypervisor holds VT-x (CR4.VMXE is set): unload it first");
	return sb_controls_read(&controls, reason);
}

/**
 * sb_controls_read() - work out the controls for this CPU
 * @controls: result
 * @reason: filled in on refusal
 *
 * Return: 0, or -ENODEV if the CPU lacks a control that is needed.
 */
int sb_controls_read(struct sb_controls *controls, struct sb_reason *reason)
{
	const char *lacking = sb_controls_negotiate(controls);

	if (!lacking)
		return 0;
	return sb_refuse(reason, -ENODEV,
			 "the VT-x of CPU %u lacks '%s': a CPU with EPT and unrestricted guest (Westmere or later) is needed, or a hypervisor below that offers them",
			 raw_smp_processor_id(), lacking);
}

static void read_fixed_mtrrs(struct sb_mtrr *mtrr)
{
	static const struct { u32 msr, count; } group[] = {
		{ IA32_MTRR_FIX64K, 1 }, { IA32_MTRR_FIX16K, 2 }, { IA32_MTRR_FIX4K, 8 },
	};
	u8 *type = mtrr->fixed;
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(group); i++) {
		for (n = 0; n < group[i].count; n++, type += 8) {
			u64 types = sb_read_msr(group[i].msr + n);

			memcpy(type, &types, 8);
		}
	}
}

static void read_variable_mtrrs(struct sb_mtrr *mtrr, u32 count)
{
	u32 i;

	for (i = 0; i < count && i < SB_MTRR_VARIABLE_MAX; i++) {
		u64 mask = sb_read_msr(IA32_MTRR_PHYSBASE0 + 2 * i + 1);

		if (!(mask & MTRR_PHYSMASK_VALID))
			continue;
		mtrr->mask[mtrr->nr_variable] = mask;
		mtrr->base[mtrr->nr_variable++] = sb_read_msr(IA32_MTRR_PHYSBASE0 + 2 * i);
	}
}

static void read_mtrrs(struct sb_mtrr *mtrr)
{
	u64 capabilities = sb_read_msr(IA32_MTRRCAP), def = sb_read_msr(IA32_MTRR_DEF_TYPE);

	mtrr->enabled = def & MTRR_DEF_TYPE_ENABLE;
	mtrr->fixed_enabled = def & MTRR_DEF_TYPE_FIXED && capabilities & MTRRCAP_FIX;
	mtrr->default_type = def & 0xff;
	if (mtrr->fixed_enabled)
		read_fixed_mtrrs(mtrr);
	read_variable_mtrrs(mtrr, capabilities & MTRRCAP_VCNT);
}

static int note_end(struct resource *resource, void *end)
{
	*(u64 *)end = max(*(u64 *)end, (u64)resource->end + 1);
	return 0;
}

/* End of all RAM and device memory that Linux knows of, 64-bit BARs included. */
static u64 known_physical_end(void)
{
	u64 end = 1ull << 32;

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM, 0, -1, &end, note_end);
	return round_up(end, 1ull << 30);
}

#define WIDTH_MAPPED_WHOLE 46	/* 512 KB of tables */

/*
 * All that the CPU can address, as devices may move, up to 64 TB: tables for more would be larger
 * than the rest of the host. There, and without 1 GB leaves, it is what Linux knows of.
 */
static u64 read_physical_end(u32 features)
{
	u32 width = cpuid_eax(0x80000000) >= 0x80000008 ? cpuid_eax(0x80000008) & 0xff : 36;
	u64 known = known_physical_end();

	if (!(features & SHADOW_BOX_FEATURE_EPT_1G))
		return known;
	return max(known, 1ull << min_t(u32, width, WIDTH_MAPPED_WHOLE));
}

#define CR0_PINNED	(CR0_PE | CR0_WP | CR0_PG)
#define CR4_PINNED	(CR4_PAE | CR4_UMIP | CR4_LA57 | CR4_FSGSBASE | CR4_PCIDE | CR4_SMEP | \
			 CR4_SMAP | CR4_PKE | CR4_CET | CR4_LASS)
#define EFER_PINNED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

/* What Linux has switched on by now, it never switches off. */
static void read_pinned(struct sb_machine *machine)
{
	machine->cr0_pinned = read_cr0() & CR0_PINNED;
	machine->cr4_pinned = __read_cr4() & CR4_PINNED;
	machine->efer_pinned = sb_read_msr(IA32_EFER) & EFER_PINNED;
}

static u64 task_pointer(u32 cpu)
{
	return slow_virt_to_phys(sb_current_task(cpu));
}

static u64 preempt_count_of(u32 cpu)
{
	return slow_virt_to_phys(sb_preempt_count(cpu));
}

/**
 * sb_machine_read() - gather what the host world depends on
 * @machine: zeroed but for image, gate and launch_failed
 * @reason: filled in on refusal
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV.
 */
int sb_machine_read(struct sb_machine *machine, struct sb_reason *reason)
{
	struct sb_controls controls;
	int error = sb_controls_read(&controls, reason);

	if (error)
		return error;
	machine->features = sb_controls_features(&controls);
	machine->has_cet = machine->features & SHADOW_BOX_FEATURE_CET;
	machine->hypervisor = read_hypervisor();
	machine->ept_1g = machine->features & SHADOW_BOX_FEATURE_EPT_1G;
	machine->la57 = __read_cr4() & CR4_LA57;
	machine->vmcs_revision = sb_read_msr(IA32_VMX_BASIC) & VMX_BASIC_REVISION;
	machine->physical_end = read_physical_end(machine->features);
	machine->page_1g = boot_cpu_has(X86_FEATURE_GBPAGES);
	machine->has_descriptor_exiting = sb_read_msr(IA32_VMX_PROCBASED2) >> 32 &
					  PROC2_DESCRIPTOR_TABLE_EXITING;
	machine->task = task_pointer;
	machine->preempt_count = preempt_count_of;
	read_pinned(machine);
	read_mtrrs(&machine->mtrr);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can this machine run Shadow-box, and what of it does the host world depend on?
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/pgtable.h>
#include <asm/processor.h>

#include "../../abi/vmx.h"
#include "../../uapi/shadow_box.h"
#include "../kernel/compat.h"
#include "machine.h"

#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_1_ECX_HYPERVISOR	BIT(31)

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

static u64 read_msr(u32 msr)
{
	u64 value = 0;

	rdmsrl_safe(msr, &value);
	return value;
}

static bool is_vmx_enabled(void)
{
	u64 enabled = FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMXON;

	return (read_msr(IA32_FEATURE_CONTROL) & enabled) == enabled;
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

enum word { PIN, PROC, PROC2, EXIT, ENTRY, WORDS };

/**
 * struct control - a control that the host world needs
 * @word: which of the control words
 * @bit: the control
 * @leaf: CPUID leaf (subleaf 0; 0xd: subleaf 1) that offers the feature which needs it; 0: always
 * @reg: CPUID register, 0 to 3 for EAX to EDX
 * @feature: bit in that register
 * @on_demand: needed at times; off when the guest starts
 * @name: the Intel SDM's name
 */
struct control {
	enum word word;
	u32 bit;
	u32 leaf;
	u8 reg;
	u8 feature;
	bool on_demand;
	const char *name;
};

/* Whatever instruction CPUID offers must go on working: no control, no launch. */
static const struct control needed[] = {
	{ PIN, PIN_NMI_EXITING, .on_demand = true, .name = "NMI exiting" },
	{ PIN, PIN_VIRTUAL_NMIS, .on_demand = true, .name = "virtual NMIs" },
	{ PROC, PROC_NMI_WINDOW_EXITING, .on_demand = true, .name = "NMI-window exiting" },
	{ PROC, PROC_USE_MSR_BITMAPS, .name = "MSR bitmaps" },
	{ PROC, PROC_SECONDARY_CONTROLS, .name = "secondary controls" },
	{ PROC2, PROC2_EPT, .name = "EPT" },
	{ PROC2, PROC2_UNRESTRICTED_GUEST, .name = "unrestricted guest" },
	{ PROC2, PROC2_RDTSCP, 0x80000001, 3, 27, .name = "RDTSCP" },
	{ PROC2, PROC2_RDTSCP, 7, 2, 22, .name = "RDPID" },
	{ PROC2, PROC2_INVPCID, 7, 1, 10, .name = "INVPCID" },
	{ PROC2, PROC2_XSAVES, 0xd, 0, 3, .name = "XSAVES" },
	{ PROC2, PROC2_USER_WAIT, 7, 2, 5, .name = "user wait and pause (WAITPKG)" },
	{ PROC2, PROC2_PCONFIG, 7, 3, 18, .name = "PCONFIG" },
	{ EXIT, EXIT_HOST_ADDRESS_SPACE_SIZE, .name = "64-bit host" },
	{ EXIT, EXIT_SAVE_DEBUG, .name = "save debug controls" },
	{ EXIT, EXIT_SAVE_PAT, .name = "save IA32_PAT" },
	{ EXIT, EXIT_LOAD_PAT, .name = "load IA32_PAT on exit" },
	{ EXIT, EXIT_SAVE_EFER, .name = "save IA32_EFER" },
	{ EXIT, EXIT_LOAD_EFER, .name = "load IA32_EFER on exit" },
	{ EXIT, EXIT_LOAD_CET, 7, 3, 20, .name = "load CET state on exit" },
	{ EXIT, EXIT_LOAD_CET, 7, 2, 7, .name = "load CET state on exit" },
	{ ENTRY, ENTRY_IA32E_GUEST, .name = "IA-32e mode guest" },
	{ ENTRY, ENTRY_LOAD_DEBUG, .name = "load debug controls" },
	{ ENTRY, ENTRY_LOAD_PAT, .name = "load IA32_PAT" },
	{ ENTRY, ENTRY_LOAD_EFER, .name = "load IA32_EFER" },
	{ ENTRY, ENTRY_LOAD_CET, 7, 3, 20, .name = "load CET state" },
	{ ENTRY, ENTRY_LOAD_CET, 7, 2, 7, .name = "load CET state" },
};

static bool is_offered(const struct control *control)
{
	u32 reg[4];

	if (!control->leaf)
		return true;
	cpuid_count(control->leaf, control->leaf == 0xd, &reg[0], &reg[1], &reg[2], &reg[3]);
	return reg[control->reg] >> control->feature & 1;
}

/*
 * A capability MSR has the controls that must be 1 in its low half and those that may be 1 in the
 * high half (SDM A.3). The "true" MSRs let go of controls that used to be always 1, such as CR3
 * exiting.
 */
static u32 capability_msr(enum word word)
{
	static const u32 plain[] = { IA32_VMX_PINBASED, IA32_VMX_PROCBASED, IA32_VMX_PROCBASED2,
				     IA32_VMX_EXIT, IA32_VMX_ENTRY };
	static const u32 exact[] = { IA32_VMX_TRUE_PINBASED, IA32_VMX_TRUE_PROCBASED,
				     IA32_VMX_PROCBASED2, IA32_VMX_TRUE_EXIT, IA32_VMX_TRUE_ENTRY };

	return read_msr(IA32_VMX_BASIC) & VMX_BASIC_TRUE_CONTROLS ? exact[word] : plain[word];
}

#define CAPABILITIES_NEEDED (EPT_CAP_WALK_LENGTH_4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_INVEPT | \
			     EPT_CAP_INVEPT_ALL)

static bool has_vpid(void)
{
	u64 capabilities = read_msr(IA32_VMX_EPT_VPID_CAP);

	return read_msr(IA32_VMX_PROCBASED2) >> 32 & PROC2_VPID &&
	       capabilities & EPT_CAP_INVVPID && capabilities & EPT_CAP_INVVPID_ALL;
}

static int lacks(struct sb_reason *reason, const char *name)
{
	return sb_refuse(reason, -ENODEV,
			 "the VT-x of CPU %u lacks '%s': a CPU with EPT and unrestricted guest (Westmere or later) is needed, or a hypervisor below that offers them",
			 raw_smp_processor_id(), name);
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
	u32 word[WORDS], allowed[WORDS];
	int i;

	for (i = 0; i < WORDS; i++) {
		u64 capability = read_msr(capability_msr(i));

		word[i] = capability;
		allowed[i] = capability >> 32;
	}
	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!is_offered(&needed[i]))
			continue;
		if (!(allowed[needed[i].word] & needed[i].bit))
			return lacks(reason, needed[i].name);
		if (!needed[i].on_demand)
			word[needed[i].word] |= needed[i].bit;
	}
	if (word[PROC] & (PROC_CR3_LOAD_EXITING | PROC_CR3_STORE_EXITING))
		return lacks(reason, "true controls without CR3 exiting");
	if ((read_msr(IA32_VMX_EPT_VPID_CAP) & CAPABILITIES_NEEDED) != CAPABILITIES_NEEDED)
		return lacks(reason, "EPT with 4 levels, 2 MB pages, write-back tables and INVEPT");
	if (has_vpid())
		word[PROC2] |= PROC2_VPID;
	*controls = (struct sb_controls){ word[PIN], word[PROC], word[PROC2], word[EXIT],
					  word[ENTRY] };
	return 0;
}

static u32 read_features(const struct sb_controls *controls)
{
	u32 features = 0;

	if (controls->proc2 & PROC2_VPID)
		features |= SHADOW_BOX_FEATURE_VPID;
	if (read_msr(IA32_VMX_EPT_VPID_CAP) & EPT_CAP_1G)
		features |= SHADOW_BOX_FEATURE_EPT_1G;
	if (read_msr(capability_msr(PIN)) >> 32 & PIN_PREEMPTION_TIMER)
		features |= SHADOW_BOX_FEATURE_PREEMPTION_TIMER;
	if (read_msr(IA32_VMX_PROCBASED2) >> 32 & PROC2_MODE_BASED_EXECUTE)
		features |= SHADOW_BOX_FEATURE_MBEC;
	if (controls->entry & ENTRY_LOAD_CET)
		features |= SHADOW_BOX_FEATURE_CET;
	if (cpuid_ecx(1) & CPUID_1_ECX_HYPERVISOR)
		features |= SHADOW_BOX_FEATURE_NESTED;
	return features;
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
			u64 types = read_msr(group[i].msr + n);

			memcpy(type, &types, 8);
		}
	}
}

static void read_variable_mtrrs(struct sb_mtrr *mtrr, u32 count)
{
	u32 i;

	for (i = 0; i < count && i < SB_MTRR_VARIABLE_MAX; i++) {
		u64 mask = read_msr(IA32_MTRR_PHYSBASE0 + 2 * i + 1);

		if (!(mask & MTRR_PHYSMASK_VALID))
			continue;
		mtrr->mask[mtrr->nr_variable] = mask;
		mtrr->base[mtrr->nr_variable++] = read_msr(IA32_MTRR_PHYSBASE0 + 2 * i);
	}
}

static void read_mtrrs(struct sb_mtrr *mtrr)
{
	u64 capabilities = read_msr(IA32_MTRRCAP), def = read_msr(IA32_MTRR_DEF_TYPE);

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
			 CR4_SMAP | CR4_PKE | CR4_CET)
#define EFER_PINNED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

/* What Linux has switched on by now, it never switches off. */
static void read_pinned(struct sb_machine *machine)
{
	machine->cr0_pinned = read_cr0() & CR0_PINNED;
	machine->cr4_pinned = __read_cr4() & CR4_PINNED;
	machine->efer_pinned = read_msr(IA32_EFER) & EFER_PINNED;
}

static u64 task_pointer(u32 cpu)
{
	return slow_virt_to_phys(sb_current_task(cpu));
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
	machine->features = read_features(&controls);
	machine->has_cet = machine->features & SHADOW_BOX_FEATURE_CET;
	machine->ept_1g = machine->features & SHADOW_BOX_FEATURE_EPT_1G;
	machine->la57 = __read_cr4() & CR4_LA57;
	machine->vmcs_revision = read_msr(IA32_VMX_BASIC) & VMX_BASIC_REVISION;
	machine->physical_end = read_physical_end(machine->features);
	machine->page_1g = boot_cpu_has(X86_FEATURE_GBPAGES);
	machine->has_descriptor_exiting = read_msr(IA32_VMX_PROCBASED2) >> 32 &
					  PROC2_DESCRIPTOR_TABLE_EXITING;
	machine->task = task_pointer;
	read_pinned(machine);
	read_mtrrs(&machine->mtrr);
	return 0;
}

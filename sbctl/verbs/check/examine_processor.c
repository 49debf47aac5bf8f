// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check" on processor and firmware: is there VT-x, may it be used, and what do its features
 * give?
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verbs/check/examine.h"

#define IA32_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL_LOCKED	(1u << 0)
#define FEATURE_CONTROL_VMX	(1u << 2)

#define IA32_VMX_EPT_VPID_CAP	0x48c
#define EPT_CAP_2M		(1u << 16)

static void check_processor(struct examination *e)
{
	const struct processor *p = &e->processor;
	const char *model = *p->model ? p->model : "the processor";

	if (e->active)
		find(e, "processor", VERDICT_OK,
		     "VT-x is in use by Shadow-box, which hides it from Linux (%s)", model);
	else if (!p->intel)
		find(e, "processor", VERDICT_FAIL,
		     "%s is not an Intel processor; Shadow-box needs Intel VT-x", model);
	else if (!p->vmx && e->loaded && !e->answers)
		find(e, "processor", VERDICT_UNKNOWN,
		     "VT-x is not to be seen; if Shadow-box is active, that is because it hides it%s",
		     e->failure.code == SBCTL_PRIVILEGE ? "; run sbctl as root to tell" : "");
	else if (!p->vmx && p->hypervisor)
		find(e, "processor", VERDICT_FAIL,
		     "this virtual machine has no VT-x; switch on nested virtualization in the hypervisor below");
	else if (!p->vmx)
		find(e, "processor", VERDICT_FAIL, "%s does not offer VT-x", model);
	else
		find(e, "processor", VERDICT_OK, "%s offers VT-x", model);
}

/* Without the register there is still what Linux found in it at boot. */
static void check_firmware_by_linux(struct examination *e, int error)
{
	const char *why = error == -ENOENT ? "the msr driver is not loaded" :
			  error == -EACCES || error == -EPERM ? "that needs root" :
			  strerror(-error);

	if (e->processor.kernel_vmx)
		find(e, "firmware", VERDICT_OK,
		     "Linux found VT-x usable at boot (IA32_FEATURE_CONTROL itself cannot be read: %s)",
		     why);
	else
		find(e, "firmware", VERDICT_FAIL,
		     "Linux found VT-x switched off at boot; enable it in the firmware set-up (IA32_FEATURE_CONTROL itself cannot be read: %s)",
		     why);
}

static void check_firmware(struct examination *e)
{
	uint64_t value;
	int error;

	if (e->active || !e->processor.vmx)
		return;
	error = machine_read_msr(0, IA32_FEATURE_CONTROL, &value);
	if (error)
		check_firmware_by_linux(e, error);
	else if (!(value & FEATURE_CONTROL_LOCKED) || (value & FEATURE_CONTROL_VMX))
		find(e, "firmware", VERDICT_OK,
		     "the firmware permits VT-x (IA32_FEATURE_CONTROL is 0x%" PRIx64 ")", value);
	else
		find(e, "firmware", VERDICT_FAIL,
		     "the firmware locks VT-x off (IA32_FEATURE_CONTROL is 0x%" PRIx64 "); enable \"Intel Virtualization Technology\" in the firmware set-up",
		     value);
}

/* Needed: without one of these, there is no launch. */
static void check_ept(struct examination *e)
{
	const struct processor *p = &e->processor;
	uint64_t capabilities;

	if (e->active)
		find(e, "ept", VERDICT_OK,
		     "extended page tables (EPT): memory is protected page by page");
	else if (!processor_has(p, "ept") || !processor_has(p, "unrestricted_guest"))
		find(e, "ept", VERDICT_FAIL,
		     "the processor lacks %s, which Shadow-box needs (Intel processors since 2010 have it)",
		     processor_has(p, "ept") ? "unrestricted guest" : "extended page tables (EPT)");
	else if (!machine_read_msr(0, IA32_VMX_EPT_VPID_CAP, &capabilities) &&
		 !(capabilities & EPT_CAP_2M))
		find(e, "ept", VERDICT_FAIL,
		     "the extended page tables (EPT) have no 2 MB pages, which Shadow-box needs");
	else
		find(e, "ept", VERDICT_OK,
		     "extended page tables (EPT) with 2 MB pages: memory is protected page by page");
}

/**
 * struct feature - what makes Shadow-box better, but is not needed
 * @flag: in the "vmx flags" of /proc/cpuinfo
 * @bit: in SHADOW_BOX_INFO_FEATURES, while that hides VT-x
 */
struct feature {
	const char *about;
	const char *flag;
	uint32_t bit;
	const char *with;
	const char *without;
};

static const struct feature features[] = {
	{ "ept 1 GB", "ept_1gb", SHADOW_BOX_FEATURE_EPT_1G,
	  "1 GB pages in the EPT: few page tables, fewer TLB misses",
	  "no 1 GB pages in the EPT: 4 KB more page tables for each GB of memory" },
	{ "vpid", "vpid", SHADOW_BOX_FEATURE_VPID,
	  "virtual-processor identifiers (VPID): VM exits leave the TLB alone",
	  "no virtual-processor identifiers (VPID): each VM exit empties the TLB" },
	{ "mbec", "ept_mode_based_exec", SHADOW_BOX_FEATURE_MBEC,
	  "mode-based execute control (MBEC) is there: code-integrity can be switched on",
	  "no mode-based execute control (MBEC): code-integrity stays off, so that an attacker in the kernel can execute code of their own" },
	{ "timer", "preemption_timer", SHADOW_BOX_FEATURE_PREEMPTION_TIMER,
	  "the VMX-preemption timer is there: detections can sweep",
	  "no VMX-preemption timer: detections stay off" },
};

static void check_feature(struct examination *e, const struct feature *feature)
{
	bool there = e->active ? e->snapshot.info.features & feature->bit :
				 processor_has(&e->processor, feature->flag);

	find(e, feature->about, VERDICT_OK, "%s", there ? feature->with : feature->without);
}

static void check_features(struct examination *e)
{
	size_t i;

	/* Linux does not tell, as it found no VT-x at boot. */
	if (!e->active && !*e->processor.vmx_flags)
		return;
	check_ept(e);
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		check_feature(e, &features[i]);
	find(e, "umip", VERDICT_OK, "%s", e->processor.umip ?
	     "user-mode instruction prevention (UMIP): descriptor-regs costs programs nothing" :
	     "no user-mode instruction prevention (UMIP): with descriptor-regs on, programs that execute SGDT, SIDT, SLDT or STR take a VM exit");
	find(e, "cet", VERDICT_OK, "%s", e->processor.cet ?
	     "control-flow enforcement (CET): what the kernel uses of it goes on working, and control-regs keeps it on" :
	     "no control-flow enforcement (CET): nothing in the processor stops jumps to the middle of functions");
}

/* The kernel can be told not to use it; most machines have none. */
static void check_fred(struct examination *e)
{
	if (e->processor.kernel_fred && !e->active)
		find(e, "fred", VERDICT_FAIL,
		     "this kernel takes interrupts and system calls by FRED, which Shadow-box refuses; boot it with 'fred=off'");
}

void examine_processor(struct examination *e)
{
	check_processor(e);
	check_firmware(e);
	check_features(e);
	check_fred(e);
}

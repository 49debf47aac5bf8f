// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which controls the host world needs, which of them the processor allows, and what the processor
 * lacks. Plain C: the unit tests run it over the capabilities of many processors.
 */
#include "../../abi/vmx.h"
#include "../../uapi/shadow_box.h"
#include "controls.h"
#include "processor.h"

#define CPUID_1_ECX_HYPERVISOR	BIT(31)

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
	{ PROC, PROC_USE_IO_BITMAPS, .name = "I/O bitmaps" },
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
	sb_read_cpuid(control->leaf, control->leaf == 0xd, reg);
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

	return sb_read_msr(IA32_VMX_BASIC) & VMX_BASIC_TRUE_CONTROLS ? exact[word] : plain[word];
}

#define CAPABILITIES_NEEDED (EPT_CAP_WALK_LENGTH_4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_INVEPT | \
			     EPT_CAP_INVEPT_ALL)

static bool is_below_hypervisor(void)
{
	u32 reg[4];

	sb_read_cpuid(1, 0, reg);
	return reg[2] & CPUID_1_ECX_HYPERVISOR;
}

/*
 * A hypervisor below flushes TLBs for Linux behind our back (KVM for a CPU that it had taken away).
 * If it does so while the host runs, it means the host's own VPID: Linux's must not outlive an exit.
 */
static bool has_vpid(void)
{
	u64 capabilities = sb_read_msr(IA32_VMX_EPT_VPID_CAP);

	return !is_below_hypervisor() && sb_read_msr(IA32_VMX_PROCBASED2) >> 32 & PROC2_VPID &&
	       capabilities & EPT_CAP_INVVPID && capabilities & EPT_CAP_INVVPID_ALL;
}

/**
 * sb_controls_negotiate() - work out the controls for this processor
 * @controls: result
 *
 * Return: NULL when the processor has all that is needed, or the name of the first thing it lacks.
 */
const char *sb_controls_negotiate(struct sb_controls *controls)
{
	u32 word[WORDS], allowed[WORDS];
	size_t i;

	for (i = 0; i < WORDS; i++) {
		u64 capability = sb_read_msr(capability_msr(i));

		word[i] = capability;
		allowed[i] = capability >> 32;
	}
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!is_offered(&needed[i]))
			continue;
		if (!(allowed[needed[i].word] & needed[i].bit))
			return needed[i].name;
		if (!needed[i].on_demand)
			word[needed[i].word] |= needed[i].bit;
	}
	if (word[PROC] & (PROC_CR3_LOAD_EXITING | PROC_CR3_STORE_EXITING))
		return "true controls without CR3 exiting";
	if ((sb_read_msr(IA32_VMX_EPT_VPID_CAP) & CAPABILITIES_NEEDED) != CAPABILITIES_NEEDED)
		return "EPT with 4 levels, 2 MB pages, write-back tables and INVEPT";
	if (!(sb_read_msr(IA32_VMX_MISC) & VMX_MISC_WAIT_FOR_SIPI))
		return "activity state wait-for-SIPI";
	if (has_vpid())
		word[PROC2] |= PROC2_VPID;
	/* While no policy needs it, each page has both rights to execute or none. */
	word[PROC2] |= allowed[PROC2] & PROC2_MODE_BASED_EXECUTE;
	*controls = (struct sb_controls){ word[PIN], word[PROC], word[PROC2], word[EXIT],
					  word[ENTRY] };
	return NULL;
}

/**
 * sb_controls_features() - what of the processor makes a difference, as the interface names it
 * @controls: the controls that were negotiated
 *
 * Return: bits of enum shadow_box_feature.
 */
u32 sb_controls_features(const struct sb_controls *controls)
{
	u32 features = 0;

	if (controls->proc2 & PROC2_VPID)
		features |= SHADOW_BOX_FEATURE_VPID;
	if (sb_read_msr(IA32_VMX_EPT_VPID_CAP) & EPT_CAP_1G)
		features |= SHADOW_BOX_FEATURE_EPT_1G;
	/* It is of use where it goes on after an exit instead of starting anew. */
	if (sb_read_msr(capability_msr(PIN)) >> 32 & PIN_PREEMPTION_TIMER &&
	    sb_read_msr(capability_msr(EXIT)) >> 32 & EXIT_SAVE_PREEMPTION_TIMER)
		features |= SHADOW_BOX_FEATURE_PREEMPTION_TIMER;
	if (controls->proc2 & PROC2_MODE_BASED_EXECUTE)
		features |= SHADOW_BOX_FEATURE_MBEC;
	if (controls->entry & ENTRY_LOAD_CET)
		features |= SHADOW_BOX_FEATURE_CET;
	if (is_below_hypervisor())
		features |= SHADOW_BOX_FEATURE_NESTED;
	return features;
}

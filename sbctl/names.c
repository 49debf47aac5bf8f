// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the interface's numbers: exit reasons as in the Intel SDM (volume 3, appendix C), their
 * groups, states and features. A number without a name is from a newer module: print the number.
 */
#include "model.h"

#define N_ITEMS(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	enum exit_group group;
} reasons[] = {
	[0]  = { "Exception or NMI",				GROUP_NMI },
	[1]  = { "External interrupt",				GROUP_OTHER },
	[2]  = { "Triple fault",				GROUP_OTHER },
	[3]  = { "INIT signal",					GROUP_OTHER },
	[4]  = { "Start-up IPI (SIPI)",				GROUP_OTHER },
	[5]  = { "I/O system-management interrupt (SMI)",	GROUP_OTHER },
	[6]  = { "Other SMI",					GROUP_OTHER },
	[7]  = { "Interrupt window",				GROUP_OTHER },
	[8]  = { "NMI window",					GROUP_NMI },
	[9]  = { "Task switch",					GROUP_OTHER },
	[10] = { "CPUID",					GROUP_CPUID },
	[11] = { "GETSEC",					GROUP_OTHER },
	[12] = { "HLT",						GROUP_OTHER },
	[13] = { "INVD",					GROUP_OTHER },
	[14] = { "INVLPG",					GROUP_OTHER },
	[15] = { "RDPMC",					GROUP_OTHER },
	[16] = { "RDTSC",					GROUP_OTHER },
	[17] = { "RSM",						GROUP_OTHER },
	[18] = { "VMCALL",					GROUP_OTHER },
	[19] = { "VMCLEAR",					GROUP_OTHER },
	[20] = { "VMLAUNCH",					GROUP_OTHER },
	[21] = { "VMPTRLD",					GROUP_OTHER },
	[22] = { "VMPTRST",					GROUP_OTHER },
	[23] = { "VMREAD",					GROUP_OTHER },
	[24] = { "VMRESUME",					GROUP_OTHER },
	[25] = { "VMWRITE",					GROUP_OTHER },
	[26] = { "VMXOFF",					GROUP_OTHER },
	[27] = { "VMXON",					GROUP_OTHER },
	[28] = { "Control-register access",			GROUP_REGS },
	[29] = { "MOV DR",					GROUP_REGS },
	[30] = { "I/O instruction",				GROUP_OTHER },
	[31] = { "RDMSR",					GROUP_MSR },
	[32] = { "WRMSR",					GROUP_MSR },
	[33] = { "VM-entry failure: invalid guest state",	GROUP_OTHER },
	[34] = { "VM-entry failure: MSR loading",		GROUP_OTHER },
	[36] = { "MWAIT",					GROUP_OTHER },
	[37] = { "Monitor trap flag",				GROUP_OTHER },
	[39] = { "MONITOR",					GROUP_OTHER },
	[40] = { "PAUSE",					GROUP_OTHER },
	[41] = { "VM-entry failure: machine-check event",	GROUP_OTHER },
	[43] = { "TPR below threshold",				GROUP_OTHER },
	[44] = { "APIC access",					GROUP_OTHER },
	[45] = { "Virtualized EOI",				GROUP_OTHER },
	[46] = { "Access to GDTR or IDTR",			GROUP_REGS },
	[47] = { "Access to LDTR or TR",			GROUP_REGS },
	[48] = { "EPT violation",				GROUP_EPT },
	[49] = { "EPT misconfiguration",			GROUP_EPT },
	[50] = { "INVEPT",					GROUP_OTHER },
	[51] = { "RDTSCP",					GROUP_OTHER },
	[52] = { "VMX-preemption timer expired",		GROUP_TIMER },
	[53] = { "INVVPID",					GROUP_OTHER },
	[54] = { "WBINVD or WBNOINVD",				GROUP_OTHER },
	[55] = { "XSETBV",					GROUP_REGS },
	[56] = { "APIC write",					GROUP_OTHER },
	[57] = { "RDRAND",					GROUP_OTHER },
	[58] = { "INVPCID",					GROUP_OTHER },
	[59] = { "VMFUNC",					GROUP_OTHER },
	[60] = { "ENCLS",					GROUP_OTHER },
	[61] = { "RDSEED",					GROUP_OTHER },
	[62] = { "Page-modification log full",			GROUP_EPT },
	[63] = { "XSAVES",					GROUP_OTHER },
	[64] = { "XRSTORS",					GROUP_OTHER },
	[65] = { "PCONFIG",					GROUP_OTHER },
	[66] = { "SPP-related event",				GROUP_EPT },
	[67] = { "UMWAIT",					GROUP_OTHER },
	[68] = { "TPAUSE",					GROUP_OTHER },
	[69] = { "LOADIWKEY",					GROUP_OTHER },
	[70] = { "ENCLV",					GROUP_OTHER },
	[72] = { "ENQCMD PASID translation failure",		GROUP_OTHER },
	[73] = { "ENQCMDS PASID translation failure",		GROUP_OTHER },
	[74] = { "Bus lock",					GROUP_OTHER },
	[75] = { "Instruction timeout",				GROUP_OTHER },
	[76] = { "SEAMCALL",					GROUP_OTHER },
	[77] = { "TDCALL",					GROUP_OTHER },
	[78] = { "RDMSRLIST",					GROUP_MSR },
	[79] = { "WRMSRLIST",					GROUP_MSR },
};

const char *const group_title[N_GROUPS] = {
	[GROUP_CPUID] = "CPUID",
	[GROUP_MSR] = "MSR",
	[GROUP_NMI] = "NMI",
	[GROUP_EPT] = "EPT",
	[GROUP_REGS] = "REGS",
	[GROUP_TIMER] = "TIMER",
	[GROUP_OTHER] = "OTHER",
};

const char *const group_key[N_GROUPS] = {
	[GROUP_CPUID] = "cpuid",
	[GROUP_MSR] = "msr",
	[GROUP_NMI] = "nmi",
	[GROUP_EPT] = "ept",
	[GROUP_REGS] = "registers",
	[GROUP_TIMER] = "timer",
	[GROUP_OTHER] = "other",
};

static const char *const states[] = {
	[SHADOW_BOX_STATE_IDLE] = "idle",
	[SHADOW_BOX_STATE_ACTIVE] = "active",
};

static const char *const cpu_states[] = {
	[SHADOW_BOX_CPU_OFF] = "off",
	[SHADOW_BOX_CPU_ACTIVE] = "active",
	[SHADOW_BOX_CPU_FAULT] = "fault",
};

/* By bit number of enum shadow_box_feature. */
static const char *const features[] = {
	"vpid", "ept-1g", "preemption-timer", "mbec", "cet", "nested",
};

static const char *const events[] = {
	[SHADOW_BOX_EVENT_LAUNCH] = "launch",
	[SHADOW_BOX_EVENT_LEAVE] = "leave",
	[SHADOW_BOX_EVENT_HOST_NMI] = "host-nmi",
	[SHADOW_BOX_EVENT_HOST_FAULT] = "host-fault",
	[SHADOW_BOX_EVENT_HOST_MEMORY] = "host-memory",
	[SHADOW_BOX_EVENT_UNMAPPED] = "unmapped",
	[SHADOW_BOX_EVENT_MICROCODE] = "microcode",
};

enum exit_group exit_group(uint32_t reason)
{
	return reason < N_ITEMS(reasons) && reasons[reason].name ? reasons[reason].group :
								   GROUP_OTHER;
}

const char *exit_name(uint32_t reason)
{
	return reason < N_ITEMS(reasons) ? reasons[reason].name : NULL;
}

const char *state_name(uint32_t state)
{
	return state < N_ITEMS(states) ? states[state] : NULL;
}

const char *cpu_state_name(uint32_t state)
{
	return state < N_ITEMS(cpu_states) ? cpu_states[state] : NULL;
}

const char *feature_name(unsigned int bit)
{
	return bit < N_ITEMS(features) ? features[bit] : NULL;
}

const char *event_name(uint32_t type)
{
	return type < N_ITEMS(events) ? events[type] : NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of numbers: exit reasons as in the Intel SDM (volume 3, appendix C) and their groups; the
 * interface's, whose tables shadow_box_names.h has. A number without a name is from a newer module:
 * print it.
 */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "uapi/shadow_box_names.h"

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

/* A group without a word here would not compile: model.h says how many there are. */
const char *const group_title[] = {
	[GROUP_CPUID] = "CPUID",
	[GROUP_MSR] = "MSR",
	[GROUP_NMI] = "NMI",
	[GROUP_EPT] = "EPT",
	[GROUP_REGS] = "REGS",
	[GROUP_TIMER] = "TIMER",
	[GROUP_OTHER] = "OTHER",
};

const char *const group_key[] = {
	[GROUP_CPUID] = "cpuid",
	[GROUP_MSR] = "msr",
	[GROUP_NMI] = "nmi",
	[GROUP_EPT] = "ept",
	[GROUP_REGS] = "registers",
	[GROUP_TIMER] = "timer",
	[GROUP_OTHER] = "other",
};

/* Bits of control registers and of EFER, as the SDM calls them. */
static const char *const bits_of_cr0[64] = {
	[0] = "PE", [1] = "MP", [2] = "EM", [3] = "TS", [4] = "ET", [5] = "NE", [16] = "WP",
	[18] = "AM", [29] = "NW", [30] = "CD", [31] = "PG",
};
static const char *const bits_of_cr4[64] = {
	[0] = "VME", [1] = "PVI", [2] = "TSD", [3] = "DE", [4] = "PSE", [5] = "PAE", [6] = "MCE",
	[7] = "PGE", [8] = "PCE", [9] = "OSFXSR", [10] = "OSXMMEXCPT", [11] = "UMIP", [12] = "LA57",
	[13] = "VMXE", [14] = "SMXE", [16] = "FSGSBASE", [17] = "PCIDE", [18] = "OSXSAVE",
	[19] = "KL", [20] = "SMEP", [21] = "SMAP", [22] = "PKE", [23] = "CET", [24] = "PKS",
	[25] = "UINTR", [27] = "LASS", [28] = "LAM_SUP", [32] = "FRED",
};
static const char *const bits_of_efer[64] = {
	[0] = "SCE", [8] = "LME", [10] = "LMA", [11] = "NXE",
};

/* Registers by the code of a violation of control-regs or syscall-msrs. */
static const struct {
	uint64_t code;
	const char *name;
	const char *const *bits;
} registers[] = {
	{ 0, "CR0", bits_of_cr0 }, { 4, "CR4", bits_of_cr4 }, { 0xc0000080, "EFER", bits_of_efer },
	{ 0xc0000081, "STAR", NULL }, { 0xc0000082, "LSTAR", NULL }, { 0xc0000083, "CSTAR", NULL },
	{ 0xc0000084, "FMASK", NULL },
	{ 0x174, "SYSENTER_CS", NULL }, { 0x175, "SYSENTER_ESP", NULL }, { 0x176, "SYSENTER_EIP", NULL },
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

/* What the table has for a number; NULL if it has nothing, or does not go so far. */
#define NAME(table, i)	((i) < N_ITEMS(table) ? (table)[i] : NULL)

const char *state_name(uint32_t state)
{
	return NAME(state_names, state);
}

const char *cpu_state_name(uint32_t state)
{
	return NAME(cpu_state_names, state);
}

const char *feature_name(unsigned int bit)
{
	return NAME(feature_names, bit);
}

const char *event_name(uint32_t type)
{
	return NAME(event_type_names, type);
}

const char *policy_name(uint32_t policy)
{
	return NAME(policy_names, policy);
}

const char *policy_about(uint32_t policy)
{
	return NAME(policy_abouts, policy);
}

uint32_t policy_class(uint32_t policy)
{
	return policy < N_ITEMS(policy_classes) ? policy_classes[policy] :
						  SHADOW_BOX_CLASS_PROTECTION;
}

bool policy_is_about_patches(uint32_t policy)
{
	return policy_class(policy) == SHADOW_BOX_CLASS_PATCH;
}

bool policy_is_protection(uint32_t policy)
{
	return policy_class(policy) == SHADOW_BOX_CLASS_PROTECTION;
}

bool policy_is_optional(uint32_t policy)
{
	return policy < SHADOW_BOX_POLICIES && OPTIONAL_POLICIES >> policy & 1;
}

const char *class_mode_name(uint32_t class, uint32_t mode)
{
	return class < N_ITEMS(mode_names) ? NAME(mode_names[class], mode) : NULL;
}

/* A number that has no name yet is nothing that can be asked for. */
static bool is_called(const char *own, const char *name)
{
	return own && !strcmp(own, name);
}

int class_mode_number(uint32_t class, const char *name)
{
	uint32_t mode;

	for (mode = 0; mode <= SHADOW_BOX_MODE_MAX; mode++)
		if (is_called(class_mode_name(class, mode), name))
			return (int)mode;
	return -1;
}

char *class_modes(uint32_t class, char *text, size_t size)
{
	size_t used = 0;
	uint32_t mode;

	*text = '\0';
	for (mode = 0; mode <= SHADOW_BOX_MODE_MAX && used < size; mode++) {
		const char *name = class_mode_name(class, mode);
		const char *before = class_mode_name(class, mode + 1) ? ", " : " and ";

		if (name)
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 used ? before : "", name);
	}
	return text;
}

const char *mode_name(uint32_t policy, uint32_t mode)
{
	return class_mode_name(policy_class(policy), mode);
}

int policy_number(const char *name)
{
	uint32_t policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (is_called(policy_name(policy), name))
			return (int)policy;
	return -1;
}

int mode_number(uint32_t policy, const char *name)
{
	return class_mode_number(policy_class(policy), name);
}

const char *action_name(uint32_t action)
{
	return NAME(action_names, action);
}

const char *why_name(uint32_t why)
{
	return NAME(why_names, why);
}

const char *why_text(uint32_t why)
{
	return NAME(why_texts, why);
}

const char *observer_name(uint32_t observer)
{
	return NAME(observer_names, observer);
}

const char *subject_name(uint32_t subject)
{
	return NAME(subject_names, subject);
}

const char *owner_name(uint32_t owner)
{
	return NAME(owner_names, owner);
}

bool event_by_sweep(const struct event *event)
{
	return HAVE(event, SHADOW_BOX_EVENT_OBSERVER) &&
	       event->observer == SHADOW_BOX_OBSERVER_SWEEP;
}

/*
 * VM-exit instruction information has LGDT like LLDT and LIDT like LTR (SDM tables 28-10, 28-11): a
 * selector or a TSS belongs to the latter, limit and base to the former.
 */
static const char *descriptor_register(const struct event *event)
{
	bool second = (event->code >> 28) & 1;

	switch (event->new.length) {
	case sizeof(uint16_t):
		return second ? "TR" : "LDTR";
	case TABLE_BYTES:
		return second ? "IDTR" : "GDTR";
	case TSS_BYTES:
		return "TR";
	}
	return second ? "IDTR or TR" : "GDTR or LDTR";
}

/* Which of registers[] it is, or N_ITEMS(registers). */
static size_t register_index(const struct event *event)
{
	size_t i;

	if (event->why != SHADOW_BOX_WHY_REGISTER ||
	    event->policy == SHADOW_BOX_POLICY_DESCRIPTOR_REGS)
		return N_ITEMS(registers);
	for (i = 0; i < N_ITEMS(registers) && registers[i].code != event->code; i++)
		;
	return i;
}

const char *register_name(const struct event *event)
{
	size_t i = register_index(event);

	if (event->why != SHADOW_BOX_WHY_REGISTER)
		return NULL;
	if (event->policy == SHADOW_BOX_POLICY_DESCRIPTOR_REGS)
		return descriptor_register(event);
	return i < N_ITEMS(registers) ? registers[i].name : NULL;
}

const char *register_bit_name(const struct event *event, unsigned int bit)
{
	size_t i = register_index(event);

	return i < N_ITEMS(registers) && registers[i].bits && bit < 64 ? registers[i].bits[bit] :
									 NULL;
}

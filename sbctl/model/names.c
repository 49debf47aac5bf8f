// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the interface's numbers: exit reasons as in the Intel SDM (volume 3, appendix C), their
 * groups, states, features, policies. A number without a name is from a newer module: print it.
 */
#include <stdio.h>
#include <string.h>

#include "model/model.h"

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
	[SHADOW_BOX_EVENT_VIOLATION] = "violation",
	[SHADOW_BOX_EVENT_UNMAPPED] = "unmapped",
	[SHADOW_BOX_EVENT_MICROCODE] = "microcode",
	[SHADOW_BOX_EVENT_POLICY] = "policy",
	[SHADOW_BOX_EVENT_LOCK] = "lock",
	[SHADOW_BOX_EVENT_RELEASE] = "release",
};

static const struct {
	const char *name;
	const char *about;
	uint32_t class;
} policies[SHADOW_BOX_POLICIES] = {
	[SHADOW_BOX_POLICY_KERNEL_TEXT] = {
		"kernel-text", "code of the kernel, but for verified patches",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_KERNEL_RODATA] = {
		"kernel-rodata", "constants of the kernel, system-call and exception tables",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_MODULE_TEXT] = {
		"module-text", "code and constants of modules, but for verified patches",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_IDT] = {
		"idt", "interrupt-descriptor table",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = {
		"descriptor-regs", "registers GDTR, IDTR, LDTR and TR",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_CONTROL_REGS] = {
		"control-regs", "protection bits of CR0, CR4 and EFER",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_SYSCALL_MSRS] = {
		"syscall-msrs", "where system calls enter the kernel",
		SHADOW_BOX_CLASS_PROTECTION },
	[SHADOW_BOX_POLICY_HOST_MEMORY] = {
		"host-memory", "memory of Shadow-box itself; always enforced",
		SHADOW_BOX_CLASS_ALWAYS },
	[SHADOW_BOX_POLICY_KPROBES] = {
		"kprobes", "patches: breakpoints and jumps of kprobes",
		SHADOW_BOX_CLASS_PATCH },
	[SHADOW_BOX_POLICY_FTRACE] = {
		"ftrace", "patches: calls from function entries to ftrace",
		SHADOW_BOX_CLASS_PATCH },
	[SHADOW_BOX_POLICY_BPF] = {
		"bpf", "patches: calls to BPF trampolines and dispatchers",
		SHADOW_BOX_CLASS_PATCH },
};

#define MODES	(SHADOW_BOX_MODE_MAX + 1)

static const char *const modes[][MODES] = {
	[SHADOW_BOX_CLASS_PROTECTION] = { "off", "log", "enforce" },
	[SHADOW_BOX_CLASS_PATCH] = { "allow", "log", "deny" },
	[SHADOW_BOX_CLASS_DETECTION] = { "off", "log" },
	[SHADOW_BOX_CLASS_ALWAYS] = { [SHADOW_BOX_MODE_ENFORCE] = "enforce" },
};

static const char *const observers[] = {
	[SHADOW_BOX_OBSERVER_EXIT] = "exit",
	[SHADOW_BOX_OBSERVER_SWEEP] = "sweep",
};

static const char *const subjects[] = {
	[SHADOW_BOX_SUBJECT_CODE] = "code",
	[SHADOW_BOX_SUBJECT_CONSTANTS] = "constants",
	[SHADOW_BOX_SUBJECT_DESCRIPTOR] = "descriptor",
	[SHADOW_BOX_SUBJECT_PAGE] = "page",
	[SHADOW_BOX_SUBJECT_REGISTER] = "register",
	[SHADOW_BOX_SUBJECT_HYPERCALL] = "hypercall",
	[SHADOW_BOX_SUBJECT_TASK] = "task",
	[SHADOW_BOX_SUBJECT_MODULE] = "module",
	[SHADOW_BOX_SUBJECT_POINTER] = "pointer",
	[SHADOW_BOX_SUBJECT_MAPPING] = "mapping",
};

static const char *const actions[] = {
	[SHADOW_BOX_ACTION_LOGGED] = "logged",
	[SHADOW_BOX_ACTION_BLOCKED] = "blocked",
	[SHADOW_BOX_ACTION_DISCARDED] = "discarded",
	[SHADOW_BOX_ACTION_REFUSED] = "refused",
};

static const struct {
	const char *name;
	const char *text;
} reasons_why[] = {
	[SHADOW_BOX_WHY_WRITE] = { "write", "write to what does not change" },
	[SHADOW_BOX_WHY_NOT_A_PATCH] = { "not-a-patch", "write to code that is no patch" },
	[SHADOW_BOX_WHY_NO_SITE] = { "no-site", "patch where the kernel has nothing to patch" },
	[SHADOW_BOX_WHY_BYTES] = { "bytes", "bytes that this place never holds" },
	[SHADOW_BOX_WHY_ORDER] = { "order", "bytes without a breakpoint standing there" },
	[SHADOW_BOX_WHY_TARGET] = { "target", "jump or call to what is no entry for this place" },
	[SHADOW_BOX_WHY_POLICY] = { "policy", "patch that the policy does not want" },
	[SHADOW_BOX_WHY_FULL] = { "full", "more patches standing than the host can keep" },
	[SHADOW_BOX_WHY_FETCH] = { "fetch", "code fetched from a page that holds none" },
	[SHADOW_BOX_WHY_REGISTER] = { "register", "change of a protected register" },
	[SHADOW_BOX_WHY_HYPERCALL] = { "hypercall", "hypercall that is not Shadow-box's own" },
	[SHADOW_BOX_WHY_LOCKED] = { "locked", "weakening after the lock" },
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
	[25] = "UINTR", [28] = "LAM_SUP", [32] = "FRED",
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

const char *policy_name(uint32_t policy)
{
	return policy < N_ITEMS(policies) ? policies[policy].name : NULL;
}

const char *policy_about(uint32_t policy)
{
	return policy < N_ITEMS(policies) ? policies[policy].about : NULL;
}

uint32_t policy_class(uint32_t policy)
{
	return policy < N_ITEMS(policies) ? policies[policy].class : SHADOW_BOX_CLASS_PROTECTION;
}

bool policy_is_about_patches(uint32_t policy)
{
	return policy_class(policy) == SHADOW_BOX_CLASS_PATCH;
}

bool policy_is_protection(uint32_t policy)
{
	return policy_class(policy) == SHADOW_BOX_CLASS_PROTECTION;
}

const char *class_mode_name(uint32_t class, uint32_t mode)
{
	return class < N_ITEMS(modes) && mode < MODES ? modes[class][mode] : NULL;
}

/* A number that has no name yet is nothing that can be asked for. */
static bool is_called(const char *own, const char *name)
{
	return own && !strcmp(own, name);
}

int class_mode_number(uint32_t class, const char *name)
{
	uint32_t mode;

	for (mode = 0; mode < MODES; mode++)
		if (is_called(class_mode_name(class, mode), name))
			return (int)mode;
	return -1;
}

char *class_modes(uint32_t class, char *text, size_t size)
{
	size_t used = 0;
	uint32_t mode;

	*text = '\0';
	for (mode = 0; mode < MODES && used < size; mode++) {
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
	return action < N_ITEMS(actions) ? actions[action] : NULL;
}

const char *why_name(uint32_t why)
{
	return why < N_ITEMS(reasons_why) ? reasons_why[why].name : NULL;
}

const char *why_text(uint32_t why)
{
	return why < N_ITEMS(reasons_why) ? reasons_why[why].text : NULL;
}

const char *observer_name(uint32_t observer)
{
	return observer < N_ITEMS(observers) ? observers[observer] : NULL;
}

const char *subject_name(uint32_t subject)
{
	return subject < N_ITEMS(subjects) ? subjects[subject] : NULL;
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

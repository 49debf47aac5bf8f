/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic-netlink family "shadow_box": what sbctl and the kernel module say to each other. Made
 * from shadow_box.yaml by `make describe`: what is changed here is lost.
 */
#ifndef SHADOW_BOX_UAPI_H
#define SHADOW_BOX_UAPI_H

#define SHADOW_BOX_FAMILY_NAME		"shadow_box"
#define SHADOW_BOX_FAMILY_VERSION	1
#define SHADOW_BOX_MCGRP_EVENTS		"events"

/**
 * enum shadow_box_cmd - requests of the family
 * @SHADOW_BOX_CMD_INFO: do: state, version and host memory of this machine (attributes &enum
 *	shadow_box_info). Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_COUNTERS: dump: one message for each CPU that has a host area, in CPU order
 *	(&enum shadow_box_cpu). NLM_F_DUMP_INTR is set when a CPU entered or left the guest world
 *	during the dump. Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_EVENTS: dump: the events still held in the host's rings, ring by ring
 *	(&enum shadow_box_event); sort by %SHADOW_BOX_EVENT_SEQ. The request may carry
 *	%SHADOW_BOX_EVENT_SEQ: only events with that number or a later one; and
 *	%SHADOW_BOX_EVENT_TYPE: only events of that type. Violations have rings of their own, which
 *	no other event overwrites, and the first of each kind is kept for good: these come first,
 *	with a COUNT, and again if a ring holds them, too. Also the command of the notification
 *	sent to the multicast group "events" for each new event. Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_START: do: launch on every online CPU. Needs CAP_SYS_ADMIN. Errors: ENODEV
 *	(no VT-x or this CPU lacks what is needed), EACCES (VT-x locked by firmware), EBUSY (VT-x
 *	in use by another hypervisor), EALREADY (active), ENOMEM (no contiguous memory), EPERM
 *	(disabled on the kernel command line), EIO (a CPU's launch failed; all CPUs were rolled
 *	back). The extended acknowledgement holds the reason as one sentence.
 * @SHADOW_BOX_CMD_POLICIES: dump: one message for each policy, in the order of &enum
 *	shadow_box_policy (attributes &enum shadow_box_policy_attr). Needs CAP_NET_ADMIN. Nothing
 *	is dumped while idle.
 * @SHADOW_BOX_CMD_POLICY_SET: do: set the modes of policies. The request carries one nest
 *	%SHADOW_BOX_POLICY_SETTING for each, with %SHADOW_BOX_POLICY_ID and
 *	%SHADOW_BOX_POLICY_MODE; all are set, or none. Needs CAP_SYS_ADMIN. Errors: ENODEV (idle),
 *	EINVAL (no such policy or mode, a policy named twice), EOPNOTSUPP (host-memory is always
 *	enforced; this CPU or kernel lacks what the policy needs), EPERM (locked, and a mode would
 *	be weakened), ENOMEM (the host could not get memory).
 * @SHADOW_BOX_CMD_LOCK: do: from now on until the machine restarts policies can only be
 *	tightened and the module cannot be unloaded. Needs CAP_SYS_ADMIN. Errors: ENODEV (idle),
 *	EALREADY (locked).
 * @SHADOW_BOX_CMD_WITNESS_KEY: do: give the witness its key (%SHADOW_BOX_WITNESS_KEY), once
 *	for each launch and before the lock; it is in the host's memory only from then on. Needs
 *	CAP_SYS_ADMIN. Errors: ENODEV (idle), EALREADY (it has one), EPERM (locked).
 * @SHADOW_BOX_CMD_WITNESS: do: ask for a statement (%SHADOW_BOX_WITNESS_STATEMENT) that
 *	answers %SHADOW_BOX_WITNESS_NONCE. Needs CAP_NET_ADMIN. Errors: ENODEV (idle), ENOKEY (the
 *	witness has no key).
 * @SHADOW_BOX_CMD_SWEEP: do: sweep as soon as the host may: ten times a second at most. The
 *	answer has the number (%SHADOW_BOX_INFO_SWEEPS) of the sweep that will have looked at all
 *	of it from now on; it does not wait. Needs CAP_NET_ADMIN. Errors: ENODEV (idle), ENODATA
 *	(no detection is on, or there are no sweeps).
 */
enum shadow_box_cmd {
	SHADOW_BOX_CMD_INFO = 1,
	SHADOW_BOX_CMD_COUNTERS,
	SHADOW_BOX_CMD_EVENTS,
	SHADOW_BOX_CMD_START,
	SHADOW_BOX_CMD_POLICIES,
	SHADOW_BOX_CMD_POLICY_SET,
	SHADOW_BOX_CMD_LOCK,
	SHADOW_BOX_CMD_WITNESS_KEY,
	SHADOW_BOX_CMD_WITNESS,
	SHADOW_BOX_CMD_SWEEP,

	/* private: */
	__SHADOW_BOX_CMD_MAX,
	SHADOW_BOX_CMD_MAX = __SHADOW_BOX_CMD_MAX - 1
};

/**
 * enum shadow_box_ntf - commands of its notifications
 * @SHADOW_BOX_NTF_NEW_EVENT: an event, sent to the multicast group "events"
 */
enum shadow_box_ntf {
	SHADOW_BOX_NTF_NEW_EVENT = 3,
};

/**
 * enum shadow_box_state - state of the module
 * @SHADOW_BOX_STATE_IDLE: loaded, Linux runs on the bare machine
 * @SHADOW_BOX_STATE_ACTIVE: every online CPU runs Linux in the guest world
 */
enum shadow_box_state {
	SHADOW_BOX_STATE_IDLE,
	SHADOW_BOX_STATE_ACTIVE,
};

/**
 * enum shadow_box_feature - what the host uses or could use here
 * @SHADOW_BOX_FEATURE_VPID: TLB entries survive exits (virtual-processor identifiers)
 * @SHADOW_BOX_FEATURE_EPT_1G: EPT maps with 1 GB leaves
 * @SHADOW_BOX_FEATURE_PREEMPTION_TIMER: the CPU has the VMX-preemption timer
 * @SHADOW_BOX_FEATURE_MBEC: the CPU has mode-based execute control for EPT
 * @SHADOW_BOX_FEATURE_CET: guest and host CET state is switched by the CPU
 * @SHADOW_BOX_FEATURE_NESTED: another hypervisor runs below
 */
enum shadow_box_feature {
	SHADOW_BOX_FEATURE_VPID = 1 << 0,
	SHADOW_BOX_FEATURE_EPT_1G = 1 << 1,
	SHADOW_BOX_FEATURE_PREEMPTION_TIMER = 1 << 2,
	SHADOW_BOX_FEATURE_MBEC = 1 << 3,
	SHADOW_BOX_FEATURE_CET = 1 << 4,
	SHADOW_BOX_FEATURE_NESTED = 1 << 5,
};

/**
 * enum shadow_box_cpu_state - state of one CPU
 * @SHADOW_BOX_CPU_OFF: offline, or Linux runs there on the bare machine
 * @SHADOW_BOX_CPU_ACTIVE: Linux runs in the guest world
 * @SHADOW_BOX_CPU_FAULT: the host stopped there after a fault of its own; see its last event
 */
enum shadow_box_cpu_state {
	SHADOW_BOX_CPU_OFF,
	SHADOW_BOX_CPU_ACTIVE,
	SHADOW_BOX_CPU_FAULT,
};

/**
 * enum shadow_box_policy - what can be protected
 * @SHADOW_BOX_POLICY_KERNEL_TEXT: code of the kernel, but for verified patches
 * @SHADOW_BOX_POLICY_KERNEL_RODATA: constants of the kernel, system-call and exception tables
 * @SHADOW_BOX_POLICY_MODULE_TEXT: code and constants of modules, but for verified patches
 * @SHADOW_BOX_POLICY_IDT: interrupt-descriptor table
 * @SHADOW_BOX_POLICY_DESCRIPTOR_REGS: registers GDTR, IDTR, LDTR and TR
 * @SHADOW_BOX_POLICY_CONTROL_REGS: protection bits of CR0, CR4 and EFER
 * @SHADOW_BOX_POLICY_SYSCALL_MSRS: where system calls enter the kernel
 * @SHADOW_BOX_POLICY_HOST_MEMORY: memory of Shadow-box itself; always enforced
 * @SHADOW_BOX_POLICY_KPROBES: patches: breakpoints and jumps of kprobes
 * @SHADOW_BOX_POLICY_FTRACE: patches: calls from function entries to ftrace
 * @SHADOW_BOX_POLICY_BPF: patches: calls and jumps to BPF trampolines, calls of dispatchers
 * @SHADOW_BOX_POLICY_MSRS: registers of the CPU by which hardware reaches past the host, and
 *	unknown ones
 * @SHADOW_BOX_POLICY_GLOBALS: settings of the kernel that attackers change
 * @SHADOW_BOX_POLICY_MODULES: modules that hide themselves from the kernel's list
 * @SHADOW_BOX_POLICY_TASKS: processes that are hidden from a list of the kernel
 * @SHADOW_BOX_POLICY_POINTERS: pointers to code that lead elsewhere than the kernel set them
 * @SHADOW_BOX_POLICY_MAPPING: where the addresses of the kernel's code, constants and IDT,
 *	and of modules, lead to
 * @SHADOW_BOX_POLICY_CODE_INTEGRITY: what the kernel executes
 * @SHADOW_BOX_POLICY_CREDS: processes that have rights which no program or system call gave
 *	them
 * @SHADOW_BOX_POLICY_STATIC_KEYS: jump labels and static calls
 */
enum shadow_box_policy {
	SHADOW_BOX_POLICY_KERNEL_TEXT,
	SHADOW_BOX_POLICY_KERNEL_RODATA,
	SHADOW_BOX_POLICY_MODULE_TEXT,
	SHADOW_BOX_POLICY_IDT,
	SHADOW_BOX_POLICY_DESCRIPTOR_REGS,
	SHADOW_BOX_POLICY_CONTROL_REGS,
	SHADOW_BOX_POLICY_SYSCALL_MSRS,
	SHADOW_BOX_POLICY_HOST_MEMORY,
	SHADOW_BOX_POLICY_KPROBES,
	SHADOW_BOX_POLICY_FTRACE,
	SHADOW_BOX_POLICY_BPF,
	SHADOW_BOX_POLICY_MSRS,
	SHADOW_BOX_POLICY_GLOBALS,
	SHADOW_BOX_POLICY_MODULES,
	SHADOW_BOX_POLICY_TASKS,
	SHADOW_BOX_POLICY_POINTERS,
	SHADOW_BOX_POLICY_MAPPING,
	SHADOW_BOX_POLICY_CODE_INTEGRITY,
	SHADOW_BOX_POLICY_CREDS,
	SHADOW_BOX_POLICY_STATIC_KEYS,

	/* private: */
	__SHADOW_BOX_POLICY_MAX,
	SHADOW_BOX_POLICY_MAX = __SHADOW_BOX_POLICY_MAX - 1
};

#define SHADOW_BOX_POLICIES	(SHADOW_BOX_POLICY_MAX + 1)

/**
 * enum shadow_box_mode - mode of a policy, from weak to strong
 * @SHADOW_BOX_MODE_OFF: off, or allow: nothing is reported
 * @SHADOW_BOX_MODE_LOG: log: reported, and let happen
 * @SHADOW_BOX_MODE_ENFORCE: enforce, or deny: reported and prevented
 */
enum shadow_box_mode {
	SHADOW_BOX_MODE_OFF,
	SHADOW_BOX_MODE_LOG,
	SHADOW_BOX_MODE_ENFORCE,

	/* private: */
	__SHADOW_BOX_MODE_MAX,
	SHADOW_BOX_MODE_MAX = __SHADOW_BOX_MODE_MAX - 1
};

/**
 * enum shadow_box_class - kind of a policy, which says what modes it can be set to
 * @SHADOW_BOX_CLASS_PROTECTION: off, log and enforce
 * @SHADOW_BOX_CLASS_PATCH: legitimate ways to change kernel code: allow, log and deny
 * @SHADOW_BOX_CLASS_DETECTION: what is found when it has happened: off and log
 * @SHADOW_BOX_CLASS_ALWAYS: always enforced
 */
enum shadow_box_class {
	SHADOW_BOX_CLASS_PROTECTION,
	SHADOW_BOX_CLASS_PATCH,
	SHADOW_BOX_CLASS_DETECTION,
	SHADOW_BOX_CLASS_ALWAYS,
};

/**
 * enum shadow_box_why - why something was a violation
 * @SHADOW_BOX_WHY_WRITE: write to what does not change
 * @SHADOW_BOX_WHY_NOT_A_PATCH: write to code that is no patch
 * @SHADOW_BOX_WHY_NO_SITE: patch where the kernel has nothing to patch
 * @SHADOW_BOX_WHY_BYTES: bytes that this place never holds
 * @SHADOW_BOX_WHY_ORDER: bytes without a breakpoint standing there
 * @SHADOW_BOX_WHY_TARGET: jump or call to what is no entry for this place
 * @SHADOW_BOX_WHY_POLICY: patch that the policy does not want
 * @SHADOW_BOX_WHY_FULL: more patches standing than the host can keep
 * @SHADOW_BOX_WHY_FETCH: code fetched from a page that holds none
 * @SHADOW_BOX_WHY_REGISTER: change of a protected register
 * @SHADOW_BOX_WHY_HYPERCALL: hypercall that is not Shadow-box's own
 * @SHADOW_BOX_WHY_LOCKED: weakening after the lock
 * @SHADOW_BOX_WHY_CHANGED: value that is no longer what it was
 * @SHADOW_BOX_WHY_UNLISTED: missing from the kernel's list
 * @SHADOW_BOX_WHY_UNNUMBERED: missing from the kernel's table of PIDs
 * @SHADOW_BOX_WHY_UNAPPROVED: pointer to code that is not the kernel's, nor a listed module's
 * @SHADOW_BOX_WHY_REMAPPED: page table that leads a protected address elsewhere, or gives it
 *	more rights
 * @SHADOW_BOX_WHY_GAINED: more rights than before, with no new program and by no system call
 * @SHADOW_BOX_WHY_BORROWED: credentials of the kernel itself, in a program
 * @SHADOW_BOX_WHY_SLEEP: sleep after the lock, from which the machine wakes outside
 * @SHADOW_BOX_WHY_FROZEN: patch where nothing changes once the kernel has started
 * @SHADOW_BOX_WHY_UNASKED: patch of a jump label whose key asks for none
 */
enum shadow_box_why {
	SHADOW_BOX_WHY_WRITE = 1,
	SHADOW_BOX_WHY_NOT_A_PATCH,
	SHADOW_BOX_WHY_NO_SITE,
	SHADOW_BOX_WHY_BYTES,
	SHADOW_BOX_WHY_ORDER,
	SHADOW_BOX_WHY_TARGET,
	SHADOW_BOX_WHY_POLICY,
	SHADOW_BOX_WHY_FULL,
	SHADOW_BOX_WHY_FETCH,
	SHADOW_BOX_WHY_REGISTER,
	SHADOW_BOX_WHY_HYPERCALL,
	SHADOW_BOX_WHY_LOCKED,
	SHADOW_BOX_WHY_CHANGED,
	SHADOW_BOX_WHY_UNLISTED,
	SHADOW_BOX_WHY_UNNUMBERED,
	SHADOW_BOX_WHY_UNAPPROVED,
	SHADOW_BOX_WHY_REMAPPED,
	SHADOW_BOX_WHY_GAINED,
	SHADOW_BOX_WHY_BORROWED,
	SHADOW_BOX_WHY_SLEEP,
	SHADOW_BOX_WHY_FROZEN,
	SHADOW_BOX_WHY_UNASKED,

	/* private: */
	__SHADOW_BOX_WHY_MAX,
	SHADOW_BOX_WHY_MAX = __SHADOW_BOX_WHY_MAX - 1
};

/**
 * enum shadow_box_action - what was done about a violation
 * @SHADOW_BOX_ACTION_LOGGED: it was let happen
 * @SHADOW_BOX_ACTION_BLOCKED: prevented, with an exception for the offender
 * @SHADOW_BOX_ACTION_DISCARDED: prevented, and what wrote it went on as if it had happened:
 *	the kernel's own patching code, or what an exception would not have ended without harm to
 *	the machine
 * @SHADOW_BOX_ACTION_REFUSED: a hypercall was answered with an error
 */
enum shadow_box_action {
	SHADOW_BOX_ACTION_LOGGED = 1,
	SHADOW_BOX_ACTION_BLOCKED,
	SHADOW_BOX_ACTION_DISCARDED,
	SHADOW_BOX_ACTION_REFUSED,

	/* private: */
	__SHADOW_BOX_ACTION_MAX,
	SHADOW_BOX_ACTION_MAX = __SHADOW_BOX_ACTION_MAX - 1
};

/**
 * enum shadow_box_observer - what noticed a violation
 * @SHADOW_BOX_OBSERVER_EXIT: a VM exit, by what the CPU was about to do: it has an offender
 * @SHADOW_BOX_OBSERVER_SWEEP: a periodic check found it: nobody knows who did it, and when
 */
enum shadow_box_observer {
	SHADOW_BOX_OBSERVER_EXIT,
	SHADOW_BOX_OBSERVER_SWEEP,
};

/**
 * enum shadow_box_subject - what a violation is about
 * @SHADOW_BOX_SUBJECT_CODE: code of the kernel or of a module
 * @SHADOW_BOX_SUBJECT_CONSTANTS: constants of the kernel or of a module
 * @SHADOW_BOX_SUBJECT_DESCRIPTOR: an entry of a descriptor table
 * @SHADOW_BOX_SUBJECT_PAGE: a page: of the host's memory, or one that a module has left
 * @SHADOW_BOX_SUBJECT_REGISTER: a register of the CPU
 * @SHADOW_BOX_SUBJECT_HYPERCALL: a hypercall
 * @SHADOW_BOX_SUBJECT_TASK: a task; its ID is its pid
 * @SHADOW_BOX_SUBJECT_MODULE: a module
 * @SHADOW_BOX_SUBJECT_POINTER: a pointer to code
 * @SHADOW_BOX_SUBJECT_MAPPING: a translation of a linear address
 * @SHADOW_BOX_SUBJECT_SETTING: a setting of the kernel
 * @SHADOW_BOX_SUBJECT_PORT: a port of the machine
 */
enum shadow_box_subject {
	SHADOW_BOX_SUBJECT_CODE = 1,
	SHADOW_BOX_SUBJECT_CONSTANTS,
	SHADOW_BOX_SUBJECT_DESCRIPTOR,
	SHADOW_BOX_SUBJECT_PAGE,
	SHADOW_BOX_SUBJECT_REGISTER,
	SHADOW_BOX_SUBJECT_HYPERCALL,
	SHADOW_BOX_SUBJECT_TASK,
	SHADOW_BOX_SUBJECT_MODULE,
	SHADOW_BOX_SUBJECT_POINTER,
	SHADOW_BOX_SUBJECT_MAPPING,
	SHADOW_BOX_SUBJECT_SETTING,
	SHADOW_BOX_SUBJECT_PORT,
};

/**
 * enum shadow_box_owner - whose a hook is, as Linux says
 * @SHADOW_BOX_OWNER_MODULE: a function of a module
 * @SHADOW_BOX_OWNER_PROGRAM: a BPF program
 * @SHADOW_BOX_OWNER_KERNEL: a function of the kernel, as for tracefs and perf
 */
enum shadow_box_owner {
	SHADOW_BOX_OWNER_MODULE = 1,
	SHADOW_BOX_OWNER_PROGRAM,
	SHADOW_BOX_OWNER_KERNEL,
};

/**
 * enum shadow_box_event_type - what happened
 * @SHADOW_BOX_EVENT_LAUNCH: this CPU entered the guest world
 * @SHADOW_BOX_EVENT_LEAVE: this CPU returned to the bare machine (unload, CPU going down,
 *	power)
 * @SHADOW_BOX_EVENT_HOST_NMI: an NMI arrived in the host world and was taken over for the
 *	guest
 * @SHADOW_BOX_EVENT_HOST_FAULT: the host faulted and stopped this CPU: vector, error code,
 *	RIP and address are the host's
 * @SHADOW_BOX_EVENT_VIOLATION: a policy was violated
 * @SHADOW_BOX_EVENT_UNMAPPED: the guest used a physical address that does not exist
 * @SHADOW_BOX_EVENT_MICROCODE: the guest tried to load microcode, which was refused
 * @SHADOW_BOX_EVENT_POLICY: the mode of %SHADOW_BOX_EVENT_POLICY_ID was changed to the value
 *	of CODE
 * @SHADOW_BOX_EVENT_LOCK: policies were locked
 * @SHADOW_BOX_EVENT_RELEASE: a module was unloaded and its memory, which started at OBJECT,
 *	released
 * @SHADOW_BOX_EVENT_UNKNOWN_EXIT: the guest left for reason CODE of the Intel SDM, for which
 *	there is no handler; Linux goes on, after an invalid-opcode exception if the reason is an
 *	instruction
 */
enum shadow_box_event_type {
	SHADOW_BOX_EVENT_LAUNCH = 1,
	SHADOW_BOX_EVENT_LEAVE,
	SHADOW_BOX_EVENT_HOST_NMI,
	SHADOW_BOX_EVENT_HOST_FAULT,
	SHADOW_BOX_EVENT_VIOLATION,
	SHADOW_BOX_EVENT_UNMAPPED,
	SHADOW_BOX_EVENT_MICROCODE,
	SHADOW_BOX_EVENT_POLICY,
	SHADOW_BOX_EVENT_LOCK,
	SHADOW_BOX_EVENT_RELEASE,
	SHADOW_BOX_EVENT_UNKNOWN_EXIT,
};

/**
 * enum shadow_box_info - attributes of a %SHADOW_BOX_CMD_INFO reply
 * @SHADOW_BOX_INFO_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_INFO_VERSION: string: version of the module
 * @SHADOW_BOX_INFO_STATE: u32: &enum shadow_box_state
 * @SHADOW_BOX_INFO_FEATURES: u32: bits of &enum shadow_box_feature, 0 while idle
 * @SHADOW_BOX_INFO_CPUS: u32: CPUs that have a host area, 0 while idle
 * @SHADOW_BOX_INFO_CPUS_ACTIVE: u32: CPUs that are in the guest world now
 * @SHADOW_BOX_INFO_HOST_MEMORY: u64: bytes taken from Linux for the host world
 * @SHADOW_BOX_INFO_HOST_MEMORY_USED: u64: bytes of those in use
 * @SHADOW_BOX_INFO_UPTIME: u64: nanoseconds since the launch, 0 while idle
 * @SHADOW_BOX_INFO_EVENTS: u64: events recorded since the launch (the next sequence number)
 * @SHADOW_BOX_INFO_EVENTS_LOST: u64: events overwritten before Linux could pass them on
 * @SHADOW_BOX_INFO_TEST_BUILD: flag: the module was built with SHADOW_BOX_TEST=1
 * @SHADOW_BOX_INFO_LOCKED: flag: policies can only be tightened, the module cannot be
 *	unloaded
 * @SHADOW_BOX_INFO_VIOLATIONS: u64: violations since the launch, of all policies and CPUs
 * @SHADOW_BOX_INFO_LAUNCH_ID: u64: random number of this launch, 0 while idle: what was
 *	counted or numbered under another one belongs to an earlier launch
 * @SHADOW_BOX_INFO_SWEEP_PERIOD: u32: milliseconds from one sweep of the detections to the
 *	next, 0: none
 * @SHADOW_BOX_INFO_SWEEPS: u64: sweeps that came to their end
 * @SHADOW_BOX_INFO_SWEEP_SLICES: u64: stays in the host world that they took
 * @SHADOW_BOX_INFO_SWEEPS_ABORTED: u64: views that sweeps gave up, as they kept changing or
 *	were too large
 * @SHADOW_BOX_INFO_SWEEP_LONGEST: u64: TSC ticks of the longest of these stays
 * @SHADOW_BOX_INFO_SWEEP_AGE: u64: nanoseconds since the last sweep came to its end; absent
 *	if none has
 * @SHADOW_BOX_INFO_WITNESS: flag: the witness has a key
 * @SHADOW_BOX_INFO_SWEEP_OBJECTS: u64: what all sweeps have looked at: settings, modules,
 *	processes, pointers, page tables
 * @SHADOW_BOX_INFO_SWEEP_WAIT: u64: nanoseconds since the last sweep came to its end or, if
 *	none has since, since a detection was switched on; absent while none is on
 */
enum shadow_box_info {
	SHADOW_BOX_INFO_PAD = 1,
	SHADOW_BOX_INFO_VERSION,
	SHADOW_BOX_INFO_STATE,
	SHADOW_BOX_INFO_FEATURES,
	SHADOW_BOX_INFO_CPUS,
	SHADOW_BOX_INFO_CPUS_ACTIVE,
	SHADOW_BOX_INFO_HOST_MEMORY,
	SHADOW_BOX_INFO_HOST_MEMORY_USED,
	SHADOW_BOX_INFO_UPTIME,
	SHADOW_BOX_INFO_EVENTS,
	SHADOW_BOX_INFO_EVENTS_LOST,
	SHADOW_BOX_INFO_TEST_BUILD,
	SHADOW_BOX_INFO_LOCKED,
	SHADOW_BOX_INFO_VIOLATIONS,
	SHADOW_BOX_INFO_LAUNCH_ID,
	SHADOW_BOX_INFO_SWEEP_PERIOD,
	SHADOW_BOX_INFO_SWEEPS,
	SHADOW_BOX_INFO_SWEEP_SLICES,
	SHADOW_BOX_INFO_SWEEPS_ABORTED,
	SHADOW_BOX_INFO_SWEEP_LONGEST,
	SHADOW_BOX_INFO_SWEEP_AGE,
	SHADOW_BOX_INFO_WITNESS,
	SHADOW_BOX_INFO_SWEEP_OBJECTS,
	SHADOW_BOX_INFO_SWEEP_WAIT,

	/* private: */
	__SHADOW_BOX_INFO_MAX,
	SHADOW_BOX_INFO_MAX = __SHADOW_BOX_INFO_MAX - 1
};

/**
 * enum shadow_box_cpu - attributes of a %SHADOW_BOX_CMD_COUNTERS message; all counters count from
 *	the launch of the module on and never go back, except that a launch after an unload begins anew
 * @SHADOW_BOX_CPU_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_CPU_ID: u32: Linux CPU number
 * @SHADOW_BOX_CPU_STATE: u32: &enum shadow_box_cpu_state
 * @SHADOW_BOX_CPU_TIME: u64: CLOCK_MONOTONIC in nanoseconds when the counters were read
 * @SHADOW_BOX_CPU_EXITS: u64: VM exits of all reasons
 * @SHADOW_BOX_CPU_CYCLES: u64: TSC ticks spent in the host world
 * @SHADOW_BOX_CPU_NMI_GUEST: u64: NMIs that Linux handled on this CPU since the launch
 * @SHADOW_BOX_CPU_NMI_HOST: u64: NMIs that arrived in the host world
 * @SHADOW_BOX_CPU_NMI_REDELIVERED: u64: host NMIs that were then delivered to Linux
 * @SHADOW_BOX_CPU_NMI_COALESCED: u64: host NMIs that met two not yet delivered ones, the most
 *	a CPU keeps (one in service, one latched)
 * @SHADOW_BOX_CPU_EXIT: nest, repeated: one for each exit reason that occurred (&enum
 *	shadow_box_exit)
 */
enum shadow_box_cpu {
	SHADOW_BOX_CPU_PAD = 1,
	SHADOW_BOX_CPU_ID,
	SHADOW_BOX_CPU_STATE,
	SHADOW_BOX_CPU_TIME,
	SHADOW_BOX_CPU_EXITS,
	SHADOW_BOX_CPU_CYCLES,
	SHADOW_BOX_CPU_NMI_GUEST,
	SHADOW_BOX_CPU_NMI_HOST,
	SHADOW_BOX_CPU_NMI_REDELIVERED,
	SHADOW_BOX_CPU_NMI_COALESCED,
	SHADOW_BOX_CPU_EXIT,

	/* private: */
	__SHADOW_BOX_CPU_MAX,
	SHADOW_BOX_CPU_MAX = __SHADOW_BOX_CPU_MAX - 1
};

/**
 * enum shadow_box_exit - attributes of a %SHADOW_BOX_CPU_EXIT nest
 * @SHADOW_BOX_EXIT_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_EXIT_REASON: u32: basic exit reason, Intel SDM volume 3, appendix C
 * @SHADOW_BOX_EXIT_COUNT: u64: how often
 */
enum shadow_box_exit {
	SHADOW_BOX_EXIT_PAD = 1,
	SHADOW_BOX_EXIT_REASON,
	SHADOW_BOX_EXIT_COUNT,

	/* private: */
	__SHADOW_BOX_EXIT_MAX,
	SHADOW_BOX_EXIT_MAX = __SHADOW_BOX_EXIT_MAX - 1
};

/**
 * enum shadow_box_event - attributes of an event. POLICY_ID and what follows it are in violations,
 *	policy and release events only; OBSERVER and what follows it in violations only. What a sweep
 *	observed has no offender, and so neither RIP, RIP_SYMBOL, PID nor COMM
 * @SHADOW_BOX_EVENT_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_EVENT_SEQ: u64: sequence number over all CPUs, from 0, without gaps in the
 *	host: a gap in what arrives means lost events
 * @SHADOW_BOX_EVENT_TYPE: u32: &enum shadow_box_event_type
 * @SHADOW_BOX_EVENT_CPU: u32: Linux CPU number
 * @SHADOW_BOX_EVENT_TSC: u64: time-stamp counter of that CPU
 * @SHADOW_BOX_EVENT_TIME: u64: CLOCK_REALTIME in nanoseconds, worked out from the TSC
 * @SHADOW_BOX_EVENT_RIP: u64: instruction pointer (the guest's; the host's in a host fault)
 * @SHADOW_BOX_EVENT_GLA: u64: guest-linear address; CR2 in a host fault
 * @SHADOW_BOX_EVENT_GPA: u64: guest-physical address
 * @SHADOW_BOX_EVENT_CODE: u64: exit qualification; in a host fault the vector, or 256 + the
 *	basic exit reason if the host met an exit it does not know; in a violation of control-regs
 *	0 for CR0, 4 for CR4, or the MSR number; of syscall-msrs the MSR number; of descriptor-regs
 *	the VM-exit instruction information, where OLD and NEW are limit and base of GDTR and IDTR,
 *	10 bytes, a selector of LDTR and TR, or base and limit of the TSS of TR, 12 bytes; of a
 *	hypercall its number; in a policy event the new mode
 * @SHADOW_BOX_EVENT_ERROR: u64: error code in a host fault; exit qualification if CODE is
 *	above 255
 * @SHADOW_BOX_EVENT_LOST: u64: in a notification: events lost on this CPU just before this
 *	one
 * @SHADOW_BOX_EVENT_POLICY_ID: u32: &enum shadow_box_policy
 * @SHADOW_BOX_EVENT_ACTION: u32: &enum shadow_box_action
 * @SHADOW_BOX_EVENT_WHY: u32: &enum shadow_box_why
 * @SHADOW_BOX_EVENT_OBJECT: u64: address of what is protected, as the kernel knows it: GLA
 *	may be an alias. 0 if there is none
 * @SHADOW_BOX_EVENT_PID: u32: thread that ran, as the initial namespace numbers it; what
 *	Linux's task says, which an attacker can change
 * @SHADOW_BOX_EVENT_COMM: string: its name, with the same caution
 * @SHADOW_BOX_EVENT_OLD: binary: up to 16 bytes that were there, or the register's old value
 *	(8 bytes, little-endian); absent if unknown
 * @SHADOW_BOX_EVENT_NEW: binary: as many bytes that were to be there; absent if unknown
 * @SHADOW_BOX_EVENT_RIP_SYMBOL: string: the name of RIP, "function+0x12 [module]", as the
 *	kernel had it when the event was passed on, "[module]" being absent for the kernel's own;
 *	or, if it had none, ".text+0x12 [module]", the place in the module that was there. In any
 *	event but those of the host; absent if there is no name. Names of functions are their
 *	module's choice
 * @SHADOW_BOX_EVENT_OBJECT_SYMBOL: string: likewise for OBJECT, in release events the code of
 *	the module that went
 * @SHADOW_BOX_EVENT_OBSERVER: u32: &enum shadow_box_observer
 * @SHADOW_BOX_EVENT_SUBJECT: u32: &enum shadow_box_subject, at the address OBJECT if it has
 *	one
 * @SHADOW_BOX_EVENT_SUBJECT_ID: u32: number of the subject: a task's pid; absent if it has
 *	none
 * @SHADOW_BOX_EVENT_SUBJECT_NAME: string: its name as Linux's structures say, up to 24 bytes,
 *	which an attacker can change; absent if it has none
 * @SHADOW_BOX_EVENT_RECORD: binary: the host's own record of a violation,
 *	%SHADOW_BOX_RECORD_SIZE bytes, over which the running hash of &struct shadow_box_statement
 *	goes
 * @SHADOW_BOX_EVENT_GLA_SYMBOL: string: the name of GLA, as RIP_SYMBOL
 * @SHADOW_BOX_EVENT_OLD_SYMBOL: string: the name of where OLD leads, if that is 8 bytes, a
 *	pointer or register, or 5 bytes, a CALL or JMP at OBJECT
 * @SHADOW_BOX_EVENT_NEW_SYMBOL: string: the name of where NEW leads
 * @SHADOW_BOX_EVENT_COUNT: u64: in a violation that the host keeps for good, as it was the
 *	first of its kind: how many of that kind there were, the first included: same policy,
 *	action, reason, offender and page; absent in others and in notifications
 * @SHADOW_BOX_EVENT_LAST_TIME: u64: the time of the last of those that COUNT counts, as TIME
 * @SHADOW_BOX_EVENT_REST: u32: 1: COUNT is of all violations of the policy that are of none
 *	of its first kinds; absent otherwise
 * @SHADOW_BOX_EVENT_OWNER: u32: &enum shadow_box_owner, in a violation of kprobes, ftrace or
 *	bpf: whose hook it is, as it was when the kernel was asked for it; this and the rest is
 *	what Linux says, and absent if it does not know
 * @SHADOW_BOX_EVENT_OWNER_SYMBOL: string: the function that the hook calls, as RIP_SYMBOL
 * @SHADOW_BOX_EVENT_PROGRAM_ID: u32: number of the BPF program
 * @SHADOW_BOX_EVENT_PROGRAM_NAME: string: its name
 * @SHADOW_BOX_EVENT_PROGRAM_TAG: string: hash of its instructions, in hexadecimal
 * @SHADOW_BOX_EVENT_EXE: string: path of the program that the offender runs, of a long one
 *	the end; this and the rest as it was when the event was passed on, and absent if the
 *	process had ended
 * @SHADOW_BOX_EVENT_UID: u32: its real user ID, as the initial namespace has it
 * @SHADOW_BOX_EVENT_PARENT_PID: u32: process number of its parent
 * @SHADOW_BOX_EVENT_PARENT_COMM: string: name of its parent
 * @SHADOW_BOX_EVENT_CGROUP: string: path of its cgroup in the unified hierarchy, which names
 *	the unit
 */
enum shadow_box_event {
	SHADOW_BOX_EVENT_PAD = 1,
	SHADOW_BOX_EVENT_SEQ,
	SHADOW_BOX_EVENT_TYPE,
	SHADOW_BOX_EVENT_CPU,
	SHADOW_BOX_EVENT_TSC,
	SHADOW_BOX_EVENT_TIME,
	SHADOW_BOX_EVENT_RIP,
	SHADOW_BOX_EVENT_GLA,
	SHADOW_BOX_EVENT_GPA,
	SHADOW_BOX_EVENT_CODE,
	SHADOW_BOX_EVENT_ERROR,
	SHADOW_BOX_EVENT_LOST,
	SHADOW_BOX_EVENT_POLICY_ID,
	SHADOW_BOX_EVENT_ACTION,
	SHADOW_BOX_EVENT_WHY,
	SHADOW_BOX_EVENT_OBJECT,
	SHADOW_BOX_EVENT_PID,
	SHADOW_BOX_EVENT_COMM,
	SHADOW_BOX_EVENT_OLD,
	SHADOW_BOX_EVENT_NEW,
	SHADOW_BOX_EVENT_RIP_SYMBOL,
	SHADOW_BOX_EVENT_OBJECT_SYMBOL,
	SHADOW_BOX_EVENT_OBSERVER,
	SHADOW_BOX_EVENT_SUBJECT,
	SHADOW_BOX_EVENT_SUBJECT_ID,
	SHADOW_BOX_EVENT_SUBJECT_NAME,
	SHADOW_BOX_EVENT_RECORD,
	SHADOW_BOX_EVENT_GLA_SYMBOL,
	SHADOW_BOX_EVENT_OLD_SYMBOL,
	SHADOW_BOX_EVENT_NEW_SYMBOL,
	SHADOW_BOX_EVENT_COUNT,
	SHADOW_BOX_EVENT_LAST_TIME,
	SHADOW_BOX_EVENT_REST,
	SHADOW_BOX_EVENT_OWNER,
	SHADOW_BOX_EVENT_OWNER_SYMBOL,
	SHADOW_BOX_EVENT_PROGRAM_ID,
	SHADOW_BOX_EVENT_PROGRAM_NAME,
	SHADOW_BOX_EVENT_PROGRAM_TAG,
	SHADOW_BOX_EVENT_EXE,
	SHADOW_BOX_EVENT_UID,
	SHADOW_BOX_EVENT_PARENT_PID,
	SHADOW_BOX_EVENT_PARENT_COMM,
	SHADOW_BOX_EVENT_CGROUP,

	/* private: */
	__SHADOW_BOX_EVENT_MAX,
	SHADOW_BOX_EVENT_MAX = __SHADOW_BOX_EVENT_MAX - 1
};

/**
 * enum shadow_box_policy_attr - attributes of %SHADOW_BOX_CMD_POLICIES and
 *	%SHADOW_BOX_CMD_POLICY_SET
 * @SHADOW_BOX_POLICY_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_POLICY_ID: u32: &enum shadow_box_policy
 * @SHADOW_BOX_POLICY_MODE: u32: &enum shadow_box_mode
 * @SHADOW_BOX_POLICY_VIOLATIONS: u64: violations since the launch, on all CPUs
 * @SHADOW_BOX_POLICY_BLOCKED: u64: those of them that were prevented
 * @SHADOW_BOX_POLICY_PATCHES: u64: legitimate patches of code verified since the launch
 *	(kernel-text, module-text, kprobes, ftrace, bpf)
 * @SHADOW_BOX_POLICY_SETTING: nest, repeated: ID and MODE
 * @SHADOW_BOX_POLICY_LOOKED: u64: what the last sweep looked at for this policy; absent if
 *	that is nothing
 * @SHADOW_BOX_POLICY_ODD: u64: what it found otherwise than it should be, whether reported or
 *	not yet
 */
enum shadow_box_policy_attr {
	SHADOW_BOX_POLICY_PAD = 1,
	SHADOW_BOX_POLICY_ID,
	SHADOW_BOX_POLICY_MODE,
	SHADOW_BOX_POLICY_VIOLATIONS,
	SHADOW_BOX_POLICY_BLOCKED,
	SHADOW_BOX_POLICY_PATCHES,
	SHADOW_BOX_POLICY_SETTING,
	SHADOW_BOX_POLICY_LOOKED,
	SHADOW_BOX_POLICY_ODD,

	/* private: */
	__SHADOW_BOX_POLICY_ATTR_MAX,
	SHADOW_BOX_POLICY_ATTR_MAX = __SHADOW_BOX_POLICY_ATTR_MAX - 1
};

/**
 * enum shadow_box_witness - attributes of %SHADOW_BOX_CMD_WITNESS_KEY and %SHADOW_BOX_CMD_WITNESS
 * @SHADOW_BOX_WITNESS_KEY: binary: the witness key
 * @SHADOW_BOX_WITNESS_NONCE: binary: what the statement will hold, so that it is seen to be
 *	no older than the request
 * @SHADOW_BOX_WITNESS_STATEMENT: binary: a &struct shadow_box_statement
 */
enum shadow_box_witness {
	SHADOW_BOX_WITNESS_KEY = 1,
	SHADOW_BOX_WITNESS_NONCE,
	SHADOW_BOX_WITNESS_STATEMENT,

	/* private: */
	__SHADOW_BOX_WITNESS_MAX,
	SHADOW_BOX_WITNESS_MAX = __SHADOW_BOX_WITNESS_MAX - 1
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic-netlink family "shadow_box": what sbctl and the kernel module say to each other.
 * uapi/shadow_box.yaml describes the same in the kernel's genetlink schema; a test holds the two together.
 */
#ifndef SHADOW_BOX_UAPI_H
#define SHADOW_BOX_UAPI_H

#define SHADOW_BOX_FAMILY_NAME		"shadow_box"
#define SHADOW_BOX_FAMILY_VERSION	1
#define SHADOW_BOX_MCGRP_EVENTS		"events"

/**
 * enum shadow_box_cmd - requests and notifications of the family
 * @SHADOW_BOX_CMD_INFO: do: state, version and host memory of this machine (attributes
 *	&enum shadow_box_info). Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_COUNTERS: dump: one message for each CPU that has a host area, in CPU order
 *	(&enum shadow_box_cpu). NLM_F_DUMP_INTR is set when a CPU entered or left the guest world
 *	during the dump. Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_EVENTS: dump: the events still held in the host's rings, ring by ring
 *	(&enum shadow_box_event); sort by %SHADOW_BOX_EVENT_SEQ. The request may carry
 *	%SHADOW_BOX_EVENT_SEQ: only events with that number or a later one. Also the command of the
 *	notification sent to the multicast group "events" for each new event. Needs CAP_NET_ADMIN.
 * @SHADOW_BOX_CMD_START: do: launch on every online CPU. Needs CAP_SYS_ADMIN. Errors: ENODEV (no
 *	VT-x or this CPU lacks what is needed), EACCES (VT-x locked by firmware), EBUSY (VT-x in use
 *	by another hypervisor), EALREADY (active), ENOMEM (no contiguous memory), EPERM (disabled on
 *	the kernel command line), EIO (a CPU's launch failed; all CPUs were rolled back). The extended
 *	acknowledgement holds the reason as one sentence.
 */
enum shadow_box_cmd {
	SHADOW_BOX_CMD_INFO = 1,
	SHADOW_BOX_CMD_COUNTERS,
	SHADOW_BOX_CMD_EVENTS,
	SHADOW_BOX_CMD_START,

	__SHADOW_BOX_CMD_AFTER_LAST,
	SHADOW_BOX_CMD_MAX = __SHADOW_BOX_CMD_AFTER_LAST - 1
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
 * enum shadow_box_feature - bits of %SHADOW_BOX_INFO_FEATURES: what the host uses or could use here
 * @SHADOW_BOX_FEATURE_VPID: TLB entries survive exits (virtual-processor identifiers)
 * @SHADOW_BOX_FEATURE_EPT_1G: EPT maps with 1 GB leaves
 * @SHADOW_BOX_FEATURE_PREEMPTION_TIMER: the CPU has the VMX-preemption timer
 * @SHADOW_BOX_FEATURE_MBEC: the CPU has mode-based execute control for EPT
 * @SHADOW_BOX_FEATURE_CET: guest and host CET state is switched by the CPU
 * @SHADOW_BOX_FEATURE_NESTED: another hypervisor runs below
 */
enum shadow_box_feature {
	SHADOW_BOX_FEATURE_VPID			= 1 << 0,
	SHADOW_BOX_FEATURE_EPT_1G		= 1 << 1,
	SHADOW_BOX_FEATURE_PREEMPTION_TIMER	= 1 << 2,
	SHADOW_BOX_FEATURE_MBEC			= 1 << 3,
	SHADOW_BOX_FEATURE_CET			= 1 << 4,
	SHADOW_BOX_FEATURE_NESTED		= 1 << 5,
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

	__SHADOW_BOX_INFO_AFTER_LAST,
	SHADOW_BOX_INFO_MAX = __SHADOW_BOX_INFO_AFTER_LAST - 1
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
 * enum shadow_box_cpu - attributes of a %SHADOW_BOX_CMD_COUNTERS message
 *
 * All counters count from the launch of the module on and never go back, except that a launch
 * after an unload begins anew.
 *
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
 * @SHADOW_BOX_CPU_EXIT: nest, repeated: one for each exit reason that occurred
 *	(&enum shadow_box_exit)
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

	__SHADOW_BOX_CPU_AFTER_LAST,
	SHADOW_BOX_CPU_MAX = __SHADOW_BOX_CPU_AFTER_LAST - 1
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

	__SHADOW_BOX_EXIT_AFTER_LAST,
	SHADOW_BOX_EXIT_MAX = __SHADOW_BOX_EXIT_AFTER_LAST - 1
};

/**
 * enum shadow_box_event_type - what happened
 * @SHADOW_BOX_EVENT_LAUNCH: this CPU entered the guest world
 * @SHADOW_BOX_EVENT_LEAVE: this CPU returned to the bare machine (unload, CPU going down, power)
 * @SHADOW_BOX_EVENT_HOST_NMI: an NMI arrived in the host world and was taken over for the guest
 * @SHADOW_BOX_EVENT_HOST_FAULT: the host faulted and stopped this CPU: vector, error code, RIP and
 *	address are the host's
 * @SHADOW_BOX_EVENT_HOST_MEMORY: the guest wrote to, or fetched code from, memory of the host
 * @SHADOW_BOX_EVENT_UNMAPPED: the guest used a physical address that does not exist
 * @SHADOW_BOX_EVENT_MICROCODE: the guest tried to load microcode, which was refused
 */
enum shadow_box_event_type {
	SHADOW_BOX_EVENT_LAUNCH = 1,
	SHADOW_BOX_EVENT_LEAVE,
	SHADOW_BOX_EVENT_HOST_NMI,
	SHADOW_BOX_EVENT_HOST_FAULT,
	SHADOW_BOX_EVENT_HOST_MEMORY,
	SHADOW_BOX_EVENT_UNMAPPED,
	SHADOW_BOX_EVENT_MICROCODE,
};

/**
 * enum shadow_box_event - attributes of an event
 * @SHADOW_BOX_EVENT_PAD: padding of 64-bit attributes
 * @SHADOW_BOX_EVENT_SEQ: u64: sequence number over all CPUs, from 0, without gaps in the host: a
 *	gap in what arrives means lost events
 * @SHADOW_BOX_EVENT_TYPE: u32: &enum shadow_box_event_type
 * @SHADOW_BOX_EVENT_CPU: u32: Linux CPU number
 * @SHADOW_BOX_EVENT_TSC: u64: time-stamp counter of that CPU
 * @SHADOW_BOX_EVENT_TIME: u64: CLOCK_REALTIME in nanoseconds, worked out from the TSC
 * @SHADOW_BOX_EVENT_RIP: u64: instruction pointer (the guest's; the host's in a host fault)
 * @SHADOW_BOX_EVENT_GLA: u64: guest-linear address; CR2 in a host fault
 * @SHADOW_BOX_EVENT_GPA: u64: guest-physical address
 * @SHADOW_BOX_EVENT_CODE: u64: exit qualification; in a host fault the vector, or 256 + the basic
 *	exit reason if the host met an exit it does not know
 * @SHADOW_BOX_EVENT_ERROR: u64: error code in a host fault; exit qualification if CODE is above 255
 * @SHADOW_BOX_EVENT_LOST: u64: in a notification: events lost on this CPU just before this one
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

	__SHADOW_BOX_EVENT_AFTER_LAST,
	SHADOW_BOX_EVENT_MAX = __SHADOW_BOX_EVENT_AFTER_LAST - 1
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the numbers of the interface, by number: for those who look them up in bounds, names.c
 * of Linux's world and of sbctl. Made from kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml by
 * `make describe`: what is changed here is lost.
 */
#ifndef SHADOW_BOX_NAMES_H
#define SHADOW_BOX_NAMES_H

#include "shadow_box.h"

static const char *const state_names[] = {
	[SHADOW_BOX_STATE_IDLE] = "idle",
	[SHADOW_BOX_STATE_ACTIVE] = "active",
};

static const char *const feature_names[] = {
	[0] = "vpid",
	[1] = "ept-1g",
	[2] = "preemption-timer",
	[3] = "mbec",
	[4] = "cet",
	[5] = "nested",
};

static const char *const cpu_state_names[] = {
	[SHADOW_BOX_CPU_OFF] = "off",
	[SHADOW_BOX_CPU_ACTIVE] = "active",
	[SHADOW_BOX_CPU_FAULT] = "fault",
};

static const char *const policy_names[] = {
	[SHADOW_BOX_POLICY_KERNEL_TEXT] = "kernel-text",
	[SHADOW_BOX_POLICY_KERNEL_RODATA] = "kernel-rodata",
	[SHADOW_BOX_POLICY_MODULE_TEXT] = "module-text",
	[SHADOW_BOX_POLICY_IDT] = "idt",
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = "descriptor-regs",
	[SHADOW_BOX_POLICY_CONTROL_REGS] = "control-regs",
	[SHADOW_BOX_POLICY_SYSCALL_MSRS] = "syscall-msrs",
	[SHADOW_BOX_POLICY_HOST_MEMORY] = "host-memory",
	[SHADOW_BOX_POLICY_KPROBES] = "kprobes",
	[SHADOW_BOX_POLICY_FTRACE] = "ftrace",
	[SHADOW_BOX_POLICY_BPF] = "bpf",
	[SHADOW_BOX_POLICY_MSRS] = "msrs",
	[SHADOW_BOX_POLICY_GLOBALS] = "globals",
	[SHADOW_BOX_POLICY_MODULES] = "modules",
	[SHADOW_BOX_POLICY_TASKS] = "tasks",
	[SHADOW_BOX_POLICY_POINTERS] = "pointers",
	[SHADOW_BOX_POLICY_MAPPING] = "mapping",
	[SHADOW_BOX_POLICY_CODE_INTEGRITY] = "code-integrity",
	[SHADOW_BOX_POLICY_CREDS] = "creds",
	[SHADOW_BOX_POLICY_STATIC_KEYS] = "static-keys",
};

static const char *const class_names[] = {
	[SHADOW_BOX_CLASS_PROTECTION] = "protection",
	[SHADOW_BOX_CLASS_PATCH] = "patch",
	[SHADOW_BOX_CLASS_DETECTION] = "detection",
	[SHADOW_BOX_CLASS_ALWAYS] = "always",
};

static const char *const why_names[] = {
	[SHADOW_BOX_WHY_WRITE] = "write",
	[SHADOW_BOX_WHY_NOT_A_PATCH] = "not-a-patch",
	[SHADOW_BOX_WHY_NO_SITE] = "no-site",
	[SHADOW_BOX_WHY_BYTES] = "bytes",
	[SHADOW_BOX_WHY_ORDER] = "order",
	[SHADOW_BOX_WHY_TARGET] = "target",
	[SHADOW_BOX_WHY_POLICY] = "policy",
	[SHADOW_BOX_WHY_FULL] = "full",
	[SHADOW_BOX_WHY_FETCH] = "fetch",
	[SHADOW_BOX_WHY_REGISTER] = "register",
	[SHADOW_BOX_WHY_HYPERCALL] = "hypercall",
	[SHADOW_BOX_WHY_LOCKED] = "locked",
	[SHADOW_BOX_WHY_CHANGED] = "changed",
	[SHADOW_BOX_WHY_UNLISTED] = "unlisted",
	[SHADOW_BOX_WHY_UNNUMBERED] = "unnumbered",
	[SHADOW_BOX_WHY_UNAPPROVED] = "unapproved",
	[SHADOW_BOX_WHY_REMAPPED] = "remapped",
	[SHADOW_BOX_WHY_GAINED] = "gained",
	[SHADOW_BOX_WHY_BORROWED] = "borrowed",
	[SHADOW_BOX_WHY_SLEEP] = "sleep",
	[SHADOW_BOX_WHY_FROZEN] = "frozen",
	[SHADOW_BOX_WHY_UNASKED] = "unasked",
};

static const char *const action_names[] = {
	[SHADOW_BOX_ACTION_LOGGED] = "logged",
	[SHADOW_BOX_ACTION_BLOCKED] = "blocked",
	[SHADOW_BOX_ACTION_DISCARDED] = "discarded",
	[SHADOW_BOX_ACTION_REFUSED] = "refused",
};

static const char *const observer_names[] = {
	[SHADOW_BOX_OBSERVER_EXIT] = "exit",
	[SHADOW_BOX_OBSERVER_SWEEP] = "sweep",
};

static const char *const subject_names[] = {
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
	[SHADOW_BOX_SUBJECT_SETTING] = "setting",
	[SHADOW_BOX_SUBJECT_PORT] = "port",
};

static const char *const owner_names[] = {
	[SHADOW_BOX_OWNER_MODULE] = "module",
	[SHADOW_BOX_OWNER_PROGRAM] = "program",
	[SHADOW_BOX_OWNER_KERNEL] = "kernel",
};

static const char *const event_type_names[] = {
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
	[SHADOW_BOX_EVENT_UNKNOWN_EXIT] = "unknown-exit",
};

static const char *const policy_abouts[] = {
	[SHADOW_BOX_POLICY_KERNEL_TEXT] = "code of the kernel, but for verified patches",
	[SHADOW_BOX_POLICY_KERNEL_RODATA] = "constants of the kernel, system-call and exception tables",
	[SHADOW_BOX_POLICY_MODULE_TEXT] = "code and constants of modules, but for verified patches",
	[SHADOW_BOX_POLICY_IDT] = "interrupt-descriptor table",
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = "registers GDTR, IDTR, LDTR and TR",
	[SHADOW_BOX_POLICY_CONTROL_REGS] = "protection bits of CR0, CR4 and EFER",
	[SHADOW_BOX_POLICY_SYSCALL_MSRS] = "where system calls enter the kernel",
	[SHADOW_BOX_POLICY_HOST_MEMORY] = "memory of Shadow-box itself; always enforced",
	[SHADOW_BOX_POLICY_KPROBES] = "patches: breakpoints and jumps of kprobes",
	[SHADOW_BOX_POLICY_FTRACE] = "patches: calls from function entries to ftrace",
	[SHADOW_BOX_POLICY_BPF] = "patches: calls and jumps to BPF trampolines, calls of dispatchers",
	[SHADOW_BOX_POLICY_MSRS] = "registers of the CPU by which hardware reaches past the host, and unknown ones",
	[SHADOW_BOX_POLICY_GLOBALS] = "settings of the kernel that attackers change",
	[SHADOW_BOX_POLICY_MODULES] = "modules that hide themselves from the kernel's list",
	[SHADOW_BOX_POLICY_TASKS] = "processes that are hidden from a list of the kernel",
	[SHADOW_BOX_POLICY_POINTERS] = "pointers to code that lead elsewhere than the kernel set them",
	[SHADOW_BOX_POLICY_MAPPING] = "where the addresses of the kernel's code, constants and IDT, and of modules, lead to",
	[SHADOW_BOX_POLICY_CODE_INTEGRITY] = "what the kernel executes",
	[SHADOW_BOX_POLICY_CREDS] = "processes that have rights which no program or system call gave them",
	[SHADOW_BOX_POLICY_STATIC_KEYS] = "jump labels and static calls",
};

static const char *const why_texts[] = {
	[SHADOW_BOX_WHY_WRITE] = "write to what does not change",
	[SHADOW_BOX_WHY_NOT_A_PATCH] = "write to code that is no patch",
	[SHADOW_BOX_WHY_NO_SITE] = "patch where the kernel has nothing to patch",
	[SHADOW_BOX_WHY_BYTES] = "bytes that this place never holds",
	[SHADOW_BOX_WHY_ORDER] = "bytes without a breakpoint standing there",
	[SHADOW_BOX_WHY_TARGET] = "jump or call to what is no entry for this place",
	[SHADOW_BOX_WHY_POLICY] = "patch that the policy does not want",
	[SHADOW_BOX_WHY_FULL] = "more patches standing than the host can keep",
	[SHADOW_BOX_WHY_FETCH] = "code fetched from a page that holds none",
	[SHADOW_BOX_WHY_REGISTER] = "change of a protected register",
	[SHADOW_BOX_WHY_HYPERCALL] = "hypercall that is not Shadow-box's own",
	[SHADOW_BOX_WHY_LOCKED] = "weakening after the lock",
	[SHADOW_BOX_WHY_CHANGED] = "value that is no longer what it was",
	[SHADOW_BOX_WHY_UNLISTED] = "missing from the kernel's list",
	[SHADOW_BOX_WHY_UNNUMBERED] = "missing from the kernel's table of PIDs",
	[SHADOW_BOX_WHY_UNAPPROVED] = "pointer to code that is not the kernel's, nor a listed module's",
	[SHADOW_BOX_WHY_REMAPPED] = "page table that leads a protected address elsewhere, or gives it more rights",
	[SHADOW_BOX_WHY_GAINED] = "more rights than before, with no new program and by no system call",
	[SHADOW_BOX_WHY_BORROWED] = "credentials of the kernel itself, in a program",
	[SHADOW_BOX_WHY_SLEEP] = "sleep after the lock, from which the machine wakes outside",
	[SHADOW_BOX_WHY_FROZEN] = "patch where nothing changes once the kernel has started",
	[SHADOW_BOX_WHY_UNASKED] = "patch of a jump label whose key asks for none",
};

static const char *const policy_needs[SHADOW_BOX_POLICIES] = {
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = "descriptor-table exiting",
	[SHADOW_BOX_POLICY_GLOBALS] = "VMX-preemption timer that is saved",
	[SHADOW_BOX_POLICY_MODULES] = "VMX-preemption timer that is saved",
	[SHADOW_BOX_POLICY_TASKS] = "VMX-preemption timer that is saved",
	[SHADOW_BOX_POLICY_POINTERS] = "VMX-preemption timer that is saved",
	[SHADOW_BOX_POLICY_CODE_INTEGRITY] = "mode-based execute control (MBEC) with SMEP on",
	[SHADOW_BOX_POLICY_CREDS] = "VMX-preemption timer that is saved",
};

static const unsigned char policy_classes[] = {
	[SHADOW_BOX_POLICY_KERNEL_TEXT] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_KERNEL_RODATA] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_MODULE_TEXT] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_IDT] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_CONTROL_REGS] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_SYSCALL_MSRS] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_HOST_MEMORY] = SHADOW_BOX_CLASS_ALWAYS,
	[SHADOW_BOX_POLICY_KPROBES] = SHADOW_BOX_CLASS_PATCH,
	[SHADOW_BOX_POLICY_FTRACE] = SHADOW_BOX_CLASS_PATCH,
	[SHADOW_BOX_POLICY_BPF] = SHADOW_BOX_CLASS_PATCH,
	[SHADOW_BOX_POLICY_MSRS] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_GLOBALS] = SHADOW_BOX_CLASS_DETECTION,
	[SHADOW_BOX_POLICY_MODULES] = SHADOW_BOX_CLASS_DETECTION,
	[SHADOW_BOX_POLICY_TASKS] = SHADOW_BOX_CLASS_DETECTION,
	[SHADOW_BOX_POLICY_POINTERS] = SHADOW_BOX_CLASS_DETECTION,
	[SHADOW_BOX_POLICY_MAPPING] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_CODE_INTEGRITY] = SHADOW_BOX_CLASS_PROTECTION,
	[SHADOW_BOX_POLICY_CREDS] = SHADOW_BOX_CLASS_DETECTION,
	[SHADOW_BOX_POLICY_STATIC_KEYS] = SHADOW_BOX_CLASS_PROTECTION,
};

static const char *const mode_names[][SHADOW_BOX_MODE_MAX + 1] = {
	[SHADOW_BOX_CLASS_PROTECTION] = {
		[SHADOW_BOX_MODE_OFF] = "off",
		[SHADOW_BOX_MODE_LOG] = "log",
		[SHADOW_BOX_MODE_ENFORCE] = "enforce",
	},
	[SHADOW_BOX_CLASS_PATCH] = {
		[SHADOW_BOX_MODE_OFF] = "allow",
		[SHADOW_BOX_MODE_LOG] = "log",
		[SHADOW_BOX_MODE_ENFORCE] = "deny",
	},
	[SHADOW_BOX_CLASS_DETECTION] = {
		[SHADOW_BOX_MODE_OFF] = "off",
		[SHADOW_BOX_MODE_LOG] = "log",
	},
	[SHADOW_BOX_CLASS_ALWAYS] = {
		[SHADOW_BOX_MODE_ENFORCE] = "enforce",
	},
};

/* A bit for each policy that finds what has happened. */
#define DETECTION_POLICIES (1u << SHADOW_BOX_POLICY_GLOBALS | 1u << SHADOW_BOX_POLICY_MODULES | 1u << SHADOW_BOX_POLICY_TASKS | 1u << SHADOW_BOX_POLICY_POINTERS | 1u << SHADOW_BOX_POLICY_CREDS)

/* A bit for each policy that is set by its own name only. */
#define OPTIONAL_POLICIES (1u << SHADOW_BOX_POLICY_CODE_INTEGRITY)

#endif

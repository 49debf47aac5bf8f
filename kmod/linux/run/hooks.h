/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks that somebody asked the kernel for, and whose they are.
 */
#ifndef SB_LINUX_RUN_HOOKS_H
#define SB_LINUX_RUN_HOOKS_H

#include "address_names.h"

#define SB_PROGRAM_NAME_SIZE 16
#define SB_PROGRAM_TAG_SIZE 8

/**
 * struct sb_hook - a hook that the kernel was asked for
 * @tsc: when
 * @address: of the code that it hooks; 0: the one who asks knows, or there are many
 * @function: what it calls
 * @pid: the thread that asked
 * @policies: a bit for each policy whose events it can be the cause of
 * @program: number of the BPF program; 0: none
 * @program_name: name of the program, NUL-padded
 * @program_tag: hash of its instructions
 */
struct sb_hook {
	u64 tsc;
	u64 address;
	u64 function;
	u32 pid;
	u32 policies;
	u32 program;
	char program_name[SB_PROGRAM_NAME_SIZE];
	u8 program_tag[SB_PROGRAM_TAG_SIZE];
};

/**
 * struct sb_owner - whose hook an event is about, as Linux says
 * @kind: enum shadow_box_owner; 0: not known
 * @function: name of what it calls, "" if it has none
 * @program: number of the BPF program; 0: none
 * @program_name: its name, or ""
 * @program_tag: hash of its instructions, in hexadecimal, or ""
 */
struct sb_owner {
	u32 kind;
	char function[SB_SYMBOL_SIZE];
	u32 program;
	char program_name[SB_PROGRAM_NAME_SIZE + 1];
	char program_tag[2 * SB_PROGRAM_TAG_SIZE + 1];
};

void sb_hook_note(const struct sb_hook *hook);
void sb_hook_owner(const struct sb_event *event, struct sb_owner *owner);
void sb_hooks_forget(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process, as Linux tells of it now.
 */
#ifndef SBCTL_PROCESS_H
#define SBCTL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESS_TEXT	256

/**
 * struct process - what /proc says; texts are printable, and empty if it does not
 * @program: file that it runs
 * @command: its command line
 * @group: its control group, from which its unit is seen
 * @parent_name: name of the process @parent
 */
struct process {
	char program[PROCESS_TEXT];
	char command[PROCESS_TEXT];
	char group[PROCESS_TEXT];
	char parent_name[32];
	uint32_t parent;
	uint32_t uid;
};

/**
 * process_read() - look a thread up
 * @time: when it did something, in ns since 1970; a process that began later is another one
 *
 * Return: false if it has ended.
 */
bool process_read(uint32_t pid, uint64_t time, struct process *process);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which process an offender's thread belongs to.
 */
#ifndef SB_LINUX_RUN_PROCESS_H
#define SB_LINUX_RUN_PROCESS_H

#include "../../abi/event.h"

/* Room for a path; of a longer one the end is kept. */
#define SB_PATH_SIZE 128

/**
 * struct sb_process - what Linux says of an offender's process
 * @is_known: it still lived when the event was passed on; else the rest is 0
 * @uid: real user ID, as the initial namespace has it
 * @parent: number of its parent process
 * @parent_comm: the parent's name
 * @exe: path of its program, "" if it has none
 * @cgroup: path of its cgroup in the unified hierarchy, "" if there is none
 */
struct sb_process {
	bool is_known;
	u32 uid;
	u32 parent;
	char parent_comm[SB_COMM_SIZE];
	char exe[SB_PATH_SIZE];
	char cgroup[SB_PATH_SIZE];
};

void sb_process_take(const struct sb_event *event, struct sb_process *process);
void sb_process_recall(const struct sb_event *event, struct sb_process *process);
void sb_processes_forget(void);

#endif

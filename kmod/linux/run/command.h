/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands to the host: hypercalls that change something.
 */
#ifndef SB_LINUX_COMMAND_H
#define SB_LINUX_COMMAND_H

#include "../../abi/hypercall.h"

u64 sb_hypercall(u64 number, u64 rbx, u64 rcx, u64 rdx);
extern const char sb_vmcall[];

u64 sb_command(u64 number, u64 rbx, u64 rcx, u64 rdx);
void sb_refill(void);
u64 sb_command_all(u64 number, u64 rbx, u64 rcx, u64 rdx);
const char *sb_command_error(u64 answer);
void sb_sync(void);
int sb_sync_this_cpu(void);

#endif

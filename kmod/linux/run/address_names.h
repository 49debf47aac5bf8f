/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for the addresses in an event.
 */
#ifndef SB_LINUX_ADDRESS_NAMES_H
#define SB_LINUX_ADDRESS_NAMES_H

#include "../../abi/event.h"

/* Room for "function+0x12 [module]"; the names of longer functions are cut. */
#define SB_SYMBOL_SIZE 128

/**
 * struct sb_event_names - names of the addresses in an event, each "" if it has none
 * @rip: of the instruction
 * @object: of what is protected
 * @gla: of the guest-linear address
 * @old: of what the bytes that were there point to or call
 * @new: of what the bytes that were to be there point to or call
 */
struct sb_event_names {
	char rip[SB_SYMBOL_SIZE];
	char object[SB_SYMBOL_SIZE];
	char gla[SB_SYMBOL_SIZE];
	char old[SB_SYMBOL_SIZE];
	char new[SB_SYMBOL_SIZE];
};

void sb_name_address(u64 address, u64 tsc, char *text);
void sb_name_event(const struct sb_event *event, struct sb_event_names *names);
void sb_names_forget(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which module was where, and when.
 */
#ifndef SB_LINUX_MODULE_HISTORY_H
#define SB_LINUX_MODULE_HISTORY_H

#include <linux/module.h>
#include <linux/types.h>

/**
 * enum sb_presence - what of modules an address has to do with, then and now
 * @SB_NO_MODULE: no module is there, nor is any known to have been there then
 * @SB_SAME_MODULE: the module that was there then is there now
 * @SB_MODULE_GONE: a module was there then, and is there no more
 * @SB_OTHER_MODULE: what was there then is not known: a module came later
 */
enum sb_presence { SB_NO_MODULE, SB_SAME_MODULE, SB_MODULE_GONE, SB_OTHER_MODULE };

/**
 * struct sb_place - a place in a module
 * @module: its name when it was loaded
 * @section: ".text", ".rodata" or ".init.text", in the widest sense
 * @offset: bytes from the start of @section
 */
struct sb_place {
	char module[MODULE_NAME_LEN];
	const char *section;
	u64 offset;
};

void sb_history_begin(const struct module *module, u64 tsc);
void sb_history_initialised(const struct module *module);
void sb_history_end(const struct module *module);
enum sb_presence sb_history_find(u64 address, u64 tsc, struct sb_place *place);
void sb_history_forget(void);

#endif

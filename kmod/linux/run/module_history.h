/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which module was where, and when.
 */
#ifndef SB_LINUX_MODULE_HISTORY_H
#define SB_LINUX_MODULE_HISTORY_H

#include <linux/types.h>

struct module;

/* Room for what sb_history_changed() says. */
#define SB_HISTORY_SIZE 96

void sb_history_begin(const struct module *module, u64 tsc);
void sb_history_initialised(const struct module *module);
void sb_history_end(const struct module *module);
bool sb_history_changed(u64 address, u64 tsc, char *text, size_t size);
void sb_history_forget(void);

#endif

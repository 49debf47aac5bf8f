/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which module was where, and when.
 */
#ifndef SB_LINUX_LIVES_H
#define SB_LINUX_LIVES_H

#include <linux/types.h>

struct module;

/* Room for what sb_life_was() says. */
#define SB_LIFE_SIZE 96

void sb_life_begins(const struct module *module, u64 tsc);
void sb_life_initialised(const struct module *module);
void sb_life_ends(const struct module *module);
bool sb_life_was(u64 address, u64 tsc, char *text, size_t size);
void sb_lives_exit(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the kernel's private knowledge as this module has it?
 */
#ifndef SB_LINUX_LAYOUTS_H
#define SB_LINUX_LAYOUTS_H

#include <linux/types.h>

struct sb_reason;

int sb_layouts_check(struct sb_reason *reason);
bool sb_layouts_have_proc_entry(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saying no to hooks before anything is done.
 */
#ifndef SB_LINUX_RUN_COURTESY_H
#define SB_LINUX_RUN_COURTESY_H

#include <linux/types.h>

void sb_courtesy_init(void);
void sb_courtesy_prepare(const u32 modes[], u32 mask);
void sb_courtesy_exit(void);

#endif

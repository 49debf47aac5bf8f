/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saying no to hooks before anything is done.
 */
#ifndef SB_LINUX_RUN_COURTESY_H
#define SB_LINUX_RUN_COURTESY_H

void sb_courtesy_init(void);
void sb_courtesy_exit(void);

#endif

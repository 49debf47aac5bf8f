/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protecting modules, those that are there at the launch and those that come later.
 */
#ifndef SB_LINUX_MODULES_H
#define SB_LINUX_MODULES_H

void sb_modules_init(void);
void sb_modules_exit(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events in the kernel log.
 */
#ifndef SB_LINUX_LOG_H
#define SB_LINUX_LOG_H

void sb_log_init(void);
void sb_log_exit(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Violations as hits of a tracepoint; trace.h describes it.
 */
#ifndef SB_LINUX_TRACEPOINT_H
#define SB_LINUX_TRACEPOINT_H

void sb_tracepoint_init(void);
void sb_tracepoint_exit(void);

#endif

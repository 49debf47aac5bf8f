/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start and stop.
 */
#ifndef SB_LINUX_CORE_H
#define SB_LINUX_CORE_H

#include "reason.h"

int sb_start(struct sb_reason *reason);
void sb_close(void);

#endif

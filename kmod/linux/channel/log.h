/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events in the kernel log.
 */
#ifndef SB_LINUX_LOG_H
#define SB_LINUX_LOG_H

#include "../../abi/event.h"

void sb_log_event(const struct sb_event *event);

#endif

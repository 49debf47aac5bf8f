/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What puts this machine to sleep.
 */
#ifndef SB_LINUX_SLEEP_H
#define SB_LINUX_SLEEP_H

#include "../../abi/facts.h"

void sb_sleep_find(struct sb_facts *facts);
bool sb_sleep_is_guarded(const struct sb_facts *facts);

#endif

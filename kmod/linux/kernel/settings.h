/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of the kernel that the host compares.
 */
#ifndef SB_LINUX_SETTINGS_H
#define SB_LINUX_SETTINGS_H

#include "../../abi/facts.h"

void sb_settings_find(struct sb_facts *facts);

#endif

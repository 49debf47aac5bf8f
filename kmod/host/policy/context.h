/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an exception would do to Linux where it is now.
 */
#ifndef SB_HOST_POLICY_CONTEXT_H
#define SB_HOST_POLICY_CONTEXT_H

#include "../host.h"

bool can_die(struct sb_cpu *cpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this machine has: whether VT-x can be used, which controls the CPU allows, memory types.
 */
#ifndef SB_LINUX_MACHINE_H
#define SB_LINUX_MACHINE_H

#include "../world/world.h"
#include "../reason.h"
#include "controls.h"

int sb_machine_check(struct sb_reason *reason);
int sb_machine_read(struct sb_machine *machine, struct sb_reason *reason);
int sb_controls_read(struct sb_controls *controls, struct sb_reason *reason);

#endif

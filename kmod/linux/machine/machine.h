/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this machine has: whether VT-x can be used, which controls the CPU allows, memory types.
 */
#ifndef SB_LINUX_MACHINE_H
#define SB_LINUX_MACHINE_H

#include "../world/world.h"
#include "../reason.h"

/**
 * struct sb_controls - VM-execution, exit and entry controls for the CPU this was read on
 * @pin: pin-based controls in steady state
 * @proc: primary processor-based controls
 * @proc2: secondary processor-based controls
 * @exit: VM-exit controls
 * @entry: VM-entry controls
 */
struct sb_controls {
	u32 pin;
	u32 proc;
	u32 proc2;
	u32 exit;
	u32 entry;
};

int sb_machine_check(struct sb_reason *reason);
int sb_machine_read(struct sb_machine *machine, struct sb_reason *reason);
int sb_controls_read(struct sb_controls *controls, struct sb_reason *reason);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VM-execution, exit and entry controls the host world runs with, worked out from what the
 * processor allows.
 */
#ifndef SB_LINUX_CONTROLS_H
#define SB_LINUX_CONTROLS_H

#include "../../abi/types.h"

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

const char *sb_controls_negotiate(struct sb_controls *controls);
u32 sb_controls_features(const struct sb_controls *controls);

#endif

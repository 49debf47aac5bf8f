/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU into the guest world and out of it.
 */
#ifndef SB_LINUX_LAUNCH_H
#define SB_LINUX_LAUNCH_H

#include "../reason.h"
#include "../world/world.h"

extern const char sb_gate[], sb_launch_failed[], sb_image_start[], sb_image_end[];

int sb_launch_this_cpu(const struct sb_world *world, struct sb_vcpu *vcpu,
		       struct sb_reason *reason);
int sb_leave_this_cpu(struct sb_vcpu *vcpu);

#endif

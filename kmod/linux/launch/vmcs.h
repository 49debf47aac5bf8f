/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCS with which a CPU is launched.
 */
#ifndef SB_LINUX_VMCS_H
#define SB_LINUX_VMCS_H

#include "../machine/machine.h"
#include "../world/world.h"

static inline u64 sb_vmread(u64 field)
{
	u64 value;

	asm volatile("vmread %1, %0" : "=r" (value) : "r" (field) : "cc");
	return value;
}

int sb_vmcs_write(const struct sb_world *world, const struct sb_vcpu *vcpu,
		  const struct sb_controls *controls, struct sb_reason *reason);

#endif

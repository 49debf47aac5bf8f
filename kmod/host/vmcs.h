/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to the current VMCS. The unit tests link an array in its place.
 */
#ifndef SB_HOST_VMCS_H
#define SB_HOST_VMCS_H

#include "../abi/types.h"
#include "../abi/vmx.h"

#ifdef SB_HOST_IMAGE

static inline u64 vmread(u64 field)
{
	u64 value;

	asm volatile("vmread %1, %0" : "=r" (value) : "r" (field) : "cc");
	return value;
}

/* Fields and values were all accepted by a VMWRITE at launch; here it cannot fail. */
static inline void vmwrite(u64 field, u64 value)
{
	asm volatile("vmwrite %1, %0" : : "r" (field), "rm" (value) : "cc", "memory");
}

#else

u64 vmread(u64 field);
void vmwrite(u64 field, u64 value);

#endif

static inline void vmcs_set_bits(u64 field, u64 bits)
{
	vmwrite(field, vmread(field) | bits);
}

static inline void vmcs_clear_bits(u64 field, u64 bits)
{
	vmwrite(field, vmread(field) & ~bits);
}

#endif

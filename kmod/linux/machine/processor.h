/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a processor says of itself. The module reads the CPU that it runs on; the unit tests read
 * what somebody has noted of another machine.
 */
#ifndef SB_LINUX_PROCESSOR_H
#define SB_LINUX_PROCESSOR_H

#include "../../abi/types.h"

/* The value of an MSR, or 0 if the processor has no such MSR. */
u64 sb_read_msr(u32 msr);
/* EAX, EBX, ECX and EDX of a leaf of CPUID: zeros if the processor has no such leaf. */
void sb_read_cpuid(u32 leaf, u32 subleaf, u32 reg[4]);

#endif

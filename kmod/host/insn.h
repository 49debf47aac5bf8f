/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single instructions that C cannot say. Those that fault on values the guest chose carry an
 * entry in the fixup table, which handle_exception() looks up.
 */
#ifndef SB_HOST_INSN_H
#define SB_HOST_INSN_H

#include "../abi/types.h"

#define FIXUP(from, to)							\
	".pushsection .fixup_table, \"a\"\n"				\
	".quad " from ", " to "\n"					\
	".popsection\n"

#ifdef SB_HOST_IMAGE

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return low | (u64)high << 32;
}

static inline void cpuid(u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "+a" (*a), "=b" (*b), "+c" (*c), "=d" (*d));
}

/* Returns false if the CPU answered #GP. */
static inline bool rdmsr_safe(u32 msr, u64 *value)
{
	u32 low = 0, high = 0, fault = 1;

	asm volatile("1: rdmsr\n"
		     "xor %2, %2\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "+a" (low), "+d" (high), "+r" (fault) : "c" (msr) : "cc");
	*value = low | (u64)high << 32;
	return !fault;
}

/* Returns false if the CPU answered #GP. */
static inline bool wrmsr_safe(u32 msr, u64 value)
{
	u32 fault = 1;

	asm volatile("1: wrmsr\n"
		     "xor %0, %0\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "+r" (fault)
		     : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "cc", "memory");
	return !fault;
}

/* Returns false if the CPU answered #GP. */
static inline bool xsetbv_safe(u32 index, u64 value)
{
	u32 fault = 1;

	asm volatile("1: xsetbv\n"
		     "xor %0, %0\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "+r" (fault)
		     : "c" (index), "a" ((u32)value), "d" ((u32)(value >> 32)) : "cc", "memory");
	return !fault;
}

static inline void wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

static inline u64 read_cr2(void)
{
	u64 value;

	asm volatile("mov %%cr2, %0" : "=r" (value));
	return value;
}

/*
 * NMIs stay blocked until the next IRET (SDM 7.7.1): execute one that changes nothing else.
 * An NMI that was pending arrives in the host's own handler right after it.
 */
static inline void unblock_nmis(void)
{
	u64 scratch;

	asm volatile("mov %%ss, %k0\n"
		     "push %0\n"
		     "lea 8(%%rsp), %0\n"
		     "push %0\n"
		     "pushfq\n"
		     "mov %%cs, %k0\n"
		     "push %0\n"
		     "lea 1f(%%rip), %0\n"
		     "push %0\n"
		     "iretq\n"
		     "1:\n"
		     : "=&r" (scratch) : : "cc", "memory");
}

static inline void pause(void)
{
	asm volatile("pause");
}

static inline u64 fetch_add(u64 *word, u64 n)
{
	return __atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

/* Stops this CPU for good. NMIs still reach the host's handler, which only counts them. */
static inline _Noreturn void stop(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

#else /* unit tests */

u64 rdtsc(void);
void cpuid(u32 *a, u32 *b, u32 *c, u32 *d);
bool rdmsr_safe(u32 msr, u64 *value);
bool wrmsr_safe(u32 msr, u64 value);
bool xsetbv_safe(u32 index, u64 value);
void wbinvd(void);
u64 read_cr2(void);
void unblock_nmis(void);
void pause(void);
u64 fetch_add(u64 *word, u64 n);
_Noreturn void stop(void);

#endif
#endif

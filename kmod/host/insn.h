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

/* The low half is enough for what lasts less than a second, and takes fewer instructions. */
static inline u32 rdtsc_low(void)
{
	u32 low;

	asm volatile("rdtsc" : "=a" (low) : : "edx");
	return low;
}

static inline void cpuid(u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "+a" (*a), "=b" (*b), "+c" (*c), "=d" (*d));
}

/* The same with 64 bits: CPUID clears the upper halves itself. */
static inline void cpuid_wide(u64 *a, u64 *b, u64 *c, u64 *d)
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

static inline void write_cr2(u64 value)
{
	asm volatile("mov %0, %%cr2" : : "r" (value));
}

/* Forgets how @address translates, and serializes: what follows sees the tables as they are. */
static inline void invlpg(const void *address)
{
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
}

/*
 * The guest's PKRU, which the host leaves alone. The host has CR4.PKE if Linux had it at the
 * launch; if it was set only later, RDPKRU raises #UD here, and no key counts.
 */
static inline u32 rdpkru(void)
{
	u32 value = 0, zero;

	asm volatile("1: rdpkru\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "+a" (value), "=d" (zero) : "c" (0));
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

/* Forgets what this CPU has cached of all EPTs (SDM 29.4.3.1). */
static inline void invept_all(void)
{
	struct { u64 context, address; } all = { 0, 0 };

	asm volatile("invept %0, %1" : : "m" (all), "r" (2ull) : "cc", "memory");
}

/*
 * Forgets how this CPU has cached linear addresses of the guest to translate (SDM 29.4.3.3). Needs
 * VPIDs.
 */
static inline void invvpid_all(void)
{
	struct { u64 vpid, address; } all = { 0, 0 };

	asm volatile("invvpid %0, %1" : : "m" (all), "r" (2ull) : "cc", "memory");
}

static inline u64 read_cr0(void)
{
	u64 value;

	asm volatile("mov %%cr0, %0" : "=r" (value));
	return value;
}

static inline void write_cr0(u64 value)
{
	asm volatile("mov %0, %%cr0" : : "r" (value) : "memory");
}

/* As INIT leaves them; DR7 is in the VMCS (SDM 10.1.1). */
static inline void reset_debug_registers(void)
{
	u64 zero = 0, dr6 = 0xffff0ff0;

	asm volatile("mov %0, %%dr0\n\t"
		     "mov %0, %%dr1\n\t"
		     "mov %0, %%dr2\n\t"
		     "mov %0, %%dr3\n\t"
		     "mov %1, %%dr6" : : "r" (zero), "r" (dr6));
}

static inline void out8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a" (value), "Nd" (port));
}

/* 1, 2 or 4 bytes. */
static inline u32 in_port(u16 port, u32 size)
{
	u32 value = 0;

	if (size == 1)
		asm volatile("inb %1, %b0" : "+a" (value) : "Nd" (port));
	else if (size == 2)
		asm volatile("inw %1, %w0" : "+a" (value) : "Nd" (port));
	else
		asm volatile("inl %1, %0" : "+a" (value) : "Nd" (port));
	return value;
}

static inline void out_port(u16 port, u32 size, u32 value)
{
	if (size == 1)
		out8(port, value);
	else if (size == 2)
		asm volatile("outw %w0, %1" : : "a" (value), "Nd" (port));
	else
		asm volatile("outl %0, %1" : : "a" (value), "Nd" (port));
}

/* Without handlers any exception ends in a shutdown, which resets a machine. */
static inline void shut_down(void)
{
	struct { u16 limit; u64 base; } __attribute__((packed)) none = { 0, 0 };

	asm volatile("lidt %0\n\t"
		     "int3" : : "m" (none));
}

static inline u64 fetch_add(u64 *word, u64 n)
{
	return __atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

/* Puts @new in place of @old, atomically. Returns false if something else was there. */
static inline bool compare_exchange(u64 *word, u64 old, u64 new)
{
	return __atomic_compare_exchange_n(word, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* In assembly, for of a loop in C the compiler makes a call to memcpy(), which the host lacks. */
static inline void copy_bytes(void *to, const void *from, u64 size)
{
	u64 words = size / 8, rest = size % 8;

	asm volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (words) : : "memory");
	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (rest) : : "memory");
}

static inline void zero_bytes(void *to, u64 size)
{
	u64 words = size / 8, rest = size % 8;

	asm volatile("rep stosq" : "+D" (to), "+c" (words) : "a" (0ull) : "memory");
	asm volatile("rep stosb" : "+D" (to), "+c" (rest) : "a" (0) : "memory");
}

/* Stops this CPU for good. NMIs still reach the host's handler, which only counts them. */
static inline _Noreturn void stop(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

#else /* unit tests */

u64 rdtsc(void);
u32 rdtsc_low(void);
void cpuid(u32 *a, u32 *b, u32 *c, u32 *d);
void cpuid_wide(u64 *a, u64 *b, u64 *c, u64 *d);
bool rdmsr_safe(u32 msr, u64 *value);
bool wrmsr_safe(u32 msr, u64 value);
bool xsetbv_safe(u32 index, u64 value);
void wbinvd(void);
u64 read_cr2(void);
void write_cr2(u64 value);
void invlpg(const void *address);
u32 rdpkru(void);
void unblock_nmis(void);
void pause(void);
void invept_all(void);
void invvpid_all(void);
u64 read_cr0(void);
void write_cr0(u64 value);
void reset_debug_registers(void);
void out8(u16 port, u8 value);
u32 in_port(u16 port, u32 size);
void out_port(u16 port, u32 size, u32 value);
void shut_down(void);
u64 fetch_add(u64 *word, u64 n);
bool compare_exchange(u64 *word, u64 old, u64 new);
_Noreturn void stop(void);

static inline void copy_bytes(void *to, const void *from, u64 size)
{
	__builtin_memcpy(to, from, size);
}

static inline void zero_bytes(void *to, u64 size)
{
	__builtin_memset(to, 0, size);
}

#endif
#endif

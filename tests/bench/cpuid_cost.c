// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one CPUID costs, in hundredths of TSC ticks, and in words. On Bochs 2.7 with one CPU a tick
 * is an instruction. CPUID always exits, so under a hypervisor this is its shortest round trip.
 *
 * Batches of CPUID against batches of NOP; the least of many, which no interrupt disturbed.
 */
#include <stdint.h>
#include <stdio.h>

#define BATCH	100
#define ROUNDS	2000
#define TEXT(x)	TEXT_(x)
#define TEXT_(x) #x

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return low | (uint64_t)high << 32;
}

#define TICKS_OF(instruction)						\
({									\
	uint64_t start = rdtsc();					\
									\
	asm volatile(".rept " TEXT(BATCH) "\n"				\
		     "xor %%eax, %%eax\n"				\
		     instruction "\n"					\
		     ".endr\n"						\
		     : : : "rax", "rbx", "rcx", "rdx", "cc");		\
	rdtsc() - start;						\
})

static uint64_t nop_batch(void)
{
	return TICKS_OF("nop");
}

static uint64_t cpuid_batch(void)
{
	return TICKS_OF("cpuid");
}

static uint64_t least(uint64_t (*batch)(void))
{
	uint64_t min = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t ticks = batch();

		if (ticks < min)
			min = ticks;
	}
	return min;
}

int main(void)
{
	uint64_t nop = least(nop_batch), cpuid = least(cpuid_batch);
	/* A NOP is one instruction. */
	uint64_t cost = (cpuid - nop) * 100 / BATCH + 100;

	printf("%lu hundredths of a tick: a CPUID takes %lu.%02lu ticks\n", cost, cost / 100,
	       cost % 100);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's two locks: one over policies, pages of the EPT, modules and patches of code, which is
 * taken on rare exits only, and one over the records of violations, under which nothing else is
 * locked. Each is held for a bounded number of steps, and never taken by an NMI handler.
 */
#include "host.h"

/*
 * 0, or 1 + the slot of the CPU that holds the lock. Taken by compare-and-swap, given by its
 * holder.
 */
static u32 holder, recorder;

static void take(u32 *lock, struct sb_cpu *cpu)
{
	u32 me = cpu->config.slot + 1, free = 0;

	while (!__atomic_compare_exchange_n(lock, &free, me, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		free = 0;
		pause();
	}
}

static void give(u32 *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static void forsake(u32 *lock, struct sb_cpu *cpu)
{
	if (__atomic_load_n(lock, __ATOMIC_RELAXED) == cpu->config.slot + 1)
		give(lock);
}

void host_lock(struct sb_cpu *cpu)
{
	take(&holder, cpu);
}

void host_unlock(struct sb_cpu *cpu)
{
	give(&holder);
}

void record_lock(struct sb_cpu *cpu)
{
	take(&recorder, cpu);
}

void record_unlock(struct sb_cpu *cpu)
{
	give(&recorder);
}

/*
 * The host is about to stop this CPU for a fault of its own. What locks it holds, others get: what
 * they protect is changed word by word, in an order that leaves pages too tight rather than too
 * loose, and a record that was not finished shows.
 */
void host_locks_forsake(struct sb_cpu *cpu)
{
	forsake(&recorder, cpu);
	forsake(&holder, cpu);
}

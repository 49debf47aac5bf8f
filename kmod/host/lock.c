// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's one lock: over policies, pages of the EPT, modules and patches of code. It is taken on
 * rare exits only, for a bounded number of steps, and never by an NMI handler.
 */
#include "host.h"

/*
 * 0, or 1 + the slot of the CPU that holds the lock. Taken by compare-and-swap, given by its
 * holder.
 */
static u32 holder;

void host_lock(struct sb_cpu *cpu)
{
	u32 me = cpu->config.slot + 1, free = 0;

	while (!__atomic_compare_exchange_n(&holder, &free, me, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		free = 0;
		pause();
	}
}

void host_unlock(struct sb_cpu *cpu)
{
	__atomic_store_n(&holder, 0, __ATOMIC_RELEASE);
}

/*
 * The host is about to stop this CPU for a fault of its own. If it holds the lock, others get it:
 * what it protects is changed word by word, in an order that leaves pages too tight rather than too
 * loose.
 */
void host_lock_forsake(struct sb_cpu *cpu)
{
	if (__atomic_load_n(&holder, __ATOMIC_RELAXED) == cpu->config.slot + 1)
		host_unlock(cpu);
}

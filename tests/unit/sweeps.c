// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps: time passes, and the timer of CPU 0 ends.
 */
#include "sweeps.h"

/* More turns than any sweep of the models takes. */
#define TURNS_MAX	1000

void set_period(void)
{
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, PERIOD, 0, 0), 0, "a period");
}

void stay(void)
{
	vmx.tsc += PERIOD;
	timer_exit(0);
}

void sweep(void)
{
	u64 before = status()->sweeps, tries = 0;

	while (status()->sweeps == before) {
		require(tries++ < TURNS_MAX, "the sweep does not end");
		stay();
	}
}

void sweeps(u32 n)
{
	while (n--)
		sweep();
}

u64 reports(void)
{
	return cpu_violations(cpu_of_slot(0))->head;
}

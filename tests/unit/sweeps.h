/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sweeps, as the tests of what they find go through them: with a period of 100 ms, on CPU 0.
 */
#ifndef SB_TESTS_SWEEPS_H
#define SB_TESTS_SWEEPS_H

#include "host_model.h"

#define KHZ		50000u
#define PERIOD		(100ull * KHZ)

/* Sets the period; facts have told the host how fast the TSC is (KHZ). */
void set_period(void);

/* One turn of the CPU. */
void stay(void);

/* To the end of one sweep, and of several. */
void sweep(void);
void sweeps(u32 n);

/* How many violations CPU 0 has recorded. */
u64 reports(void);

#endif

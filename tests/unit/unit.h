/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all unit tests share: cmocka, failing with a sentence, and random numbers that are the same
 * in every run.
 */
#ifndef SB_TESTS_UNIT_H
#define SB_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/types.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test unless @condition; the rest is printf()'s and becomes the reason. */
#define require(condition, ...)							\
	do {									\
		if (!(condition))						\
			unit_fail(__FILE__, __LINE__, __VA_ARGS__);		\
	} while (0)

/* Fails the test unless two integers are equal. */
#define require_equal(actual, expected, what)					\
	do {									\
		u64 actual_ = (u64)(actual), expected_ = (u64)(expected);	\
		require(actual_ == expected_, "%s is 0x%llx, not 0x%llx", what,	\
			actual_, expected_);					\
	} while (0)

_Noreturn void unit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Ends the test, which cannot run here, for this reason. */
_Noreturn void unit_skip(const char *reason);

void random_seed(u64 seed);
u64 random_u64(void);
u64 random_below(u64 end);
bool random_chance(u32 percent);

/* A long run (make check-long) tries all of what a short one takes samples of. */
bool is_long_run(void);

#endif

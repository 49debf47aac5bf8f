// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing with a sentence, and pseudo-random numbers (xorshift64*).
 */
#include "unit.h"

void unit_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" (%s:%d)\n", file, line);
	fflush(stdout);
	_fail(file, line);
	abort();
}

void unit_skip(const char *reason)
{
	printf("# %s\n", reason);
	fflush(stdout);
	skip();
	abort();
}

static u64 state = 1;

void random_seed(u64 seed)
{
	state = seed * 0x9e3779b97f4a7c15ull | 1;
}

u64 random_u64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

u64 random_below(u64 end)
{
	return (random_u64() >> 11) % end;
}

bool random_chance(u32 percent)
{
	return random_below(100) < percent;
}

bool is_long_run(void)
{
	const char *value = getenv("SHADOW_BOX_LONG");

	return value && *value;
}

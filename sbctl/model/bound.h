/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a part of the events begins or ends: at a number, or at a time.
 */
#ifndef SBCTL_BOUND_H
#define SBCTL_BOUND_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/**
 * struct bound - a number or a time
 * @set: there is one
 * @is_time: @value is in ns since 1970, not a number
 */
struct bound {
	bool set;
	bool is_time;
	uint64_t value;
};

/* What bound_read() takes, for the user. */
#define BOUND_VALUES	"a number, or a time such as -2h, 14:30 or 2026-11-27 14:30"

/**
 * bound_read() - read a number or a time
 * @now: from which what is relative counts
 *
 * A time is relative (-30s, -15min, -2h, -3d), of today (14:30, 14:30:59) or of a day (2026-11-27, that
 * is its beginning, 2026-11-27 14:30, 2026-11-27 14:30:59), local; or today, yesterday.
 * Return: false if @text is none of these.
 */
bool bound_read(const char *text, time_t now, struct bound *bound);

#endif

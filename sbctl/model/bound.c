// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a part of the events begins or ends: at a number, or at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/bound.h"

#define NS_PER_SECOND	UINT64_C(1000000000)
#define DAY		86400

static bool read_number(const char *text, char **end, uint64_t *number)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, end, 10);
	return !errno;
}

/* "-2h" */
static bool read_relative(const char *text, time_t now, time_t *when)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "s", 1 }, { "min", 60 }, { "m", 60 }, { "h", 3600 }, { "d", DAY } };
	uint64_t number;
	char *unit;
	size_t i;

	if (*text != '-' || !read_number(text + 1, &unit, &number) || number > UINT32_MAX)
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name))
			continue;
		*when = now - (time_t)(number * units[i].seconds);
		return *when >= 0;
	}
	return false;
}

static time_t midnight(time_t now)
{
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/* What the format does not name is that of midnight today. */
static bool read_absolute(const char *text, time_t now, time_t *when)
{
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d",
		"%H:%M:%S", "%H:%M",
	};
	time_t today = midnight(now);
	const char *end;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		localtime_r(&today, &tm);
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		*when = mktime(&tm);
		return *when >= 0;
	}
	return false;
}

static bool read_time(const char *text, time_t now, time_t *when)
{
	if (!strcmp(text, "today")) {
		*when = midnight(now);
		return true;
	}
	if (!strcmp(text, "yesterday")) {
		/* Whether that day had 23 hours or 25. */
		*when = midnight(midnight(now) - DAY / 2);
		return true;
	}
	return read_relative(text, now, when) || read_absolute(text, now, when);
}

bool bound_read(const char *text, time_t now, struct bound *bound)
{
	time_t when;
	char *end;

	*bound = (struct bound){ .set = true };
	if (read_number(text, &end, &bound->value) && !*end)
		return true;
	if (!read_time(text, now, &when))
		return false;
	bound->is_time = true;
	bound->value = (uint64_t)when * NS_PER_SECOND;
	return true;
}

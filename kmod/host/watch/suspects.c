// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspects: what was one in two sweeps in a row is reported, once. It is known by its address and by a
 * stamp, for addresses are used again. All under the host's lock.
 */
#include "suspects.h"

/* Sweeps in a row; a suspect is reported at the last of them. */
#define REPORTED	2

/* One that is known, or a free entry for it; NULL if there are more than can be remembered. */
static struct suspect *entry_of(struct suspect *all, u64 what, u32 why)
{
	struct suspect *free = NULL;
	u32 i;

	for (i = 0; i < SUSPECTS; i++) {
		if (all[i].what == what && all[i].why == why)
			return &all[i];
		if (!all[i].what)
			free = &all[i];
	}
	return free;
}

/**
 * suspect() - something is odd in this sweep
 * @all: %SUSPECTS of its kind
 * @what: its address
 * @stamp: see struct suspect
 * @why: enum shadow_box_why
 *
 * Return: whether it is to be reported now.
 */
bool suspect(struct suspect *all, u64 what, u64 stamp, u32 why)
{
	struct suspect *s = entry_of(all, what, why);

	if (!s || s->is_seen)
		return false;
	if (s->what != what || s->stamp != stamp)
		*s = (struct suspect){ .what = what, .stamp = stamp, .why = why };
	s->is_seen = true;
	if (s->seen == REPORTED)
		return false;
	s->seen++;
	return s->seen == REPORTED;
}

/* Those that this sweep has not met are none any more. */
void suspects_end_sweep(struct suspect *all)
{
	u32 i;

	for (i = 0; i < SUSPECTS; i++) {
		if (!all[i].is_seen)
			all[i].what = 0;
		all[i].is_seen = false;
	}
}

void suspects_forget(struct suspect *all)
{
	u32 i;

	for (i = 0; i < SUSPECTS; i++)
		all[i].what = 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own protected pages have the rights that their policies say: code, constants, the
 * IDT.
 */
#include "feature.h"
#include "owner.h"

static __used bool prepare(void)
{
	const struct sb_protected *p = facts()->protected;
	u32 i;

	for (i = 0; i < facts()->nr_protected; i++)
		if (!pages_can_split(p[i].phys, p[i].size))
			return false;
	return true;
}

static __used bool apply(void)
{
	const struct sb_protected *p = facts()->protected;
	u32 i;

	for (i = 0; i < facts()->nr_protected; i++)
		pages_set(p[i].phys, p[i].size, OWNER_PROTECTED + i,
			  rights_of_page(OWNER_PROTECTED + i, p[i].phys));
	return true;
}

FEATURE(NONE, HOOK(prepare), NONE, HOOK(apply), NONE, NONE);

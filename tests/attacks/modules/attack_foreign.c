// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes another module: its code, a constant, and what is constant after its start; of a module that was
 * there before Shadow-box (early), and of one that came later (late).
 */
#include "attack.h"

static enum verdict change(const char *name)
{
	u64 *what = (u64 *)attack_symbol(name), *alias = what ? attack_alias(what) : NULL;
	enum verdict v;

	if (!alias)
		return ATTACK_FAILED;
	v = attack_write(alias, what, ~*what, 8);
	attack_unalias(alias);
	return v;
}

#define VICTIMS(X)								\
	X(early_text) X(early_constant) X(early_once)				\
	X(late_text) X(late_constant) X(late_once)

/* Not by the names themselves: this module has symbols too. */
#define DEED(name) static enum verdict change_##name(void) { return change(#name); }
VICTIMS(DEED)

#define CHOICE(name) { #name, change_##name },
static const struct attack_choice choices[] = { VICTIMS(CHOICE) };

ATTACK_CHOICE(choices, "code and constants of another module");

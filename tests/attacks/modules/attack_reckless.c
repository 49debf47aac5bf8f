// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a byte of the kernel's code and is not prepared for an exception: it oopses if it is stopped,
 * with interrupts on and no lock held, as most rootkits would.
 */
#include "attack.h"

static enum verdict write_blindly(void)
{
	u8 *text = attack_cold_text(), *alias = attack_alias(text);

	if (!alias)
		return ATTACK_FAILED;
	*(volatile u8 *)alias ^= 1;
	*(volatile u8 *)alias ^= 1;
	attack_unalias(alias);
	return ATTACK_DONE;
}

ATTACK_MODULE(attack_everywhere(write_blindly), "a byte of the kernel's code, carelessly");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does nothing but be there: loaded after Shadow-box, and attacked by another module.
 */
#include "attack.h"
#include "victim.h"

VICTIM(late);

/* A page of code for each CPU, wherever it begins. */
static noinline __used void late_pages(void)
{
	asm volatile(".fill (" __stringify(ATTACK_CPUS) " + 1) * 4096, 1, 0x90");
}

static int __init victim_init(void)
{
	return 0;
}

static void __exit victim_exit(void)
{
}

module_init(victim_init);
module_exit(victim_exit);
MODULE_DESCRIPTION("Test: a module to be attacked");
MODULE_LICENSE("GPL");

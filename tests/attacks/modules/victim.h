/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to attack in a module: a function, a constant, and a variable that becomes one. Included
 * once in a module that was there before Shadow-box and once in one that came later.
 */
#ifndef SB_TEST_VICTIM_H
#define SB_TEST_VICTIM_H

#include <linux/cache.h>
#include <linux/module.h>

/* Sixteen bytes that are code to the kernel and executed by nobody. */
#define VICTIM(name)								\
	asm(".pushsection .text\n"						\
	    ".p2align 4\n"							\
	    #name "_text:\n"							\
	    ".fill 16, 1, 0xcc\n"						\
	    ".popsection");							\
	static const u64 name##_constant __used = 0x5b0c5b0c5b0c5b0cull;	\
	static u64 name##_once __ro_after_init __used = 0x5b0c5b0c5b0c5b0cull

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does not export: addresses by name, entries of functions, and calls.
 */
#ifndef SB_LINUX_SYMBOLS_H
#define SB_LINUX_SYMBOLS_H

#include "../../abi/types.h"
#include "../reason.h"

/* No kernel has more code than this; debug kernels have half of it. */
#define SB_TEXT_MAX (64ul << 20)

/**
 * struct sb_functions - entries of functions in the kernel
 * @start: linear address of the first page of code
 * @bitmap: as in struct sb_region, for %SB_TEXT_MAX bytes from there on; vfree() it
 */
struct sb_functions {
	u64 start;
	u8 *bitmap;
};

int sb_symbols_init(struct sb_functions *functions, struct sb_reason *reason);
unsigned long sb_symbol(const char *name);
bool sb_is_padding(const char *name);
unsigned long sb_call(unsigned long function, unsigned long a, unsigned long b, unsigned long c);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host must know of the running kernel, gathered before the launch.
 */
#ifndef SB_LINUX_KERNEL_H
#define SB_LINUX_KERNEL_H

#include "../../abi/facts.h"

struct sb_reason;

/**
 * struct sb_kernel - facts and patch sites of this kernel
 * @facts: all but nr_cpus, nr_blocks, block, pool, ept_root, ept_zero, text.sites, text.jumps and
 *	text.functions, which the world fills in (world.c)
 * @sites: facts.text.nr_sites sites
 * @jumps: facts.text.nr_jumps of what they do
 * @functions: bitmap of function entries (struct sb_region)
 */
struct sb_kernel {
	struct sb_facts facts;
	struct sb_site *sites;
	struct sb_jump *jumps;
	u8 *functions;
};

int sb_kernel_read(struct sb_kernel *kernel, struct sb_reason *reason);
void sb_kernel_forget(struct sb_kernel *kernel);

#endif

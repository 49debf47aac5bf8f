/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparing layouts of structures with what the kernel's BTF says of them.
 */
#ifndef SB_LINUX_BTF_H
#define SB_LINUX_BTF_H

#include "../../abi/types.h"

#define SB_LAYOUT_MEMBERS 6

/**
 * struct sb_layout - a structure as this module knows it
 * @type: its name
 * @size: its bytes
 * @member: some of its members, and their offsets in bytes; a name of NULL ends them
 */
struct sb_layout {
	const char *type;
	u32 size;
	struct {
		const char *name;
		u32 offset;
	} member[SB_LAYOUT_MEMBERS + 1];
};

const struct sb_layout *sb_btf_differs(const void *btf, u64 size, const struct sb_layout *layout,
				       u32 nr);

#endif

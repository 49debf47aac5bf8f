/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pointers to code that lie where the kernel must be able to write.
 */
#ifndef SB_LINUX_POINTERS_H
#define SB_LINUX_POINTERS_H

struct sb_facts;

void sb_pointers_find(struct sb_facts *facts);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages whose protection gives way to an access: for a while in log mode, for good when reused.
 */
#ifndef SB_HOST_POLICY_OPENED_H
#define SB_HOST_POLICY_OPENED_H

#include "../memory/ept.h"

bool open_page(struct sb_cpu *cpu, u64 gpa);
void close_pages(struct sb_cpu *cpu);
void reuse_page(struct sb_cpu *cpu, u64 gpa);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where code lies: from linear addresses as the kernel knows them to physical ones and back.
 */
#ifndef SB_HOST_POLICY_CODE_MAP_H
#define SB_HOST_POLICY_CODE_MAP_H

#include "../host.h"

u64 code_gpa(u64 address);
u64 code_address(u32 owner, u64 gpa);
const struct sb_region *code_region(u64 address);

#endif

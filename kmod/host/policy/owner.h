/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from whose a page is: which policy protects it, and where the kernel knows it.
 */
#ifndef SB_HOST_POLICY_OWNER_H
#define SB_HOST_POLICY_OWNER_H

#include "../memory/ept.h"

u32 policy_of_owner(u32 owner);
bool is_integrity_on(void);
ept_rights rights_of_owner(u32 owner, bool holds_code);
ept_rights rights_of_page(u32 owner, u64 gpa);
u64 object_address(u32 owner, u64 gpa);
u64 protected_gpa(u64 address);
bool is_code(u32 owner, u64 gpa);
u32 subject_of_page(u32 owner, u64 gpa);

#endif

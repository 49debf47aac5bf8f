// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from whose a page is: which policy protects it, and where the kernel knows it. All
 * under the host's lock.
 */
#include "kept.h"
#include "module_table.h"
#include "owner.h"

/* The kernel's pages that are @owner's; NULL if it is none of these. */
static const struct sb_protected *protected_of(u32 owner)
{
	u32 index = owner - OWNER_PROTECTED;

	return index < facts()->nr_protected ? &facts()->protected[index] : NULL;
}

static bool is_kind(u32 owner, u32 kind)
{
	const struct sb_protected *p = protected_of(owner);

	return p && p->kind == kind;
}

u32 policy_of_owner(u32 owner)
{
	const struct sb_protected *p = protected_of(owner);

	if (p)
		return p->policy;
	if (owner == OWNER_TABLE)
		return SHADOW_BOX_POLICY_MAPPING;
	return owner == OWNER_HOST ? SHADOW_BOX_POLICY_HOST_MEMORY : SHADOW_BOX_POLICY_MODULE_TEXT;
}

/* What Linux may do with pages of kernel and modules. */
ept_rights rights_of_owner(u32 owner)
{
	if (is_module_closing(owner))
		return EPT_READ;
	return policy_mode(policy_of_owner(owner)) == SHADOW_BOX_MODE_OFF ? RIGHTS_ALL
									 : RIGHTS_CODE;
}

/* Linear address of a protected page's byte, as the kernel knows it; 0 if there is none. */
u64 object_address(u32 owner, u64 gpa)
{
	const struct sb_protected *p = protected_of(owner);

	if (p)
		return p->start + (gpa - p->phys);
	if (owner == OWNER_TABLE)
		return mapped_by(gpa);
	return owner >= OWNER_MODULE ? module_address(owner, gpa) : 0;
}

/* Physical address of a byte of the kernel that is protected; 0 if there is none. */
u64 protected_gpa(u64 address)
{
	const struct sb_protected *p = facts()->protected;
	u32 i;

	for (i = 0; i < facts()->nr_protected; i++)
		if (address - p[i].start < p[i].size)
			return p[i].phys + (address - p[i].start);
	return 0;
}

bool is_code(u32 owner, u64 gpa)
{
	return is_kind(owner, SB_PROTECTED_CODE) ||
	       (owner >= OWNER_MODULE && is_module_code(owner, module_address(owner, gpa)));
}

/* What a violation of a page is about: enum shadow_box_subject. */
u32 subject_of_page(u32 owner, u64 gpa)
{
	if (owner == OWNER_HOST)
		return SHADOW_BOX_SUBJECT_PAGE;
	if (owner == OWNER_TABLE)
		return SHADOW_BOX_SUBJECT_MAPPING;
	if (is_kind(owner, SB_PROTECTED_DESCRIPTORS))
		return SHADOW_BOX_SUBJECT_DESCRIPTOR;
	return is_code(owner, gpa) ? SHADOW_BOX_SUBJECT_CODE : SHADOW_BOX_SUBJECT_CONSTANTS;
}

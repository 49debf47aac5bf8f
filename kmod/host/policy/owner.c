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
	if (owner == OWNER_DYNAMIC || owner == OWNER_NONE)
		return SHADOW_BOX_POLICY_CODE_INTEGRITY;
	return owner == OWNER_HOST ? SHADOW_BOX_POLICY_HOST_MEMORY : SHADOW_BOX_POLICY_MODULE_TEXT;
}

/* Does the kernel execute only what it may? */
bool is_integrity_on(void)
{
	return policy_mode(SHADOW_BOX_POLICY_CODE_INTEGRITY) != SHADOW_BOX_MODE_OFF;
}

static bool is_kept(u32 owner)
{
	return owner != OWNER_NONE && policy_mode(policy_of_owner(owner)) != SHADOW_BOX_MODE_OFF;
}

/**
 * rights_of_owner() - what Linux may do with a page of kernel, modules or nobody
 * @owner: enum page_owner, but for the host and what modules have left
 * @holds_code: of kernel or modules
 */
ept_rights rights_of_owner(u32 owner, bool holds_code)
{
	ept_rights rights = is_kept(owner) ? RIGHTS_CODE : RIGHTS_ALL;

	if (owner == OWNER_DYNAMIC)
		return RIGHTS_DYNAMIC;
	if (is_module_closing(owner))
		return EPT_READ;
	return holds_code || !is_integrity_on() ? rights : rights & ~EPT_EXEC;
}

/* What starts a CPU is executed, but never patched. */
ept_rights rights_of_page(u32 owner, u64 gpa)
{
	return rights_of_owner(owner, is_code(owner, gpa) || is_kind(owner, SB_PROTECTED_STARTUP));
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
	if (owner == OWNER_NONE)
		return SHADOW_BOX_SUBJECT_PAGE;
	return owner == OWNER_DYNAMIC || is_code(owner, gpa) ? SHADOW_BOX_SUBJECT_CODE
							     : SHADOW_BOX_SUBJECT_CONSTANTS;
}

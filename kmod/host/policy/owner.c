// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from whose a page is: which policy protects it, and where the kernel knows it. All
 * under the host's lock.
 */
#include "module_table.h"
#include "owner.h"

u32 policy_of_owner(u32 owner)
{
	switch (owner) {
	case OWNER_HOST: return SHADOW_BOX_POLICY_HOST_MEMORY;
	case OWNER_TEXT: return SHADOW_BOX_POLICY_KERNEL_TEXT;
	case OWNER_RODATA: return SHADOW_BOX_POLICY_KERNEL_RODATA;
	case OWNER_IDT: return SHADOW_BOX_POLICY_IDT;
	default: return SHADOW_BOX_POLICY_MODULE_TEXT;
	}
}

/* What Linux may do with pages of kernel and modules. */
u64 rights_of_owner(u32 owner)
{
	if (is_module_closing(owner))
		return EPT_READ;
	return policy_mode(policy_of_owner(owner)) == SHADOW_BOX_MODE_OFF ? EPT_RWX
									 : EPT_READ | EPT_EXEC;
}

/* Linear address, as the kernel knows it, of constants; 0 if there is none. */
u64 object_address(u32 owner, u64 gpa)
{
	const struct sb_facts *f = facts();

	switch (owner) {
	case OWNER_TEXT: return f->text.start + (gpa - f->text_phys);
	case OWNER_RODATA: return f->rodata.start + (gpa - f->rodata_phys);
	case OWNER_IDT: return f->idt + gpa % SB_PAGE_SIZE;
	case OWNER_HOST: return 0;
	default: return module_address(owner, gpa);
	}
}

bool is_code(u32 owner, u64 gpa)
{
	return owner == OWNER_TEXT ||
	       (owner >= OWNER_MODULE && is_module_code(owner, module_address(owner, gpa)));
}

/* What a violation of a page is about: enum shadow_box_subject. */
u32 subject_of_page(u32 owner, u64 gpa)
{
	if (owner == OWNER_HOST)
		return SHADOW_BOX_SUBJECT_PAGE;
	if (owner == OWNER_IDT)
		return SHADOW_BOX_SUBJECT_DESCRIPTOR;
	return is_code(owner, gpa) ? SHADOW_BOX_SUBJECT_CODE : SHADOW_BOX_SUBJECT_CONSTANTS;
}

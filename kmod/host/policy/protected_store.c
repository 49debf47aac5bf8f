// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores by the host for an instruction of the guest, to pages that Linux may not write to.
 */
#include "module_table.h"
#include "dynamic_code.h"
#include "opened.h"
#include "owner.h"

/* Is a store by the host to a page of @owner to be prevented? Reports it. */
static bool prevents_store(struct sb_cpu *cpu, u32 owner, u64 gpa, u64 linear, const void *bytes,
			   u32 size)
{
	struct violation v = {
		.policy = policy_of_owner(owner), .why = SHADOW_BOX_WHY_WRITE,
		.subject = subject_of_page(owner, gpa),
		.gla = linear, .gpa = gpa, .object = object_of_page(owner, gpa),
		.size = size, .old = ram(gpa, size), .new = bytes,
	};

	return violation(cpu, &v);
}

/**
 * protected_store() - the host is about to store for an instruction to a page that the EPT protects
 * @cpu: this CPU
 * @gpa: guest-physical address, all in one page
 * @linear: guest-linear address
 * @bytes: what is stored
 * @size: how many bytes
 *
 * Return: whether the guest got an exception; if not, the caller makes the store.
 */
bool protected_store(struct sb_cpu *cpu, u64 gpa, u64 linear, const void *bytes, u32 size)
{
	struct page page;
	bool prevented;

	host_lock(cpu);
	page = page_at(gpa);
	prevented = !page.present;
	if (page.present && !(page.rights & EPT_WRITE)) {
		if (is_module_going(page.owner))
			reuse_page(cpu, gpa);
		else if (page.owner == OWNER_DYNAMIC && dynamic_may_change(gpa, linear))
			dynamic_end(cpu, gpa);
		else
			prevented = prevents_store(cpu, page.owner, gpa, linear, bytes, size);
	}
	host_unlock(cpu);
	if (prevented)
		guest_inject_exception(VECTOR_GP);
	return prevented;
}

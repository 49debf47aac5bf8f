// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policies: setting them, what they mean for pages, the lock. All under the host's lock.
 */
#include "module_table.h"
#include "opened.h"
#include "owner.h"
#include "patches.h"
#include "policy.h"

#define ALL_POLICIES	((1u << SHADOW_BOX_POLICIES) - 1)

/* Where setting the rights of modules' pages goes on with the next call. */
static u64 module_cursor;

static u32 mode_in(u64 modes, u32 policy)
{
	return modes >> (2 * policy) & 3;
}

static u64 check(struct sb_cpu *cpu, u64 modes, u64 mask)
{
	u32 policy;

	if (!mask || mask & ~(u64)ALL_POLICIES || mask & BIT(SHADOW_BOX_POLICY_HOST_MEMORY))
		return SB_ERROR_ARGUMENT;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		if (!(mask >> policy & 1))
			continue;
		if (mode_in(modes, policy) > SHADOW_BOX_MODE_ENFORCE)
			return SB_ERROR_ARGUMENT;
		if (status()->locked && mode_in(modes, policy) < policy_mode(policy)) {
			refusal(cpu, policy, SHADOW_BOX_WHY_LOCKED, SB_HYPERCALL_POLICY);
			return SB_ERROR_LOCKED;
		}
	}
	if (mask >> SHADOW_BOX_POLICY_DESCRIPTOR_REGS & 1 && !cpu->config.has_descriptor_exiting &&
	    mode_in(modes, SHADOW_BOX_POLICY_DESCRIPTOR_REGS))
		return SB_ERROR_UNSUPPORTED;
	return 0;
}

/* The kernel's own pages, which lie in one piece each. Its code need not end where a page does. */
static bool for_kernel_pages(bool (*do_one)(u64 gpa, u64 size, u32 owner))
{
	const struct sb_facts *f = facts();
	u64 text_end = (f->text.end + SB_PAGE_SIZE - 1) & ~(SB_PAGE_SIZE - 1);

	return do_one(f->text_phys, text_end - f->text.start, OWNER_TEXT) &&
	       do_one(f->rodata_phys, f->rodata.end - f->rodata.start, OWNER_RODATA) &&
	       do_one(f->idt_phys, SB_PAGE_SIZE, OWNER_IDT);
}

static bool prepare(u64 gpa, u64 size, u32 owner)
{
	return pages_can_split(gpa, size);
}

static bool apply(u64 gpa, u64 size, u32 owner)
{
	return pages_set(gpa, size, owner, rights_of_owner(owner));
}

/* What stands in code while nobody looks is unknown afterwards. */
static void forget_patches(u32 policy)
{
	const struct sb_region *text = &facts()->text;

	if (policy == SHADOW_BOX_POLICY_KERNEL_TEXT)
		patches_forget(text->start, text->end);
	else if (policy == SHADOW_BOX_POLICY_MODULE_TEXT)
		patches_forget(facts()->module_space.start, facts()->module_space.end);
}

static void set_mode(struct sb_cpu *cpu, u32 policy, u32 mode)
{
	if (policy_mode(policy) == mode)
		return;
	WRITE_ONCE(status()->mode[policy], mode);
	module_cursor = 0;
	if (mode == SHADOW_BOX_MODE_OFF)
		forget_patches(policy);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_POLICY, .policy = policy,
						.code = mode, .rip = vmread(VMCS_GUEST_RIP) });
}

/**
 * set_policies() - SB_HYPERCALL_POLICY
 * @cpu: this CPU
 * @modes: 2 bits for each policy
 * @mask: which to set
 *
 * Pages of modules are done some at a time, so that the guest does not stand still.
 *
 * Return: 0, 1: call again, or an error with nothing set.
 */
u64 set_policies(struct sb_cpu *cpu, u64 modes, u64 mask)
{
	u64 error = check(cpu, modes, mask);
	u32 policy;

	if (error)
		return error;
	if (!patches_init() || !for_kernel_pages(prepare))
		return SB_ERROR_MEMORY;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (mask >> policy & 1)
			set_mode(cpu, policy, mode_in(modes, policy));
	for_kernel_pages(apply);
	apply_msr_policies();
	apply_register_policies(cpu);
	pages_changed(cpu);
	return modules_apply(&module_cursor) ? 0 : 1;
}

u64 lock_policies(struct sb_cpu *cpu)
{
	if (status()->locked)
		return SB_ERROR_LOCKED;
	WRITE_ONCE(status()->locked, 1);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_LOCK,
						.rip = vmread(VMCS_GUEST_RIP) });
	return 0;
}

/* SB_HYPERCALL_SYNC. The last CPU to call finds nobody behind. */
u64 sync_cpu(struct sb_cpu *cpu)
{
	close_pages(cpu);
	apply_register_policies(cpu);
	pages_flush(cpu);
	return cpus_behind(status()->generation);
}

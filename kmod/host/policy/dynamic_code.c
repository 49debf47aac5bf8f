// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that the kernel makes while it runs. It is known by where it lies and how Linux's own page tables
 * map it, when it is first executed; from then on its page cannot be written to. Who writes takes the
 * right to execute, and the next fetch looks again. All under the host's lock.
 *
 * It is remembered at which address a page was executed: as long as it is mapped there, nobody but the
 * kernel's patching code and who writes at that address has any business to write to it. The table has a
 * bucket for each of the lowest bits of a page frame's number. In one that is full the oldest entry gives
 * way; a page of which nothing is remembered can be written to by anybody, and is then no code any more.
 */
#include "discard.h"
#include "dynamic_code.h"
#include "feature.h"
#include "owner.h"
#include "../memory/pool.h"

#define TABLE_PAGES	16
#define BUCKET		16
#define BUCKETS		(TABLE_PAGES * SB_PAGE_SIZE / sizeof(u64) / BUCKET)

/* Leaves that are looked at in one stay in the host, which is to be a short one. */
#define RENEW_AT_ONCE	512

/* Each entry: the page frame's number, 32 bits, and one more than the page's number in module space. */
static u64 (*buckets)[BUCKET];
static bool is_wanted;

static u64 *bucket_of(u64 gpa)
{
	return buckets ? buckets[gpa / SB_PAGE_SIZE % BUCKETS] : NULL;
}

static u32 find(const u64 *bucket, u64 gpa)
{
	u32 i = 0;

	while (i < BUCKET && (u32)bucket[i] && bucket[i] >> 32 != gpa / SB_PAGE_SIZE)
		i++;
	return i;
}

/* At the end, the others move up; what is remembered of the page already goes. */
static void remember(u64 gpa, u64 linear)
{
	u64 *bucket = bucket_of(gpa);
	u32 number = (linear - facts()->module_space.start) / SB_PAGE_SIZE + 1, i;

	if (!bucket || gpa / SB_PAGE_SIZE >> 32)
		return;
	i = find(bucket, gpa);
	if (i == BUCKET) {
		for (i = 0; i < BUCKET - 1; i++)
			bucket[i] = bucket[i + 1];
	}
	bucket[i] = gpa / SB_PAGE_SIZE << 32 | number;
}

/* Linear address at which the byte at @gpa was executed, 0 if that is not known. */
u64 dynamic_address(u64 gpa)
{
	const u64 *bucket = bucket_of(gpa);
	u32 i = bucket ? find(bucket, gpa) : BUCKET;

	if (i == BUCKET || !(u32)bucket[i])
		return 0;
	return facts()->module_space.start + ((u32)bucket[i] - 1) * SB_PAGE_SIZE +
	       gpa % SB_PAGE_SIZE;
}

/* Linear address of a byte of a page that is not Linux's, as the kernel knows it; 0 if there is none. */
u64 object_of_page(u32 owner, u64 gpa)
{
	return owner == OWNER_DYNAMIC ? dynamic_address(gpa) : object_address(owner, gpa);
}

/* By the kernel's own tables: those of a program, and what CR3 holds now, may have been made up. */
static bool kernel_walk(u64 linear, struct walk *walk)
{
	u64 cr3 = vmread(VMCS_GUEST_CR3);
	bool found;

	vmwrite(VMCS_GUEST_CR3, facts()->kernel_cr3);
	found = guest_walk(linear, walk);
	vmwrite(VMCS_GUEST_CR3, cr3);
	return found;
}

static bool is_code_mapping(u64 linear, u64 gpa)
{
	const struct sb_extent *space = &facts()->module_space;
	struct walk walk;

	return linear >= space->start && linear < space->end && kernel_walk(linear, &walk) &&
	       walk.gpa / SB_PAGE_SIZE == gpa / SB_PAGE_SIZE && walk.executable &&
	       !walk.writable && !walk.user;
}

/* Linux takes the right to write to code from the direct map as well. */
static bool is_writable_directly(u64 gpa)
{
	struct walk walk;

	return kernel_walk(facts()->page_offset + gpa, &walk) && walk.writable;
}

static bool is_other_code(u64 gpa)
{
	u32 i;

	for (i = 0; i < facts()->nr_other_code; i++)
		if (gpa >= facts()->other_code[i].start && gpa < facts()->other_code[i].end)
			return true;
	return false;
}

static bool set_page(u64 gpa, u32 owner, ept_rights rights)
{
	return pages_set(gpa & ~(SB_PAGE_SIZE - 1), SB_PAGE_SIZE, owner, rights);
}

/**
 * dynamic_approve() - is what the kernel is about to execute code that it has made itself?
 * @gla: guest-linear address
 * @gpa: guest-physical address, of a page that is nobody's
 *
 * Return: true if it is, and can be executed now.
 */
bool dynamic_approve(u64 gla, u64 gpa)
{
	if (is_other_code(gpa))
		return set_page(gpa, OWNER_DYNAMIC, RIGHTS_DYNAMIC);
	if (!is_code_mapping(gla, gpa) || is_writable_directly(gpa) ||
	    !set_page(gpa, OWNER_DYNAMIC, RIGHTS_DYNAMIC))
		return false;
	remember(gpa, gla);
	return true;
}

/**
 * dynamic_may_change() - may what is written to a page of dynamic code be what the kernel wants?
 * @gpa: guest-physical address
 * @gla: guest-linear address
 *
 * Return: false if it is code still, and neither the kernel's patching code nor who made it writes.
 */
bool dynamic_may_change(u64 gpa, u64 gla)
{
	u64 address = dynamic_address(gpa);
	struct walk walk;

	return !address || is_patching(gla) || gla / SB_PAGE_SIZE == address / SB_PAGE_SIZE ||
	       !kernel_walk(address, &walk) || !walk.executable ||
	       walk.gpa / SB_PAGE_SIZE != gpa / SB_PAGE_SIZE;
}

/* It is written to, or a program executes it: the kernel no longer does. */
void dynamic_end(struct sb_cpu *cpu, u64 gpa)
{
	set_page(gpa, OWNER_NONE, rights_of_owner(OWNER_NONE, false));
	pages_changed(cpu);
}

/*
 * Before a policy is set, when it is known which: is the memory wanted? The EPT knows the kernel from
 * programs by the guest's page tables, and without SMEP the kernel can execute what is a program's.
 */
static __used bool needs(struct sb_cpu *cpu, u32 policy)
{
	is_wanted |= policy == SHADOW_BOX_POLICY_CODE_INTEGRITY;
	return policy != SHADOW_BOX_POLICY_CODE_INTEGRITY ||
	       (cpu->config.features & SHADOW_BOX_FEATURE_MBEC && cpu->config.cr4_pinned & CR4_SMEP);
}

/*
 * What the first fetch from a page takes must be there: Linux sets the policy as it is again when little
 * is left.
 */
static __used bool prepare(void)
{
	if (is_wanted && !buckets)
		buckets = pool_pages(TABLE_PAGES, SB_POOL_RESERVE);
	return !is_wanted || (buckets && status()->pool_free >= SB_POOL_DYNAMIC);
}

/* Where giving all pages their rights goes on, while it does. */
static u64 next_gpa;
static bool is_renewing;

static __used bool apply(void)
{
	if (is_renewing)
		next_gpa = pages_renew(next_gpa, RENEW_AT_ONCE, rights_of_owner(OWNER_NONE, false));
	is_renewing = is_renewing && next_gpa < EPT_END;
	return !is_renewing;
}

/* What the policy has let happen before counts no more. */
static __used void forget(u32 policy, u32 mode)
{
	if (policy != SHADOW_BOX_POLICY_CODE_INTEGRITY)
		return;
	next_gpa = 0;
	is_renewing = true;
}

FEATURE(HOOK(needs), HOOK(prepare), NONE, HOOK(apply), HOOK(forget), NONE);

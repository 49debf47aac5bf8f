// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier at work on this kernel: what it knows, and what stands in code at present. All under
 * the host's lock.
 */
#include "code_map.h"
#include "feature.h"
#include "module_table.h"
#include "patches.h"
#include "../memory/pool.h"

static struct text text;

_Static_assert(TEXT_PROBES == SB_PROBES_MAX, "Linux refuses more");

/* For the verifier. A lie about a trampoline only says that other code is one. */
static bool read_code(void *context, u64 address, void *to, u32 size)
{
	return code_read(address, to, size);
}

static const struct sb_region *region_of(void *context, u64 address)
{
	return code_region(address);
}

static u32 mode_of(void *context, u32 policy)
{
	return policy_mode(policy);
}

#define PATCH_PAGES ((TEXT_PATCHES * sizeof(struct text_patch) + SB_PAGE_SIZE - 1) / SB_PAGE_SIZE)

/* Return: false if the pool has no room for the table of patches. */
bool patches_init(void)
{
	const struct sb_facts *f = facts();

	if (text.patch)
		return true;
	text.patch = pool_pages(PATCH_PAGES, SB_POOL_RESERVE);
	text.read = read_code;
	text.region_of = region_of;
	text.mode = mode_of;
	copy_bytes(text.unaligned, f->unaligned, sizeof(text.unaligned));
	text.module_space = f->module_space.start;
	text.module_space_end = f->module_space.end;
	text.ftrace_caller = f->ftrace_caller.start;
	text.ftrace_caller_op = f->ftrace_caller.end;
	text.ftrace_regs_caller = f->ftrace_regs_caller.start;
	text.ftrace_regs_caller_op = f->ftrace_regs_caller.end;
	text.optprobe = f->optprobe;
	text.optprobe_clac = f->optprobe_clac;
	text.optprobe_val = f->optprobe_val;
	return text.patch;
}

static void count_probes(void)
{
	if (status()->probes != text.nr_probes)
		WRITE_ONCE(status()->probes, text.nr_probes);
}

void patches_forget(u64 start, u64 end)
{
	if (text.patch)
		text_forget(&text, start, end);
	count_probes();
}

/*
 * Code that is protected already, or that never is. The pages of a new module are not, until it was
 * said which kprobes stand there.
 */
static bool adopts_nothing(u64 address)
{
	const struct sb_region *region = code_region(address);

	if (region == &facts()->text)
		return policy_mode(SHADOW_BOX_POLICY_KERNEL_TEXT);
	return !region || (module_gpa(address) && policy_mode(SHADOW_BOX_POLICY_MODULE_TEXT));
}

/*
 * SB_HYPERCALL_STANDING: only while code is not protected, for what it says is taken on trust.
 */
u64 patches_adopt(u64 page, u64 count)
{
	const struct sb_standing *from;
	u64 i;

	if (count > SB_PAGE_SIZE / sizeof(*from))
		return SB_ERROR_ARGUMENT;
	if (!patches_init())
		return SB_ERROR_MEMORY;
	from = ram(page, count * sizeof(*from));
	if (!from)
		return SB_ERROR_ARGUMENT;
	for (i = 0; i < count; i++) {
		struct sb_standing standing;

		copy_bytes(&standing, &from[i], sizeof(standing));
		/*
		 * One that does not stand, or stands where something else is patched, is left out.
		 */
		if (!adopts_nothing(standing.address) && !text_adopt(&text, &standing) &&
		    text.nr_probes == TEXT_PROBES)
			return SB_ERROR_FULL;
	}
	count_probes();
	return 0;
}

/* text_verify() on the host's own account of what stands. */
void patches_verify(const struct text_write *write, u32 policy, struct text_verdict *verdict)
{
	text_verify(&text, write, policy, verdict);
	count_probes();
}

/* What stands in code while nobody looks is unknown afterwards. */
static __used void forget(u32 policy, u32 mode)
{
	const struct sb_region *kernel = &facts()->text;
	const struct sb_extent *others = &facts()->module_space;

	if (mode != SHADOW_BOX_MODE_OFF)
		return;
	if (policy == SHADOW_BOX_POLICY_KERNEL_TEXT)
		patches_forget(kernel->start, kernel->end);
	else if (policy == SHADOW_BOX_POLICY_MODULE_TEXT)
		patches_forget(others->start, others->end);
}

FEATURE(NONE, HOOK(patches_init), NONE, NONE, HOOK(forget), NONE);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test builds: how long the host stayed, by exit reason and hypercall, and what leaves the EPT is
 * made of. For machines with one CPU: there a tick of Bochs is an instruction, and nobody else
 * counts.
 */
#include "../host.h"
#include "../memory/pool.h"

static struct stays {
	u32 count, min, max;
	u32 bucket[SB_STAY_BUCKETS];
} stays[SB_STAY_KINDS];

/* To be asked before the exit is handled: RAX tells which hypercall it is. */
u32 stay_kind(const struct sb_regs *regs, u32 reason)
{
	u32 basic = reason & EXIT_REASON_BASIC;

	if (basic == EXIT_REASON_VMCALL && ((u32)regs->rax & 0xffff0000) == SB_HYPERCALL)
		return SB_STAY_HYPERCALL + (regs->rax & 31);
	return basic < SB_EXIT_REASONS ? basic : SB_EXIT_REASONS - 1;
}

static u32 bucket_of(u32 ticks)
{
	u32 power, bucket;

	if (ticks < 4)
		return ticks;
	power = 31 - __builtin_clz(ticks);
	bucket = (power - 1) * 4 + (ticks >> (power - 2) & 3);
	return bucket < SB_STAY_BUCKETS ? bucket : SB_STAY_BUCKETS - 1;
}

void note_stay(u32 kind, u32 ticks)
{
	struct stays *s = &stays[kind];

	if (!s->count || ticks < s->min)
		s->min = ticks;
	if (ticks > s->max)
		s->max = ticks;
	s->count++;
	s->bucket[bucket_of(ticks)]++;
}

/* SB_HYPERCALL_STAYS */
u64 tell_stay(u32 kind, u32 what)
{
	const struct stays *s = &stays[kind];

	if (kind >= SB_STAY_KINDS || what >= SB_STAY_BUCKET + SB_STAY_BUCKETS)
		return SB_ERROR_ARGUMENT;
	switch (what) {
	case 0: return s->count;
	case 1: return s->min;
	case 2: return s->max;
	}
	return what < SB_STAY_BUCKET ? SB_ERROR_ARGUMENT : s->bucket[what - SB_STAY_BUCKET];
}

static u32 leaf_level(u64 gpa)
{
	const u64 *table = pool_virt(facts()->ept_root);
	u32 level;

	for (level = 4; table && level > 1; level--) {
		u64 entry = table[gpa >> (12 + 9 * (level - 1)) & 511];

		if (entry & EPT_LEAF || !(entry & EPT_RWX))
			return level;
		table = pool_virt(entry & 0x000ffffffffff000ull);
	}
	return 1;
}

/* SB_HYPERCALL_LEAVES */
u64 count_leaves(u32 level)
{
	const struct sb_facts *f = facts();
	u64 pages = 0, gpa;
	u32 i;

	for (i = 0; i < f->nr_ram; i++)
		for (gpa = f->ram[i].start; gpa < f->ram[i].end; gpa += SB_PAGE_SIZE)
			pages += leaf_level(gpa) == level;
	return pages;
}

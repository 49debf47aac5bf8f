// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to memory of the host: to what it lets the guest read (the counters, both event rings, the status
 * page; those of a CPU from that CPU), and to every page there is, the first reports among them.
 */
#include <linux/irqflags.h>
#include <linux/ktime.h>

#include "linux/state.h"

#include "attack.h"

static const struct sb_world *world(void)
{
	const struct sb_core *core = (void *)attack_symbol("sb_core");

	return core && core->active ? &core->world : NULL;
}

static const struct sb_vcpu *vcpu(void)
{
	const struct sb_world *w = world();
	u32 i;

	for (i = 0; w && i < w->nr_vcpus; i++)
		if (w->vcpu[i].cpu == raw_smp_processor_id())
			return &w->vcpu[i];
	return NULL;
}

static enum verdict change(const u64 *what)
{
	return attack_write((void *)what, what, ~*what, sizeof(*what));
}

static enum verdict counters(void)
{
	const struct sb_vcpu *v = vcpu();

	/* Nobody counts this one up meanwhile. */
	return v ? change(&v->counters->nmi_coalesced) : ATTACK_FAILED;
}

/* The newest record: that of the last violation, which is to vanish. */
static enum verdict newest(const struct sb_ring *ring)
{
	return change(&ring->event[(ring->head + SB_RING_RECORDS - 1) % SB_RING_RECORDS].seq);
}

static enum verdict ring(void)
{
	const struct sb_vcpu *v = vcpu();

	return v ? newest(v->ring) : ATTACK_FAILED;
}

static enum verdict violations(void)
{
	const struct sb_vcpu *v = vcpu();

	return v ? newest(v->violations) : ATTACK_FAILED;
}

static enum verdict status(void)
{
	const struct sb_world *w = world();

	return w ? change((const u64 *)&w->status->mode) : ATTACK_FAILED;
}

/* In each page the last word, which in those that can be read nobody else changes. */
static enum verdict every_page(void)
{
	const struct sb_world *w = world();
	enum verdict v = ATTACK_FAILED, all = ATTACK_FAILED;
	u32 i, page;

	for (i = 0; w && i < w->memory.nr_blocks; i++) {
		for (page = 0; page < SB_BLOCK_PAGES; page++) {
			v = change((u64 *)(w->memory.block[i].virt + (page + 1) * PAGE_SIZE) - 1);
			if (v != all && all != ATTACK_FAILED)
				return ATTACK_HALF;
			all = v;
		}
	}
	return all;
}

static const struct attack_choice choices[] = {
	{ "counters", counters },
	{ "ring", ring },
	{ "violations", violations },
	{ "status", status },
	{ "every_page", every_page },
};

ATTACK_CHOICE(choices, "memory of the host");

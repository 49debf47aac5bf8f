// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows Linux a host of the attacker's own: copies of the counters, the rings, the first reports and the
 * status page, as they are now, take the place of the real ones in Shadow-box's own structures, which are
 * Linux's memory. From then on nothing happens any more, as far as Linux sees. They stay when this module
 * goes.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "linux/state.h"

#include "attack.h"

#define FAKE(pointer, size)						\
	do {								\
		void *copy_ = kmemdup((const void *)(pointer), size, GFP_KERNEL); \
									\
		if (!copy_)						\
			return -ENOMEM;					\
		(pointer) = copy_;					\
	} while (0)

static int fake(struct sb_world *world)
{
	u32 i;

	for (i = 0; i < world->nr_vcpus; i++) {
		FAKE(world->vcpu[i].counters, PAGE_SIZE);
		FAKE(world->vcpu[i].ring, sizeof(struct sb_ring));
		FAKE(world->vcpu[i].violations, sizeof(struct sb_ring));
	}
	FAKE(world->reports, sizeof(struct sb_reports));
	FAKE(world->status, PAGE_SIZE);
	return 0;
}

static int fake_all(void)
{
	struct sb_core *core = (void *)attack_symbol("sb_core");

	return core && core->active ? fake(&core->world) : -ENODEV;
}

ATTACK_MODULE(fake_all(), "rings of the attacker's own");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features: the mechanisms that policies are made of. Each registers itself in a table that the
 * linker puts together, with the hooks that it has; nothing else names it.
 */
#ifndef SB_HOST_POLICY_FEATURE_H
#define SB_HOST_POLICY_FEATURE_H

#include "../host.h"

/**
 * struct feature - the hooks of a mechanism, each the distance to a function, or 0
 * @needs: bool (struct sb_cpu *cpu, u32 policy): this CPU can do what the policy needs
 * @prepare: bool (void): what setting a policy takes is there; false if the pool is used up. It is
 *	called before anything changes
 * @apply_cpu: void (struct sb_cpu *cpu): have this CPU's VMCS follow the policies
 * @apply_shared: bool (void): have what all CPUs share follow the policies: pages of the EPT, the
 *	MSR bitmap. Returns false if there is more to do: it is called again
 * @forget: void (u32 policy, u32 mode): the mode of a policy has just changed
 * @tick: void (struct sb_cpu *cpu): a CPU calls SYNC, which Linux has every CPU do within 100 ms as
 *	long as pages are open
 *
 * All are called under the host's lock. The image has no relocations, so that it can hold distances
 * but no addresses.
 */
struct feature {
	int needs;
	int prepare;
	int apply_cpu;
	int apply_shared;
	int forget;
	int tick;
};

#define HOOK(function)	"\t.long " #function " - .\n"
#define NONE		"\t.long 0\n"

#define FEATURE(needs, prepare, apply_cpu, apply_shared, forget, tick)	\
	asm(".pushsection features, \"a\"\n"				\
	    needs prepare apply_cpu apply_shared forget tick		\
	    ".popsection\n")

bool features_have(struct sb_cpu *cpu, u32 policy);
bool features_prepare(void);
void features_apply_cpu(struct sb_cpu *cpu);
bool features_apply_shared(void);
void features_forget(u32 policy, u32 mode);
void features_tick(struct sb_cpu *cpu);

#endif

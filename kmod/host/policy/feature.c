// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the hooks of all features, in the order in which they were linked. All under the host's lock.
 */
#include "feature.h"

extern const struct feature __start_features[], __stop_features[];

#define for_each_feature(f) for (f = __start_features; f < __stop_features; f++)

/* The function of a hook, which is as far from it as it says; NULL if there is none. */
static void *function_of(const int *hook)
{
	return *hook ? (u8 *)hook + *hook : NULL;
}

bool features_have(struct sb_cpu *cpu, u32 policy)
{
	const struct feature *f;

	for_each_feature(f) {
		bool (*needs)(struct sb_cpu *cpu, u32 policy) = function_of(&f->needs);

		if (needs && !needs(cpu, policy))
			return false;
	}
	return true;
}

bool features_prepare(void)
{
	const struct feature *f;

	for_each_feature(f) {
		bool (*prepare)(void) = function_of(&f->prepare);

		if (prepare && !prepare())
			return false;
	}
	return true;
}

void features_apply_cpu(struct sb_cpu *cpu)
{
	const struct feature *f;

	for_each_feature(f) {
		void (*apply)(struct sb_cpu *cpu) = function_of(&f->apply_cpu);

		if (apply)
			apply(cpu);
	}
}

/* Return: whether all are done. */
bool features_apply_shared(void)
{
	const struct feature *f;
	bool done = true;

	for_each_feature(f) {
		bool (*apply)(void) = function_of(&f->apply_shared);

		if (apply && !apply())
			done = false;
	}
	return done;
}

void features_forget(u32 policy, u32 mode)
{
	const struct feature *f;

	for_each_feature(f) {
		void (*forget)(u32 policy, u32 mode) = function_of(&f->forget);

		if (forget)
			forget(policy, mode);
	}
}

void features_tick(struct sb_cpu *cpu)
{
	const struct feature *f;

	for_each_feature(f) {
		void (*tick)(struct sb_cpu *cpu) = function_of(&f->tick);

		if (tick)
			tick(cpu);
	}
}

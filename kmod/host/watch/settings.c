// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of the kernel that open it up: their values when the policy was switched on, and now. What
 * differs in two sweeps in a row is reported, and is what counts from then on.
 */
#include "../policy/feature.h"
#include "watch.h"

/* Values one after another, in the order of the facts. */
static u8 known[SB_SETTINGS_BYTES];
static u32 readable, differing;	/* a bit for each setting */

/* @size bytes at @from become those at @to. Returns whether they can be read. */
static bool read_setting(struct slice *slice, const struct sb_setting *s, void *to)
{
	return slice_read(slice, s->address, to, s->size);
}

/* What follows the end of a string is nobody's value. */
static u32 first_difference(const struct sb_setting *s, const u8 *a, const u8 *b)
{
	u32 i;

	for (i = 0; i < s->size && a[i] == b[i]; i++)
		if (s->is_text && !a[i])
			return s->size;
	return i;
}

static void report(struct sb_cpu *cpu, const struct sb_setting *s, const u8 *old, const u8 *new,
		   u32 difference)
{
	u32 from = difference & ~15u, size = s->size - from;

	violation(cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_GLOBALS, .why = SHADOW_BOX_WHY_CHANGED,
		.subject = SHADOW_BOX_SUBJECT_SETTING, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_name = s->name, .object = s->address + from,
		.size = size < 16 ? size : 16, .old = old + from, .new = new + from });
}

static void compare(struct slice *slice, u32 i, u8 *old)
{
	const struct sb_setting *s = &facts()->setting[i];
	u8 new[SB_SETTING_MAX];
	u32 difference;
	bool again;

	if (!(readable >> i & 1) || !read_setting(slice, s, new))
		return;
	looked_at(SHADOW_BOX_POLICY_GLOBALS, 1);
	difference = first_difference(s, old, new);
	again = differing >> i & 1;
	differing &= ~(1u << i);
	if (difference == s->size)
		return;
	found_odd(SHADOW_BOX_POLICY_GLOBALS);
	if (!again) {
		differing |= 1u << i;
		return;
	}
	report(slice->cpu, s, old, new, difference);
	copy_bytes(old, new, s->size);
}

/* All of them in one stay: they are a few dozen. */
bool settings_look(struct slice *slice)
{
	u8 *old = known;
	u32 i;

	if (!is_watched(SHADOW_BOX_POLICY_GLOBALS))
		return true;
	for (i = 0; i < facts()->nr_settings; old += facts()->setting[i++].size)
		compare(slice, i, old);
	return true;
}

/* Called where the guest's page tables are those of whoever switches the policy on: the kernel's. */
static void capture(void)
{
	struct slice slice = { .left = 0 };
	u8 *value = known;
	u32 i;

	readable = differing = 0;
	for (i = 0; i < facts()->nr_settings; value += facts()->setting[i++].size)
		if (read_setting(&slice, &facts()->setting[i], value))
			readable |= 1u << i;
}

static __used void forget(u32 policy, u32 mode)
{
	if (policy == SHADOW_BOX_POLICY_GLOBALS && mode != SHADOW_BOX_MODE_OFF)
		capture();
}

FEATURE(NONE, NONE, NONE, NONE, HOOK(forget), NONE);

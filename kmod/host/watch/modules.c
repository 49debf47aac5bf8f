// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules: what was announced and is not going must be on the kernel's list, for a module leaves the list
 * only after it was said to go. One that is missing in two sweeps in a row has hidden itself. All under
 * the host's lock.
 */
#include "../policy/feature.h"
#include "../policy/module_table.h"
#include "watch.h"

/* Looking a module up by its address costs as much as a step for each so many entries of the table. */
#define LOOKUPS_PER_STEP 32

/* Entries of the list until it is no list any more. */
#define ENTRIES_MAX (2 * MODULES)

/* A stay may take so many steps more, to end at a module that is known. */
#define STEPS_BEYOND 16

#define NOBODY MODULES

/**
 * struct list_walk - how far the list has been walked
 * @begun: it goes on after @last
 * @entry: the address of the next entry
 * @entries: how many there were
 * @last: number of the module whose entry was the last: as long as it is not going, its entry stays
 *	where it is
 */
static struct list_walk {
	bool begun;
	u64 entry;
	u32 entries;
	u32 last;
} walk;

static bool is_there(const struct module *m)
{
	return m && m->state <= PROTECTED;
}

/* Modules mostly come in the order in which they were announced. */
static u32 number_of(struct slice *slice, u64 address, u32 guess)
{
	u32 i;

	for (i = 0; i < nr_modules; i++) {
		u32 number = (guess + i) % nr_modules;

		if (is_there(modules[number]) && modules[number]->address == address)
			break;
	}
	slice->left -= i / LOOKUPS_PER_STEP;
	return i < nr_modules ? (guess + i) % nr_modules : NOBODY;
}

static void report(struct sb_cpu *cpu, const struct module *m)
{
	violation(cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_MODULES, .why = SHADOW_BOX_WHY_UNLISTED,
		.subject = SHADOW_BOX_SUBJECT_MODULE, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_name = m->name, .object = m->region.start });
}

/* Missed in so many sweeps in a row it is hidden; it is reported at the last of them. */
#define HIDDEN	2

static void miss(struct sb_cpu *cpu, struct module *m)
{
	found_odd(SHADOW_BOX_POLICY_MODULES);
	if (m->missed == HIDDEN)
		return;
	m->missed++;
	if (m->missed == HIDDEN)
		report(cpu, m);
}

/* Those that the walk has not met. One that came while it went on is met by the next. */
static void judge(struct sb_cpu *cpu)
{
	u32 i;

	for (i = 0; i < nr_modules; i++) {
		struct module *m = modules[i];

		if (!is_there(m))
			continue;
		looked_at(SHADOW_BOX_POLICY_MODULES, 1);
		if (m->is_met || m->is_new)
			m->missed = 0;
		else
			miss(cpu, m);
		m->is_met = m->is_new = false;
	}
}

static void begin(void)
{
	u32 i;

	walk = (struct list_walk){ .begun = true, .entry = facts()->modules, .last = NOBODY };
	for (i = 0; i < nr_modules; i++)
		if (modules[i])
			modules[i]->is_met = modules[i]->is_new = false;
}

static bool give_up(void)
{
	WRITE_ONCE(status()->sweeps_aborted, status()->sweeps_aborted + 1);
	walk.begun = false;
	return true;
}

/**
 * modules_look() - go through the kernel's list of modules
 * @slice: of this stay
 *
 * Whose pointers are approved depends on it as well. A stay ends only at an entry that is sure to be there when the next one goes on.
 *
 * Return: whether all has been looked at.
 */
bool modules_look(struct slice *slice)
{
	if (!is_watched(SHADOW_BOX_POLICY_MODULES) && !is_watched(SHADOW_BOX_POLICY_POINTERS))
		return true;
	if (!walk.begun)
		begin();
	else if (!is_there(module_at(walk.last)))
		return give_up();
	do {
		if (walk.entries++ > ENTRIES_MAX || slice->left < -STEPS_BEYOND ||
		    !slice_read(slice, walk.entry, &walk.entry, sizeof(walk.entry)))
			return give_up();
		if (walk.entry == facts()->modules) {
			judge(slice->cpu);
			walk.begun = false;
			return true;
		}
		walk.last = number_of(slice, walk.entry - facts()->module_list,
				      walk.last == NOBODY ? 0 : walk.last + 1);
		if (walk.last != NOBODY)
			modules[walk.last]->is_met = true;
	} while (slice->left > 0 || walk.last == NOBODY);
	return false;
}

/* Who hides already, which the policy pointers may have had looked at, is to be reported. */
static __used void forget(u32 policy, u32 mode)
{
	u32 i;

	for (i = 0; policy == SHADOW_BOX_POLICY_MODULES && i < nr_modules; i++)
		if (modules[i])
			modules[i]->missed = 0;
}

FEATURE(NONE, NONE, NONE, NONE, HOOK(forget), NONE);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose hooks events are about. When the host sees a hook, a worker or the kernel's memcpy() writes
 * it. So each is noted when the kernel is asked for it (asked.c), by the thread that asks; and when the event
 * is passed on, the note is found by that thread or by the hooked code. It is as true as Linux is:
 * the host verifies none of it.
 */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../../uapi/shadow_box.h"
#include "../channel/events.h"
#include "hooks.h"

/* The newest ones that are kept. */
#define HOOKS 512

/* A patch at a hooked address begins there, or a little behind it: ENDBR, the breakpoint's byte. */
#define HOOK_BYTES 16

/* Guards the rest. Taken in a breakpoint's handler: it does not sleep on any kernel. */
static DEFINE_RAW_SPINLOCK(lock);
static struct sb_hook hooks[HOOKS];
static u64 nr_hooks;

/**
 * sb_hook_note() - remember a hook that the kernel is asked for
 * @hook: the hook
 *
 * Context: any but NMI.
 */
void sb_hook_note(const struct sb_hook *hook)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	hooks[nr_hooks++ % HOOKS] = *hook;
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* From now on no hook is remembered. */
void sb_hooks_forget(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	nr_hooks = 0;
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Breakpoints are known by their address, for a worker may write the jump; others by the thread. */
static bool is_about(const struct sb_hook *hook, const struct sb_event *event)
{
	bool is_there = hook->address && event->object - hook->address < HOOK_BYTES;

	if (!(hook->policies >> event->policy & 1) || hook->tsc > event->tsc)
		return false;
	return is_there || (event->policy != SHADOW_BOX_POLICY_KPROBES && hook->pid == event->pid);
}

/* The last hook that was asked for before the event and explains it. */
static bool find(const struct sb_event *event, struct sb_hook *hook)
{
	unsigned long flags;
	bool found = false;
	u64 i, n;

	raw_spin_lock_irqsave(&lock, flags);
	n = min_t(u64, nr_hooks, HOOKS);
	for (i = 1; i <= n && !found; i++) {
		*hook = hooks[(nr_hooks - i) % HOOKS];
		found = is_about(hook, event);
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return found;
}

/* 0: nobody's that has a name. */
static u32 kind_of(const struct sb_hook *hook, const char *function)
{
	if (hook->program)
		return SHADOW_BOX_OWNER_PROGRAM;
	if (strchr(function, '['))
		return SHADOW_BOX_OWNER_MODULE;
	return *function ? SHADOW_BOX_OWNER_KERNEL : 0;
}

static bool is_about_hooks(const struct sb_event *event)
{
	return event->type == SHADOW_BOX_EVENT_VIOLATION && sb_event_has_offender(event) &&
	       (event->policy == SHADOW_BOX_POLICY_KPROBES ||
		event->policy == SHADOW_BOX_POLICY_FTRACE ||
		event->policy == SHADOW_BOX_POLICY_BPF);
}

/**
 * sb_hook_owner() - whose hook an event is about
 * @event: the event
 * @owner: filled in
 *
 * Context: as sb_name_event().
 */
void sb_hook_owner(const struct sb_event *event, struct sb_owner *owner)
{
	struct sb_hook hook;
	u32 i;

	memset(owner, 0, sizeof(*owner));
	if (!is_about_hooks(event) || !find(event, &hook))
		return;
	sb_name_address(hook.function, hook.tsc, owner->function);
	owner->kind = kind_of(&hook, owner->function);
	if (!hook.program)
		return;
	owner->program = hook.program;
	memcpy(owner->program_name, hook.program_name, SB_PROGRAM_NAME_SIZE);
	for (i = 0; i < SB_PROGRAM_TAG_SIZE; i++)
		scnprintf(owner->program_tag + 2 * i, 3, "%02x", hook.program_tag[i]);
}

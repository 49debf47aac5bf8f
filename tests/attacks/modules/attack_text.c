// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a byte of the kernel's code: with CR0.WP clear, through its page-table entry made writable,
 * through the direct map, through a mapping of its own, or by an instruction that is none of a patch; and
 * where an exception would halt the machine: while all CPUs are stopped, with a lock held.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/stop_machine.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "attack.h"

static enum verdict flip(u8 *where, const u8 *what)
{
	return attack_write(where, what, *what ^ 1, 1);
}

/* Not by write_cr0(), which keeps WP set. */
static void load_cr0(unsigned long cr0)
{
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
}

static enum verdict with_wp_clear(void)
{
	u8 *text = attack_cold_text();
	unsigned long flags, cr0, cr4;
	enum verdict v;

	local_irq_save(flags);
	cr4 = attack_clear_cet();
	cr0 = read_cr0();
	load_cr0(cr0 & ~X86_CR0_WP);
	v = flip(text, text);
	load_cr0(cr0);
	attack_restore_cr4(cr4);
	local_irq_restore(flags);
	return v;
}

static enum verdict through_mapping(u8 *where, const u8 *text)
{
	unsigned long flags;
	enum verdict v;
	bool was;

	local_irq_save(flags);
	was = attack_set_writable(where, true);
	v = flip(where, text);
	attack_set_writable(where, was);
	local_irq_restore(flags);
	return v;
}

static enum verdict through_pte(void)
{
	u8 *text = attack_cold_text();

	return through_mapping(text, text);
}

/* Linux makes the direct map of its code read-only as well. */
static enum verdict through_direct_map(void)
{
	u8 *text = attack_cold_text();

	return through_mapping(__va(__pa_symbol(text)), text);
}

static enum verdict through_vmap(void)
{
	u8 *text = attack_cold_text(), *alias = attack_alias(text);
	enum verdict v;

	if (!alias)
		return ATTACK_FAILED;
	v = flip(alias, text);
	attack_unalias(alias);
	return v;
}

/* Not prepared for an exception: who gets one dies, and with it what waits for it. */
static enum verdict flip_blindly(u8 *alias, const u8 *text)
{
	u8 old = READ_ONCE(*text), now;

	WRITE_ONCE(*alias, old ^ 1);
	now = READ_ONCE(*text);
	if (now == old)
		return ATTACK_DISCARDED;
	WRITE_ONCE(*alias, old);
	return now == (old ^ 1) && READ_ONCE(*text) == old ? ATTACK_DONE : ATTACK_HALF;
}

static int flip_stopped(void *alias)
{
	return flip_blindly(alias, attack_cold_text());
}

/* By the thread of this CPU that stops the others. */
static enum verdict with_all_stopped(void)
{
	u8 *alias = attack_alias(attack_cold_text());
	enum verdict v;

	if (!alias)
		return ATTACK_FAILED;
	v = stop_machine(flip_stopped, alias, cpumask_of(raw_smp_processor_id()));
	attack_unalias(alias);
	return v;
}

static enum verdict with_lock_held(void)
{
	struct mutex *text_mutex = (void *)attack_symbol("text_mutex");
	u8 *text = attack_cold_text(), *alias = attack_alias(text);
	enum verdict v;

	if (!alias || !text_mutex)
		return ATTACK_FAILED;
	mutex_lock(text_mutex);
	v = flip_blindly(alias, text);
	mutex_unlock(text_mutex);
	attack_unalias(alias);
	return v;
}

/*
 * Not by MOV, as the kernel patches: the host cannot make this write itself. In log mode it opens the page for
 * a moment, in which it sees no more writes; this one waits until the last such moment is over.
 */
static enum verdict by_xor(void)
{
	u8 *text = attack_cold_text(), *alias = attack_alias(text);
	u64 vector = ATTACK_NO_FAULT;
	unsigned long flags;
	u8 old, now;

	if (!alias)
		return ATTACK_FAILED;
	msleep(500);
	local_irq_save(flags);
	old = READ_ONCE(*text);
	ATTACK_TRY(vector, "lock xorb $1, (%[to])", [to] "r" (alias));
	now = READ_ONCE(*text);
	if (now != old)
		ATTACK_TRY(vector, "lock xorb $1, (%[to])", [to] "r" (alias));
	local_irq_restore(flags);
	attack_unalias(alias);
	if (now == old)
		return attack_fault(vector);
	return now == (old ^ 1) && READ_ONCE(*text) == old ? ATTACK_DONE : ATTACK_HALF;
}

static const struct attack_choice choices[] = {
	{ "wp", with_wp_clear },
	{ "pte", through_pte },
	{ "direct", through_direct_map },
	{ "vmap", through_vmap },
	{ "xor", by_xor },
	{ "stopped", with_all_stopped },
	{ "locked", with_lock_held },
};

ATTACK_CHOICE(choices, "a byte of the kernel's code");

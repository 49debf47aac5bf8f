// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes: breakpoints where no site is, for as long as somebody wants them, and the jumps they
 * become.
 */
#include "../insn.h"
#include "parts.h"

#define DS	0x3e
#define LOCK	0xf0

/* How an optimised kprobe's slot begins: with the template, in which a NOP may have become CLAC. */
static bool is_slot(const struct text *text, u64 address)
{
	static const u8 clac[] = { 0x0f, 0x01, 0xca };
	u8 slot[TEMPLATE_MAX], template[TEMPLATE_MAX];
	u32 size = text->optprobe_val, at = text->optprobe_clac;

	if (!text->optprobe || size > TEMPLATE_MAX || size < sizeof(clac) ||
	    at > size - sizeof(clac) || !is_outside(text, address, size) ||
	    !text->read(text->context, text->optprobe, template, size) ||
	    !text->read(text->context, address, slot, size))
		return false;
	return equal(slot, template, at) &&
	       (equal(slot + at, template + at, sizeof(clac)) ||
		equal(slot + at, clac, sizeof(clac))) &&
	       equal(slot + at + sizeof(clac), template + at + sizeof(clac),
		     size - at - sizeof(clac));
}

static bool is_slot_jump(const struct text *text, u64 address, const u8 *tail)
{
	return is_slot(text, branch_target(tail, address + 1, 4));
}

/*
 * Whether the jump of an optimised kprobe, or what stands in for it, covers @address from before.
 */
static bool is_covered(struct text *text, u64 address)
{
	u32 i;

	for (i = 1; i < PROBE_SIZE; i++) {
		struct text_patch *patch = patch_standing(text, address - i);

		if (patch && patch->size > i)
			return true;
	}
	return false;
}

static bool is_any_within(struct text *text, u64 address, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (patch_standing(text, address + i))
			return true;
	return false;
}

static void verify_new_probe(struct text *text, u64 address, u8 now, struct text_verdict *verdict)
{
	if (is_covered(text, address))
		refuse(verdict, SHADOW_BOX_WHY_BYTES);
	else if (is_denied(text, SHADOW_BOX_POLICY_KPROBES))
		deny(verdict, SHADOW_BOX_POLICY_KPROBES);
	else if (patch_save(text, address, &now, 1, true))
		allow_as(text, verdict, SHADOW_BOX_POLICY_KPROBES);
	else
		refuse(verdict, SHADOW_BOX_WHY_FULL);
}

static bool is_jump_ready(const struct text *text, const struct text_patch *patch)
{
	u8 tail[PROBE_SIZE - 1];

	return patch->size == PROBE_SIZE &&
	       text->read(text->context, patch->address + 1, tail, sizeof(tail)) &&
	       is_slot_jump(text, patch->address, tail);
}

/*
 * What was taken for a kprobe was the first step of some other patch, whose last one is refused: its
 * breakpoint does not stay, for nobody would know what to do when it is hit. A kprobe is not lifted so.
 */
static void undo(struct text *text, struct text_patch *patch, struct text_verdict *verdict)
{
	if (patch->size != 1)
		return;
	verdict->restore.address = patch->address;
	verdict->restore.size = 1;
	verdict->restore.bytes[0] = patch->saved[0];
	patch_remove(text, patch);
}

/*
 * The first byte of a kprobe that stands. A jump is only lifted by way of the breakpoint and the
 * old tail: while the entry has five bytes, the tail is not the old one.
 */
static void verify_probe_byte(struct text *text, struct text_patch *patch, u8 byte,
			      struct text_verdict *verdict)
{
	if (byte == INT3) {
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else if (byte == patch->saved[0] && patch->size == 1) {
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
		patch_remove(text, patch);
	} else if (byte == JMP && is_denied(text, SHADOW_BOX_POLICY_KPROBES)) {
		deny(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else if (byte == JMP && is_jump_ready(text, patch)) {
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else {
		refuse(verdict, byte == patch->saved[0] || byte == JMP ? SHADOW_BOX_WHY_ORDER :
									 SHADOW_BOX_WHY_BYTES);
		undo(text, patch, verdict);
	}
}

/* One CPU's kernel gets a second one: LOCK, which is never taken away again. */
static bool is_locking(const struct sb_region *region, u64 address, u8 now, u8 byte)
{
	return now == DS && byte == LOCK && is_lock_site(region, address);
}

void verify_byte(struct text *text, const struct sb_region *region, const struct text_write *write,
		 struct text_verdict *verdict)
{
	struct text_patch *patch = patch_standing(text, write->address);
	u8 byte = write->bytes[0], now;

	if (!text->read(text->context, write->address, &now, 1))
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	else if (byte == now)
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
	else if (is_locking(region, write->address, now, byte))
		allow(verdict, NO_POLICY);
	else if (patch && patch->is_kprobe)
		verify_probe_byte(text, patch, byte, verdict);
	else if (byte == INT3 && !patch)
		verify_new_probe(text, write->address, now, verdict);
	else if (byte == JMP && is_denied(text, SHADOW_BOX_POLICY_KPROBES))
		deny(verdict, SHADOW_BOX_POLICY_KPROBES); /* of a kprobe whose INT3 was denied */
	else
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
}

/*
 * The four bytes after a kprobe's breakpoint: the distance to a slot, or what was there before.
 * @is_free: no other kprobe stands there.
 */
static void verify_probe_tail(struct text *text, struct text_patch *patch, const u8 *now,
			      const u8 *tail, bool is_free, struct text_verdict *verdict)
{
	if (now[0] != INT3) {
		refuse(verdict, SHADOW_BOX_WHY_ORDER);
	} else if (patch->size == PROBE_SIZE && equal(tail, patch->saved + 1, PROBE_SIZE - 1)) {
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
		patch->size = 1;
	} else if (!is_slot_jump(text, patch->address, tail)) {
		refuse(verdict, SHADOW_BOX_WHY_TARGET);
	} else if (!is_free) {
		refuse(verdict, SHADOW_BOX_WHY_BYTES);
	} else if (is_denied(text, SHADOW_BOX_POLICY_KPROBES)) {
		deny(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else {
		allow_as(text, verdict, SHADOW_BOX_POLICY_KPROBES);
		if (patch->size == 1)
			copy_bytes(patch->saved + 1, now + 1, PROBE_SIZE - 1);
		patch->size = PROBE_SIZE;
	}
}

void verify_word(struct text *text, const struct text_write *write, struct text_verdict *verdict)
{
	u64 address = write->address - 1;
	/* First, for it can drop entries and so move the others. */
	bool is_free = !is_any_within(text, write->address, PROBE_SIZE - 1);
	struct text_patch *patch = patch_standing(text, address);
	u8 now[PROBE_SIZE];

	if (!text->read(text->context, address, now, sizeof(now)))
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	else if (equal(write->bytes, now + 1, PROBE_SIZE - 1))
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
	else if (patch && patch->is_kprobe)
		verify_probe_tail(text, patch, now, write->bytes, is_free, verdict);
	else if (is_denied(text, SHADOW_BOX_POLICY_KPROBES) &&
		 is_slot_jump(text, address, write->bytes))
		deny(verdict, SHADOW_BOX_POLICY_KPROBES); /* of a kprobe whose INT3 was denied */
	else
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
}

/**
 * text_adopt() - take in a kprobe that stood when protection of code was switched on
 * @text: what the verifier stands on
 * @probe: the kprobe; what it replaced is taken on trust
 *
 * Context: under the host's lock.
 * Return: false if the code does not hold such a kprobe, or there is no room.
 */
bool text_adopt(struct text *text, const struct sb_standing *probe)
{
	const struct sb_region *region = text->region_of(text->context, probe->address);
	u32 size = probe->optimised ? PROBE_SIZE : 1;
	struct text_patch *known;
	struct site site;
	u8 now[PROBE_SIZE];

	if (!region || probe->address < region->start || probe->address >= region->end ||
	    size > region->end - probe->address ||
	    site_within(region, probe->address, probe->address + size, &site) ||
	    probe->original[0] == INT3 || is_covered(text, probe->address) ||
	    is_any_within(text, probe->address + 1, size - 1) ||
	    !text->read(text->context, probe->address, now, size) ||
	    now[0] != (probe->optimised ? JMP : INT3) ||
	    (probe->optimised && !is_slot_jump(text, probe->address, now + 1)))
		return false;
	known = patch_standing(text, probe->address);
	if (known)
		patch_remove(text, known);
	return patch_save(text, probe->address, probe->original, size, true);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what stands in code at present: open addressing, linear probing. No entry is further
 * than SEARCH_MAX from its home, for nothing puts it there and removal only moves entries towards
 * home.
 */
#include "../insn.h"
#include "parts.h"

#define SEARCH_MAX	(TEXT_PATCHES / 4)	/* steps of a search: more than kprobes alone can make it */

static u32 home_of(u64 address)
{
	return address * 0x9e3779b97f4a7c15ull >> 52 & (TEXT_PATCHES - 1);
}

static struct text_patch *patch_find(const struct text *text, u64 address)
{
	u32 i = home_of(address), n;

	for (n = 0; n < SEARCH_MAX; n++, i = (i + 1) & (TEXT_PATCHES - 1)) {
		if (text->patch[i].address == address)
			return &text->patch[i];
		if (!text->patch[i].address)
			break;
	}
	return NULL;
}

static bool is_in_modules(const struct text *text, u64 address)
{
	return address >= text->module_space && address < text->module_space_end;
}

/* One place stays free, so that every search and every removal comes to an end. */
static struct text_patch *patch_add(struct text *text, u64 address)
{
	u32 i = home_of(address), n;

	for (n = 0; n < SEARCH_MAX; n++, i = (i + 1) & (TEXT_PATCHES - 1)) {
		if (text->patch[i].address || text->nr_patches >= TEXT_PATCHES - 1)
			continue;
		text->patch[i].address = address;
		text->nr_patches++;
		text->nr_in_modules += is_in_modules(text, address);
		return &text->patch[i];
	}
	return NULL;
}

/* What lies behind the hole and would not be found across it moves into it. */
void patch_remove(struct text *text, struct text_patch *patch)
{
	u32 hole = patch - text->patch, i = hole;

	text->nr_probes -= patch->is_kprobe;
	text->nr_in_modules -= is_in_modules(text, patch->address);
	for (;;) {
		u32 home;

		i = (i + 1) & (TEXT_PATCHES - 1);
		if (!text->patch[i].address)
			break;
		home = home_of(text->patch[i].address);
		if (((i - home) & (TEXT_PATCHES - 1)) < ((i - hole) & (TEXT_PATCHES - 1)))
			continue;
		text->patch[hole] = text->patch[i];
		hole = i;
	}
	text->patch[hole].address = 0;
	text->nr_patches--;
}

/*
 * What stands at @address. Code that was not protected for a time, or written to all the same
 * because a policy only logs, can have lost its breakpoint: then the entry says nothing any more,
 * and goes. Other entries can move by that.
 */
struct text_patch *patch_standing(struct text *text, u64 address)
{
	struct text_patch *patch = patch_find(text, address);
	u8 byte;

	if (!patch)
		return NULL;
	if (text->read(text->context, address, &byte, 1) &&
	    (byte == INT3 || (byte == JMP && patch->is_kprobe && patch->size == PROBE_SIZE)))
		return patch;
	patch_remove(text, patch);
	return NULL;
}

struct text_patch *patch_save(struct text *text, u64 address, const u8 *bytes, u32 size,
			      bool is_kprobe)
{
	struct text_patch *patch;

	if (is_kprobe && text->nr_probes == TEXT_PROBES)
		return NULL;
	patch = patch_add(text, address);
	if (!patch)
		return NULL;
	text->nr_probes += is_kprobe;
	copy_bytes(patch->saved, bytes, size);
	patch->size = size;
	patch->is_kprobe = is_kprobe;
	return patch;
}

/* How many stand where @address is one of: the modules or the kernel. */
static u32 nr_around(const struct text *text, u64 address)
{
	return is_in_modules(text, address) ? text->nr_in_modules :
					      text->nr_patches - text->nr_in_modules;
}

/**
 * text_forget() - forget what stands in code that is gone
 * @text: what the verifier stands on
 * @start: linear address of its first byte; all of it is the kernel's or all of it is modules'
 * @end: linear address after its last byte
 *
 * Context: under the host's lock.
 */
void text_forget(struct text *text, u64 start, u64 end)
{
	u32 i = 0;

	/*
	 * What moves into the place of an entry that is dropped has to be looked at as well. Most
	 * modules go when nothing stands in any, and the table is long.
	 */
	while (i < TEXT_PATCHES && nr_around(text, start)) {
		u64 address = text->patch[i].address;

		if (address && address >= start && address < end)
			patch_remove(text, &text->patch[i]);
		else
			i++;
	}
}

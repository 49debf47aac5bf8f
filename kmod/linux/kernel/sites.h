/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gathering the places where Linux patches code, of the kernel or of a module.
 */
#ifndef SB_LINUX_SITES_H
#define SB_LINUX_SITES_H

#include <linux/jump_label.h>
#include <linux/static_call_types.h>

#include "../../abi/sites.h"

struct module;

/**
 * struct sb_sites - sites of one region
 * @start: linear address where the region starts, page-aligned
 * @end: where it ends, likewise
 * @site: the sites; ascending and without overlaps once sb_sites_finish() was called
 * @jump: what those of them do that are jump labels
 * @functions: bitmap of function entries (struct sb_region)
 * @nr: entries in @site
 * @nr_jumps: entries in @jump
 * @room: how many sites fit
 * @room_jumps: and how many entries in @jump
 * @unknown: places with an instruction that the kernel would not put there
 * @overlaps: sites left out as they overlap another
 * @key: address of the last key of which it was asked what it is; they come in a row
 * @key_flags: what it is (sb_key_flags())
 */
struct sb_sites {
	u64 start;
	u64 end;
	struct sb_site *site;
	struct sb_jump *jump;
	u8 *functions;
	u32 nr;
	u32 nr_jumps;
	u32 room;
	u32 room_jumps;
	u32 unknown;
	u32 overlaps;
	u64 key;
	u32 key_flags;
};

int sb_sites_room(struct sb_sites *sites, u32 room, u32 jumps);
void sb_sites_add(struct sb_sites *sites, u64 where, enum sb_site_kind kind, u32 operand);
void sb_sites_add_jump_labels(struct sb_sites *sites, const struct jump_entry *entry,
			      const struct jump_entry *end);
void sb_sites_add_static_calls(struct sb_sites *sites, const struct static_call_site *site,
			       const struct static_call_site *end);
void sb_sites_add_trampoline(struct sb_sites *sites, u64 where);
void sb_sites_add_mcount(struct sb_sites *sites, u64 where);
u32 sb_sites_count_locks(const struct module *module);
void sb_sites_add_locks(struct sb_sites *sites, const struct module *module);
int sb_sites_finish(struct sb_sites *sites);
void sb_sites_free(struct sb_sites *sites);

int sb_module_sites(const struct module *module, struct sb_sites *sites);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which module was where, and when: a report is read later than it was made, and by then another
 * module can have the place of the one that it is about. Whoever names an address asks here first.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/msr.h>

#include "../kernel/compat.h"
#include "module_history.h"

/* Pieces that have gone and are still remembered; a module has up to four. */
#define PAST_MAX 512

/**
 * struct piece - a piece of a module, for as long as it was there
 * @list: in @pieces, the latest first
 * @module: which; never followed
 * @name: its name
 * @section: which piece, as in struct sb_place
 * @start, @end: linear addresses
 * @came: TSC when it came; 0 if it was there before
 * @went: TSC when it went; 0 if it is there
 */
struct piece {
	struct list_head list;
	const struct module *module;
	char name[MODULE_NAME_LEN];
	const char *section;
	u64 start, end;
	u64 came, went;
};

/* Guards the list. Never held while the host is called. */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(pieces);
static u32 nr_past;

static void add(const struct module *module, const char *section, struct sb_part where, u64 tsc)
{
	struct piece *piece = where.size ? kzalloc(sizeof(*piece), GFP_KERNEL) : NULL;

	if (!piece)
		return;
	piece->module = module;
	strscpy(piece->name, module->name, sizeof(piece->name));
	piece->section = section;
	piece->start = where.start;
	piece->end = where.start + where.size;
	piece->came = tsc;
	spin_lock(&lock);
	list_add(&piece->list, &pieces);
	spin_unlock(&lock);
}

/**
 * sb_history_begin() - a module is there
 * @module: the module, before its code runs, or one that is there already
 * @tsc: since when; 0: nobody knows
 *
 * Context: may sleep.
 */
void sb_history_begin(const struct module *module, u64 tsc)
{
	add(module, ".rodata", sb_module_rodata(module), tsc);
	add(module, ".rodata", sb_module_ro_after_init(module), tsc);
	add(module, ".text", sb_module_text(module), tsc);
	if (module->state == MODULE_STATE_COMING)
		add(module, ".init.text", sb_module_init_text(module), tsc);
}

static void forget_oldest(void)
{
	struct piece *piece;

	list_for_each_entry_reverse(piece, &pieces, list) {
		if (!piece->went)
			continue;
		list_del(&piece->list);
		kfree(piece);
		nr_past--;
		return;
	}
}

static void end(const struct module *module, const char *section)
{
	struct piece *piece;
	u64 now = rdtsc();

	spin_lock(&lock);
	list_for_each_entry(piece, &pieces, list) {
		if (piece->module != module || piece->went || (section && strcmp(section, piece->section)))
			continue;
		piece->went = now;
		nr_past++;
	}
	while (nr_past > PAST_MAX)
		forget_oldest();
	spin_unlock(&lock);
}

/* What only its initialisation needed goes. */
void sb_history_initialised(const struct module *module)
{
	end(module, ".init.text");
}

void sb_history_end(const struct module *module)
{
	end(module, NULL);
}

static bool was_there(const struct piece *piece, u64 tsc)
{
	return piece->came <= tsc && (!piece->went || tsc <= piece->went);
}

static void fill_place(const struct piece *piece, u64 address, struct sb_place *place)
{
	strscpy(place->module, piece->name, sizeof(place->module));
	place->section = piece->section;
	place->offset = address - piece->start;
}

/**
 * sb_history_find() - which module was at an address at some time?
 * @address: linear address
 * @tsc: the time
 * @place: filled in if the answer is %SB_SAME_MODULE or %SB_MODULE_GONE
 *
 * Context: a thread.
 * Return: enum sb_presence. While the answer is %SB_SAME_MODULE the module's memory is its own, for
 * it is given back after sb_history_end() only.
 */
enum sb_presence sb_history_find(u64 address, u64 tsc, struct sb_place *place)
{
	enum sb_presence presence = SB_NO_MODULE;
	const struct piece *piece;

	spin_lock(&lock);
	list_for_each_entry(piece, &pieces, list) {
		if (address < piece->start || address >= piece->end)
			continue;
		if (was_there(piece, tsc)) {
			presence = piece->went ? SB_MODULE_GONE : SB_SAME_MODULE;
			fill_place(piece, address, place);
			break;
		}
		if (!piece->went)
			presence = SB_OTHER_MODULE;
	}
	spin_unlock(&lock);
	return presence;
}

/* From now on nothing is known of any module. */
void sb_history_forget(void)
{
	struct piece *piece, *next;

	spin_lock(&lock);
	list_for_each_entry_safe(piece, next, &pieces, list)
		kfree(piece);
	INIT_LIST_HEAD(&pieces);
	nr_past = 0;
	spin_unlock(&lock);
}

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
 * @part: which piece: "" for code
 * @start, @end: linear addresses
 * @came: TSC when it came; 0 if it was there before
 * @went: TSC when it went; 0 if it is there
 */
struct piece {
	struct list_head list;
	const struct module *module;
	char name[MODULE_NAME_LEN];
	const char *part;
	u64 start, end;
	u64 came, went;
};

/* Guards the list. Never held while the host is called. */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(pieces);
static u32 nr_past;

static void add(const struct module *module, const char *part, struct sb_part where, u64 tsc)
{
	struct piece *piece = where.size ? kzalloc(sizeof(*piece), GFP_KERNEL) : NULL;

	if (!piece)
		return;
	piece->module = module;
	strscpy(piece->name, module->name, sizeof(piece->name));
	piece->part = part;
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
	add(module, " rodata", sb_module_rodata(module), tsc);
	add(module, " rodata", sb_module_ro_after_init(module), tsc);
	add(module, "", sb_module_text(module), tsc);
	if (module->state == MODULE_STATE_COMING)
		add(module, " init", sb_module_init_text(module), tsc);
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

static void end(const struct module *module, const char *part)
{
	struct piece *piece;
	u64 now = rdtsc();

	spin_lock(&lock);
	list_for_each_entry(piece, &pieces, list) {
		if (piece->module != module || piece->went || (part && strcmp(part, piece->part)))
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
	end(module, " init");
}

void sb_history_end(const struct module *module)
{
	end(module, NULL);
}

static bool was_there(const struct piece *piece, u64 tsc)
{
	return piece->came <= tsc && (!piece->went || tsc <= piece->went);
}

/**
 * sb_history_changed() - has what is at an address changed since some time?
 * @address: linear address
 * @tsc: the time
 * @text: if it has changed, receives what was there at that time, as "module+0x12", or "" if that
 *	is not known
 * @size: bytes of @text
 *
 * Context: a thread.
 * Return: true if a module is or was at the address, and not the same one then as now; false if
 * the name that the address has now is also the one that it had then.
 */
bool sb_history_changed(u64 address, u64 tsc, char *text, size_t size)
{
	const struct piece *piece;
	bool is_other = false;

	*text = '\0';
	spin_lock(&lock);
	list_for_each_entry(piece, &pieces, list) {
		if (address < piece->start || address >= piece->end)
			continue;
		if (was_there(piece, tsc)) {
			is_other = piece->went;
			if (is_other)
				scnprintf(text, size, "%s%s+0x%llx", piece->name, piece->part,
					  address - piece->start);
			break;
		}
		is_other |= !piece->went;
	}
	spin_unlock(&lock);
	return is_other;
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

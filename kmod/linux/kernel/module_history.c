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

#include "compat.h"
#include "module_history.h"

/* Pieces that are gone and still remembered; a module has up to four. */
#define PAST_MAX 512

/**
 * struct life - a piece of a module, for as long as it was there
 * @list: in @lives, the latest first
 * @module: which; never followed
 * @name: its name
 * @part: which piece: "" for code
 * @start, @end: linear addresses
 * @born: TSC when it came; 0 if it was there before
 * @gone: TSC when it went; 0 if it is there
 */
struct life {
	struct list_head list;
	const struct module *module;
	char name[MODULE_NAME_LEN];
	const char *part;
	u64 start, end;
	u64 born, gone;
};

/* Guards the list. Never held while the host is called. */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(lives);
static u32 nr_past;

static void add(const struct module *module, const char *part, struct sb_part where, u64 tsc)
{
	struct life *life = where.size ? kzalloc(sizeof(*life), GFP_KERNEL) : NULL;

	if (!life)
		return;
	life->module = module;
	strscpy(life->name, module->name, sizeof(life->name));
	life->part = part;
	life->start = where.start;
	life->end = where.start + where.size;
	life->born = tsc;
	spin_lock(&lock);
	list_add(&life->list, &lives);
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
	struct life *life;

	list_for_each_entry_reverse(life, &lives, list) {
		if (!life->gone)
			continue;
		list_del(&life->list);
		kfree(life);
		nr_past--;
		return;
	}
}

static void end(const struct module *module, const char *part)
{
	struct life *life;
	u64 now = rdtsc();

	spin_lock(&lock);
	list_for_each_entry(life, &lives, list) {
		if (life->module != module || life->gone || (part && strcmp(part, life->part)))
			continue;
		life->gone = now;
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

static bool was_there(const struct life *life, u64 tsc)
{
	return life->born <= tsc && (!life->gone || tsc <= life->gone);
}

/**
 * sb_history_at() - is what is at an address now not what was there then?
 * @address: linear address
 * @tsc: when
 * @text: if so, receives what was there, as "module+0x12", or "" if that is not known
 * @size: room for it
 *
 * Context: a thread.
 * Return: false if it is, or if it never was a module's.
 */
bool sb_history_at(u64 address, u64 tsc, char *text, size_t size)
{
	const struct life *life;
	bool is_other = false;

	*text = '\0';
	spin_lock(&lock);
	list_for_each_entry(life, &lives, list) {
		if (address < life->start || address >= life->end)
			continue;
		if (was_there(life, tsc)) {
			is_other = life->gone;
			if (is_other)
				scnprintf(text, size, "%s%s+0x%llx", life->name, life->part,
					  address - life->start);
			break;
		}
		is_other |= !life->gone;
	}
	spin_unlock(&lock);
	return is_other;
}

/* From now on nothing is known of any module. */
void sb_history_forget(void)
{
	struct life *life, *next;

	spin_lock(&lock);
	list_for_each_entry_safe(life, next, &lives, list)
		kfree(life);
	INIT_LIST_HEAD(&lives);
	nr_past = 0;
	spin_unlock(&lock);
}

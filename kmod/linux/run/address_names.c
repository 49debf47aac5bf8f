// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for the addresses in an event, from the kernel's own tables in memory. They are made when
 * the event is passed on, and at the latest before its module goes, and kept: whoever asks for the
 * event later is told the same, whatever is at the address then. Which module it was says the
 * history of modules, which knows it since before the module ran, whatever that did to its name,
 * to the kernel's lists or to files in /proc.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/page_types.h>
#include <asm/pgtable_64_types.h>

#include "../../uapi/shadow_box.h"
#include "../channel/events.h"
#include "address_names.h"
#include "module_history.h"

/* Names kept at most; the one that was not asked for the longest goes. */
#define KEPT_MAX 512

/* Room for "+0x0123456789abcdef [module]". */
#define TAIL_SIZE (MODULE_NAME_LEN + 24)

/* CALL and JMP with a displacement of four bytes. */
#define OPCODE_CALL 0xe8
#define OPCODE_JMP 0xe9
#define BRANCH_BYTES 5

/**
 * struct kept - the name that an address had for some time
 * @list: in @kept, the one that was asked for last first
 * @address: the address
 * @from, @to: TSC of the first and of the last event that was about it under this name
 * @text: the name, "" if it had none
 */
struct kept {
	struct list_head list;
	u64 address;
	u64 from, to;
	char text[SB_SYMBOL_SIZE];
};

/* Guards the list. Never held while the host is called. */
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(kept);
static u32 nr_kept;

/**
 * struct symbol - what the kernel says about an address
 * @text: as it says it: the name, and more; parts of it end where others begin
 * @name: the function's or object's
 * @module: "" if it is the kernel's own
 * @offset: bytes from its start
 */
struct symbol {
	char text[KSYM_SYMBOL_LEN];
	const char *name;
	const char *module;
	u64 offset;
};

/* Ends the text before the last @mark in it and returns what comes after it, or NULL. */
static char *split(char *text, char mark)
{
	char *at = strrchr(text, mark);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

/*
 * "name+0x12/0x34 [module]" or "name+0x12/0x34" is taken apart from its end on: a module chooses
 * its names, and any byte may be in them.
 */
static bool ask_kernel(u64 address, struct symbol *symbol)
{
	char *text = symbol->text, *end, *offset;

	end = text + scnprintf(text, sizeof(symbol->text), "%pS", (void *)address);
	symbol->name = text;
	symbol->module = "";
	if (!strncmp(text, "0x", 2))
		return false;
	if (end > text && end[-1] == ']') {
		end[-1] = '\0';
		symbol->module = split(text, '[') ?: "";
	}
	split(text, '/');
	offset = split(text, '+');
	return offset && sscanf(offset, "0x%llx", &symbol->offset) == 1;
}

/* Nothing in a name passes for the end of it, for another name or for another line. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '[' || *text == ']')
			*text = '?';
}

/* "name+0x12 [module]", with as much of the name as there is room for. */
static void compose(const char *name, u64 offset, const char *module, char *text)
{
	char tail[TAIL_SIZE], owner[MODULE_NAME_LEN];
	int room;

	strscpy(owner, module, sizeof(owner));
	make_printable(owner);
	room = SB_SYMBOL_SIZE - 1 - scnprintf(tail, sizeof(tail), "+0x%llx%s%s%s", offset,
					      *owner ? " [" : "", owner, *owner ? "]" : "");
	scnprintf(text, room + 1, "%s", name);
	make_printable(text);
	strcat(text, tail);
}

/* Of anything but modules. */
static void name_by_kernel(u64 address, char *text)
{
	struct symbol symbol = { .offset = 0 };

	*text = '\0';
	if (ask_kernel(address, &symbol))
		compose(symbol.name, symbol.offset, symbol.module, text);
}

/*
 * Of a module, its function if the kernel has a name for that, else the place in the section. What
 * the kernel says holds only if the module was still there after it was asked.
 */
static void name_by_module(u64 address, u64 tsc, struct sb_place *place, char *text)
{
	struct symbol symbol = { .offset = 0 };
	bool has_symbol = ask_kernel(address, &symbol) && symbol.offset <= place->offset;

	if (has_symbol && sb_history_find(address, tsc, place) == SB_SAME_MODULE)
		compose(symbol.name, symbol.offset, place->module, text);
	else
		compose(place->section, place->offset, place->module, text);
}

static void make_name(u64 address, u64 tsc, char *text)
{
	struct sb_place place;

	*text = '\0';
	switch (sb_history_find(address, tsc, &place)) {
	case SB_NO_MODULE:
		name_by_kernel(address, text);
		break;
	case SB_SAME_MODULE:
		name_by_module(address, tsc, &place, text);
		break;
	case SB_MODULE_GONE:
		compose(place.section, place.offset, place.module, text);
		break;
	case SB_OTHER_MODULE:
		break;
	}
}

/* Moves it to the front. */
static void touch(struct kept *k)
{
	list_del(&k->list);
	list_add(&k->list, &kept);
}

static bool recall(u64 address, u64 tsc, char *text)
{
	struct kept *k;
	bool found = false;

	spin_lock(&lock);
	list_for_each_entry(k, &kept, list) {
		found = k->address == address && k->from <= tsc && tsc <= k->to;
		if (!found)
			continue;
		strscpy(text, k->text, SB_SYMBOL_SIZE);
		touch(k);
		break;
	}
	spin_unlock(&lock);
	return found;
}

/* The latest name of an address is the same at this time, too: nothing else was there between. */
static bool prolong(u64 address, u64 tsc, const char *text)
{
	struct kept *k;

	list_for_each_entry(k, &kept, list) {
		if (k->address != address)
			continue;
		if (strcmp(k->text, text))
			return false;
		k->from = min(k->from, tsc);
		k->to = max(k->to, tsc);
		touch(k);
		return true;
	}
	return false;
}

static void forget_last(void)
{
	struct kept *k;

	list_for_each_entry_reverse(k, &kept, list) {
		list_del(&k->list);
		kfree(k);
		nr_kept--;
		return;
	}
}

static void keep(u64 address, u64 tsc, const char *text)
{
	struct kept *k = kzalloc(sizeof(*k), GFP_KERNEL);

	spin_lock(&lock);
	if (prolong(address, tsc, text) || !k) {
		spin_unlock(&lock);
		kfree(k);
		return;
	}
	k->address = address;
	k->from = k->to = tsc;
	strscpy(k->text, text, sizeof(k->text));
	list_add(&k->list, &kept);
	if (++nr_kept > KEPT_MAX)
		forget_last();
	spin_unlock(&lock);
}

/**
 * sb_name_address() - name an address, as it was named at some time
 * @address: the address
 * @tsc: the time
 * @text: filled in, %SB_SYMBOL_SIZE bytes; "" if it had no name
 *
 * The kernel's own code and data have one name for ever; what comes and goes is with the modules:
 * these, BPF programs, trampolines. Nothing else has names.
 * Context: as sb_name_event().
 */
void sb_name_address(u64 address, u64 tsc, char *text)
{
	*text = '\0';
	if (address < __START_KERNEL_map || address >= MODULES_END)
		return;
	if (address < MODULES_VADDR) {
		name_by_kernel(address, text);
	} else if (!recall(address, tsc, text)) {
		make_name(address, tsc, text);
		keep(address, tsc, text);
	}
}

/* Where bytes of an event lead to: a pointer or register, or a CALL or JMP at @at; 0: nowhere. */
static u64 target(const u8 *bytes, u32 length, u64 at)
{
	u64 pointer;
	s32 distance;

	if (length == sizeof(pointer)) {
		memcpy(&pointer, bytes, sizeof(pointer));
		return pointer;
	}
	if (length != BRANCH_BYTES || (*bytes != OPCODE_CALL && *bytes != OPCODE_JMP))
		return 0;
	memcpy(&distance, bytes + 1, sizeof(distance));
	return at + BRANCH_BYTES + distance;
}

static void name_violation(const struct sb_event *event, struct sb_event_names *names)
{
	sb_name_address(event->gla, event->tsc, names->gla);
	sb_name_address(target(event->old, event->length, event->object), event->tsc, names->old);
	sb_name_address(target(event->new, event->length, event->object), event->tsc, names->new);
}

/**
 * sb_name_event() - name the addresses of an event, as they were named when it happened
 * @event: the event
 * @names: filled in
 *
 * Context: may sleep; before the modules in the event go, or after somebody else did so before.
 */
void sb_name_event(const struct sb_event *event, struct sb_event_names *names)
{
	bool is_violation = event->type == SHADOW_BOX_EVENT_VIOLATION;

	memset(names, 0, sizeof(*names));
	/* Of these all addresses are the host's, and NMIs come by the thousand. */
	if (event->type == SHADOW_BOX_EVENT_HOST_FAULT || event->type == SHADOW_BOX_EVENT_HOST_NMI)
		return;
	if (sb_event_has_offender(event))
		sb_name_address(event->rip, event->tsc, names->rip);
	if (is_violation || event->type == SHADOW_BOX_EVENT_RELEASE)
		sb_name_address(event->object, event->tsc, names->object);
	if (is_violation)
		name_violation(event, names);
}

/* From now on no name is kept. No event is passed on or asked for meanwhile. */
void sb_names_forget(void)
{
	struct kept *k, *next;

	list_for_each_entry_safe(k, next, &kept, list)
		kfree(k);
	INIT_LIST_HEAD(&kept);
	nr_kept = 0;
}

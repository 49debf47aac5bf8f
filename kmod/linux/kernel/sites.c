// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gathering patch sites from the tables that Linux itself patches by. What stands at a place must
 * be what Linux would put there, else it is no site. Meanwhile nothing is patched: see to it.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "compat.h"
#include "keys.h"
#include "private.h"
#include "sites.h"
#include "symbols.h"

static const u8 nop2[] = { 0x66, 0x90 };
static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const u8 xor5[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 };	/* returns 0 */
static const u8 warn5[] = { 0x67, 0x48, 0x0f, 0xb9, 0x3a };	/* ud1 (%edx), %rdi */
static const u8 unlock5[] = { 0x3e, 0x3e, 0xc6, 0x07, 0x00 };	/* movb $0, (%rdi) */
static const u8 trampoline_end[] = { 0x0f, 0xb9, 0xcc };	/* ud1 %esp, %ecx */

#define PREFIX_DS	0x3e	/* in the place of LOCK on a machine of one CPU */
#define OP_CALL		0xe8
#define OP_JMP		0xe9
#define OP_JMP8		0xeb
#define OP_RET		0xc3

/* Kernels from 6.19 on jump to a trampoline of BPF that calls the function itself. */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_JMP
#define MCOUNT_OPERAND SB_SITE_JMP
#else
#define MCOUNT_OPERAND 0
#endif

#define stands(sites, where, bytes) holds(sites, where, bytes, sizeof(bytes))

/* Bytes of a site, by kind. */
static const u8 size_of[] = {
	[SB_SITE_JUMP2] = 2, [SB_SITE_JUMP5] = 5, [SB_SITE_CALL] = 5, [SB_SITE_TAIL] = 5,
	[SB_SITE_JCC] = 6, [SB_SITE_MCOUNT] = 5, [SB_SITE_FTRACE] = 5, [SB_SITE_LOCK] = 1,
};

static u32 offset_of(const struct sb_site *site)
{
	return site->where & SB_SITE_OFFSET;
}

static u32 end_of(const struct sb_site *site)
{
	return offset_of(site) + size_of[site->where >> SB_SITE_KIND_SHIFT];
}

/**
 * sb_sites_room() - make room for sites
 * @sites: zeroed but for start, end and functions
 * @room: the most that will be added
 * @jumps: how many of them are jump labels, at most
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sb_sites_room(struct sb_sites *sites, u32 room, u32 jumps)
{
	sites->room = room;
	sites->room_jumps = jumps;
	sites->site = kvmalloc_array(room ?: 1, sizeof(*sites->site), GFP_KERNEL);
	sites->jump = kvmalloc_array(jumps ?: 1, sizeof(*sites->jump), GFP_KERNEL);
	return sites->site && sites->jump ? 0 : -ENOMEM;
}

void sb_sites_free(struct sb_sites *sites)
{
	kvfree(sites->site);
	kvfree(sites->jump);
	kvfree(sites->functions);
	sites->site = NULL;
	sites->jump = NULL;
	sites->functions = NULL;
}

/* Initialisation code is gone, or about to go, and lies outside. */
static bool is_inside(const struct sb_sites *sites, u64 where)
{
	return where >= sites->start && where < sites->end;
}

/* Code is compared up to its end: nothing need be mapped behind it. */
static bool holds(const struct sb_sites *sites, u64 where, const u8 *bytes, u32 size)
{
	return is_inside(sites, where) && size <= sites->end - where &&
	       !memcmp((const u8 *)where, bytes, size);
}

static bool fits(const struct sb_sites *sites, u64 where, enum sb_site_kind kind)
{
	return kind && size_of[kind] <= sites->end - where;
}

void sb_sites_add(struct sb_sites *sites, u64 where, enum sb_site_kind kind, u32 operand)
{
	if (sites->nr == sites->room)
		return;
	sites->site[sites->nr++] = (struct sb_site){
		.where = (u32)kind << SB_SITE_KIND_SHIFT | (u32)(where - sites->start),
		.operand = operand,
	};
}

static enum sb_site_kind jump_kind(const struct sb_sites *sites, u64 where)
{
	u8 first = *(const u8 *)where;

	if (first == OP_JMP8 || stands(sites, where, nop2))
		return SB_SITE_JUMP2;
	if (first == OP_JMP || stands(sites, where, nop5))
		return SB_SITE_JUMP5;
	return 0;
}

/* What a key is: finding its name takes long, and the kernel keeps the sites of a key together. */
static u32 key_flags(struct sb_sites *sites, u64 key)
{
	if (sites->key != key) {
		sites->key = key;
		sites->key_flags = sb_key_flags(key);
	}
	return sites->key_flags;
}

static void add_jump_label(struct sb_sites *sites, const struct jump_entry *entry,
			   enum sb_site_kind kind)
{
	u64 key = (u64)jump_entry_key(entry);
	u32 flags = key_flags(sites, key) & SB_SITE_FROZEN ? SB_KEY_FROZEN : 0;

	if (sites->nr_jumps == sites->room_jumps)
		return;
	if (jump_entry_is_branch(entry))
		flags |= SB_KEY_BRANCH;
	sites->jump[sites->nr_jumps] = (struct sb_jump){
		.target = jump_entry_target(entry) - sites->start,
		.key = (u32)(key - sites->start) | flags,
	};
	sb_sites_add(sites, jump_entry_code(entry), kind, sites->nr_jumps++);
}

/* Sites from @entry to @end, which is not one of them. */
void sb_sites_add_jump_labels(struct sb_sites *sites, const struct jump_entry *entry,
			      const struct jump_entry *end)
{
	for (; entry < end; entry++) {
		u64 where = jump_entry_code(entry), target = jump_entry_target(entry);
		enum sb_site_kind kind;

		if (!is_inside(sites, where))
			continue;
		kind = jump_kind(sites, where);
		if (fits(sites, where, kind) && is_inside(sites, target))
			add_jump_label(sites, entry, kind);
		else
			sites->unknown++;
	}
}

/* Jcc rel32: a tail call under a condition. */
static bool is_jcc(const struct sb_sites *sites, u64 where)
{
	const u8 *code = (const u8 *)where;

	return fits(sites, where, SB_SITE_JCC) && code[0] == 0x0f && (code[1] & 0xf0) == 0x80;
}

static enum sb_site_kind call_kind(const struct sb_sites *sites, u64 where, bool tail)
{
	const u8 *code = (const u8 *)where;

	if (!tail)
		return code[0] == OP_CALL || stands(sites, where, nop5) ||
		       stands(sites, where, xor5) ? SB_SITE_CALL : 0;
	if (is_jcc(sites, where))
		return SB_SITE_JCC;
	return code[0] == OP_JMP || code[0] == OP_RET ? SB_SITE_TAIL : 0;
}

/*
 * Static calls of __WARN_trap() and of native_queued_spin_unlock(), since 6.19, hold what these do
 * instead of a call. Their keys change while the kernel starts, and never later: nobody needs to
 * patch here any more, and nobody may.
 */
static bool is_final(const struct sb_sites *sites, u64 where)
{
	return stands(sites, where, warn5) || stands(sites, where, unlock5);
}

/*
 * Sites from @site to @end, which is not one of them. Both words of a site are relative to
 * themselves.
 */
void sb_sites_add_static_calls(struct sb_sites *sites, const struct static_call_site *site,
			       const struct static_call_site *end)
{
	for (; site < end; site++) {
		u64 where = (u64)&site->addr + site->addr, key = (u64)&site->key + site->key;
		u32 flags = key_flags(sites, key & ~STATIC_CALL_SITE_FLAGS);
		enum sb_site_kind kind;

		if (!is_inside(sites, where) || key & STATIC_CALL_SITE_INIT ||
		    is_final(sites, where))
			continue;
		kind = call_kind(sites, where, key & STATIC_CALL_SITE_TAIL);
		if (fits(sites, where, kind))
			sb_sites_add(sites, where, kind,
				     kind == SB_SITE_JCC ? flags & ~SB_SITE_BPF : flags);
		else
			sites->unknown++;
	}
}

/* If there is a static-call trampoline at @where, it is one more site. */
void sb_sites_add_trampoline(struct sb_sites *sites, u64 where)
{
	const u8 *code = (const u8 *)where;

	if (!is_inside(sites, where) || !stands(sites, where + 5, trampoline_end) ||
	    (code[0] != OP_JMP && code[0] != OP_RET))
		return;
	sb_sites_add(sites, where, SB_SITE_TAIL, key_flags(sites, where));
}

/* A function's call of ftrace. The linker drops a weak function, but not its entry in the table. */
void sb_sites_add_mcount(struct sb_sites *sites, u64 where)
{
	const u8 *code = (const u8 *)where;

	if (!is_inside(sites, where))
		return;
	if (fits(sites, where, SB_SITE_MCOUNT) &&
	    (code[0] == OP_CALL || stands(sites, where, nop5) ||
	     (MCOUNT_OPERAND && code[0] == OP_JMP)))
		sb_sites_add(sites, where, SB_SITE_MCOUNT, MCOUNT_OPERAND);
	else
		sites->unknown++;
}

#define DIGIT_BITS	10
#define DIGITS		(1 << DIGIT_BITS)

/* One pass of a radix sort: stable, by the digit of the offset at bit @shift, one of @digits. */
static void sort_by_digit(struct sb_site *to, const struct sb_site *from, u32 nr, u32 *count,
			  u32 shift, u32 digits)
{
	u32 i, sum = 0;

	memset(count, 0, digits * sizeof(*count));
	for (i = 0; i < nr; i++)
		count[offset_of(&from[i]) >> shift & (DIGITS - 1)]++;
	for (i = 0; i < digits; i++) {
		u32 n = count[i];

		count[i] = sum;
		sum += n;
	}
	for (i = 0; i < nr; i++)
		to[count[offset_of(&from[i]) >> shift & (DIGITS - 1)]++] = from[i];
}

/* sort() would take ten times as long, and there are tens of thousands of sites. */
static int sort_sites(struct sb_sites *sites)
{
	struct sb_site *spare = kvmalloc_array(sites->nr ?: 1, sizeof(*spare), GFP_KERNEL);
	u32 *count = kmalloc_array(DIGITS, sizeof(*count), GFP_KERNEL);
	u32 shift, size = sites->end - sites->start;

	if (!spare || !count) {
		kvfree(spare);
		kfree(count);
		return -ENOMEM;
	}
	for (shift = 0; size >> shift && shift < 32; shift += DIGIT_BITS) {
		sort_by_digit(spare, sites->site, sites->nr, count, shift,
			      min_t(u32, DIGITS, (size >> shift) + 1));
		swap(spare, sites->site);
	}
	kvfree(spare);
	kfree(count);
	return 0;
}

/* The kernel's list of prefixes of a module, or of the kernel's own; NULL if none is to change. */
static const struct smp_alt_module *locks_of(const struct module *module)
{
	const bool *uniproc = (const bool *)sb_symbol("uniproc_patched");
	const struct list_head *list = (const struct list_head *)sb_symbol("smp_alt_modules");
	const struct smp_alt_module *m;

	if (!uniproc || !*uniproc || !list)
		return NULL;
	list_for_each_entry(m, list, next)
		if (m->mod == module)
			return m;
	return NULL;
}

/**
 * sb_sites_count_locks() - how many prefixes a second CPU would change, at most
 * @module: of this module; NULL: of the kernel
 *
 * Context: nothing is being patched.
 */
u32 sb_sites_count_locks(const struct module *module)
{
	const struct smp_alt_module *m = locks_of(module);

	return m ? m->locks_end - m->locks : 0;
}

/**
 * sb_sites_add_locks() - add the prefixes that become LOCK when there is a second CPU
 * @sites: with room for them
 * @module: of this module; NULL: of the kernel
 *
 * Context: nothing is being patched.
 */
void sb_sites_add_locks(struct sb_sites *sites, const struct module *module)
{
	const struct smp_alt_module *m = locks_of(module);
	const s32 *lock;

	for (lock = m ? m->locks : NULL; m && lock < m->locks_end; lock++) {
		u64 where = (u64)lock + *lock;

		if (*lock && is_inside(sites, where) && *(const u8 *)where == PREFIX_DS)
			sb_sites_add(sites, where, SB_SITE_LOCK, 0);
	}
}

/**
 * sb_sites_finish() - bring sites into the order of their offsets
 * @sites: what was added
 *
 * Of two sites that overlap the first stays: it is right as far as the second does not change it.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sb_sites_finish(struct sb_sites *sites)
{
	u32 i, nr = 0;

	if (sort_sites(sites))
		return -ENOMEM;
	for (i = 0; i < sites->nr; i++) {
		const struct sb_site *site = &sites->site[i];
		const struct sb_site *last = nr ? &sites->site[nr - 1] : NULL;

		if (!last || offset_of(site) >= end_of(last))
			sites->site[nr++] = *site;
		else if (site->where != last->where || site->operand != last->operand)
			sites->overlaps++;
	}
	sites->nr = nr;
	return 0;
}

static void add_function(struct sb_sites *sites, u64 where)
{
	u64 offset = where - sites->start, unit = offset / SB_FUNCTION_ALIGN;

	if (is_inside(sites, where) && !(offset % SB_FUNCTION_ALIGN))
		sites->functions[unit / 8] |= 1 << (unit % 8);
}

/* Functions need not have names: what ftrace may call from begins one, behind ENDBR if it has that. */
static void add_traced_functions(const struct module *module, struct sb_sites *sites)
{
	u32 i;

	for (i = 0; i < module->num_ftrace_callsites; i++) {
		add_function(sites, module->ftrace_callsites[i]);
		add_function(sites, module->ftrace_callsites[i] - 4);
	}
}

/* Function entries, and the trampolines of static calls that the module defines. */
static void add_symbols(const struct module *module, struct sb_sites *sites)
{
	const struct mod_kallsyms *symbols = &module->core_kallsyms;
	u32 i;

	for (i = 1; i < symbols->num_symtab; i++) {
		const Elf64_Sym *symbol = &symbols->symtab[i];
		const char *name = symbols->strtab + symbol->st_name;

		if (symbol->st_shndx == SHN_UNDEF || !is_inside(sites, symbol->st_value))
			continue;
		if (!strncmp(name, "__SCT__", 7))
			sb_sites_add_trampoline(sites, symbol->st_value);
		else if (!sb_is_padding(name))
			add_function(sites, symbol->st_value);
	}
}

/* As many as there can be at most: each symbol may be a trampoline. */
static u32 room_for(const struct module *module)
{
	return module->num_jump_entries + module->num_static_call_sites +
	       module->num_ftrace_callsites + module->core_kallsyms.num_symtab +
	       sb_sites_count_locks(module);
}

/**
 * sb_module_sites() - gather the sites and functions of a module
 * @module: COMING, after all its notifiers but ours, or LIVE
 * @sites: filled in; sb_sites_free() it, also after a failure
 *
 * Context: may sleep; nothing is being patched.
 * Return: 0 or -ENOMEM.
 */
int sb_module_sites(const struct module *module, struct sb_sites *sites)
{
	struct sb_part text = sb_module_text(module);
	u32 i;

	memset(sites, 0, sizeof(*sites));
	sites->start = text.start;
	sites->end = text.start + text.size;
	sites->functions = kvzalloc(text.size / SB_FUNCTION_ALIGN / 8, GFP_KERNEL);
	if (!sites->functions ||
	    sb_sites_room(sites, room_for(module), module->num_jump_entries))
		return -ENOMEM;
	sb_sites_add_jump_labels(sites, module->jump_entries,
				 module->jump_entries + module->num_jump_entries);
	sb_sites_add_static_calls(sites, module->static_call_sites,
				  module->static_call_sites + module->num_static_call_sites);
	for (i = 0; i < module->num_ftrace_callsites; i++)
		sb_sites_add_mcount(sites, module->ftrace_callsites[i]);
	add_symbols(module, sites);
	add_traced_functions(module, sites);
	sb_sites_add_locks(sites, module);
	if (sites->unknown)
		pr_warn("%u of the patch sites of module %s hold something else: left out\n",
			sites->unknown, module->name);
	return sb_sites_finish(sites);
}

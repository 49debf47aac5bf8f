// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sites, and what the tables let each of them hold: which branches, to which targets, and what
 * stands in their place.
 */
#include "../insn.h"
#include "parts.h"

#define CALL		0xe8
#define JMP8		0xeb
#define RET		0xc3
#define ESCAPE		0x0f	/* first byte of NOP5 and of Jcc rel32 */

static const u8 nop2[] = { 0x66, 0x90 };
static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const u8 xor5[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 };
static const u8 ret5[] = { RET, INT3, INT3, INT3, INT3 };

/* With which bytes the forms of a site begin, by kind. */
static const u8 first_bytes[][3] = {
	[SB_SITE_JUMP2] = { 0x66, JMP8 },
	[SB_SITE_JUMP5] = { ESCAPE, JMP },
	[SB_SITE_CALL] = { CALL, ESCAPE, 0x2e },
	[SB_SITE_TAIL] = { JMP, RET },
	[SB_SITE_JCC] = { ESCAPE },
	[SB_SITE_MCOUNT] = { ESCAPE, CALL, JMP },
	[SB_SITE_FTRACE] = { CALL },
};

static const u8 sizes[] = {
	[SB_SITE_JUMP2] = 2,
	[SB_SITE_JUMP5] = 5,
	[SB_SITE_CALL] = 5,
	[SB_SITE_TAIL] = 5,
	[SB_SITE_JCC] = 6,
	[SB_SITE_MCOUNT] = 5,
	[SB_SITE_FTRACE] = 5,
	[SB_SITE_LOCK] = 1,
};

static u32 size_of_kind(u32 kind)
{
	return kind < sizeof(sizes) ? sizes[kind] : 0;
}

static bool is_jump_label(const struct site *site)
{
	return site->kind == SB_SITE_JUMP2 || site->kind == SB_SITE_JUMP5;
}

/* What a jump label does stands in a table of its own; one that is not there is no site. */
static void add_jump(const struct sb_region *region, struct site *site)
{
	const struct sb_jump *jumps = (const struct sb_jump *)(unsigned long)region->jumps;
	const struct sb_jump *jump = &jumps[site->operand];

	if (site->operand >= region->nr_jumps) {
		site->size = 0;
		return;
	}
	site->target = region->start + (u64)(int)jump->target;
	site->key = region->start + (u64)(int)(jump->key & ~SB_KEY_FLAGS);
	site->key_flags = jump->key & SB_KEY_FLAGS;
}

static struct site site_from(const struct sb_region *region, u32 i)
{
	const struct sb_site *s = (const struct sb_site *)(unsigned long)region->sites + i;
	u32 kind = s->where >> SB_SITE_KIND_SHIFT;
	struct site site = {
		.address = region->start + (s->where & SB_SITE_OFFSET),
		.kind = kind,
		.size = size_of_kind(kind),
		.operand = s->operand,
		.target = region->start + (u64)(int)s->operand,
	};

	if (is_jump_label(&site))
		add_jump(region, &site);
	return site;
}

/*
 * The last site that has bytes from @start up to @end. Sites are in order, so that the last one
 * that begins before @end also ends last. A table that is not in order can hide sites, but not show
 * one beyond the region.
 */
static bool last_within(const struct sb_region *region, u64 start, u64 end, struct site *site)
{
	const struct sb_site *sites = (const struct sb_site *)(unsigned long)region->sites;
	u64 before = end - region->start;
	u32 n = region->nr_sites, i = 0;

	while (n > 1) {
		u32 half = n / 2;

		if ((sites[i + half].where & SB_SITE_OFFSET) < before)
			i += half;
		n -= half;
	}
	if (!n || (sites[i].where & SB_SITE_OFFSET) >= before)
		return false;
	*site = site_from(region, i);
	return site->size && site->address < region->end &&
	       site->size <= region->end - site->address && site->address + site->size > start;
}

/* The same, but for prefixes, which are patched as if they were no sites. */
bool site_within(const struct sb_region *region, u64 start, u64 end, struct site *site)
{
	while (end > start && last_within(region, start, end, site)) {
		if (site->kind != SB_SITE_LOCK)
			return true;
		end = site->address;
	}
	return false;
}

/* Whether @address is that of a prefix that becomes LOCK. */
bool is_lock_site(const struct sb_region *region, u64 address)
{
	struct site site;

	return last_within(region, address, address + 1, &site) && site.kind == SB_SITE_LOCK;
}

/* Targets. */

static bool is_function(const struct text *text, u64 address)
{
	const struct sb_region *region;
	const u8 *functions;
	u64 i;

	for (i = 0; i < SB_UNALIGNED; i++)
		if (address && address == text->unaligned[i])
			return true;
	if (address % SB_FUNCTION_ALIGN)
		return false;
	region = text->region_of(text->context, address);
	if (!region || address < region->start || address >= region->end)
		return false;
	functions = (const u8 *)(unsigned long)region->functions;
	i = (address - region->start) / SB_FUNCTION_ALIGN;
	return functions[i / 8] >> i % 8 & 1;
}

static bool is_in_modules(const struct text *text, u64 address)
{
	return address >= text->module_space && address < text->module_space_end;
}

static bool is_module_function(const struct text *text, u64 address)
{
	return is_in_modules(text, address) && is_function(text, address);
}

/*
 * On CPUs whose mitigation counts calls, "sarq $5, %gs:..." stands before functions, in
 * ftrace_caller and in trampolines. Return: bytes of it at @code, 0 if something else is there.
 */
static u32 accounting_size(const u8 *code)
{
	static const u8 sar[] = { 0x65, 0x48, 0xc1 };

	if (!equal(code, sar, sizeof(sar)))
		return 0;
	if (code[3] == 0x3d && code[8] == 5)
		return 9;	/* relative to RIP */
	if (code[3] == 0x3c && code[4] == 0x25 && code[9] == 5)
		return 10;	/* absolute */
	return 0;
}

/* A static call may go to the accounting before a function (callthunks_translate_call_dest()). */
static bool is_accounted_function(const struct text *text, u64 address)
{
	u8 code[10];
	u32 size;

	if (!text->region_of(text->context, address) ||
	    !text->read(text->context, address, code, sizeof(code)))
		return false;
	size = accounting_size(code);
	return size && is_function(text, address + size);
}

/* Where BPF code and trampolines lie: neither the kernel nor a module has a table for it. */
bool is_outside(const struct text *text, u64 address, u32 size)
{
	return address >= text->module_space && address < text->module_space_end &&
	       size <= text->module_space_end - address &&
	       !text->region_of(text->context, address) &&
	       !text->region_of(text->context, address + size - 1);
}

/* Whether RIP-relative accounting, the same at both places, is next: the distances differ. */
static bool is_same_accounting(const u8 *a, u64 at_a, const u8 *b, u64 at_b, u32 size)
{
	return size >= 9 && a[3] == 0x3d && b[3] == 0x3d && accounting_size(a) &&
	       accounting_size(b) && branch_target(a, at_a, 8) == branch_target(b, at_b, 8);
}

/* The same code at two places. */
static bool is_same_code(const u8 *a, u64 at_a, const u8 *b, u64 at_b, u32 size)
{
	u32 i = 0;

	while (i < size) {
		if (is_same_accounting(a + i, at_a + i, b + i, at_b + i, size - i))
			i += 9;
		else if (a[i] == b[i])
			i++;
		else
			return false;
	}
	return true;
}

/* A copy of ftrace_caller or ftrace_regs_caller, up to where it names its ftrace_ops. */
static bool is_copy_of(const struct text *text, u64 address, u64 start, u64 end)
{
	u8 copy[TEMPLATE_MAX], template[TEMPLATE_MAX];
	u32 size = end - start;

	return start < end && end - start <= TEMPLATE_MAX &&
	       is_outside(text, address, size) &&
	       text->read(text->context, start, template, size) &&
	       text->read(text->context, address, copy, size) &&
	       is_same_code(copy, address, template, start, size);
}

static bool is_ftrace_entry(const struct text *text, u64 address)
{
	if (address && (address == text->ftrace_caller || address == text->ftrace_regs_caller))
		return true;
	return is_copy_of(text, address, text->ftrace_caller, text->ftrace_caller_op) ||
	       is_copy_of(text, address, text->ftrace_regs_caller, text->ftrace_regs_caller_op);
}

/*
 * What arch_prepare_bpf_trampoline() begins with: ENDBR64 (6.1, if the kernel has IBT) or
 * accounting (6.12), then "push %rbp; mov %rsp, %rbp; sub $..., %rsp".
 */
static bool is_bpf_trampoline(const struct text *text, u64 address)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const u8 frame[] = { 0x55, 0x48, 0x89, 0xe5, 0x48 };
	u8 code[24];
	const u8 *c = code;

	if (!is_outside(text, address, sizeof(code)) ||
	    !text->read(text->context, address, code, sizeof(code)))
		return false;
	if (equal(c, endbr, sizeof(endbr)))
		c += sizeof(endbr);
	c += accounting_size(c);
	return equal(c, frame, sizeof(frame)) && (c[5] == 0x81 || c[5] == 0x83) && c[6] == 0xec;
}

/* Forms. */

/* A BPF dispatcher's static call, or its trampoline. */
bool is_bpf_site(const struct site *site)
{
	return (site->kind == SB_SITE_CALL || site->kind == SB_SITE_TAIL) &&
	       site->operand & SB_SITE_BPF;
}

/*
 * A function's entry. ftrace's trampolines, and functions called directly, return to behind the entry and
 * need the address that CALL leaves, so that JMP goes to trampolines of BPF only.
 */
static u32 check_entry(const struct text *text, bool is_jmp, u64 target, u32 *policy)
{
	if (!is_jmp && (is_ftrace_entry(text, target) || is_module_function(text, target)))
		*policy = SHADOW_BOX_POLICY_FTRACE;
	else if (is_bpf_trampoline(text, target))
		*policy = SHADOW_BOX_POLICY_BPF;
	else
		return SHADOW_BOX_WHY_TARGET;
	return 0;
}

/* Return: enum shadow_box_why, or 0 if a branch at this site may go there. */
static u32 check_target(const struct text *text, const struct site *site, bool is_jmp, u64 target,
			u32 *policy)
{
	switch (site->kind) {
	case SB_SITE_JUMP2:
	case SB_SITE_JUMP5:
		return target == site->target ? 0 : SHADOW_BOX_WHY_TARGET;
	case SB_SITE_MCOUNT:
		return check_entry(text, is_jmp, target, policy);
	case SB_SITE_FTRACE:
		if (target == site->target)
			return 0;
		*policy = SHADOW_BOX_POLICY_FTRACE;
		return is_function(text, target) ? 0 : SHADOW_BOX_WHY_TARGET;
	}
	if (is_function(text, target) ||
	    (site->kind == SB_SITE_CALL && is_accounted_function(text, target))) {
		if (is_in_modules(text, target) && !(site->operand & SB_SITE_MODULES))
			*policy = SHADOW_BOX_POLICY_STATIC_KEYS;
		return 0;
	}
	*policy = SHADOW_BOX_POLICY_BPF;
	return is_bpf_site(site) && is_outside(text, target, 1) ? 0 : SHADOW_BOX_WHY_TARGET;
}

/* Whether a branch of this site begins so. A conditional one keeps its condition. */
bool is_branch(const struct site *site, const u8 *original, const u8 *bytes)
{
	switch (site->kind) {
	case SB_SITE_JUMP2:
		return bytes[0] == JMP8;
	case SB_SITE_JUMP5:
	case SB_SITE_TAIL:
		return bytes[0] == JMP;
	case SB_SITE_JCC:
		return bytes[0] == ESCAPE && (bytes[1] & 0xf0) == 0x80 && bytes[1] == original[1];
	case SB_SITE_MCOUNT:
		return bytes[0] == CALL || (bytes[0] == JMP && site->operand & SB_SITE_JMP);
	}
	return bytes[0] == CALL;
}

/* Whether it is what a site holds in place of a branch. */
static bool is_idle(const struct site *site, const u8 *bytes)
{
	switch (site->kind) {
	case SB_SITE_JUMP2:
		return equal(bytes, nop2, 2);
	case SB_SITE_CALL:
		return equal(bytes, nop5, 5) || equal(bytes, xor5, 5);
	case SB_SITE_TAIL:
		return equal(bytes, ret5, 5);
	case SB_SITE_JUMP5:
	case SB_SITE_MCOUNT:
		return equal(bytes, nop5, 5);
	}
	return false;
}

/* A jump label, or a static call. */
bool is_of_key(const struct site *site)
{
	return site->kind <= SB_SITE_JCC;
}

/*
 * The key of a site that is about to be patched: does it change at all, and does it say that the site
 * is to hold what it does not hold now? Linux writes down that a key is enabled, or not, before it
 * patches its first site. Return: enum shadow_box_why, or 0.
 */
u32 check_key(const struct text *text, const struct site *site, const u8 *now)
{
	bool is_frozen = is_jump_label(site) ? site->key_flags & SB_KEY_FROZEN :
					       site->operand & SB_SITE_FROZEN;
	bool jumps;
	u32 enabled;

	if (is_frozen)
		return SHADOW_BOX_WHY_FROZEN;
	if (!is_jump_label(site))
		return 0;
	if (!text->read(text->context, site->key, &enabled, sizeof(enabled)))
		return SHADOW_BOX_WHY_UNASKED;
	jumps = !enabled == !!(site->key_flags & SB_KEY_BRANCH);
	return jumps != is_idle(site, now) ? SHADOW_BOX_WHY_UNASKED : 0;
}

struct form form_of(const struct text *text, const struct site *site, const u8 *original,
		    const u8 *bytes)
{
	struct form form = { .why = 0, .policy = NO_POLICY, .mode = SHADOW_BOX_MODE_OFF };
	u64 target;

	if (is_idle(site, bytes))
		return form;
	if (!is_branch(site, original, bytes)) {
		form.why = SHADOW_BOX_WHY_BYTES;
		return form;
	}
	if (site->kind == SB_SITE_JUMP2)
		target = site->address + 2 + (u64)(signed char)bytes[1];
	else
		target = branch_target(bytes, site->address, site->size);
	form.why = check_target(text, site, bytes[0] == JMP, target, &form.policy);
	form.mode = mode_of(text, form.policy);
	return form;
}

/* What the bytes after the first may belong to: of these forms the one most freely allowed. */
struct form form_of_tail(const struct text *text, const struct site *site, const u8 *original,
			 const u8 *bytes)
{
	struct form best = { SHADOW_BOX_WHY_TARGET, NO_POLICY, SHADOW_BOX_MODE_ENFORCE + 1 };
	u8 candidate[TEXT_SITE_MAX];
	u32 i;

	copy_bytes(candidate, bytes, site->size);
	for (i = 0; i < sizeof(first_bytes[0]) && first_bytes[site->kind][i]; i++) {
		struct form form;

		candidate[0] = first_bytes[site->kind][i];
		form = form_of(text, site, original, candidate);
		if (!form.why && form.mode < best.mode)
			best = form;
	}
	return best;
}

static bool is_operand_valid(const struct sb_region *region, const struct site *site)
{
	u32 key_flags = SB_SITE_MODULES | SB_SITE_FROZEN;

	switch (site->kind) {
	case SB_SITE_CALL:
	case SB_SITE_TAIL:
		return !(site->operand & ~(SB_SITE_BPF | key_flags));
	case SB_SITE_JCC:
		return !(site->operand & ~key_flags);
	case SB_SITE_LOCK:
		return !site->operand;
	case SB_SITE_MCOUNT:
		return !(site->operand & ~SB_SITE_JMP);
	}
	return site->target >= region->start && site->target < region->end;
}

/**
 * text_region_is_valid() - whether the table of a region is what struct sb_region says
 * @region: the region, with all its sites
 *
 * Return: true if the sites are of known kinds, in order, without overlaps, and within the region,
 * as are the targets of its jump labels.
 */
bool text_region_is_valid(const struct sb_region *region)
{
	u64 end = region->start;
	u32 i;

	if (region->start % SB_PAGE_SIZE || region->start >= region->end ||
	    region->end - region->start > SB_SITE_OFFSET + 1ull)
		return false;
	for (i = 0; i < region->nr_sites; i++) {
		struct site site = site_from(region, i);

		if (!site.size || site.address < end || site.address >= region->end ||
		    site.size > region->end - site.address || !is_operand_valid(region, &site))
			return false;
		end = site.address + site.size;
	}
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which writes to code are legitimate patches. Linux puts a breakpoint (INT3) over a site's first
 * byte, changes the rest behind it, then the first byte; the tables have to allow each step.
 */
#include "insn.h"
#include "text.h"

#define INT3		0xcc
#define CALL		0xe8
#define JMP		0xe9
#define JMP8		0xeb
#define RET		0xc3
#define ESCAPE		0x0f	/* first byte of NOP5 and of Jcc rel32 */

#define PROBE_SIZE	5	/* an optimised kprobe's jump */
#define SEARCH_MAX	64	/* steps of a search in the table of patches */
#define TEMPLATE_MAX	256	/* bytes of a trampoline that are compared */
#define NO_POLICY	SHADOW_BOX_POLICIES

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
	[SB_SITE_MCOUNT] = { ESCAPE, CALL },
	[SB_SITE_FTRACE] = { CALL },
};

/* A site, with what its region says resolved. */
struct site {
	u64 address;
	u64 base;
	u32 kind;
	u32 size;
	u32 operand;
};

/**
 * struct change - a write to a site
 * @site: the site
 * @patch: the breakpoint that stands there, or NULL
 * @now: what the site holds
 * @next: what it would hold
 * @from: first byte that is written
 * @size: how many are
 */
struct change {
	struct site site;
	struct text_patch *patch;
	u8 now[TEXT_SITE_MAX];
	u8 next[TEXT_SITE_MAX];
	u32 from;
	u32 size;
};

/**
 * struct form - what bytes are, at a site
 * @why: 0 if the tables have them, or enum shadow_box_why
 * @policy: which policy has a say besides, or %NO_POLICY
 * @mode: its mode
 */
struct form {
	u32 why;
	u32 policy;
	u32 mode;
};

static bool equal(const u8 *a, const u8 *b, u32 size)
{
	while (size--)
		if (*a++ != *b++)
			return false;
	return true;
}

/* Where the instruction of @size bytes at @address branches to, by the 32 bits at its end. */
static u64 branch_target(const u8 *bytes, u64 address, u32 size)
{
	const u8 *r = bytes + size - 4;

	return address + size + (u64)(int)(r[0] | r[1] << 8 | r[2] << 16 | (u32)r[3] << 24);
}

/*
 * The table of patches: open addressing, linear probing. No entry is further than SEARCH_MAX
 * from its home, for nothing puts it there and removal only moves entries towards home.
 */

static u32 home_of(u64 address)
{
	return address * 0x9e3779b97f4a7c15ull >> 52 & (TEXT_PATCHES - 1);
}

static struct text_patch *find(const struct text *text, u64 address)
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

/* One place stays free, so that every search and every removal comes to an end. */
static struct text_patch *add(struct text *text, u64 address)
{
	u32 i = home_of(address), n;

	for (n = 0; n < SEARCH_MAX; n++, i = (i + 1) & (TEXT_PATCHES - 1)) {
		if (text->patch[i].address || text->nr_patches >= TEXT_PATCHES - 1)
			continue;
		text->patch[i].address = address;
		text->nr_patches++;
		return &text->patch[i];
	}
	return NULL;
}

/* What lies behind the hole and would not be found across it moves into it. */
static void remove(struct text *text, struct text_patch *patch)
{
	u32 hole = patch - text->patch, i = hole;

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
static struct text_patch *standing(struct text *text, u64 address)
{
	struct text_patch *patch = find(text, address);
	u8 byte;

	if (!patch)
		return NULL;
	if (text->read(text->context, address, &byte, 1) &&
	    (byte == INT3 || (byte == JMP && patch->is_kprobe && patch->size == PROBE_SIZE)))
		return patch;
	remove(text, patch);
	return NULL;
}

static struct text_patch *save(struct text *text, u64 address, const u8 *bytes, u32 size,
			       bool is_kprobe)
{
	struct text_patch *patch = add(text, address);

	if (!patch)
		return NULL;
	copy_bytes(patch->saved, bytes, size);
	patch->size = size;
	patch->is_kprobe = is_kprobe;
	return patch;
}

/* Sites. */

static u32 size_of_kind(u32 kind)
{
	if (kind < SB_SITE_JUMP2 || kind > SB_SITE_FTRACE)
		return 0;
	return kind == SB_SITE_JUMP2 ? 2 : kind == SB_SITE_JCC ? 6 : 5;
}

static struct site site_from(const struct sb_region *region, u32 i)
{
	const struct sb_site *s = (const struct sb_site *)(unsigned long)region->sites + i;
	u32 kind = s->where >> SB_SITE_KIND_SHIFT;

	return (struct site){
		.address = region->start + (s->where & SB_SITE_OFFSET),
		.base = region->start,
		.kind = kind,
		.size = size_of_kind(kind),
		.operand = s->operand,
	};
}

/*
 * The last site that has bytes from @start up to @end. Sites are in order, so that the last one
 * that begins before @end also ends last. A table that is not in order can hide sites, but not show
 * one beyond the region.
 */
static bool site_in(const struct sb_region *region, u64 start, u64 end, struct site *site)
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

static u64 operand_target(const struct site *site)
{
	return site->base + (u64)(int)site->operand;
}

/* Targets. */

static bool is_function(const struct text *text, u64 address)
{
	const struct sb_region *region;
	const u8 *functions;
	u64 i;

	if (address % SB_FUNCTION_ALIGN)
		return false;
	region = text->region_of(text->context, address);
	if (!region || address < region->start || address >= region->end)
		return false;
	functions = (const u8 *)(unsigned long)region->functions;
	i = (address - region->start) / SB_FUNCTION_ALIGN;
	return functions[i / 8] >> i % 8 & 1;
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
static bool is_outside(const struct text *text, u64 address, u32 size)
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

/* Forms. */

static u32 mode_of(const struct text *text, u32 policy)
{
	return policy == NO_POLICY ? SHADOW_BOX_MODE_OFF : text->mode(text->context, policy);
}

static bool is_denied(const struct text *text, u32 policy)
{
	return mode_of(text, policy) == SHADOW_BOX_MODE_ENFORCE;
}

/* A BPF dispatcher's static call, or its trampoline. */
static bool is_bpf_site(const struct site *site)
{
	return (site->kind == SB_SITE_CALL || site->kind == SB_SITE_TAIL) &&
	       site->operand & SB_SITE_BPF;
}

/* Return: enum shadow_box_why, or 0 if a branch at this site may go there. */
static u32 check_target(const struct text *text, const struct site *site, u64 target, u32 *policy)
{
	switch (site->kind) {
	case SB_SITE_JUMP2:
	case SB_SITE_JUMP5:
		return target == operand_target(site) ? 0 : SHADOW_BOX_WHY_TARGET;
	case SB_SITE_MCOUNT:
		if (is_ftrace_entry(text, target))
			*policy = SHADOW_BOX_POLICY_FTRACE;
		else if (is_bpf_trampoline(text, target))
			*policy = SHADOW_BOX_POLICY_BPF;
		else
			return SHADOW_BOX_WHY_TARGET;
		return 0;
	case SB_SITE_FTRACE:
		if (target == operand_target(site))
			return 0;
		*policy = SHADOW_BOX_POLICY_FTRACE;
		return is_function(text, target) ? 0 : SHADOW_BOX_WHY_TARGET;
	}
	if (is_function(text, target) ||
	    (site->kind == SB_SITE_CALL && is_accounted_function(text, target)))
		return 0;
	*policy = SHADOW_BOX_POLICY_BPF;
	return is_bpf_site(site) && is_outside(text, target, 1) ? 0 : SHADOW_BOX_WHY_TARGET;
}

/* Whether a branch of this site begins so. A conditional one keeps its condition. */
static bool is_branch(const struct site *site, const u8 *original, const u8 *bytes)
{
	switch (site->kind) {
	case SB_SITE_JUMP2:
		return bytes[0] == JMP8;
	case SB_SITE_JUMP5:
	case SB_SITE_TAIL:
		return bytes[0] == JMP;
	case SB_SITE_JCC:
		return bytes[0] == ESCAPE && (bytes[1] & 0xf0) == 0x80 && bytes[1] == original[1];
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

static struct form form_of(const struct text *text, const struct site *site, const u8 *original,
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
	form.why = check_target(text, site, target, &form.policy);
	form.mode = mode_of(text, form.policy);
	return form;
}

/* What the bytes after the first may belong to: of these forms the one most freely allowed. */
static struct form form_of_tail(const struct text *text, const struct site *site,
				const u8 *original, const u8 *bytes)
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

/*
 * On CPUs without fast short REP MOVSB, memcpy() writes the five bytes after the first of a Jcc as
 * two overlapping words. After the first word the distance has its old highest byte: it may become
 * any.
 */
static bool is_half_of_jcc(const struct text *text, const struct change *c)
{
	u8 bytes[TEXT_SITE_MAX];
	u32 top;

	if (c->site.kind != SB_SITE_JCC || c->from != 1 || c->size != 4)
		return false;
	copy_bytes(bytes, c->next, c->site.size);
	for (top = 0; top < 256; top++) {
		bytes[5] = top;
		if (!form_of_tail(text, &c->site, c->patch->saved, bytes).why)
			return true;
	}
	return false;
}

/* Verdicts. */

static void allow(struct text_verdict *verdict, u32 policy)
{
	verdict->allowed = true;
	if (policy != NO_POLICY)
		verdict->policy = policy;
}

static void refuse(struct text_verdict *verdict, u32 why)
{
	verdict->why = why;
}

static void deny(struct text_verdict *verdict, u32 policy)
{
	verdict->policy = policy;
	verdict->why = SHADOW_BOX_WHY_POLICY;
}

/* Allowed, and to be logged if the policy is in mode log. */
static void allow_as(const struct text *text, struct text_verdict *verdict, u32 policy)
{
	allow(verdict, policy);
	if (mode_of(text, policy) == SHADOW_BOX_MODE_LOG)
		verdict->why = SHADOW_BOX_WHY_POLICY;
}

/* What a write to a site is counted as if no policy had a say. */
static u32 usual_policy(const struct site *site)
{
	return site->kind == SB_SITE_MCOUNT || site->kind == SB_SITE_FTRACE ?
	       SHADOW_BOX_POLICY_FTRACE : NO_POLICY;
}

/*
 * After a refusal the patch will not be finished: the site gets back what it held.
 *
 * If only its first byte had changed, that is a write of one byte. If the tail had changed too, one
 * write puts all back and lifts the breakpoint, without synchronising the other CPUs in between as
 * Linux would. It may, because the first byte is written last and stores are seen in their order
 * (SDM 9.2.2): a CPU that finds the old first byte finds the old tail behind it; one that finds
 * INT3 takes an exception, and fetches anew after IRET, which serializes; and none has executed the
 * new tail, for INT3 stood before it all the time.
 */
static void restore(struct text *text, struct change *c, struct text_verdict *verdict)
{
	struct text_patch *patch = c->patch;
	bool tail_is_old = equal(c->now + 1, patch->saved + 1, c->site.size - 1);

	verdict->restore.address = c->site.address;
	verdict->restore.size = tail_is_old ? 1 : c->site.size;
	copy_bytes(verdict->restore.bytes, patch->saved, verdict->restore.size);
	remove(text, patch);
}

/*
 * When a policy denied a patch at its tail, Linux goes on and the rest of it still comes. That too
 * is the policy's matter: if it were called a write out of order, and kernel-text only logs those,
 * half a patch would be let through.
 */
static u32 denied_before(const struct text *text, const struct change *c)
{
	const struct site *site = &c->site;
	bool may_be_bpf = site->kind == SB_SITE_MCOUNT || is_bpf_site(site);
	struct form form;

	if (!equal(c->now + 1, c->next + 1, site->size - 1)) {
		form = c->next[0] == c->now[0] ? form_of_tail(text, site, c->now, c->next) :
						 form_of(text, site, c->now, c->next);
		return !form.why && is_denied(text, form.policy) ? form.policy : NO_POLICY;
	}
	if (!is_branch(site, c->now, c->next))
		return NO_POLICY;
	if (site->kind == SB_SITE_MCOUNT && is_denied(text, SHADOW_BOX_POLICY_FTRACE))
		return SHADOW_BOX_POLICY_FTRACE;
	return may_be_bpf && is_denied(text, SHADOW_BOX_POLICY_BPF) ? SHADOW_BOX_POLICY_BPF :
								      NO_POLICY;
}

/* No breakpoint stands yet: one may be put there, whatever the site holds, and nothing else. */
static void verify_first(struct text *text, struct change *c, struct text_verdict *verdict)
{
	u32 policy;

	if (c->next[0] == INT3 && equal(c->now + 1, c->next + 1, c->site.size - 1)) {
		if (save(text, c->site.address, c->now, c->site.size, false))
			allow(verdict, usual_policy(&c->site));
		else
			refuse(verdict, SHADOW_BOX_WHY_FULL);
		return;
	}
	policy = denied_before(text, c);
	if (policy == NO_POLICY)
		refuse(verdict, SHADOW_BOX_WHY_ORDER);
	else
		deny(verdict, policy);
}

/* A breakpoint stands and stays: the tail must be one that the site may have. */
static void verify_tail(struct text *text, struct change *c, struct text_verdict *verdict)
{
	const u8 *saved = c->patch->saved;
	struct form form;

	if (equal(c->next + 1, saved + 1, c->site.size - 1) || is_half_of_jcc(text, c)) {
		allow(verdict, usual_policy(&c->site));
		return;
	}
	form = form_of_tail(text, &c->site, saved, c->next);
	if (form.why)
		refuse(verdict, form.why);
	else if (form.mode == SHADOW_BOX_MODE_ENFORCE)
		deny(verdict, form.policy);
	else if (form.policy != NO_POLICY)
		allow_as(text, verdict, form.policy);
	else
		allow(verdict, usual_policy(&c->site));
	if (!verdict->allowed)
		restore(text, c, verdict);
}

/* The breakpoint is lifted: all of the site must be right. What stood there before always is. */
static void verify_last(struct text *text, struct change *c, struct text_verdict *verdict)
{
	const u8 *saved = c->patch->saved;
	bool is_back = equal(c->next, saved, c->site.size);
	struct form form = form_of(text, &c->site, saved, c->next);

	if (form.why && !is_back) {
		refuse(verdict, form.why);
		restore(text, c, verdict);
		return;
	}
	if (form.mode == SHADOW_BOX_MODE_ENFORCE && !is_back) {
		deny(verdict, form.policy);
		restore(text, c, verdict);
		return;
	}
	/* The log has it already, from when the tail was written. */
	allow(verdict, form.why || form.policy == NO_POLICY ? usual_policy(&c->site) : form.policy);
	if (form.mode == SHADOW_BOX_MODE_LOG && !is_back &&
	    equal(c->next + 1, saved + 1, c->site.size - 1))
		verdict->why = SHADOW_BOX_WHY_POLICY;
	remove(text, c->patch);
}

static void verify_site(struct text *text, const struct site *site, const struct text_write *write,
			struct text_verdict *verdict)
{
	struct change c;

	c.site = *site;
	c.from = write->address - site->address;
	c.size = write->size;
	c.patch = standing(text, site->address);
	if ((c.patch && c.patch->is_kprobe) ||
	    !text->read(text->context, site->address, c.now, site->size)) {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
		return;
	}
	copy_bytes(c.next, c.now, site->size);
	copy_bytes(c.next + c.from, write->bytes, write->size);
	if (equal(c.now, c.next, site->size))
		allow(verdict, usual_policy(site));
	else if (!c.patch)
		verify_first(text, &c, verdict);
	else if (c.next[0] == INT3)
		verify_tail(text, &c, verdict);
	else
		verify_last(text, &c, verdict);
}

/*
 * Kprobes: breakpoints where no site is, for as long as somebody wants them, and the jumps they
 * become.
 */

/*
 * Whether the jump of an optimised kprobe, or what stands in for it, covers @address from before.
 */
static bool is_covered(struct text *text, u64 address)
{
	u32 i;

	for (i = 1; i < PROBE_SIZE; i++) {
		struct text_patch *patch = standing(text, address - i);

		if (patch && patch->size > i)
			return true;
	}
	return false;
}

static bool is_any_within(struct text *text, u64 address, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (standing(text, address + i))
			return true;
	return false;
}

static void verify_new_probe(struct text *text, u64 address, u8 now, struct text_verdict *verdict)
{
	if (is_covered(text, address))
		refuse(verdict, SHADOW_BOX_WHY_BYTES);
	else if (is_denied(text, SHADOW_BOX_POLICY_KPROBES))
		deny(verdict, SHADOW_BOX_POLICY_KPROBES);
	else if (save(text, address, &now, 1, true))
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
		remove(text, patch);
	} else if (byte == JMP && is_denied(text, SHADOW_BOX_POLICY_KPROBES)) {
		deny(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else if (byte == JMP && is_jump_ready(text, patch)) {
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
	} else {
		refuse(verdict, byte == patch->saved[0] || byte == JMP ? SHADOW_BOX_WHY_ORDER :
									 SHADOW_BOX_WHY_BYTES);
	}
}

static void verify_byte(struct text *text, const struct text_write *write,
			struct text_verdict *verdict)
{
	struct text_patch *patch = standing(text, write->address);
	u8 byte = write->bytes[0], now;

	if (!text->read(text->context, write->address, &now, 1))
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	else if (byte == now)
		allow(verdict, SHADOW_BOX_POLICY_KPROBES);
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

static void verify_word(struct text *text, const struct text_write *write,
			struct text_verdict *verdict)
{
	u64 address = write->address - 1;
	/* First, for it can drop entries and so move the others. */
	bool is_free = !is_any_within(text, write->address, PROBE_SIZE - 1);
	struct text_patch *patch = standing(text, address);
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
 * text_verify() - decide about a write to code, and keep account of what stands
 * @text: what the verifier stands on
 * @write: the bytes, as one instruction writes them
 * @policy: whose matter a refusal is: kernel-text or module-text
 * @verdict: what is to be done; the caller does it before the next call
 *
 * Context: under the host's lock.
 */
void text_verify(struct text *text, const struct text_write *write, u32 policy,
		 struct text_verdict *verdict)
{
	const struct sb_region *region = text->region_of(text->context, write->address);
	u64 end = write->address + write->size;
	struct site site;

	verdict->allowed = false;
	verdict->policy = policy;
	verdict->why = 0;
	verdict->restore.address = 0;
	verdict->restore.size = 0;
	if (!region || !write->size || write->size > TEXT_WRITE_MAX ||
	    write->address < region->start || write->address >= region->end ||
	    write->size > region->end - write->address) {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	} else if (site_in(region, write->address, end, &site)) {
		if (site.address <= write->address && end <= site.address + site.size)
			verify_site(text, &site, write, verdict);
		else
			refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	} else if (write->size == 1) {
		verify_byte(text, write, verdict);
	} else if (write->size == PROBE_SIZE - 1 && write->address > region->start) {
		verify_word(text, write, verdict);
	} else {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	}
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
	    site_in(region, probe->address, probe->address + size, &site) ||
	    probe->original[0] == INT3 || is_covered(text, probe->address) ||
	    is_any_within(text, probe->address + 1, size - 1) ||
	    !text->read(text->context, probe->address, now, size) ||
	    now[0] != (probe->optimised ? JMP : INT3) ||
	    (probe->optimised && !is_slot_jump(text, probe->address, now + 1)))
		return false;
	known = standing(text, probe->address);
	if (known)
		remove(text, known);
	return save(text, probe->address, probe->original, size, true);
}

/**
 * text_forget() - forget what stands in code that is gone
 * @text: what the verifier stands on
 * @start: linear address of its first byte
 * @end: linear address after its last byte
 *
 * Context: under the host's lock.
 */
void text_forget(struct text *text, u64 start, u64 end)
{
	u32 i = 0;

	/* What moves into the place of an entry that is dropped has to be looked at as well. */
	while (i < TEXT_PATCHES && text->nr_patches) {
		u64 address = text->patch[i].address;

		if (address && address >= start && address < end)
			remove(text, &text->patch[i]);
		else
			i++;
	}
}

static bool is_operand_valid(const struct sb_region *region, const struct site *site)
{
	u64 target = operand_target(site);

	switch (site->kind) {
	case SB_SITE_CALL:
	case SB_SITE_TAIL:
		return !(site->operand & ~SB_SITE_BPF);
	case SB_SITE_JCC:
	case SB_SITE_MCOUNT:
		return !site->operand;
	}
	return target >= region->start && target < region->end;
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

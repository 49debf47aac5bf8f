// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the verifier of patches (host/verify/verifier.c). The input is a sequence of writes, patches,
 * kprobes, changes of policies and of modules; after each the code must be what the oracle, which
 * shares nothing with it, allows.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text_oracle.h"

#define INT3	0xcc
#define JMP	0xe9

static struct text_model start, model;
static struct text_verdict verdict;

/* What each site held when no breakpoint stood there last. */
static u8 accepted[ORACLE_SITES][TEXT_SITE_MAX];

/* Module B has a table out of the input, and only what is around it is checked. */
static bool is_hostile;

static const u8 *input, *input_end;

static u8 take(void)
{
	return input < input_end ? *input++ : 0;
}

static u32 take_below(u32 end)
{
	return end <= 256 ? take() % end : (take() | take() << 8) % end;
}

#define check(condition, ...)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "text_fuzz: " __VA_ARGS__);		\
			fprintf(stderr, " (line %d)\n", __LINE__);		\
			abort();						\
		}								\
	} while (0)

static bool is_denied(u32 policy)
{
	return policy != ORACLE_NONE && model.mode[policy] == SHADOW_BOX_MODE_ENFORCE;
}

static bool is_checked(u64 address)
{
	if (address - KERNEL < KERNEL_SIZE)
		return true;
	if (address - MODULE_A < MODULE_SIZE)
		return model.is_loaded[0];
	return address - MODULE_B < MODULE_SIZE && model.is_loaded[1] && !is_hostile;
}

static const struct text_patch *entry_at(u64 address)
{
	const struct text_patch *found = NULL;
	u32 i;

	for (i = 0; i < TEXT_PATCHES; i++)
		if (model.patch[i].address == address) {
			check(!found, "two entries for 0x%llx", address);
			found = &model.patch[i];
		}
	return found;
}

/* A hook that is denied may come where another of its kind was. */
static bool may_come(const struct oracle_site *site, const u8 *was, const struct oracle_form *form)
{
	const struct oracle_form *before = oracle_form_of(&model, site, was);

	return !is_denied(form->policy) || (before && before->policy == form->policy);
}

static bool is_tail_of_form(const struct oracle_site *site, const u8 *was, const u8 *bytes)
{
	const struct oracle_form *form;
	u8 whole[TEXT_SITE_MAX];
	u32 first;

	if (site->size == 6) /* Jcc: also half of it */
		return bytes[1] == 0x85;
	memcpy(whole, bytes, site->size);
	for (first = 0; first < 256; first++) {
		whole[0] = first;
		form = oracle_form_of(&model, site, whole);
		if (form && may_come(site, was, form))
			return true;
	}
	return false;
}

/* @before: what the site held before this step. */
static void check_site(u32 n, const u8 *before)
{
	const struct oracle_site *site = &oracle_sites[n];
	const u8 *bytes = model_at(&model, site->address, site->size);
	const struct text_patch *entry = entry_at(site->address);
	const struct oracle_form *form;

	if (bytes[0] == INT3) {
		check(entry && !entry->is_kprobe && entry->size == site->size,
		      "nobody knows of INT3 at site 0x%llx", site->address);
		check(!memcmp(entry->saved, accepted[n], site->size),
		      "wrong bytes saved of site 0x%llx", site->address);
		check(!memcmp(bytes + 1, before + 1, site->size - 1) ||
		      !memcmp(bytes + 1, accepted[n] + 1, site->size - 1) ||
		      is_tail_of_form(site, accepted[n], bytes), "wrong tail at 0x%llx", site->address);
		return;
	}
	check(!entry, "an entry, but no INT3 at site 0x%llx", site->address);
	if (!memcmp(bytes, accepted[n], site->size))
		return;
	check(before[0] == INT3, "0x%llx changed without INT3", site->address);
	form = oracle_form_of(&model, site, bytes);
	check(form, "site 0x%llx has bytes that it never holds", site->address);
	check(may_come(site, accepted[n], form), "site 0x%llx has what policy %u denies", site->address,
	      form->policy);
	memcpy(accepted[n], bytes, site->size);
}

static bool is_slot_jump(u64 address, const u8 *tail)
{
	int distance;

	memcpy(&distance, tail, 4);
	return oracle_is_slot(address + 5 + distance);
}

/* A kprobe, or a byte that is as it always was. Return: bytes that it accounts for. */
static u32 check_byte(u64 address)
{
	const u8 *original = model_original(&model, address);
	const u8 *bytes = model_at(&model, address, 1);
	const struct text_patch *entry = entry_at(address);

	if (!entry) {
		check(*bytes == *original, "byte 0x%02x at 0x%llx", *bytes, address);
		return 1;
	}
	check(entry->is_kprobe, "0x%llx is no site", address);
	check(entry->size == 1 || entry->size == 5, "size %u", entry->size);
	check(!memcmp(entry->saved, original, entry->size), "wrong bytes saved at 0x%llx", address);
	check(*bytes == INT3 || (*bytes == JMP && entry->size == 5), "no kprobe at 0x%llx",
	      address);
	check(entry->size == 1 || is_slot_jump(address, bytes + 1), "no slot at 0x%llx", address);
	return entry->size;
}

/* Around @address, where a jump can have begun earlier, and sites can be hit in part. */
static void check_around(u64 address, u8 before[][TEXT_SITE_MAX])
{
	u64 a = address - 5;
	u32 n;

	for (n = 0; n < ORACLE_SITES; n++)
		if (oracle_sites[n].address - (address - 8) < 32 &&
		    is_checked(oracle_sites[n].address))
			check_site(n, before[n]);
	while (a < address + 8) {
		const struct text_patch *entry;
		u32 i, covered = 0;

		for (i = 1; i < 5 && !covered; i++) {
			entry = is_checked(a - i) ? entry_at(a - i) : NULL;
			covered = entry && entry->is_kprobe && entry->size > i;
		}
		if (is_checked(a) && !oracle_site_of(a) && !covered)
			a += check_byte(a);
		else
			a++;
	}
}

static void check_verdict(const struct text_verdict *v)
{
	bool is_policys = v->why == SHADOW_BOX_WHY_POLICY;
	u32 mode = v->policy < SHADOW_BOX_POLICIES ? model.mode[v->policy] : 0;

	if (v->allowed) {
		check(!v->restore.size, "allowed and restored");
		check(!v->why || (is_policys && mode == SHADOW_BOX_MODE_LOG), "allowed, but why?");
		return;
	}
	check(v->why == SHADOW_BOX_WHY_NO_SITE || v->why == SHADOW_BOX_WHY_BYTES ||
	      v->why == SHADOW_BOX_WHY_ORDER || v->why == SHADOW_BOX_WHY_TARGET ||
	      v->why == SHADOW_BOX_WHY_FULL || is_policys, "refused, but why?");
	check(!is_policys || (v->policy >= SHADOW_BOX_POLICY_KPROBES &&
			      mode == SHADOW_BOX_MODE_ENFORCE), "denied by a policy that does not");
	check(is_policys || v->policy == SHADOW_BOX_POLICY_KERNEL_TEXT, "refused by a policy");
}

/* In mode deny nothing new comes up where no site is, and what stands can only go. */
static void check_denied_probe(u64 address, const u8 *bytes, u32 size, const u8 *now, bool stood)
{
	if (!now || oracle_site_of(address) || oracle_site_of(address + size - 1) ||
	    !memcmp(bytes, now, size))
		return;
	check(!memcmp(bytes, model_original(&model, address), size) ||
	      (size == 1 && *bytes == INT3 && stood), "a kprobe at 0x%llx in mode deny", address);
}

static bool write_code(u64 address, const void *bytes, u32 size)
{
	u8 before[ORACLE_SITES][TEXT_SITE_MAX], now[TEXT_WRITE_MAX];
	bool stood = entry_at(address), allowed;
	const u8 *at = is_checked(address) && size <= TEXT_WRITE_MAX ?
		       model_at(&model, address, size) : NULL;
	u32 n;

	if (at)
		memcpy(now, at, size);

	for (n = 0; n < ORACLE_SITES; n++)
		memcpy(before[n], model_at(&model, oracle_sites[n].address, oracle_sites[n].size),
		       oracle_sites[n].size);
	allowed = model_write(&model, address, bytes, size, &verdict);
	check_verdict(&verdict);
	if (allowed && size && is_denied(SHADOW_BOX_POLICY_KPROBES))
		check_denied_probe(address, bytes, size, at ? now : NULL, stood);
	check_around(address, before);
	if (size > 8)
		check_around(address + 8, before);
	return allowed;
}

static bool write_byte(u64 address, u8 byte)
{
	return write_code(address, &byte, 1);
}

static bool step(const struct oracle_site *site, const u8 *bytes, u32 n)
{
	if (n == 0)
		return write_byte(site->address, INT3);
	if (n == 1)
		return write_code(site->address + 1, bytes + 1, site->size - 1);
	return write_byte(site->address, bytes[0]);
}

/* No kprobe stands in the code by which trampolines and accounting are known. */
static bool are_templates_whole(void)
{
	static const u64 extent[][2] = {
		{ FTRACE_CALLER, FTRACE_CALLER_OP }, { FTRACE_REGS_CALLER, FTRACE_REGS_CALLER_OP },
		{ ACCOUNTED_FUNCTION - 9, ACCOUNTED_FUNCTION + 1 },
	};
	u32 i;

	for (i = 0; i < sizeof(extent) / sizeof(extent[0]); i++)
		if (memcmp(model_at(&model, extent[i][0], extent[i][1] - extent[i][0]),
			   model_original(&model, extent[i][0]), extent[i][1] - extent[i][0]))
			return false;
	return true;
}

/* A patch as Linux does it: it goes in, if nothing stands there and no policy denies it. */
static void patch(const struct oracle_site *site, const u8 *bytes)
{
	const struct oracle_form *form = oracle_form_of(&model, site, bytes);
	bool must = form && !is_denied(form->policy) && is_checked(site->address) &&
		    *model_at(&model, site->address, 1) != INT3 && are_templates_whole();
	u32 n;

	for (n = 0; n < 3; n++) {
		bool allowed = step(site, bytes, n);

		if (!allowed && verdict.why == SHADOW_BOX_WHY_FULL)
			return;
		check(allowed || !must, "a good patch of 0x%llx refused", site->address);
	}
	check(!is_checked(site->address) || bytes[0] == INT3 ||
	      *model_at(&model, site->address, 1) != INT3, "INT3 is left at 0x%llx", site->address);
}

static u64 take_target(void)
{
	static const u64 targets[] = {
		FUNCTION(0), FUNCTION(1), FUNCTION(5), ACCOUNTED_FUNCTION - 9, FTRACE_CALLER,
		FTRACE_REGS_CALLER, FTRACE_STUB, TRAMPOLINE, REGS_TRAMPOLINE, BAD_TRAMPOLINE,
		BAD_REGS_TRAMPOLINE, BPF_PLAIN, BPF_ENDBR, BPF_ACCOUNTED, BPF_ACCOUNTED_OLD,
		BAD_BPF, DISPATCHER, SLOT, CLAC_SLOT, BAD_SLOT, BAD_CLAC_SLOT,
		MODULE_FUNCTION(MODULE_A), MODULE_FUNCTION(MODULE_B), KERNEL + JUMP_TARGET,
		MODULE_A + JUMP_TARGET, MODULE_SPACE, MODULE_SPACE_END, OUTSIDE, RODATA,
	};
	u8 n = take();

	return targets[n % (sizeof(targets) / sizeof(targets[0]))] + (n & 0x80 ? take() - 128 : 0);
}

/* Bytes for a site: a form, one with a wrong bit, a branch to somewhere, or anything. */
static void take_bytes(const struct oracle_site *site, u8 *bytes)
{
	u8 n = take();
	u32 i;

	if (n < 0xc0) {
		memcpy(bytes, site->form[n % site->nr].bytes, site->size);
		i = n >= 0xa0 ? take() : 0;
		bytes[i / 8 % site->size] ^= n >= 0xa0 ? 1 << i % 8 : 0;
	} else if (n < 0xf0 && site->size >= 5) {
		bytes[0] = 0x0f;
		model_branch(bytes + (site->size == 6), n & 1 ? 0xe8 + (n >> 1 & 1) : 0x85,
			     site->address + (site->size == 6), take_target());
	} else {
		for (i = 0; i < site->size; i++)
			bytes[i] = take();
	}
}

static const struct oracle_site *take_site(void)
{
	return &oracle_sites[take_below(ORACLE_SITES)];
}

static u64 take_address(void)
{
	static const u64 base[] = { KERNEL, KERNEL + 0x900, MODULE_A + 0x200, MODULE_B + 0x200 };
	u8 n = take();

	if (n < 0x60)
		return base[n % 4] + take() % 32;
	if (n < 0xa0)
		return take_site()->address - 8 + take() % 24;
	if (n < 0xe0)
		return KERNEL + take_below(KERNEL_SIZE);
	return (n & 1 ? MODULE_A : MODULE_B) - 4 + take_below(MODULE_SIZE + 8);
}

static void do_patch(void)
{
	const struct oracle_site *site = take_site();
	u8 bytes[TEXT_SITE_MAX];

	take_bytes(site, bytes);
	patch(site, bytes);
}

/* A patch of which other things come between the steps. */
static const struct oracle_site *begun = oracle_sites;
static u8 begun_bytes[TEXT_SITE_MAX];

static void do_begin(void)
{
	begun = take_site();
	take_bytes(begun, begun_bytes);
	step(begun, begun_bytes, 0);
}

static void do_step(void)
{
	step(begun, begun_bytes, take() % 3);
}

/* Any part of a form. */
static void do_part(void)
{
	const struct oracle_site *site = take_site();
	u8 bytes[TEXT_SITE_MAX];
	u32 from;

	take_bytes(site, bytes);
	from = take_below(site->size);
	write_code(site->address + from, bytes + from, 1 + take_below(site->size - from));
}

static void do_write(void)
{
	u64 address = take_address();
	u8 bytes[TEXT_WRITE_MAX];
	u32 i, size = take() % (TEXT_WRITE_MAX + 2);

	for (i = 0; i < size && i < TEXT_WRITE_MAX; i++)
		bytes[i] = take();
	write_code(address, bytes, size);
}

static void do_kprobe(void)
{
	u64 address = take_address();
	u8 what = take(), jump[5];

	if (!is_checked(address))
		return;
	model_branch(jump, JMP, address, take_target());
	switch (what % 6) {
	case 0:
	case 1:
		write_byte(address, INT3);
		break;
	case 2:
		write_byte(address, *model_original(&model, address));
		break;
	case 3:
		write_byte(address, JMP);
		break;
	case 4:
		write_code(address + 1, jump + 1, 4);
		break;
	case 5:
		if (is_checked(address + 5))
			write_code(address + 1, model_original(&model, address + 1), 4);
	}
}

/* The whole life of an optimised kprobe, of which the input may leave steps out. */
static void do_optimised(void)
{
	static const u64 slot[] = { SLOT, CLAC_SLOT, BAD_SLOT, BAD_CLAC_SLOT };
	u64 address = take_address();
	u8 steps = take(), jump[5];
	const u8 *original;

	if (!is_checked(address) || !is_checked(address + 5))
		return;
	original = model_original(&model, address);
	model_branch(jump, JMP, address, slot[steps >> 6]);
	if (!(steps & 1))
		write_byte(address, INT3);
	if (!(steps & 2))
		write_code(address + 1, jump + 1, 4);
	if (!(steps & 4))
		write_byte(address, JMP);
	if (steps & 8)
		write_byte(address, INT3);
	if (steps & 16)
		write_code(address + 1, original + 1, 4);
	if (steps & 32)
		write_byte(address, original[0]);
}

/* Fills the table, or empties it. */
static void do_many(void)
{
	u64 address = take_address();
	u64 end = address + take() % 80;
	bool comes = take() & 1;

	for (; address < end; address++)
		if (is_checked(address) && !oracle_site_of(address))
			write_byte(address, comes ? INT3 : *model_original(&model, address));
}

static void do_mode(void)
{
	u32 policy = SHADOW_BOX_POLICY_KPROBES + take() % 3;

	model.mode[policy] = take() % 3;
}

static void accept_module(u32 module)
{
	u32 n;

	for (n = 0; n < ORACLE_SITES; n++)
		if (oracle_sites[n].module == module + 1)
			memcpy(accepted[n], model_at(&model, oracle_sites[n].address, 6),
			       oracle_sites[n].size);
}

static void do_module(void)
{
	u32 module = take() & 1;

	if (module && is_hostile)
		return;
	if (model.is_loaded[module]) {
		model_unload(&model, module);
	} else {
		model_load(&model, module);
		accept_module(module);
	}
}

/* A kprobe that was set while code was not protected. */
static void do_adopt(void)
{
	u64 address = take_address(), a;
	struct sb_standing standing = { .address = address, .optimised = take() & 1 };
	u8 *code;

	for (a = address - 5; a < address + 6; a++)
		if (!is_checked(a) || oracle_site_of(a) || entry_at(a))
			return;
	code = model_at(&model, address, 5);
	memcpy(standing.original, code, 5);
	check(!text_adopt(&model.text, &standing), "adopted what does not stand");
	if (standing.optimised)
		model_branch(code, JMP, address, SLOT);
	else
		code[0] = INT3;
	if (!text_adopt(&model.text, &standing))
		memcpy(code, standing.original, 5);
}

/* All that stands is taken away: then the code is as it was, but for sites, which have a form. */
static void check_all(void)
{
	static const u64 extent[][2] = { { KERNEL, KERNEL_SIZE }, { MODULE_A, MODULE_SIZE },
			    { MODULE_B, MODULE_SIZE } };
	u32 i, n, entries = 0, in_modules = 0;

	for (i = 0; i < TEXT_PATCHES; i++) {
		const struct text_patch *entry = &model.patch[i];
		u8 *bytes;

		if (!entry->address)
			continue;
		entries++;
		in_modules += entry->address >= MODULE_SPACE;
		bytes = model_at(&model, entry->address, entry->size);
		check(bytes && entry->size <= TEXT_SITE_MAX, "an entry for 0x%llx", entry->address);
		if (is_checked(entry->address))
			memcpy(bytes, entry->saved, entry->size);
	}
	check(entries == model.text.nr_patches, "%u entries, not %u", entries,
	      model.text.nr_patches);
	check(in_modules == model.text.nr_in_modules, "%u entries in modules, not %u", in_modules,
	      model.text.nr_in_modules);
	for (n = 0; n < ORACLE_SITES; n++) {
		const struct oracle_site *site = &oracle_sites[n];
		u8 *bytes = model_at(&model, site->address, site->size);

		if (!is_checked(site->address))
			continue;
		check(!memcmp(bytes, accepted[n], site->size), "site 0x%llx is not restored",
		      site->address);
		memcpy(bytes, model_original(&model, site->address), site->size);
	}
	for (i = 0; i < 3; i++)
		check(!is_checked(extent[i][0]) ||
		      !memcmp(model_at(&model, extent[i][0], extent[i][1]),
			      model_original(&model, extent[i][0]), extent[i][1]),
		      "0x%llx is not restored", extent[i][0]);
}

/* The same rules as text_region_is_valid()'s, from sb_site's description. */
static bool is_valid(const struct sb_site *sites, u32 nr, const struct sb_jump *jump, u32 nr_jumps)
{
	static const u32 size[16] = { 0, 2, 5, 5, 5, 6, 5, 5, 1 };
	static const u32 flags[16] = { 0, 0, 0, 13, 13, 12, 2 };
	u32 i, free = 0;

	for (i = 0; i < nr; i++) {
		u32 kind = sites[i].where >> 28, offset = sites[i].where & 0x0fffffff;
		bool has_target = kind == 7, jumps = kind <= 2;

		if (!size[kind] || offset < free || offset + size[kind] > MODULE_SIZE)
			return false;
		if (jumps && (sites[i].operand >= nr_jumps || jump[sites[i].operand].target >= MODULE_SIZE))
			return false;
		if (!jumps && (has_target ? sites[i].operand >= MODULE_SIZE : sites[i].operand & ~flags[kind]))
			return false;
		free = offset + size[kind];
	}
	return true;
}

#define NR_HOSTILE_JUMPS 8
static struct sb_jump hostile_jumps[NR_HOSTILE_JUMPS];

static struct sb_site *hostile_sites(void)
{
	u32 i, nr = take_below(12), offset = 0;
	struct sb_site *sites = malloc(nr * sizeof(*sites));

	for (i = 0; i < nr; i++) {
		u8 n = take();

		offset += take() % 16;
		sites[i].where = (u32)(n % 9) << 28 | offset;
		sites[i].operand = n & 8 ? take() : n & 16;
		if (n >= 0xf0) {
			sites[i].where = (u32)take() << 24 | take_below(0x1000);
			sites[i].operand = (u32)take() << 24;
		} else if (n >= 0xe0) {
			sites[i].where = (u32)(n % 9) << 28 | (MODULE_SIZE - take() % 8);
		}
	}
	for (i = 0; i < NR_HOSTILE_JUMPS; i++)
		hostile_jumps[i] = (struct sb_jump){ take(), (u32)take() << 24 | take() };
	hostile_jumps[0].target <<= 8;
	model.region[2].sites = (u64)sites;
	model.region[2].nr_sites = nr;
	model.region[2].jumps = (u64)hostile_jumps;
	model.region[2].nr_jumps = NR_HOSTILE_JUMPS;
	check(text_region_is_valid(&model.region[2]) ==
	      is_valid(sites, nr, hostile_jumps, NR_HOSTILE_JUMPS), "validity of a table");
	return sites;
}

static void do_one(void)
{
	static void (*const operation[])(void) = {
		do_patch, do_begin, do_step, do_step, do_part, do_write, do_kprobe, do_kprobe,
		do_optimised, do_many, do_mode, do_module, do_adopt,
	};

	operation[take() % (sizeof(operation) / sizeof(operation[0]))]();
}

static void start_over(void)
{
	u32 n;

	if (!start.text.patch) {
		oracle_start();
		model_start(&model);
		memcpy(&start, &model, sizeof(model));
	}
	memcpy(&model, &start, sizeof(model));
	for (n = 0; n < ORACLE_SITES; n++)
		memcpy(accepted[n], model_at(&model, oracle_sites[n].address, 6),
		       oracle_sites[n].size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_site *sites = NULL;

	start_over();
	begun = oracle_sites;
	check(text_region_is_valid(&model.region[0]), "the kernel's table is not valid");
	input = data;
	input_end = data + size;
	is_hostile = take() % 8 == 7;
	if (is_hostile)
		sites = hostile_sites();
	while (input < input_end)
		do_one();
	check_all();
	free(sites);
	return 0;
}

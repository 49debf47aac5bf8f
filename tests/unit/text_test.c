// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier of patches: all that Linux writes is let through, step by step, and nothing else;
 * what is refused half way leaves no breakpoint behind.
 */
#include "text_oracle.h"
#include "unit.h"

#define INT3	0xcc
#define PROBE	(KERNEL + 0x0900)	/* no site around it */

static struct text_model model;
static struct text_verdict verdict;

static int start(void **state)
{
	model_start(&model);
	oracle_start();
	random_seed(1);
	return 0;
}

static void require_bytes(u64 address, const void *bytes, u32 size, const char *what)
{
	require(!memcmp(model_at(&model, address, size), bytes, size), "%s at 0x%llx", what,
		address);
}

/* As the table has it, without its hash. */
static const struct text_patch *entry_at(u64 address)
{
	static u32 found;
	u32 i, left = model.text.nr_patches;

	/* The table is large and nearly empty; require_quiet() looks whether the number is right. */
	for (i = 0; left && i < TEXT_PATCHES; i++) {
		const struct text_patch *entry = &model.patch[(found + i) % TEXT_PATCHES];

		if (entry->address == address) {
			found = entry - model.patch;
			return entry;
		}
		left -= entry->address != 0;
	}
	return NULL;
}

static bool poke(u64 address, const void *bytes, u32 size)
{
	bool allowed = model_write(&model, address, bytes, size, &verdict);

	require(allowed || verdict.why, "refused without a reason");
	return allowed;
}

static bool poke_byte(u64 address, u8 byte)
{
	return poke(address, &byte, 1);
}

static bool poke_jump(u64 address, u64 slot)
{
	u8 bytes[5];

	model_branch(bytes, 0xe9, address, slot);
	return poke(address + 1, bytes + 1, 4);
}

static void require_refused(bool allowed, u32 why, u32 policy)
{
	require(!allowed, "allowed");
	require_equal(verdict.why, why, "why");
	require_equal(verdict.policy, policy, "policy");
}

#define refused(allowed, reason) \
	require_refused(allowed, SHADOW_BOX_WHY_##reason, SHADOW_BOX_POLICY_KERNEL_TEXT)
#define denied(allowed, name) \
	require_refused(allowed, SHADOW_BOX_WHY_POLICY, SHADOW_BOX_POLICY_##name)

/* A step of text_poke_bp_batch(): breakpoint, tail, first byte. */
static bool step(const struct oracle_site *site, const u8 *bytes, u32 n)
{
	if (n == 0)
		return poke_byte(site->address, INT3);
	if (n == 1)
		return poke(site->address + 1, bytes + 1, site->size - 1);
	return poke_byte(site->address, bytes[0]);
}

static void patch(const struct oracle_site *site, const u8 *bytes)
{
	u32 n;

	for (n = 0; n < 3; n++)
		require(step(site, bytes, n) && !verdict.restore.size,
			"step %u at 0x%llx refused: why %u", n, site->address, verdict.why);
	require_bytes(site->address, bytes, site->size, "not patched");
	require(!entry_at(site->address), "an entry is left at 0x%llx", site->address);
}

/* INT3 with an entry that has what stood there, or one of the forms and no entry. */
static void require_consistent(const struct oracle_site *site)
{
	const u8 *bytes = model_at(&model, site->address, site->size);
	const struct text_patch *entry = entry_at(site->address);

	if (bytes[0] == INT3) {
		require(entry, "nobody knows of INT3 at 0x%llx", site->address);
		bytes = entry->saved;
	} else {
		require(!entry, "entry without INT3 at 0x%llx", site->address);
	}
	require(oracle_form_of(&model, site, bytes), "wrong bytes at 0x%llx", site->address);
}

/* Nothing stands, and every site holds what it may. */
static void require_quiet(void)
{
	u32 i;

	require_equal(model.text.nr_patches, 0, "entries");
	for (i = 0; i < TEXT_PATCHES; i++)
		require(!model.patch[i].address, "entry %u is left", i);
	for (i = 0; i < ORACLE_SITES; i++)
		require_consistent(&oracle_sites[i]);
}

static void require_original(void)
{
	require(!memcmp(model.kernel, model.original, KERNEL_SIZE), "the kernel has changed");
	require(!memcmp(model.module, model.module_original, sizeof(model.module)),
		"a module has changed");
}

static const struct oracle_site *at(u64 offset)
{
	return oracle_site_of(KERNEL + offset);
}

static const struct oracle_site *site_number(u32 i)
{
	return &oracle_sites[i];
}

/* Every form of every site from every other. */
static void every_form_follows_every_other(void **state)
{
	u32 i, from, to;

	for (i = 0; i < ORACLE_SITES; i++) {
		const struct oracle_site *site = site_number(i);

		for (from = 0; from < site->nr; from++)
			for (to = 0; to < site->nr; to++) {
				patch(site, site->form[from].bytes);
				patch(site, site->form[to].bytes);
			}
	}
	require_quiet();
}

/* memcpy() writes a tail of four bytes twice, one of five bytes in two overlapping words. */
static void a_tail_may_come_in_the_words_of_memcpy(void **state)
{
	const struct oracle_site *site = at(AT_CALL), *jcc = at(AT_JCC);
	u8 wrong[TEXT_SITE_MAX];
	u32 i, j;

	for (i = 0; i < site->nr; i++) {
		const u8 *bytes = site->form[i].bytes;

		require(step(site, bytes, 0) && step(site, bytes, 1) && step(site, bytes, 1) &&
			step(site, bytes, 2), "form %u refused", i);
	}
	for (i = 0; i < jcc->nr; i++)
		for (j = 0; j < jcc->nr; j++) {
			const u8 *bytes = jcc->form[j].bytes;

			patch(jcc, jcc->form[i].bytes);
			require(step(jcc, bytes, 0) && poke(jcc->address + 1, bytes + 1, 4) &&
				poke(jcc->address + 2, bytes + 2, 4) && step(jcc, bytes, 2),
				"Jcc %u to %u refused", i, j);
		}
	require_quiet();
	/* Half of it is no target of its own. */
	patch(jcc, jcc->form[0].bytes);
	require(step(jcc, jcc->form[0].bytes, 0) &&
		poke(jcc->address + 1, jcc->form[6].bytes + 1, 4), "first half refused");
	refused(poke_byte(jcc->address, 0x0f), TARGET);
	require_bytes(jcc->address, jcc->form[0].bytes, 6, "not restored");
	require(step(jcc, jcc->form[0].bytes, 0), "INT3 refused");
	refused(poke(jcc->address + 1, "\x85\x01\x02\x03", 4), TARGET);
	require(step(jcc, jcc->form[0].bytes, 0), "INT3 refused");
	refused(poke(jcc->address + 1, "\x84", 1), TARGET);
	memcpy(wrong, jcc->form[0].bytes, 6);
	wrong[5] ^= 1;
	require(step(jcc, wrong, 0), "INT3 refused");
	refused(step(jcc, wrong, 1), TARGET);
	require_quiet();
}

static bool is_form(const struct oracle_site *site, const u8 *bytes)
{
	return oracle_form_of(&model, site, bytes);
}

/* Tries to patch in bytes that are no form: the site must have its old ones at the end. */
static void try_wrong(const struct oracle_site *site, const u8 *wrong)
{
	u8 old[TEXT_SITE_MAX];
	u32 n, refusals = 0;

	memcpy(old, model_at(&model, site->address, site->size), site->size);
	for (n = 0; n < 3; n++) {
		refusals += !step(site, wrong, n);
		require_consistent(site);
	}
	require(refusals, "wrong bytes went in at 0x%llx", site->address);
	require_bytes(site->address, old, site->size, "not restored");
	require(!entry_at(site->address), "an entry is left at 0x%llx", site->address);
}

/* Each form of each site with one bit wrong, from each other form of that site. */
static void one_wrong_bit_is_refused(void **state)
{
	u32 i, f, bit;

	for (i = 0; i < ORACLE_SITES; i++) {
		const struct oracle_site *site = site_number(i);

		for (f = 0; f < site->nr; f++)
			for (bit = 0; bit < site->size * 8; bit++) {
				u8 wrong[TEXT_SITE_MAX];

				memcpy(wrong, site->form[f].bytes, site->size);
				wrong[bit / 8] ^= 1 << bit % 8;
				patch(site, site->form[bit % site->nr].bytes);
				if (wrong[0] != INT3 && !is_form(site, wrong))
					try_wrong(site, wrong);
			}
	}
	require_quiet();
}

static void a_near_miss_is_refused(void **state)
{
	static const u64 target[] = {
		BAD_TRAMPOLINE, BAD_REGS_TRAMPOLINE, TRAMPOLINE + 1, BAD_BPF, BPF_PLAIN - 1,
		DISPATCHER, SLOT, FUNCTION(0), FTRACE_CALLER_OP, FTRACE_STUB, MODULE_A, MODULE_B,
		MODULE_SPACE, MODULE_SPACE_END - 1, MODULE_SPACE_END, OUTSIDE + OUTSIDE_SIZE - 8,
		FUNCTION(1) + 8, FUNCTION(2) + 1, ACCOUNTED_FUNCTION - 8, KERNEL - 16,
		KERNEL + KERNEL_SIZE, 0,
	};
	u32 i, t;

	for (i = 0; i < ORACLE_SITES; i++)
		for (t = 0; t < ARRAY_SIZE(target); t++) {
			const struct oracle_site *site = site_number(i);
			u8 bytes[TEXT_SITE_MAX] = { 0x0f };

			if (site->size == 5)
				model_branch(bytes, site->form[site->nr - 1].bytes[0],
					     site->address, target[t]);
			else if (site->size == 6)
				model_branch(bytes + 1, 0x85, site->address + 1, target[t]);
			if (site->size != 2 && !is_form(site, bytes))
				try_wrong(site, bytes);
		}
	require_quiet();
	require_original();
}

/* Where the kernel has JMP at all, it goes to trampolines of BPF; those of ftrace need a CALL. */
static void a_jmp_at_an_entry_goes_to_bpf_only(void **state)
{
	static const u64 bad[] = {
		FTRACE_CALLER, FTRACE_REGS_CALLER, TRAMPOLINE, REGS_TRAMPOLINE, BAD_BPF,
		BPF_PLAIN + 1, DISPATCHER, SLOT, FUNCTION(1), ACCOUNTED_FUNCTION - 9, FTRACE_STUB,
		MODULE_FUNCTION(MODULE_A),
	};
	const struct oracle_site *site = at(AT_MCOUNT), *other;
	u8 bytes[5];
	u32 i, from;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		for (from = 0; from < site->nr; from++) {
			patch(site, site->form[from].bytes);
			model_branch(bytes, 0xe9, site->address, bad[i]);
			try_wrong(site, bytes);
		}
	other = oracle_site_of(MODULE_A + AT_MODULE_MCOUNT);
	for (from = 0; from < other->nr; from++) {
		patch(other, other->form[from].bytes);
		model_branch(bytes, 0xe9, other->address, BPF_PLAIN);
		try_wrong(other, bytes);
	}
	require_quiet();
}

/* From CALL to JMP and back: INT3, a tail of the other trampoline or the same one, first byte. */
static void what_calls_a_trampoline_may_come_to_jump_there(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	const u64 target[] = { BPF_PLAIN, BPF_ENDBR };
	u8 call[5], jump[5];
	u32 i;

	for (i = 0; i < 2; i++) {
		model_branch(call, 0xe8, site->address, BPF_PLAIN);
		model_branch(jump, 0xe9, site->address, target[i]);
		patch(site, call);
		patch(site, jump);
		require_equal(verdict.policy, SHADOW_BOX_POLICY_BPF, "policy");
		patch(site, call);
	}
	/* A CALL's tail that ftrace has behind JMP's first byte is no step on the way. */
	model_branch(call, 0xe8, site->address, FTRACE_CALLER);
	require(step(site, call, 0) && step(site, call, 1), "refused");
	refused(poke_byte(site->address, 0xe9), TARGET);
	require_equal(verdict.restore.size, 5, "restored");
	require_quiet();
}

/* A copy of a frame or a trampoline in a module's code is no trampoline. */
static void a_trampoline_lies_outside_of_all_tables(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	u8 bytes[5];

	memcpy(model.module[0] + 0x800, model.outside, 0x100);
	memcpy(model.module[0] + 0xa00, model_at(&model, BPF_PLAIN, 16), 16);
	model_branch(bytes, 0xe8, site->address, MODULE_A + 0x800);
	try_wrong(site, bytes);
	model_branch(bytes, 0xe8, site->address, MODULE_A + 0xa00);
	try_wrong(site, bytes);
	model_unload(&model, 0);
	patch(site, bytes);
	patch(site, site->form[0].bytes);
	model_load(&model, 0);
	model.region[1].end = MODULE_A + 0xa08;
	memcpy(model.module[0] + 0xa00, model_at(&model, BPF_PLAIN, 24), 24);
	try_wrong(site, bytes);
	model.region[1].end = MODULE_A + MODULE_SIZE;
	model.region[1].start = MODULE_A + 0xa08;
	try_wrong(site, bytes);
	model.region[1].start = MODULE_A + 0xa18;
	patch(site, bytes);
}

static void nothing_changes_without_a_breakpoint(void **state)
{
	u32 i, f;

	for (i = 0; i < ORACLE_SITES; i++) {
		const struct oracle_site *site = site_number(i);
		const u8 *now = model_at(&model, site->address, site->size);

		for (f = 0; f < site->nr; f++) {
			const u8 *bytes = site->form[f].bytes;

			if (memcmp(bytes + 1, now + 1, site->size - 1))
				refused(step(site, bytes, 1), ORDER);
			if (bytes[0] != now[0])
				refused(step(site, bytes, 2), ORDER);
			if (memcmp(bytes, now, site->size))
				refused(poke(site->address, bytes, site->size), ORDER);
			else
				require(poke(site->address, bytes, site->size), "refused");
			require(!verdict.restore.size, "restored");
		}
	}
	require_original();
	require_quiet();
}

/* INT3 and a new tail in one write is not INT3 first; a whole form behind INT3 is right. */
static void a_breakpoint_and_a_tail_are_two_steps(void **state)
{
	const struct oracle_site *site = at(AT_JUMP5);
	u8 bytes[5];

	memcpy(bytes, site->form[1].bytes, 5);
	bytes[0] = INT3;
	refused(poke(site->address, bytes, 5), ORDER);
	require(step(site, bytes, 0), "INT3 refused");
	require(poke(site->address, bytes, 5), "INT3 and a tail refused, behind INT3");
	require(poke(site->address, site->form[1].bytes, 5), "a whole form refused, behind INT3");
	require_quiet();
	require_bytes(site->address, site->form[1].bytes, 5, "not patched");
}

static void writes_of_any_other_length_are_refused(void **state)
{
	static const u32 size[] = { 0, 3, 6, 7, 8, 16, 17, 0xffffffff };
	u8 bytes[TEXT_WRITE_MAX] = { INT3 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		refused(poke(KERNEL + 0x20, bytes, size[i]), NO_SITE);
		if (size[i] != 3)
			refused(poke(KERNEL + AT_JUMP5, bytes, size[i]), NO_SITE);
	}
	require_original();
	require_quiet();
}

/* Over the end of a site, into it, over two that lie side by side. */
static void a_write_may_not_straddle_a_site(void **state)
{
	u32 i, before, size;

	for (i = 0; i < ORACLE_SITES; i++) {
		const struct oracle_site *site = site_number(i);

		for (before = 0; before < 6; before++)
			for (size = before + 1; size <= before + site->size + 5; size++) {
				u64 address = site->address - before;
				u8 bytes[TEXT_WRITE_MAX];

				if (!before && size <= site->size)
					continue;
				memcpy(bytes, model_at(&model, address, size), size);
				bytes[before] = INT3;
				if (oracle_site_of(address) && oracle_site_of(address) ==
				    oracle_site_of(address + size - 1))
					continue; /* within the one before */
				refused(poke(address, bytes, size), NO_SITE);
			}
	}
	require_original();
	require_quiet();
}

static void a_write_may_not_straddle_two_sites(void **state)
{
	const struct oracle_site *a = at(AT_CALL), *b = at(AT_CALL_BESIDE);
	u8 bytes[10];

	memcpy(bytes, a->form[2].bytes, 5);
	memcpy(bytes + 5, b->form[3].bytes, 5);
	refused(poke(a->address, bytes, 10), NO_SITE);
	require(step(a, bytes, 0) && step(b, bytes, 0), "INT3 refused");
	refused(poke(a->address, bytes, 10), NO_SITE);
	refused(poke(a->address + 1, bytes + 1, 5), NO_SITE);
	require_consistent(a);
	require_consistent(b);
	require(step(a, bytes, 1) && step(b, bytes + 5, 1) && step(a, bytes, 2) &&
		step(b, bytes + 5, 2), "the patches do not go on");
	require_quiet();
}

static void a_write_stays_within_its_region(void **state)
{
	static const u64 address[] = {
		KERNEL - 1, KERNEL + KERNEL_SIZE, MODULE_A - 1, MODULE_A + MODULE_SIZE, OUTSIDE, 0,
		~0ull, RODATA,
	};
	u8 bytes[4] = { INT3, INT3, INT3, INT3 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(address); i++)
		refused(poke_byte(address[i], INT3), NO_SITE);
	refused(poke(KERNEL + KERNEL_SIZE - 2, bytes, 4), NO_SITE);
	refused(poke(KERNEL, bytes, 4), NO_SITE);
	model.region[0].end = PROBE + 4;
	require(poke_byte(PROBE, INT3), "INT3 refused");
	refused(poke_jump(PROBE, SLOT), NO_SITE);
	model.region[0].end = PROBE + 5;
	require(poke_jump(PROBE, SLOT), "tail refused");
	model_unload(&model, 0);
	refused(poke_byte(MODULE_A + 0x300, INT3), NO_SITE);
	refused(poke_byte(MODULE_A + AT_MODULE_CALL, INT3), NO_SITE);
}

/* A tail of one form, the first byte of another: all of the site goes back, first byte last. */
static void a_wrong_last_byte_restores_the_site(void **state)
{
	u32 i, f;

	for (i = 0; i < ORACLE_SITES; i++) {
		const struct oracle_site *site = site_number(i);
		u8 old[TEXT_SITE_MAX];

		memcpy(old, model_at(&model, site->address, site->size), site->size);
		for (f = 0; f < site->nr; f++) {
			const u8 *bytes = site->form[f].bytes;
			bool changes = memcmp(bytes + 1, old + 1, site->size - 1);

			require(step(site, bytes, 0) && step(site, bytes, 1), "refused");
			require(!poke_byte(site->address, 0x90), "a wrong first byte went in");
			require_equal(verdict.restore.size, changes ? site->size : 1, "restored");
			require_equal(verdict.restore.address, site->address, "address");
			require_bytes(site->address, old, site->size, "not restored");
			require(!entry_at(site->address), "an entry is left");
		}
	}
	require_original();
	require_quiet();
}

/* What stood there may come back, even if the tables would not have it. */
static void what_stood_there_may_come_back(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);

	patch(site, site->form[3].bytes);
	*model_at(&model, TRAMPOLINE + 4, 1) ^= 1;
	require(step(site, site->form[0].bytes, 0), "INT3 refused");
	require(step(site, site->form[3].bytes, 1), "the old tail refused");
	require(step(site, site->form[3].bytes, 2), "the old first byte refused");
	require_equal(model.text.nr_patches, 0, "entries");
	require(step(site, site->form[0].bytes, 0) && step(site, site->form[0].bytes, 1) &&
		step(site, site->form[3].bytes, 1) && step(site, site->form[0].bytes, 1) &&
		step(site, site->form[0].bytes, 2), "there and back refused");
	refused(step(site, site->form[3].bytes, 1), ORDER);
	require(step(site, site->form[0].bytes, 0), "INT3 refused");
	refused(step(site, site->form[3].bytes, 1), TARGET);
	require_quiet();
}

/* The INT3s after RET are no breakpoints. */
static void the_int3_after_ret_is_no_breakpoint(void **state)
{
	const struct oracle_site *site = at(AT_TAIL);

	patch(site, site->form[0].bytes);
	refused(poke(site->address + 1, site->form[1].bytes + 1, 4), ORDER);
	refused(poke_byte(site->address, 0xe9), ORDER);
	require(poke_byte(site->address + 1, INT3), "no change refused");
	require_equal(model.text.nr_patches, 0, "entries");
	patch(site, site->form[1].bytes);
	refused(poke_byte(site->address + 1, INT3), ORDER);
	require(step(site, site->form[0].bytes, 0), "INT3 refused");
	require(step(site, site->form[0].bytes, 1), "tail refused");
	require(step(site, site->form[0].bytes, 2), "RET refused");
	require_quiet();
}

/* All orders in which the steps of two patches can come: bit N is set if step N is @b's. */
static void interleave(void (*visit)(u32 order, const struct oracle_site *a, const u8 *to_a,
				     const struct oracle_site *b, const u8 *to_b),
		       const struct oracle_site *a, const u8 *to_a,
		       const struct oracle_site *b, const u8 *to_b)
{
	u32 order;

	for (order = 0; order < 64; order++)
		if (__builtin_popcount(order) == 3)
			visit(order, a, to_a, b, to_b);
}

static u32 run_interleaved(u32 order, const struct oracle_site *a, const u8 *to_a,
			   const struct oracle_site *b, const u8 *to_b)
{
	u32 n, done[2] = { 0, 0 }, refusals = 0;

	for (n = 0; n < 6; n++) {
		bool is_b = order >> n & 1;

		refusals += !step(is_b ? b : a, is_b ? to_b : to_a, done[is_b]++);
		require_consistent(a);
		require_consistent(b);
	}
	return refusals;
}

/*
 * CALL and JMP both lead to the trampolines of BPF: the first byte of one patch with the tail of another
 * is a form as well.
 */
static bool is_crossed(const struct oracle_site *site, const u8 *now, const u8 *const from[3])
{
	const struct oracle_form *form = oracle_form_of(&model, site, now);
	bool first = false, tail = false;
	u32 i;

	for (i = 0; i < 3; i++) {
		first |= from[i][0] == now[0];
		tail |= !memcmp(from[i] + 1, now + 1, site->size - 1);
	}
	return first && tail && form && form->policy == SHADOW_BOX_POLICY_BPF;
}

static u32 interleavings, interleaved_refusals;

static void visit_same_site(u32 order, const struct oracle_site *a, const u8 *to_a,
			    const struct oracle_site *b, const u8 *to_b)
{
	u8 old[TEXT_SITE_MAX];
	const u8 *now = model_at(&model, a->address, a->size);

	memcpy(old, now, a->size);
	interleaved_refusals += run_interleaved(order, a, to_a, b, to_b) > 0;
	interleavings++;
	require(!memcmp(now, old, a->size) || !memcmp(now, to_a, a->size) ||
		!memcmp(now, to_b, a->size) ||
		is_crossed(a, now, (const u8 *[]){ old, to_a, to_b }),
		"a mixture at 0x%llx", a->address);
	require(!entry_at(a->address), "a breakpoint is left at 0x%llx", a->address);
}

/* Two CPUs patch the same site: each order of steps, each pair of forms, from each form. */
static void two_cpus_patch_the_same_site(void **state)
{
	static const u64 site_at[] = {
		AT_JUMP2, AT_JUMP5, AT_JUMP5_ACROSS, AT_CALL, AT_TAIL_BPF, AT_JCC, AT_MCOUNT,
		AT_FTRACE,
	};
	u32 i, from, a, b;

	interleavings = interleaved_refusals = 0;
	for (i = 0; i < ARRAY_SIZE(site_at); i++) {
		const struct oracle_site *s = at(site_at[i]);

		for (from = 0; from < s->nr; from++)
			for (a = 0; a < s->nr; a++)
				for (b = 0; b < s->nr; b++) {
					patch(s, s->form[from].bytes);
					interleave(visit_same_site, s, s->form[a].bytes, s,
						   s->form[b].bytes);
				}
	}
	require_quiet();
	printf("%u interleavings on one site, %u of them with refusals\n", interleavings,
	       interleaved_refusals);
}

static void visit_neighbours(u32 order, const struct oracle_site *a, const u8 *to_a,
			     const struct oracle_site *b, const u8 *to_b)
{
	require_equal(run_interleaved(order, a, to_a, b, to_b), 0, "refusals");
	require_bytes(a->address, to_a, a->size, "not patched");
	require_bytes(b->address, to_b, b->size, "not patched");
	interleavings++;
}

static void two_cpus_patch_neighbouring_sites(void **state)
{
	const struct oracle_site *s = at(AT_CALL), *t = at(AT_CALL_BESIDE);
	u32 a, b;

	interleavings = 0;
	for (a = 0; a < s->nr; a++)
		for (b = 0; b < t->nr; b++)
			interleave(visit_neighbours, s, s->form[a].bytes, t, t->form[b].bytes);
	require_quiet();
	printf("%u interleavings on neighbouring sites\n", interleavings);
}

/* An attacker's wrong steps between those of a patch: the patch fails whole or is made whole. */
static void two_cpus_patch_and_one_is_hostile(void **state)
{
	const struct oracle_site *s = at(AT_JUMP5);
	u32 order, wrong;

	for (wrong = 0; wrong < 256; wrong++)
		for (order = 0; order < 64; order++) {
			const u8 bytes[5] = { wrong, wrong, 1, 2, 3 };
			const u8 *good = s->form[order & 1].bytes;

			if (__builtin_popcount(order) != 3 || wrong == INT3)
				continue;
			run_interleaved(order, s, good, s, bytes);
			require(!entry_at(s->address), "a breakpoint is left");
			require_quiet();
		}
}

static void a_kprobe_comes_and_goes(void **state)
{
	u8 old = *model_at(&model, PROBE, 1);

	require(poke_byte(PROBE, INT3), "INT3 refused");
	require_equal(verdict.policy, SHADOW_BOX_POLICY_KPROBES, "policy");
	require(poke_byte(PROBE, INT3), "INT3 again refused");
	require_equal(model.text.nr_patches, 1, "entries");
	refused(poke(PROBE, "\xcc\x90", 2), NO_SITE);
	require(poke_byte(PROBE, old), "the old byte refused");
	require(poke_byte(PROBE, old), "no change refused");
	refused(poke_byte(PROBE, old ^ 1), NO_SITE);
	require_original();
	require_quiet();
}

/* The last step of a patch where no site is known: its breakpoint, taken for a kprobe's, goes. */
static void a_refused_patch_leaves_no_breakpoint(void **state)
{
	static const u8 last[] = { 0xe9, 0xeb, 0x0f, 0x66 };
	const u8 *old = model_original(&model, PROBE);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		require(last[i] != old[0] && poke_byte(PROBE, INT3), "INT3 refused");
		refused(poke(PROBE + 1, "\x12\x34\x56\x78", 4), TARGET);
		require(!verdict.restore.size, "a kprobe was taken away");
		require(!poke_byte(PROBE, last[i]), "let through");
		require_equal(verdict.restore.size, 1, "bytes put back");
		require_original();
		require_quiet();
	}
}

/* At a site, a breakpoint is the beginning of a patch, whoever puts it there. */
static void a_breakpoint_at_a_site_is_no_kprobe(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);

	require(poke_byte(site->address, INT3), "INT3 refused");
	require(!entry_at(site->address)->is_kprobe, "a kprobe at a site");
	refused(poke_jump(site->address, SLOT), TARGET);
	refused(poke_byte(site->address + 1, INT3), ORDER);
	require_original();
	require_quiet();
}

static void an_optimised_kprobe_comes_and_goes(void **state)
{
	static const u64 slot[] = { SLOT, CLAC_SLOT };
	u32 i;

	for (i = 0; i < 2; i++) {
		const u8 *old = model_original(&model, PROBE);

		require(poke_byte(PROBE, INT3) && poke_byte(PROBE, INT3), "INT3 refused");
		require(poke_jump(PROBE, slot[i]) && poke_jump(PROBE, slot[i]), "tail refused");
		refused(poke_byte(PROBE, old[0]), ORDER);
		require(poke_byte(PROBE, 0xe9), "JMP refused");
		refused(poke_byte(PROBE, old[0]), ORDER);
		refused(poke(PROBE + 1, old + 1, 4), ORDER);
		refused(poke_jump(PROBE, slot[!i]), ORDER);
		require(poke_byte(PROBE, INT3), "INT3 over JMP refused");
		require(poke_byte(PROBE, 0xe9), "JMP again refused");
		require(poke_byte(PROBE, INT3), "INT3 over JMP refused");
		refused(poke_byte(PROBE, old[0]), ORDER);
		require(poke_jump(PROBE, slot[!i]), "another slot refused");
		require(poke(PROBE + 1, old + 1, 4), "the old tail refused");
		refused(poke_byte(PROBE, 0xe9), ORDER);
		require(poke_byte(PROBE, old[0]), "the old byte refused");
		require_original();
		require_quiet();
	}
}

static void an_optimised_kprobe_jumps_to_a_slot(void **state)
{
	static const u64 bad[] = {
		BAD_SLOT, BAD_CLAC_SLOT, SLOT + 1, RODATA, FUNCTION(0), MODULE_A + 0x600,
		TRAMPOLINE, OUTSIDE + OUTSIDE_SIZE - 8,
	};
	u32 i;

	memcpy(model.module[0] + 0x600, model.rodata, OPTPROBE_VAL);
	require(poke_byte(PROBE, INT3), "INT3 refused");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		refused(poke_jump(PROBE, bad[i]), TARGET);
		require(!verdict.restore.size, "a kprobe was taken away");
	}
	require(poke_jump(PROBE, SLOT), "tail refused");
	*model_at(&model, SLOT, 1) ^= 1;
	refused(poke_byte(PROBE, 0xe9), ORDER);
	refused(poke_jump(KERNEL + 0x0a00, SLOT), NO_SITE);
	require_equal(*model_at(&model, PROBE, 1), INT3, "the kprobe's byte");
}

/* A jump may not reach into a site or another kprobe, and no kprobe comes into a jump. */
static void an_optimised_kprobe_covers_nothing_else(void **state)
{
	u32 i;

	for (i = 1; i < 5; i++) {
		u64 site = KERNEL + AT_JUMP2;

		require(poke_byte(site - i, INT3), "INT3 refused");
		refused(poke_jump(site - i, SLOT), NO_SITE);
		require(poke_byte(site - i, *model_original(&model, site - i)), "refused");
		require(poke_byte(PROBE, INT3) && poke_byte(PROBE + i, INT3), "INT3 refused");
		refused(poke_jump(PROBE, SLOT), BYTES);
		require(poke_byte(PROBE + i, *model_original(&model, PROBE + i)), "refused");
		require(poke_jump(PROBE, SLOT), "tail refused");
		refused(poke_byte(PROBE + i, INT3), BYTES);
		require(poke_byte(PROBE, 0xe9), "JMP refused");
		refused(poke_byte(PROBE + i, INT3), BYTES);
		require(poke_byte(PROBE + 5, INT3), "a kprobe after the jump refused");
		require(poke_byte(PROBE + 5, *model_original(&model, PROBE + 5)), "refused");
		require(poke_byte(PROBE, INT3), "INT3 refused");
		require(poke(PROBE + 1, model_original(&model, PROBE + 1), 4), "refused");
		require(poke_byte(PROBE, *model_original(&model, PROBE)), "refused");
	}
	require_original();
	require_quiet();
	/* A site of two bytes in the middle of the five. */
	require(poke_byte(KERNEL + AT_JUMP2 - 2, INT3), "INT3 refused");
	refused(poke_jump(KERNEL + AT_JUMP2 - 2, SLOT), NO_SITE);
	require(poke_byte(KERNEL + KERNEL_SIZE - 4, INT3), "INT3 refused");
	refused(poke_jump(KERNEL + KERNEL_SIZE - 4, SLOT), NO_SITE);
}

static void set_mode(u32 policy, u32 mode)
{
	model.mode[policy] = mode;
}

static void kprobes_in_mode_log_are_reported(void **state)
{
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_LOG);
	require(poke_byte(PROBE, INT3), "INT3 refused");
	require_equal(verdict.why, SHADOW_BOX_WHY_POLICY, "why");
	require_equal(verdict.policy, SHADOW_BOX_POLICY_KPROBES, "policy");
	require(poke_byte(PROBE, INT3) && !verdict.why, "INT3 again is reported again");
	require(poke_jump(PROBE, SLOT), "tail refused");
	require_equal(verdict.why, SHADOW_BOX_WHY_POLICY, "why");
	require(poke_byte(PROBE, 0xe9) && !verdict.why, "JMP is reported again");
	require(poke_byte(PROBE, INT3) && !verdict.why, "the way back is reported");
	require(poke(PROBE + 1, model_original(&model, PROBE + 1), 4) && !verdict.why,
		"the way back is reported");
	require(poke_byte(PROBE, *model_original(&model, PROBE)) && !verdict.why,
		"the way back is reported");
	require_quiet();
}

/* Linux does not learn of a denial: it goes on to optimise, unoptimise and disarm. */
static void kprobes_in_mode_deny_stay_out(void **state)
{
	const u8 *old = model_original(&model, PROBE);

	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_ENFORCE);
	denied(poke_byte(PROBE, INT3), KPROBES);
	denied(poke_byte(PROBE, INT3), KPROBES);
	denied(poke_jump(PROBE, SLOT), KPROBES);
	denied(poke_byte(PROBE, 0xe9), KPROBES);
	denied(poke_byte(PROBE, INT3), KPROBES);
	require(poke(PROBE + 1, old + 1, 4) && poke_byte(PROBE, old[0]), "no change refused");
	refused(poke_jump(PROBE, BAD_SLOT), NO_SITE);
	refused(poke_byte(PROBE, 0x90), NO_SITE);
	require_original();
	require_quiet();
}

/* Denied once it stands: it stays, is not optimised any more, and can go. */
static void kprobes_denied_later_can_go(void **state)
{
	const u8 *old = model_original(&model, PROBE);

	require(poke_byte(PROBE, INT3), "INT3 refused");
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_ENFORCE);
	require(poke_byte(PROBE, INT3), "no change refused");
	denied(poke_jump(PROBE, SLOT), KPROBES);
	denied(poke_byte(PROBE, 0xe9), KPROBES);
	require(poke_byte(PROBE, old[0]), "the old byte refused");
	require_quiet();
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_OFF);
	require(poke_byte(PROBE, INT3) && poke_jump(PROBE, SLOT) && poke_byte(PROBE, 0xe9),
		"refused");
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_ENFORCE);
	require(poke_byte(PROBE, INT3) && poke(PROBE + 1, old + 1, 4) && poke_byte(PROBE, old[0]),
		"the way back refused");
	require_original();
	require_quiet();
}

/* What Linux does, also after a denial: INT3, the tail twice, the first byte. Returns refusals. */
static u32 patch_blindly(const struct oracle_site *site, const u8 *bytes, u32 policy)
{
	u32 n, refusals = 0;

	for (n = 0; n < 4; n++)
		if (!step(site, bytes, n ? n - (n > 1) : 0)) {
			require_refused(false, SHADOW_BOX_WHY_POLICY, policy);
			refusals++;
		}
	return refusals;
}

/*
 * Each form in mode deny, from each other: those of a denied policy do not come in but where another
 * of it was, nothing of them
 * is taken for anything but the policy's matter, and the way back is always free.
 */
static void ftrace_and_bpf_in_mode_deny_stay_out(void **state)
{
	static const u32 policy[] = { SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_POLICY_BPF };
	u32 i, p, from, to, refusals = 0;

	for (i = 0; i < ORACLE_SITES * ARRAY_SIZE(policy); i++) {
		const struct oracle_site *site = site_number(i % ORACLE_SITES);

		p = policy[i / ORACLE_SITES];
		for (from = 0; from < site->nr; from++)
			for (to = 0; to < site->nr; to++) {
				const u8 *old = site->form[from].bytes, *new = site->form[to].bytes;
				bool is_denied = site->form[to].policy == p &&
						 site->form[from].policy != p;
				u32 n;

				set_mode(p, SHADOW_BOX_MODE_OFF);
				patch(site, old);
				set_mode(p, SHADOW_BOX_MODE_ENFORCE);
				n = patch_blindly(site, new, p);
				refusals += n;
				require(!n == !is_denied, "%u refusals at 0x%llx", n,
					site->address);
				require_bytes(site->address, is_denied ? old : new, site->size,
					      "not what it should be");
				require(!entry_at(site->address), "an entry is left");
				patch(site, site->form[0].bytes);
			}
		set_mode(p, SHADOW_BOX_MODE_OFF);
	}
	require(refusals, "nothing was refused");
	require_quiet();
}

/* One policy denies what goes to BPF by JMP, whatever the other says. */
static void a_jmp_is_denied_by_bpf_alone(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	u8 bytes[5];

	model_branch(bytes, 0xe9, site->address, BPF_PLAIN);
	set_mode(SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_MODE_ENFORCE);
	patch(site, bytes);
	patch(site, site->form[0].bytes);
	set_mode(SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_ENFORCE);
	require(patch_blindly(site, bytes, SHADOW_BOX_POLICY_BPF), "let through");
	require_original();
	require_quiet();
}

static void a_bpf_dispatcher_in_mode_deny_stays_out(void **state)
{
	static const u64 site_at[] = { AT_CALL_BPF, AT_TAIL_BPF };
	u32 i, f;

	set_mode(SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_ENFORCE);
	for (i = 0; i < 2; i++) {
		const struct oracle_site *site = at(site_at[i]);
		u8 bytes[5];

		model_branch(bytes, site->bpf_opcode, site->address, DISPATCHER);
		for (f = 0; f < site->nr; f++) {
			patch(site, site->form[f].bytes);
			require(patch_blindly(site, bytes, SHADOW_BOX_POLICY_BPF), "let through");
			require_bytes(site->address, site->form[f].bytes, 5, "not restored");
		}
	}
	require_quiet();
}

/* Denied between the tail and the first byte: all of the site goes back. */
static void a_patch_denied_half_way_is_undone(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	const u8 *new = site->form[1].bytes;

	require(step(site, new, 0) && step(site, new, 1), "refused");
	set_mode(SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_MODE_ENFORCE);
	denied(step(site, new, 2), FTRACE);
	require_equal(verdict.restore.size, 5, "restored");
	require_original();
	require_quiet();
}

/* In mode log a patch is reported once. */
static void a_patch_in_mode_log_is_reported_once(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	u32 f, n;

	set_mode(SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_MODE_LOG);
	set_mode(SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_LOG);
	for (f = 1; f < site->nr; f++) {
		u32 reports = 0;

		for (n = 0; n < 3; n++) {
			require(step(site, site->form[f].bytes, n), "refused");
			reports += verdict.why == SHADOW_BOX_WHY_POLICY;
			if (verdict.why || n == 2)
				require_equal(verdict.policy, site->form[f].policy, "policy");
		}
		require_equal(reports, 1, "reports");
		for (n = 0; n < 3; n++)
			require(step(site, site->form[0].bytes, n) && !verdict.why,
				"the way back is reported");
	}
	require_quiet();
}

/* At this distance the call has the same tail as the NOP: only the first byte tells them apart. */
static void a_tail_may_be_that_of_a_nop_too(void **state)
{
	const struct oracle_site *site = at(AT_MCOUNT);
	u8 bytes[5];

	model.text.ftrace_caller = site->address + 5 + 0x441f;
	model_branch(bytes, 0xe8, site->address, model.text.ftrace_caller);
	require_bytes(site->address + 1, bytes + 1, 4, "another tail");
	set_mode(SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_MODE_ENFORCE);
	require(step(site, bytes, 0) && step(site, bytes, 1), "refused");
	denied(step(site, bytes, 2), FTRACE);
	denied(step(site, bytes, 2), FTRACE);
	require_original();
	set_mode(SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_MODE_LOG);
	require(step(site, bytes, 0) && step(site, bytes, 1) && !verdict.why, "refused");
	require(step(site, bytes, 2), "refused");
	require_equal(verdict.why, SHADOW_BOX_WHY_POLICY, "why");
	require_equal(verdict.policy, SHADOW_BOX_POLICY_FTRACE, "policy");
}

static bool read_nothing(void *context, u64 address, void *to, u32 size)
{
	return false;
}

static void code_that_cannot_be_read_is_not_written(void **state)
{
	struct sb_standing standing = { .address = PROBE };

	require(poke_byte(PROBE, INT3), "INT3 refused");
	model.text.read = read_nothing;
	refused(step(at(AT_CALL), at(AT_CALL)->form[0].bytes, 0), NO_SITE);
	refused(poke_byte(PROBE + 8, INT3), NO_SITE);
	refused(poke_jump(PROBE, SLOT), NO_SITE);
	require(!text_adopt(&model.text, &standing), "adopted");
	require_equal(model.text.nr_patches, 0, "entries");
}

static void patches_are_counted_by_policy(void **state)
{
	static const struct {
		u64 site;
		u32 form, policy;
	} row[] = {
		{ AT_JUMP5, 1, SHADOW_BOX_POLICY_STATIC_KEYS },
		{ AT_CALL, 1, SHADOW_BOX_POLICY_STATIC_KEYS },
		{ AT_CALL_BPF, 3, SHADOW_BOX_POLICY_STATIC_KEYS },
		{ AT_MCOUNT, 1, SHADOW_BOX_POLICY_FTRACE },
		{ AT_MCOUNT, 5, SHADOW_BOX_POLICY_BPF },
		{ AT_MCOUNT, 14, SHADOW_BOX_POLICY_BPF },
		{ AT_MCOUNT, 0, SHADOW_BOX_POLICY_FTRACE },
		{ AT_FTRACE, 1, SHADOW_BOX_POLICY_FTRACE },
		{ AT_FTRACE, 0, SHADOW_BOX_POLICY_FTRACE },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		patch(at(row[i].site), at(row[i].site)->form[row[i].form].bytes);
		require_equal(verdict.policy, row[i].policy, "policy");
	}
}

/* Fills the table with kprobes in random places; each is found again. */
static void a_full_table_loses_nothing(void **state)
{
	static u16 offset[KERNEL_SIZE];
	u32 i, j, nr = 0, standing = 0;

	for (i = 0; i < KERNEL_SIZE; i++)
		if (!oracle_site_of(KERNEL + i))
			offset[nr++] = i;
	for (i = nr - 1; i; i--) {
		u16 swap = offset[j = random_below(i + 1)];

		offset[j] = offset[i];
		offset[i] = swap;
	}
	while (poke_byte(KERNEL + offset[standing], INT3))
		standing++;
	refused(false, FULL);
	require_equal(standing, TEXT_PROBES, "kprobes");
	require_equal(model.text.nr_patches, standing, "entries");
	require_equal(model.text.nr_probes, standing, "kprobes counted");
	/* What is left is for the kernel's own patches. */
	for (i = 0; i < ORACLE_SITES; i++) {
		patch(site_number(i), site_number(i)->form[1].bytes);
		patch(site_number(i), model_original(&model, site_number(i)->address));
	}
	for (i = 0; i < standing; i++)
		require(poke_byte(KERNEL + offset[i], *model_original(&model, KERNEL + offset[i])),
			"entry %u of %u is not found", i, standing);
	require_original();
	require_quiet();
}

static void a_full_table_takes_no_patch(void **state)
{
	const struct oracle_site *site = at(AT_JUMP5);
	u32 i;

	for (i = 0; i < KERNEL_SIZE; i++)
		if (!oracle_site_of(KERNEL + i))
			poke_byte(KERNEL + i, INT3);
	for (i = 0; i < TEXT_PATCHES; i++)
		if (!model.patch[i].address)
			model.patch[i].address = 1;
	refused(step(site, site->form[1].bytes, 0), FULL);
	refused(step(site, site->form[1].bytes, 1), ORDER);
	refused(step(site, site->form[1].bytes, 2), ORDER);
	require_bytes(site->address, site->form[0].bytes, 5, "not as it was");
}

/* Random kprobes come and go, and modules too, against a plain array. */
static void the_table_agrees_with_an_array(void **state)
{
	static bool stands[KERNEL_SIZE], stands_in_module[MODULE_SIZE];
	u32 round, i, in_modules = 0;

	memset(stands, 0, sizeof(stands));
	for (round = 0; round < 200000; round++) {
		u64 offset = random_below(KERNEL_SIZE), in_module = random_below(MODULE_SIZE);

		if (oracle_site_of(KERNEL + offset))
			continue;
		if (stands[offset]) {
			require(poke_byte(KERNEL + offset, model.original[offset]), "not found");
			stands[offset] = false;
		} else if (random_chance(model.text.nr_patches > 2000 ? 30 : 90)) {
			stands[offset] = poke_byte(KERNEL + offset, INT3);
		}
		if (!oracle_site_of(MODULE_A + in_module) && !stands_in_module[in_module])
			stands_in_module[in_module] = poke_byte(MODULE_A + in_module, INT3);
		if (random_chance(1)) {
			model_unload(&model, 0);
			model_load(&model, 0);
			memset(stands_in_module, 0, sizeof(stands_in_module));
		}
	}
	for (i = 0; i < MODULE_SIZE; i++)
		in_modules += stands_in_module[i];
	require_equal(model.text.nr_in_modules, in_modules, "entries in modules");
	model_unload(&model, 0);
	require_equal(model.text.nr_in_modules, 0, "entries in modules that are gone");
	for (i = 0; i < KERNEL_SIZE; i++)
		require(!stands[i] || poke_byte(KERNEL + i, model.original[i]), "%u is lost", i);
	model_load(&model, 0);
	require_original();
	require_quiet();
}

static void a_standing_kprobe_is_adopted(void **state)
{
	struct sb_standing standing = { .address = PROBE };
	u8 *code = model_at(&model, PROBE, 5);

	memcpy(standing.original, code, 5);
	require(!text_adopt(&model.text, &standing), "adopted where nothing stands");
	code[0] = INT3;
	require(text_adopt(&model.text, &standing), "not adopted");
	require(text_adopt(&model.text, &standing), "not adopted again");
	require_equal(model.text.nr_patches, 1, "entries");
	require(poke_jump(PROBE, SLOT) && poke_byte(PROBE, 0xe9), "not optimised");
	require(!text_adopt(&model.text, &standing), "a jump adopted as a breakpoint");
	standing.optimised = 1;
	text_forget(&model.text, PROBE, PROBE + 1);
	require(text_adopt(&model.text, &standing), "jump not adopted");
	standing.address = PROBE + 2;
	standing.optimised = 0;
	code[2] = INT3;
	require(!text_adopt(&model.text, &standing), "adopted within a jump");
	model_branch(code, 0xe9, PROBE, SLOT);
	require(poke_byte(PROBE, INT3), "INT3 refused");
	require(poke(PROBE + 1, standing.original + 1, 4), "the old tail refused");
	require(poke_byte(PROBE, standing.original[0]), "the old byte refused");
	require_original();
	require_quiet();
}

static void what_does_not_stand_is_not_adopted(void **state)
{
	struct sb_standing standing = { .address = KERNEL + AT_JUMP5 };

	*model_at(&model, standing.address, 1) = INT3;
	require(!text_adopt(&model.text, &standing), "adopted at a site");
	standing.address = OUTSIDE;
	*model_at(&model, standing.address, 1) = INT3;
	require(!text_adopt(&model.text, &standing), "adopted outside");
	standing.address = PROBE;
	*model_at(&model, PROBE, 1) = INT3;
	standing.original[0] = INT3;
	require(!text_adopt(&model.text, &standing), "INT3 over INT3 adopted");
	standing.original[0] = 0x90;
	standing.optimised = 1;
	model_branch(model_at(&model, PROBE, 5), 0xe9, PROBE, BAD_SLOT);
	require(!text_adopt(&model.text, &standing), "a jump to a bad slot adopted");
	standing.address = KERNEL + AT_JUMP2 - 3;
	model_branch(model_at(&model, standing.address, 5), 0xe9, standing.address, SLOT);
	require(!text_adopt(&model.text, &standing), "a jump over a site adopted");
	standing.address = KERNEL + KERNEL_SIZE - 3;
	require(!text_adopt(&model.text, &standing), "a jump beyond the end adopted");
	standing.address = PROBE;
	model_branch(model_at(&model, PROBE, 5), 0xe9, PROBE, SLOT);
	require(text_adopt(&model.text, &standing), "a good one not adopted");
}

/* At this place the jump to the slot has the byte of INT3 in it, where another kprobe stands. */
static void a_jump_over_a_kprobe_is_not_adopted(void **state)
{
	struct sb_standing standing = { .address = KERNEL + 0x092f, .optimised = 1 };

	require(poke_byte(standing.address + 1, INT3), "INT3 refused");
	model_branch(model_at(&model, standing.address, 5), 0xe9, standing.address, SLOT);
	require_equal(*model_at(&model, standing.address + 1, 1), INT3, "byte");
	require(!text_adopt(&model.text, &standing), "adopted");
	text_forget(&model.text, standing.address, standing.address + 5);
	require(text_adopt(&model.text, &standing), "a good one not adopted");
}

/* Entries whose breakpoints went while code was not protected do not count. */
static void entries_without_a_breakpoint_do_not_count(void **state)
{
	const struct oracle_site *site = at(AT_JUMP5);

	require(step(site, site->form[1].bytes, 0), "INT3 refused");
	require(poke_byte(PROBE, INT3) && poke_byte(PROBE + 7, INT3), "INT3 refused");
	memcpy(model.kernel, model.original, KERNEL_SIZE);
	refused(step(site, site->form[1].bytes, 1), ORDER);
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_ENFORCE);
	denied(poke_byte(PROBE, INT3), KPROBES);
	set_mode(SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_OFF);
	require(poke_byte(PROBE + 4, INT3) && poke_jump(PROBE + 4, SLOT), "a ghost in the way");
	require_equal(model.text.nr_patches, 1, "entries");
}

/* Dropping an entry moves others while one of these is worked on. */
static void dropped_entries_do_not_confuse(void **state)
{
	u64 address, pairs = 0;

	for (address = KERNEL + 0x1000; address < KERNEL + 0x3ff0; address += 8)
		if (!oracle_site_of(address - 1) && !oracle_site_of(address + 5) &&
		    poke_byte(address, INT3) && poke_byte(address + 2, INT3)) {
			*model_at(&model, address + 2, 1) = *model_original(&model, address + 2);
			pairs++;
		}
	for (address = KERNEL + 0x1000; address < KERNEL + 0x3ff0; address += 8) {
		if (*model_at(&model, address, 1) != INT3)
			continue;
		require(poke_jump(address, SLOT), "tail refused");
		require(!entry_at(address + 2), "an entry without a breakpoint is left");
		require(entry_at(address) && entry_at(address)->size == 5 &&
			!memcmp(entry_at(address)->saved, model_original(&model, address), 5),
			"wrong bytes saved");
	}
	require(pairs > 1000, "only %llu pairs", pairs);
}

static void a_module_that_is_gone_is_forgotten(void **state)
{
	require(poke_byte(MODULE_A + AT_MODULE_CALL, INT3), "INT3 refused");
	require(poke_byte(MODULE_A + 0x300, INT3), "INT3 refused");
	require(poke_byte(MODULE_B + AT_MODULE_CALL, INT3), "INT3 refused");
	require(poke_byte(PROBE, INT3), "INT3 refused");
	model_unload(&model, 0);
	require_equal(model.text.nr_patches, 2, "entries");
	require(entry_at(PROBE) && entry_at(MODULE_B + AT_MODULE_CALL), "too much forgotten");
	model_load(&model, 0);
	refused(poke(MODULE_A + AT_MODULE_CALL + 1, "\0\0\0\0", 4), ORDER);
	patch(oracle_site_of(MODULE_A + AT_MODULE_CALL),
	      oracle_site_of(MODULE_A + AT_MODULE_CALL)->form[0].bytes);
}

#define S(kind, offset, operand) \
	{ (u32)(kind) << SB_SITE_KIND_SHIFT | (offset), (u32)(operand) }

static void a_table_out_of_order_is_not_valid(void **state)
{
	static const struct sb_jump jumps[] = { { 0xfff, 0 }, { 0, 3 }, { -1, 0 }, { 0x1000, 0 }, { 1u << 31, 0 } };
	static struct sb_site good[] = {
		S(SB_SITE_JUMP2, 0, 0), S(SB_SITE_CALL, 2, 13), S(SB_SITE_TAIL, 7, 0),
		S(SB_SITE_JCC, 12, 12), S(SB_SITE_MCOUNT, 18, 2), S(SB_SITE_FTRACE, 23, 0),
		S(SB_SITE_JUMP5, 0xffb, 1),
	};
	static const struct sb_site bad[] = {
		S(0, 30, 0), S(9, 30, 0), S(15, 30, 0), S(SB_SITE_LOCK, 30, 1), S(SB_SITE_JUMP5, 0xffc, 0),
		S(SB_SITE_JUMP5, 0x1000, 0), S(SB_SITE_JUMP5, SB_SITE_OFFSET, 0),
		S(SB_SITE_JUMP5, 30, 2), S(SB_SITE_JUMP5, 30, 3), S(SB_SITE_JUMP2, 30, 4),
		S(SB_SITE_JUMP5, 30, -1), S(SB_SITE_JUMP5, 30, 5), S(SB_SITE_JUMP2, 30, 1u << 31),
		S(SB_SITE_CALL, 30, 2), S(SB_SITE_CALL, 30, 16),
		S(SB_SITE_TAIL, 30, 3), S(SB_SITE_JCC, 30, 1),
		S(SB_SITE_MCOUNT, 30, 1), S(SB_SITE_MCOUNT, 30, 4), S(SB_SITE_MCOUNT, 30, 3),
		S(SB_SITE_FTRACE, 30, -16), S(SB_SITE_CALL, 27, 0),
		S(SB_SITE_CALL, 0, 0), S(SB_SITE_JCC, 0xffb, 0),
	};
	struct sb_region region = {
		.start = MODULE_A, .end = MODULE_A + 0x1000, .sites = (u64)good,
		.nr_sites = ARRAY_SIZE(good), .jumps = (u64)jumps, .nr_jumps = ARRAY_SIZE(jumps),
	};
	struct sb_site last = good[ARRAY_SIZE(good) - 1];
	u32 i;

	require(text_region_is_valid(&region), "a good region is not");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		good[ARRAY_SIZE(good) - 1] = bad[i];
		require(!text_region_is_valid(&region), "bad site %u is not found", i);
	}
	good[ARRAY_SIZE(good) - 1] = last;
	require(text_region_is_valid(&model.region[0]) && text_region_is_valid(&model.region[1]),
		"the model's regions are not valid");
	region.end = region.start;
	require(!text_region_is_valid(&region), "an empty region is valid");
	region.start += 8;
	region.end = region.start + 0x1000;
	require(!text_region_is_valid(&region), "a region off its page is valid");
	region.start = MODULE_A;
	region.end = MODULE_A + SB_SITE_OFFSET + 1 + SB_PAGE_SIZE;
	require(!text_region_is_valid(&region), "a region larger than an offset is valid");
}

/* Tables of a module in any disorder: what is written stays within it, nothing else is read. */
static void a_hostile_table_stays_within_its_module(void **state)
{
	u32 round, n, i;

	for (round = 0; round < 300; round++) {
		u32 nr = random_below(20), nr_jumps = random_below(4);
		struct sb_site *sites = malloc(nr * sizeof(*sites) + !nr);
		struct sb_jump *jumps = malloc(nr_jumps * sizeof(*jumps) + !nr_jumps);

		for (i = 0; i < nr; i++) {
			sites[i].where = random_u64();
			if (random_chance(80))
				sites[i].where &= 0xf0001fff;
			sites[i].operand = random_chance(50) ? random_u64() : random_below(2);
		}
		for (i = 0; i < nr_jumps; i++)
			jumps[i] = (struct sb_jump){ random_u64(), random_u64() };
		model_start(&model);
		set_mode(SHADOW_BOX_POLICY_STATIC_KEYS, random_below(3));
		model.region[1].sites = (u64)sites;
		model.region[1].nr_sites = nr;
		model.region[1].jumps = (u64)jumps;
		model.region[1].nr_jumps = nr_jumps;
		for (n = 0; n < 300; n++) {
			u64 address = MODULE_A - 8 + random_below(MODULE_SIZE + 16);
			u8 bytes[TEXT_WRITE_MAX];

			if (nr && random_chance(70))
				address = MODULE_A + random_below(3) +
					  (sites[random_below(nr)].where & SB_SITE_OFFSET);
			for (i = 0; i < sizeof(bytes); i++)
				bytes[i] = random_chance(50) ? INT3 : random_u64();
			model_write(&model, address, bytes, 1 + random_below(6), &verdict);
		}
		for (i = 0; i < TEXT_PATCHES; i++)
			require(!model.patch[i].address ||
				model.patch[i].address - MODULE_A < MODULE_SIZE,
				"out of the module");
		require(!memcmp(model.kernel, model.original, KERNEL_SIZE) &&
			!memcmp(model.module[1], model.module_original[1], MODULE_SIZE),
			"something else has changed");
		free(sites);
		free(jumps);
	}
}

/* A table that changes its mind. */
static void a_kprobe_does_not_become_a_site(void **state)
{
	require(poke_byte(MODULE_A + AT_MODULE_CALL + 16, INT3), "INT3 refused");
	model.module_sites[NR_MODULE_SITES - 1].where += 16;
	refused(poke(MODULE_A + AT_MODULE_CALL + 17, "\0\0\0\0", 4), NO_SITE);
	refused(poke_byte(MODULE_A + AT_MODULE_CALL + 16, 0xe8), NO_SITE);
	require(!verdict.restore.size, "restored");
}

#define test(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(every_form_follows_every_other),
		test(a_tail_may_come_in_the_words_of_memcpy),
		test(one_wrong_bit_is_refused),
		test(a_near_miss_is_refused),
		test(a_jmp_at_an_entry_goes_to_bpf_only),
		test(what_calls_a_trampoline_may_come_to_jump_there),
		test(a_jmp_is_denied_by_bpf_alone),
		test(a_trampoline_lies_outside_of_all_tables),
		test(nothing_changes_without_a_breakpoint),
		test(a_breakpoint_and_a_tail_are_two_steps),
		test(writes_of_any_other_length_are_refused),
		test(a_write_may_not_straddle_a_site),
		test(a_write_may_not_straddle_two_sites),
		test(a_write_stays_within_its_region),
		test(a_wrong_last_byte_restores_the_site),
		test(what_stood_there_may_come_back),
		test(the_int3_after_ret_is_no_breakpoint),
		test(two_cpus_patch_the_same_site),
		test(two_cpus_patch_neighbouring_sites),
		test(two_cpus_patch_and_one_is_hostile),
		test(a_kprobe_comes_and_goes),
		test(a_refused_patch_leaves_no_breakpoint),
		test(a_breakpoint_at_a_site_is_no_kprobe),
		test(an_optimised_kprobe_comes_and_goes),
		test(an_optimised_kprobe_jumps_to_a_slot),
		test(an_optimised_kprobe_covers_nothing_else),
		test(kprobes_in_mode_log_are_reported),
		test(kprobes_in_mode_deny_stay_out),
		test(kprobes_denied_later_can_go),
		test(ftrace_and_bpf_in_mode_deny_stay_out),
		test(a_bpf_dispatcher_in_mode_deny_stays_out),
		test(a_patch_denied_half_way_is_undone),
		test(a_patch_in_mode_log_is_reported_once),
		test(a_tail_may_be_that_of_a_nop_too),
		test(code_that_cannot_be_read_is_not_written),
		test(patches_are_counted_by_policy),
		test(a_full_table_loses_nothing),
		test(a_full_table_takes_no_patch),
		test(the_table_agrees_with_an_array),
		test(a_standing_kprobe_is_adopted),
		test(what_does_not_stand_is_not_adopted),
		test(a_jump_over_a_kprobe_is_not_adopted),
		test(entries_without_a_breakpoint_do_not_count),
		test(dropped_entries_do_not_confuse),
		test(a_module_that_is_gone_is_forgotten),
		test(a_table_out_of_order_is_not_valid),
		test(a_hostile_table_stays_within_its_module),
		test(a_kprobe_does_not_become_a_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

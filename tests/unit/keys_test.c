// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy static-keys: jump labels do what their keys say, frozen ones stay as they are, and static calls
 * go where their kind may.
 */
#include "text_model.h"
#include "unit.h"

#define INT3	0xcc
#define KEYS	SHADOW_BOX_POLICY_STATIC_KEYS
#define TEXT	SHADOW_BOX_POLICY_KERNEL_TEXT
#define OFF	SHADOW_BOX_MODE_OFF
#define LOG	SHADOW_BOX_MODE_LOG
#define ENFORCE	SHADOW_BOX_MODE_ENFORCE

static struct text_model model;
static struct text_verdict verdict, refusal;

/* The kernel's jump labels, by number of their key: where, the bytes of a jump, and of none. */
static const struct label {
	u32 at, size;
	bool is_branch;
	u8 jump[5], nop[5];
} labels[] = {
	{ AT_JUMP2, 2, false, { 0xeb, JUMP_TARGET - AT_JUMP2 - 2 }, { 0x66, 0x90 } },
	{ AT_JUMP5, 5, false, { 0xe9, 0xfe, 0xff, 0xff, 0xff }, { 0x0f, 0x1f, 0x44 } },
	{ AT_JUMP2_ACROSS, 2, true, { 0xeb, 0xd2 }, { 0x66, 0x90 } },
};

static int start(void **state)
{
	model_start(&model);
	model.mode[KEYS] = ENFORCE;
	return 0;
}

static void set_key(u32 n, u32 enabled)
{
	memcpy(model.rodata + (KEY(n) - RODATA), &enabled, sizeof(enabled));
}

static bool is_jump(const struct label *label)
{
	return *model_at(&model, KERNEL + label->at, 1) == label->jump[0];
}

/* The first refusal stays in @refusal. */
static bool poke(u32 at, const u8 *bytes, u32 size)
{
	bool allowed = model_write(&model, KERNEL + at, bytes, size, &verdict);

	if (!allowed && !refusal.why)
		refusal = verdict;
	return allowed;
}

/* The three steps of the kernel's, whatever becomes of them. Return: how many were allowed. */
static u32 patch(u32 at, const u8 *bytes, u32 size)
{
	static const u8 int3 = INT3;
	u32 n = 0;

	refusal.why = 0;
	n += poke(at, &int3, 1);
	n += poke(at + 1, bytes + 1, size - 1);
	return n + poke(at, bytes, 1);
}

static u32 turn(const struct label *label)
{
	return patch(label->at, is_jump(label) ? label->nop : label->jump, label->size);
}

static void require_refused(u32 at, u32 why)
{
	require_equal(refusal.policy, KEYS, "policy");
	require_equal(refusal.why, why, "why");
	require_equal(model.text.nr_patches, 0, "entries");
	require(!memcmp(model.kernel + at, model.original + at, 6), "0x%x is not as it was", at);
}

/* Enabled is what is not 0: -1 is a key that is being enabled. */
static void jump_labels_do_what_their_keys_say(void **state)
{
	static const u32 values[] = { 1, 0, ~0u, 0, 7, 0 };
	u32 n, i;

	for (n = 0; n < ARRAY_SIZE(labels); n++) {
		const struct label *label = &labels[n];

		for (i = 0; i < ARRAY_SIZE(values); i++) {
			bool wanted = (values[i] != 0) != label->is_branch;

			set_key(n, values[i]);
			if (is_jump(label) == wanted)
				continue;
			require_equal(turn(label), 3, "steps");
			require_equal(verdict.policy, KEYS, "policy");
			require_equal(verdict.why, 0, "why");
			require_equal(is_jump(label), wanted, "jump");
		}
	}
	require_equal(model.text.nr_patches, 0, "entries");
}

static void nothing_turns_that_its_key_does_not_ask_for(void **state)
{
	u32 n;

	for (n = 0; n < ARRAY_SIZE(labels); n++) {
		const struct label *label = &labels[n];

		set_key(n, is_jump(label) != label->is_branch);
		require_equal(turn(label), 0, "steps");
		require_refused(label->at, SHADOW_BOX_WHY_UNASKED);
	}
}

/* The verifier does not know what a key that cannot be read says. */
static void a_key_that_is_not_there_asks_for_nothing(void **state)
{
	model.jumps[1].key = 0x10000000;
	require_equal(turn(&labels[1]), 0, "steps");
	require_refused(AT_JUMP5, SHADOW_BOX_WHY_UNASKED);
}

static void frozen_keys_change_nothing(void **state)
{
	static const struct { u32 at, site; u8 bytes[6]; u32 size; } calls[] = {
		{ AT_CALL, 2, { 0x0f, 0x1f, 0x44 }, 5 },
		{ AT_TAIL, 4, { 0xc3, INT3, INT3, INT3, INT3 }, 5 },
		{ AT_JCC, 5, { 0x0f, 0x85 }, 6 },
	};
	u32 n;

	for (n = 0; n < ARRAY_SIZE(labels); n++) {
		model.jumps[n].key |= SB_KEY_FROZEN;
		set_key(n, is_jump(&labels[n]) == labels[n].is_branch);
		require_equal(turn(&labels[n]), 0, "steps");
		require_refused(labels[n].at, SHADOW_BOX_WHY_FROZEN);
	}
	for (n = 0; n < ARRAY_SIZE(calls); n++) {
		model.sites[calls[n].site].operand |= SB_SITE_FROZEN;
		patch(calls[n].at, calls[n].bytes, calls[n].size);
		require_refused(calls[n].at, SHADOW_BOX_WHY_FROZEN);
	}
}

/* With the old policies alone it was let through; in mode log it is, and said once. */
static void in_mode_log_it_is_done_and_said(void **state)
{
	static const u8 int3 = INT3;
	const struct label *label = &labels[1];

	model.mode[KEYS] = OFF;
	require_equal(turn(label), 3, "steps");
	require_equal(verdict.why, 0, "why, off");
	require_equal(turn(label), 3, "steps");
	model.mode[KEYS] = LOG;
	require(poke(label->at, &int3, 1), "refused");
	require_equal(verdict.why, SHADOW_BOX_WHY_UNASKED, "why");
	require_equal(verdict.policy, KEYS, "policy");
	require(poke(label->at + 1, label->jump + 1, 4), "refused");
	require_equal(verdict.why, 0, "why, tail");
	require(poke(label->at, label->jump, 1), "refused");
	require_equal(verdict.why, 0, "why, last");
}

/* What is no patch at all stays a matter of who protects the code, if the keys are only logged. */
static void in_mode_log_other_reasons_stay(void **state)
{
	model.mode[KEYS] = LOG;
	require(!poke(AT_JUMP5, labels[1].jump, 5), "allowed");
	require_equal(verdict.why, SHADOW_BOX_WHY_ORDER, "why");
	require_equal(verdict.policy, TEXT, "policy");
}

struct call {
	u32 at, site;
	u8 opcode;
};

static const struct call calls[] = {
	{ AT_CALL, 2, 0xe8 }, { AT_CALL_BESIDE, 3, 0xe8 }, { AT_TAIL, 4, 0xe9 }, { AT_JCC, 5, 0 },
	{ AT_CALL_BPF, 7, 0xe8 }, { AT_TAIL_BPF, 8, 0xe9 },
};

/* Bytes of a call of @target at the place. Return: how many. */
static u32 bytes_of(const struct call *call, u64 target, u8 *bytes)
{
	u64 address = KERNEL + call->at;

	if (call->opcode)
		return model_branch(bytes, call->opcode, address, target);
	bytes[0] = 0x0f;
	return 1 + model_branch(bytes + 1, 0x85, address + 1, target);
}

static void calls_of_the_kernel_go_to_the_kernel(void **state)
{
	u8 bytes[6];
	u32 n, size;

	for (n = 0; n < ARRAY_SIZE(calls); n++) {
		const struct call *call = &calls[n];

		size = bytes_of(call, MODULE_FUNCTION(MODULE_A), bytes);
		patch(call->at, bytes, size);
		require_refused(call->at, SHADOW_BOX_WHY_TARGET);
		/* With the first byte there already, and without a breakpoint. */
		refusal.why = 0;
		require(!poke(call->at, bytes, size), "allowed");
		require_refused(call->at, SHADOW_BOX_WHY_TARGET);
		size = bytes_of(call, FUNCTION(4), bytes);
		require_equal(patch(call->at, bytes, size), 3, "steps");
		require(!memcmp(model.kernel + call->at, bytes, size), "not patched");
		require_equal(patch(call->at, model.original + call->at, size), 3, "steps");
	}
}

static void some_go_to_modules(void **state)
{
	u8 bytes[6], other[6];
	u32 n, size;

	for (n = 0; n < ARRAY_SIZE(calls); n++) {
		const struct call *call = &calls[n];

		model.sites[call->site].operand |= SB_SITE_MODULES;
		size = bytes_of(call, MODULE_FUNCTION(MODULE_A), bytes);
		require_equal(patch(call->at, bytes, size), 3, "steps");
		/* One that stands is no reason for another. */
		model.sites[call->site].operand &= ~SB_SITE_MODULES;
		bytes_of(call, MODULE_FUNCTION(MODULE_B), other);
		patch(call->at, other, size);
		require(!memcmp(model.kernel + call->at, bytes, size), "patched");
		require_equal(patch(call->at, model.original + call->at, size), 3, "steps");
	}
	require_equal(model.text.nr_patches, 0, "entries");
}

/* As above, in mode log: it is said at the tail, and once. */
static void in_mode_log_a_call_goes_anywhere(void **state)
{
	static const u8 int3 = INT3;
	u8 bytes[6];

	model.mode[KEYS] = LOG;
	bytes_of(&calls[0], MODULE_FUNCTION(MODULE_A), bytes);
	require(poke(AT_CALL, &int3, 1), "refused");
	require_equal(verdict.why, 0, "why");
	require(poke(AT_CALL + 1, bytes + 1, 4), "refused");
	require_equal(verdict.why, SHADOW_BOX_WHY_TARGET, "why, tail");
	require_equal(verdict.policy, KEYS, "policy");
	require(poke(AT_CALL, bytes, 1), "refused");
	require_equal(verdict.why, 0, "why, last");
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jump_labels_do_what_their_keys_say),
		TEST(nothing_turns_that_its_key_does_not_ask_for),
		TEST(a_key_that_is_not_there_asks_for_nothing),
		TEST(frozen_keys_change_nothing),
		TEST(in_mode_log_it_is_done_and_said),
		TEST(in_mode_log_other_reasons_stay),
		TEST(calls_of_the_kernel_go_to_the_kernel),
		TEST(some_go_to_modules),
		TEST(in_mode_log_a_call_goes_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

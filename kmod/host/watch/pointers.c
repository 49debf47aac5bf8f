// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pointers to code that lie where the kernel must be able to write. Slots have values that stay: what
 * they were when the policy was switched on. Chains are what registers and unregisters: each function
 * in them must be the kernel's or a module's that was announced and does not hide. What is otherwise in
 * two sweeps in a row is reported. All under the host's lock.
 */
#include "../memory/pool.h"
#include "../policy/feature.h"
#include "../policy/module_table.h"
#include "suspects.h"

/* Words of slots that are compared in one step. */
#define WORDS_AT_ONCE 16

/* Functions of one list or table, until it is none any more. */
#define FUNCTIONS_MAX 256

/**
 * struct walk_state - how far a sweep has come
 * @place: slots, and after them chains
 * @part: word of the slots, or head of the chain
 * @word: of all slots, those of earlier ones too
 * @nr: 1 + functions of this list or table that were looked at; 0: it was not begun
 * @count: functions of a table
 * @node: next node of a list, or the table
 */
static struct walk_state {
	u32 place;
	u32 part;
	u32 word;
	u32 nr;
	u32 count;
	u64 node;
} at;

static struct suspect suspects[SUSPECTS];
static u64 *known;	/* %SB_SLOT_WORDS: what the slots were */
static bool is_wanted;

_Static_assert(SB_SLOT_WORDS * sizeof(u64) == SB_PAGE_SIZE, "known is a page");

static u32 length_of(const char *text, u32 size)
{
	u32 i = 0;

	while (i < size && text[i])
		i++;
	return i;
}

/* "die->rootkit": the place, and the module into whose code the pointer leads, if there is one. */
static void name_pointer(const char *place, u64 value, char *name)
{
	const struct module *m = module_of_code(value);
	u32 used = length_of(place, SB_PLACE_NAME_SIZE);

	copy_bytes(name, place, used);
	if (!m)
		return;
	name[used++] = '-';
	name[used++] = '>';
	copy_bytes(name + used, m->name, length_of(m->name, SB_SUBJECT_NAME_SIZE - used));
}

static void report(struct slice *slice, const char *place, u32 why, u64 where, u64 old, u64 new)
{
	char name[SB_SUBJECT_NAME_SIZE] = { 0 };

	name_pointer(place, new, name);
	violation(slice->cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_POINTERS, .why = why,
		.subject = SHADOW_BOX_SUBJECT_POINTER, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_name = name, .object = where,
		.size = sizeof(new), .old = &old, .new = &new });
}

/* What was freed since a slot was found has pointers no more. */
static bool is_there(struct slice *slice, const struct sb_slots *s)
{
	u64 word;

	return !s->guard || (read_word(slice, s->guard, &word) && word == s->guarded);
}

static bool is_sure(u64 where, u64 value, u32 why)
{
	found_odd(SHADOW_BOX_POLICY_POINTERS);
	return suspect(suspects, where, value, why);
}

static void compare_words(struct slice *slice, const struct sb_slots *s, u32 n)
{
	u64 now[WORDS_AT_ONCE], where = s->address + at.part * sizeof(u64);
	u64 *old = known + at.word + at.part;
	u32 i;

	if (!slice_read(slice, where, now, n * sizeof(u64)))
		return;
	looked_at(SHADOW_BOX_POLICY_POINTERS, n);
	for (i = 0; i < n; i++, where += sizeof(u64)) {
		if (now[i] == old[i] || !is_sure(where, now[i], SHADOW_BOX_WHY_CHANGED))
			continue;
		report(slice, s->name, SHADOW_BOX_WHY_CHANGED, where, old[i], now[i]);
		old[i] = now[i];
	}
}

/* Returns whether these slots are done. */
static bool look_at_slots(struct slice *slice, const struct sb_slots *s)
{
	if (!at.part && !is_there(slice, s))
		at.part = s->words;
	for (; at.part < s->words && slice->left > 0; at.part += WORDS_AT_ONCE) {
		u32 rest = s->words - at.part;

		compare_words(slice, s, rest < WORDS_AT_ONCE ? rest : WORDS_AT_ONCE);
	}
	if (at.part < s->words)
		return false;
	at.word += s->words;
	return true;
}

/* A module that hides is none of the kernel's, whatever was announced once. */
static bool is_approved(struct slice *slice, u64 code)
{
	const struct sb_region *text = &facts()->text;
	const struct module *m;

	if (!code || code - text->start < text->end - text->start)
		return true;
	slice->left--;
	m = module_of_code(code);
	return m && !m->missed;
}

static void judge(struct slice *slice, const struct sb_chain *c, u64 where, u64 code)
{
	looked_at(SHADOW_BOX_POLICY_POINTERS, 1);
	if (!is_approved(slice, code) && is_sure(where, code, SHADOW_BOX_WHY_UNAPPROVED))
		report(slice, c->name, SHADOW_BOX_WHY_UNAPPROVED, where, 0, code);
}

/* The list or table is none, or cannot be followed: what comes after it is looked at. */
static bool give_up(void)
{
	WRITE_ONCE(status()->sweeps_aborted, status()->sweeps_aborted + 1);
	return true;
}

static u64 word_in(const u8 *node, u32 offset)
{
	return *(const u64 *)(node + offset);
}

/*
 * A node at which a stay ends may leave its list before the next one: what follows is then memory at
 * random, which is not the same in two sweeps in a row. Returns whether the list is done.
 */
static bool look_at_list(struct slice *slice, const struct sb_chain *c)
{
	u32 last = c->step > c->function ? c->step : c->function;
	u8 node[SB_NODE_MAX] __attribute__((aligned(8)));

	for (; at.node && at.node != c->end; at.nr++) {
		if (slice->left <= 0)
			return false;
		if (at.nr > FUNCTIONS_MAX || !slice_read(slice, at.node, node, last + sizeof(u64)))
			return give_up();
		judge(slice, c, at.node + c->function, word_in(node, c->function));
		at.node = word_in(node, c->step);
	}
	return true;
}

static bool look_at_table(struct slice *slice, const struct sb_chain *c)
{
	for (; at.nr <= at.count; at.nr++) {
		u64 where = at.node + c->function + (at.nr - 1) * c->step, code;

		if (slice->left <= 0)
			return false;
		if (!read_word(slice, where, &code))
			return give_up();
		if (!code && c->kind == SB_CHAIN_ENDED)
			break;
		judge(slice, c, where, code);
	}
	return true;
}

/* Returns false if there is nothing to follow. */
static bool begin(struct slice *slice, const struct sb_chain *c)
{
	u16 count = FUNCTIONS_MAX;

	at.nr = 1;
	if (!read_word(slice, c->head + at.part * sizeof(u64), &at.node) || !at.node)
		return false;
	if (c->kind == SB_CHAIN_COUNTED && !slice_read(slice, at.node, &count, sizeof(count)))
		return false;
	at.count = count < FUNCTIONS_MAX ? count : FUNCTIONS_MAX;
	return true;
}

/* Returns whether this chain is done. */
static bool look_at_chain(struct slice *slice, const struct sb_chain *c)
{
	for (; at.part < c->heads && slice->left > 0; at.part++, at.nr = 0) {
		if (!at.nr && !begin(slice, c))
			continue;
		if (!(c->kind == SB_CHAIN_LIST ? look_at_list(slice, c) : look_at_table(slice, c)))
			return false;
	}
	return at.part == c->heads;
}

static bool look_at_place(struct slice *slice)
{
	const struct sb_facts *f = facts();

	if (at.place < f->nr_slots)
		return look_at_slots(slice, &f->slots[at.place]);
	return look_at_chain(slice, &f->chain[at.place - f->nr_slots]);
}

/**
 * pointers_look() - compare pointers that stay, and go through what registers
 * @slice: of this stay
 *
 * Return: whether all has been looked at.
 */
bool pointers_look(struct slice *slice)
{
	if (!is_watched(SHADOW_BOX_POLICY_POINTERS) || !known)
		return true;
	for (; at.place < facts()->nr_slots + facts()->nr_chains; at.place++, at.part = at.nr = 0)
		if (slice->left <= 0 || !look_at_place(slice))
			return false;
	suspects_end_sweep(suspects);
	at = (struct walk_state){ 0 };
	return true;
}

/* Before a policy is set, when it is known which: is the memory wanted? */
static __used bool needs(struct sb_cpu *cpu, u32 policy)
{
	is_wanted |= policy == SHADOW_BOX_POLICY_POINTERS;
	return true;
}

static __used bool prepare(void)
{
	if (is_wanted && !known)
		known = pool_pages(1, SB_POOL_RESERVE);
	return !is_wanted || known;
}

/* What cannot be read counts as 0 from now on. */
static void capture(void)
{
	const struct sb_slots *s = facts()->slots;
	u64 *word = known;
	u32 i;

	for (i = 0; i < facts()->nr_slots; word += s[i++].words)
		if (!guest_read(s[i].address, word, s[i].words * sizeof(u64)))
			zero_bytes(word, s[i].words * sizeof(u64));
}

/* Called where the guest's page tables are those of whoever switches the policy on: the kernel's. */
static __used void forget(u32 policy, u32 mode)
{
	if (policy != SHADOW_BOX_POLICY_POINTERS)
		return;
	suspects_forget(suspects);
	at = (struct walk_state){ 0 };
	if (mode != SHADOW_BOX_MODE_OFF && known)
		capture();
}

FEATURE(HOOK(needs), HOOK(prepare), NONE, NONE, HOOK(forget), NONE);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pointers to code: slots that change, and chains in which functions of nobody stand, in images of the
 * kernel's memory that are sound, change all the time, or are torn, cyclic and wild.
 */
#include "module_model.h"
#include "sweeps.h"

#define POINTERS	SHADOW_BOX_POLICY_POINTERS

/* Linux's structures, in the direct map. */
#define AREA		(MODEL_MID + 0x20000)
#define AREA_WORDS	0x8000u
#define MODULE_LIST	8
#define HEAD_OF_MODULES	0x0
#define MODULE_OBJECT(i) (0x100 + 0x100 * (i))
#define MODULES		3u
#define SLOTS		0x1000	/* 40 words of them */
#define SLOT_WORDS	40u
#define GUARD		0x1800
#define LIST_HEADS	0x2000	/* two of them */
#define NODE(i)		(0x3000 + 0x40 * (i))
#define NODES		80u
#define NEXT		0x10
#define FUNCTION	0x28
#define TABLE_HEAD	0x2100
#define COUNTED		0x6000
#define ENDED_HEAD	0x2200
#define ENDED		0x7000
#define NOWHERE		0x1234567890abcdefull
#define NOBODYS_CODE	(MODULE_SPACE + 0x800000)

static struct module_model module[MODULES];

static u64 address(u64 offset)
{
	return DIRECT_MAP + AREA + offset;
}

static u64 *word(u64 offset)
{
	return guest_ram(AREA + offset);
}

static u64 kernel_function(u32 i)
{
	return TEXT + 0x1000 + i * 0x10;
}

static void list_module(u32 i)
{
	u64 entry = MODULE_OBJECT(i) + MODULE_LIST;

	*word(entry) = *word(HEAD_OF_MODULES);
	*word(HEAD_OF_MODULES) = address(entry);
}

/* Only modules after the first, so that what the head leads to is known. */
static void hide_module(u32 i)
{
	u64 *link = word(HEAD_OF_MODULES);

	while (*link != address(MODULE_OBJECT(i) + MODULE_LIST))
		link = word(*link - address(0));
	*link = *word(MODULE_OBJECT(i) + MODULE_LIST);
}

static void load_module(u32 i)
{
	struct module_model *m = &module[i];

	module_make(m, i, 1, 0, 0);
	m->request.address = address(MODULE_OBJECT(i));
	sprintf(m->request.name, "module%u", i);
	list_module(i);
	require_equal(module_load(m), 0, "a module");
}

static void make_slots(void)
{
	u32 i;

	for (i = 0; i < SLOT_WORDS; i++)
		*word(SLOTS + i * 8) = kernel_function(i);
	*word(GUARD) = 77;
	guest.facts.slots[guest.facts.nr_slots++] = (struct sb_slots){
		.address = address(SLOTS), .guard = address(GUARD), .guarded = 77,
		.words = SLOT_WORDS, .name = "slots" };
	/* It could not be read when the policy was switched on. */
	guest.facts.slots[guest.facts.nr_slots++] = (struct sb_slots){
		.address = NOWHERE, .words = 1, .name = "nowhere" };
}

static void make_list(void)
{
	u32 i;

	for (i = 0; i < NODES; i++) {
		*word(NODE(i) + FUNCTION) = kernel_function(i);
		*word(NODE(i) + NEXT) = i + 1 < NODES ? address(NODE(i + 1)) : address(LIST_HEADS);
	}
	*word(LIST_HEADS + 8) = address(NODE(0));
	guest.facts.chain[guest.facts.nr_chains++] = (struct sb_chain){
		.head = address(LIST_HEADS), .end = address(LIST_HEADS), .heads = 2, .kind = SB_CHAIN_LIST,
		.function = FUNCTION, .step = NEXT, .name = "list" };
}

static void make_tables(void)
{
	*word(TABLE_HEAD) = address(COUNTED);
	*word(COUNTED) = 2;
	*word(COUNTED + 8) = kernel_function(0);
	*word(COUNTED + 24) = kernel_function(1);
	*word(COUNTED + 40) = NOBODYS_CODE;	/* behind the last */
	guest.facts.chain[guest.facts.nr_chains++] = (struct sb_chain){
		.head = address(TABLE_HEAD), .heads = 1, .kind = SB_CHAIN_COUNTED,
		.function = 8, .step = 16, .name = "counted" };
	*word(ENDED_HEAD) = address(ENDED);
	*word(ENDED) = kernel_function(0);
	*word(ENDED + 24) = kernel_function(1);
	*word(ENDED + 72) = NOBODYS_CODE;	/* likewise */
	guest.facts.chain[guest.facts.nr_chains++] = (struct sb_chain){
		.head = address(ENDED_HEAD), .heads = 1, .kind = SB_CHAIN_ENDED,
		.step = 24, .name = "ended" };
}

static int new_host(void **state)
{
	u32 i;

	host_reset(1, 4);
	random_seed(17);
	memset(word(0), 0, AREA_WORDS * 8);
	guest.facts.tsc_khz = KHZ;
	guest.facts.kernel_cr3 = host.cr3;
	guest.facts.modules = address(HEAD_OF_MODULES);
	guest.facts.module_list = MODULE_LIST;
	*word(HEAD_OF_MODULES) = address(HEAD_OF_MODULES);
	for (i = 0; i < MODULES; i++)
		load_module(i);
	make_slots();
	make_list();
	make_tables();
	set_period();
	require_equal(set_policy(POINTERS, SHADOW_BOX_MODE_LOG), 0, "log");
	return 0;
}

static void require_found(u32 why, u64 object, u64 old, u64 new, const char *name)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(e->policy, POINTERS, "policy");
	require_equal(e->why, why, "why");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, "observer");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_POINTER, "subject");
	require_equal(e->object, object, "object");
	require_equal(e->length, 8, "size");
	require_equal(*(u64 *)e->old, old, "old");
	require_equal(*(u64 *)e->new, new, "new");
	require(!strncmp(e->subject_name, name, SB_SUBJECT_NAME_SIZE), "name %.24s", e->subject_name);
}

/* Slots */

static void a_slot_that_changes_is_found(void **state)
{
	sweeps(3);
	require_equal(reports(), 0, "reports of honest pointers");
	require_equal(status()->sweeps_aborted, 0, "lists given up");
	*word(SLOTS + 37 * 8) = kernel_function(1);
	sweep();
	require_equal(reports(), 0, "reports after one sweep");
	sweep();
	require_equal(reports(), 1, "reports after two");
	require_found(SHADOW_BOX_WHY_CHANGED, address(SLOTS + 37 * 8), kernel_function(37), kernel_function(1),
		      "slots");
	sweeps(5);
	require_equal(reports(), 1, "reports after more");
	*word(SLOTS + 37 * 8) = kernel_function(37);
	sweeps(2);
	require_equal(reports(), 2, "reports when it is over");
}

static void who_it_leads_to_is_told(void **state)
{
	*word(SLOTS) = module[1].request.text + 0x20;
	sweeps(2);
	require_found(SHADOW_BOX_WHY_CHANGED, address(SLOTS), kernel_function(0),
		      module[1].request.text + 0x20, "slots->module1");
}

static void what_comes_back_is_not_found(void **state)
{
	*word(SLOTS + 8) = kernel_function(9);
	sweep();
	*word(SLOTS + 8) = kernel_function(1);
	sweep();
	*word(SLOTS + 8) = kernel_function(8);
	sweep();
	*word(SLOTS + 8) = kernel_function(9);
	sweep();
	require_equal(reports(), 0, "reports");
}

static void slots_that_are_gone_are_not_found(void **state)
{
	*word(GUARD) = 78;
	*word(SLOTS) = NOBODYS_CODE;
	sweeps(3);
	require_equal(reports(), 0, "reports");
}

static void what_they_were_is_learnt_when_it_is_switched_on(void **state)
{
	set_policy(POINTERS, SHADOW_BOX_MODE_OFF);
	*word(SLOTS) = kernel_function(9);
	set_policy(POINTERS, SHADOW_BOX_MODE_LOG);
	sweeps(3);
	require_equal(reports(), 0, "reports");
}

/* Chains */

static void nobodys_code_is_found_in_each_chain(void **state)
{
	static const struct {
		u64 where;
		const char *name;
	} cases[] = {
		{ NODE(0) + FUNCTION, "list" }, { NODE(NODES - 1) + FUNCTION, "list" },
		{ COUNTED + 8, "counted" }, { COUNTED + 24, "counted" },
		{ ENDED, "ended" }, { ENDED + 24, "ended" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		*word(cases[i].where) = NOBODYS_CODE + i;
		sweep();
		require_equal(reports(), i, "reports after one sweep");
		sweep();
		require_equal(reports(), i + 1, "reports after two");
		require_found(SHADOW_BOX_WHY_UNAPPROVED, address(cases[i].where), 0, NOBODYS_CODE + i,
			      cases[i].name);
		sweeps(2);
		require_equal(reports(), i + 1, "reports after more");
	}
	require_equal(status()->sweeps_aborted, 0, "lists given up");
}

static void a_listed_module_may_register(void **state)
{
	*word(NODE(7) + FUNCTION) = module[0].request.text;
	*word(COUNTED + 24) = module[1].request.text + 0x40;
	*word(NODE(8) + FUNCTION) = 0;
	sweeps(4);
	require_equal(reports(), 0, "reports");
}

/* The policy modules is off, and says nothing. */
static void a_module_that_hides_may_not(void **state)
{
	*word(NODE(7) + FUNCTION) = module[1].request.text + 0x40;
	sweeps(2);
	hide_module(1);
	sweeps(2);
	require_equal(reports(), 1, "reports");
	require_found(SHADOW_BOX_WHY_UNAPPROVED, address(NODE(7) + FUNCTION), 0,
		      module[1].request.text + 0x40, "list->module1");
}

/* What sweeps for pointers know of modules is no report of the policy modules, and none that it would owe. */
static void who_hides_is_reported_when_that_is_wanted(void **state)
{
	const struct sb_event *e;

	hide_module(1);
	sweeps(4);
	require_equal(reports(), 0, "reports");
	set_policy(SHADOW_BOX_POLICY_MODULES, SHADOW_BOX_MODE_LOG);
	sweeps(4);
	require_equal(reports(), 1, "reports");
	e = newest_violation(0);
	require_equal(e->policy, SHADOW_BOX_POLICY_MODULES, "policy");
	require_equal(e->why, SHADOW_BOX_WHY_UNLISTED, "why");
}

/* It is announced to go when its own code is over; and then its name is still known. */
static void a_module_that_goes_is_not_found(void **state)
{
	*word(NODE(7) + FUNCTION) = module[1].request.text;
	sweeps(2);
	require_equal(hypercall(0, SB_HYPERCALL_MODULE_GOING, module[1].number, 0, 0), 0, "GOING");
	hide_module(1);
	sweeps(3);
	require_equal(reports(), 0, "reports while it goes");
}

static void a_chain_that_is_none_is_given_up(void **state)
{
	const u64 wild[] = { address(NODE(3)), ~0ull, NOWHERE, DIRECT_MAP + (60ull << 30) };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wild); i++) {
		u64 aborted = status()->sweeps_aborted;

		*word(NODE(20) + NEXT) = wild[i];
		sweeps(3);
		require(status()->sweeps_aborted >= aborted + 3, "a list with 0x%llx was not given up",
			wild[i]);
		require_equal(reports(), 0, "reports");
	}
	/* What comes after it is looked at all the same. */
	*word(ENDED) = NOBODYS_CODE;
	sweeps(2);
	require_found(SHADOW_BOX_WHY_UNAPPROVED, address(ENDED), 0, NOBODYS_CODE, "ended");
}

/* Between any two stays nodes are taken out, their memory becomes something else, and they come back. */
static void nothing_is_found_while_nodes_come_and_go(void **state)
{
	bool gone[NODES] = { false };
	u32 round;

	for (round = 0; round < 20000; round++) {
		u32 i = 1 + random_below(NODES - 2);

		if (gone[i - 1] || gone[i + 1]) {
			stay();
			continue;
		}
		if (gone[i]) {
			*word(NODE(i) + FUNCTION) = kernel_function(i);
			*word(NODE(i) + NEXT) = address(NODE(i + 1));
			*word(NODE(i - 1) + NEXT) = address(NODE(i));
		} else {
			*word(NODE(i - 1) + NEXT) = address(NODE(i + 1));
			*word(NODE(i) + FUNCTION) = random_u64();
			*word(NODE(i) + NEXT) = random_u64();
		}
		gone[i] = !gone[i];
		stay();
	}
	require_equal(reports(), 0, "reports");
	require(status()->sweeps > 1000, "%llu sweeps", status()->sweeps);
}

/* Words at random, pointers to somewhere near among them: a stay ends, whatever it meets. */
static void stays_end_in_any_memory(void **state)
{
	u32 i, round;

	for (round = 0; round < 3000; round++) {
		for (i = random_below(200); i; i--)
			*word(random_below(AREA_WORDS) * 8) =
				random_chance(70) ? address(random_below(AREA_WORDS) * 8) :
						    random_u64() >> random_below(64);
		stay();
	}
	require(status()->sweeps > 10, "%llu sweeps", status()->sweeps);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(a_slot_that_changes_is_found),
		TEST(who_it_leads_to_is_told),
		TEST(what_comes_back_is_not_found),
		TEST(slots_that_are_gone_are_not_found),
		TEST(what_they_were_is_learnt_when_it_is_switched_on),
		TEST(nobodys_code_is_found_in_each_chain),
		TEST(a_listed_module_may_register),
		TEST(a_module_that_hides_may_not),
		TEST(who_hides_is_reported_when_that_is_wanted),
		TEST(a_module_that_goes_is_not_found),
		TEST(a_chain_that_is_none_is_given_up),
		TEST(nothing_is_found_while_nodes_come_and_go),
		TEST(stays_end_in_any_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

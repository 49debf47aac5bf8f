// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules from their loading to the end of their memory: what Linux says of one can do no harm to
 * any page but that module's own.
 */
#include "host/policy/opened.h"
#include "host/policy/policy.h"
#include "module_model.h"

#define MODULE_TEXT	SHADOW_BOX_POLICY_MODULE_TEXT
#define OFF		SHADOW_BOX_MODE_OFF
#define LOG		SHADOW_BOX_MODE_LOG
#define ENFORCE		SHADOW_BOX_MODE_ENFORCE
#define RX		(EPT_READ | EPT_EXEC | EPT_EXEC_USER)
#define RW		(EPT_READ | EPT_WRITE)

static u64 view[VIEW_PAGES], now[VIEW_PAGES];
static struct module_model module[8];

static int new_host(void **state)
{
	host_reset(HOST_CPUS, 4);
	require_equal(set_policy(MODULE_TEXT, ENFORCE), 0, "policy");
	sync_all();
	random_seed(11);
	ept_look(view);
	return 0;
}

static void expect(u64 gpa, u32 owner, u64 rights)
{
	u64 *page = &view[gpa / SB_PAGE_SIZE];

	*page = (*page & ~(EPT_OWNER_MASK | EPT_RIGHTS)) | (u64)owner << EPT_OWNER_SHIFT | rights;
}

/* Pages @first to @end of a module, in the order of struct module_model. */
static void expect_pages(const struct module_model *m, u32 first, u32 end, u32 owner, u64 rights)
{
	u32 i;

	for (i = first; i < end; i++)
		expect(m->gpa[i], owner, rights);
}

static void require_view(const char *when)
{
	u64 page;

	ept_look(now);
	for (page = 0; page < VIEW_PAGES; page++)
		require(now[page] == view[page], "%s: page 0x%llx is 0x%llx, not 0x%llx", when,
			page * SB_PAGE_SIZE, now[page], view[page]);
}

static u64 release(const struct module_model *m)
{
	return hypercall(0, SB_HYPERCALL_MODULE_RELEASE, m->number, 0, 0);
}

static u64 go(const struct module_model *m)
{
	return hypercall(0, SB_HYPERCALL_MODULE_GOING, m->number, 0, 0);
}

static u32 owner_of(const struct module_model *m)
{
	return OWNER_MODULE + m->number;
}

static void require_life(u32 text, u32 ro, u32 after_init)
{
	struct module_model *m = &module[0];
	u32 free = status()->pool_free, all = text + ro + after_init;
	const struct sb_event *e;

	module_make(m, 0, text, ro, after_init);
	require(module_send(m) < 1024, "ADD: 0x%llx", m->number);
	require_equal(status()->modules, 1, "modules");
	require_equal(module_send_table(m), 0, "TABLE");
	require_view("before it is protected");
	require_equal(module_stage(1, m, 0), 0, "PROTECT, code");
	expect_pages(m, 0, text + ro, owner_of(m), RX);
	require_view("code is protected");
	require_equal(cpus_behind(status()->generation), 3, "CPUs behind");
	require_equal(module_stage(0, m, 1), 0, "PROTECT, what is constant after init");
	expect_pages(m, 0, all, owner_of(m), RX);
	require_view("all is protected");
	sync_all();
	require_equal(go(m), 0, "GOING");
	require_view("it is going");
	e = newest_event(0);
	require_equal(e->type, SHADOW_BOX_EVENT_RELEASE, "type of the event");
	require_equal(e->object, m->request.text, "what goes");
	require_equal(module_unload(m), SB_ERROR_ARGUMENT, "GOING once more");
	while (release(m) == SB_ANSWER_MORE)
		continue;
	expect_pages(m, 0, all, owner_of(m), EPT_READ);
	require_view("nothing is executed any more");
	require_equal(release(m), SB_ERROR_BUSY, "RELEASE with CPUs behind");
	sync_all();
	while (release(m) == SB_ANSWER_MORE)
		continue;
	expect_pages(m, 0, all, OWNER_RELEASED, RW);
	require_view("it is released");
	require_equal(status()->modules, 0, "modules");
	require_equal(release(m), SB_ERROR_ARGUMENT, "RELEASE once more");
	require(free - status()->pool_free < 20, "%u pages are lost", free - status()->pool_free);
}

static void from_its_loading_to_its_end(void **state)
{
	static const u32 sizes[][3] = { { 1, 0, 0 }, { 1, 1, 1 }, { 31, 1, 0 }, { 32, 0, 1 },
					{ 33, 40, 5 }, { 100, 2, 64 } };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		new_host(NULL);
		require_life(sizes[i][0], sizes[i][1], sizes[i][2]);
	}
}

/* The answer says what is left: Linux counts on it. */
static void protecting_goes_on_where_it_was(void **state)
{
	struct module_model *m = &module[0];
	u32 calls = 0;

	module_make(m, 0, 70, 50, 3);
	module_send(m);
	module_send_table(m);
	while (hypercall(0, SB_HYPERCALL_MODULE_PROTECT, m->number, 0, 0) == SB_ANSWER_MORE)
		calls++;
	require_equal(calls, 14, "calls that left something to do");
	require_equal(hypercall(0, SB_HYPERCALL_MODULE_PROTECT, m->number, 0, 0), 0, "once more");
	require_equal(hypercall(0, SB_HYPERCALL_MODULE_PROTECT, m->number, 1, 0), 0, "stage 1");
}

/* All modules' pages follow the policy, not those of one whose code is not executed any more. */
static void pages_follow_the_policy(void **state)
{
	u32 round, i, mode;

	for (i = 0; i < ARRAY_SIZE(module); i++) {
		module_make(&module[i], i, 3 + i, i % 3, i % 2);
		require_equal(module_load(&module[i]), 0, "loading");
	}
	hypercall(0, SB_HYPERCALL_MODULE_GOING, module[3].number, 0, 0);
	hypercall(0, SB_HYPERCALL_MODULE_GOING, module[5].number, 0, 0);
	require_equal(release(&module[5]), 2, "RELEASE");
	for (round = 0; round < 20; round++) {
		mode = random_below(3);
		require_equal(set_policy(MODULE_TEXT, mode), 0, "policy");
		for (i = 0; i < ARRAY_SIZE(module); i++)
			expect_pages(&module[i], 0, module_pages(&module[i]), owner_of(&module[i]),
				     i == 5 ? EPT_READ : mode ? RX : EPT_RIGHTS);
		require_view("a mode is set");
	}
}

/* However many pages modules have, a call is to be short; the answer says whether there are more. */
static void a_policy_reaches_few_pages_at_once(void **state)
{
	u32 calls = 0, i;

	module_make(&module[0], 0, 70, 50, 3);
	module_make(&module[1], 1, 3, 1, 0);
	for (i = 0; i < 2; i++)
		require_equal(module_load(&module[i]), 0, "loading");
	while (hypercall(0, SB_HYPERCALL_POLICY, 0, BIT(MODULE_TEXT), 0) == SB_ANSWER_MORE)
		calls++;
	require_equal(calls, (123 + 4) / 16, "calls that left something to do");
	for (i = 0; i < 2; i++)
		expect_pages(&module[i], 0, module_pages(&module[i]), owner_of(&module[i]),
			     EPT_RIGHTS);
	require_view("the policy is off");
}

/* Pages that are closed already stay so, whatever else is asked for before the rest is closed. */
static void a_release_in_progress_is_not_undone(void **state)
{
	struct module_model *m = &module[0];
	u32 mode;

	module_make(m, 0, 50, 0, 0);
	require_equal(module_load(m), 0, "loading");
	go(m);
	require_equal(release(m), 1, "RELEASE");
	expect_pages(m, 0, 32, owner_of(m), EPT_READ);
	expect_pages(m, 32, 50, owner_of(m), RX);
	require_view("some pages are closed");
	for (mode = OFF; mode <= ENFORCE; mode++) {
		require_equal(set_policy(MODULE_TEXT, mode), 0, "policy");
		sync_all();
		require_view("a mode is set");
	}
	require_equal(release(m), 2, "RELEASE");
	expect_pages(m, 32, 50, owner_of(m), EPT_READ);
	require_view("all are closed");
}

/* While the policy is being changed, some modules at a time, others come and go. */
static void policy_changes_and_modules_interleave(void **state)
{
	static struct module_model many[40];
	u32 i, mode = ENFORCE, round;
	u64 answer;

	for (i = 0; i < ARRAY_SIZE(many); i++) {
		module_make(&many[i], i, 1, 1, 0);
		require_equal(module_load(&many[i]), 0, "loading");
	}
	for (round = 0; round < 30; round++) {
		mode = random_below(3);
		do {
			i = random_below(ARRAY_SIZE(many));
			answer = hypercall(0, SB_HYPERCALL_POLICY, mode << (2 * MODULE_TEXT),
					   BIT(MODULE_TEXT), 0);
			require_equal(module_unload(&many[i]), 0, "unloading");
			expect_pages(&many[i], 0, 2, OWNER_RELEASED, RW);
			module_make(&many[i], i, 1, 1, 0);
			require_equal(module_load(&many[i]), 0, "loading");
		} while (answer == SB_ANSWER_MORE);
		for (i = 0; i < ARRAY_SIZE(many); i++)
			expect_pages(&many[i], 0, 2, owner_of(&many[i]), mode ? RX : EPT_RIGHTS);
		require_view("a mode is set");
	}
}

/* Hostile requests */

static void require_add(const struct sb_module_request *request, u64 want, const char *what)
{
	struct module_model m = { .request = *request };
	u32 free = status()->pool_free, modules = status()->modules;

	require(module_send(&m) == want, "%s: the answer is 0x%llx", what, m.number);
	require_equal(status()->pool_free, free, what);
	require_equal(status()->modules, modules, what);
}

#define TEXT_AT	(MODULE_SPACE + 0x800000)

static void hostile_requests_are_refused(void **state)
{
	const u64 big = 64ull << 20, huge = -0x1000ull;
	const struct {
		const char *what;
		struct sb_module_request request;
	} hostile[] = {
		{ "no code", { TEXT_AT, 0, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "nothing", { 0, 0, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "not at a page", { TEXT_AT + 8, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "not whole pages", { TEXT_AT, 0x1001, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "ro not at a page", { TEXT_AT, 0x1000, { TEXT_AT + 1, 0 }, { 4096, 0 }, 0, 0, 0, "" } },
		{ "ro not whole pages", { TEXT_AT, 0x1000, { TEXT_AT, 0 }, { 8, 0 }, 0, 0, 0, "" } },
		{ "kernel code", { TEXT, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "direct map", { DIRECT_MAP, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "user space", { 0x400000, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "before modules", { MODULE_SPACE - 0x1000, 0x2000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "behind modules", { MODULE_SPACE_END, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "across the end", { MODULE_SPACE_END - 4096, 8192, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "ro outside", { TEXT_AT, 0x1000, { TEXT, 0 }, { 0x1000, 0 }, 0, 0, 0, "" } },
		{ "ro[1] outside", { TEXT_AT, 0x1000, { 0, RODATA }, { 0, 0x1000 }, 0, 0, 0, "" } },
		{ "all of it", { MODULE_SPACE, huge, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "overflow", { TEXT_AT, ~0xfffull, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "ro overflows", { TEXT_AT, 0x1000, { TEXT_AT, TEXT_AT }, { huge, 8192 }, 0, 0, 0, "" } },
		{ "too much code", { TEXT_AT, big + 0x1000, { 0, 0 }, { 0, 0 }, 0, 0, 0, "" } },
		{ "too many sites", { TEXT_AT, 0x1000, { 0, 0 }, { 0, 0 }, 0x801, 0, 0, "" } },
		{ "4 G sites", { TEXT_AT, 0x1000, { 0, 0 }, { 0, 0 }, ~0u, 0, 0, "" } },
		{ "too many jumps", { TEXT_AT, 0x1000, { 0, 0 }, { 0, 0 }, 0, 0x801, 0, "" } },
		{ "4 G jumps", { TEXT_AT, 0x1000, { 0, 0 }, { 0, 0 }, 0, ~0u, 0, "" } },
	};
	const struct sb_module_request most = { TEXT_AT, big, { TEXT_AT, TEXT_AT }, { big, big },
						big / 2, 0, 0, "" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		require_add(&hostile[i].request, SB_ERROR_ARGUMENT, hostile[i].what);
	require_add(&most, SB_ERROR_FULL, "as much as can be asked for");
	require_view("hostile requests");
}

/* Requests and tables where the host must not read. */
static void requests_must_lie_in_ram(void **state)
{
	const u64 hostile[] = {
		0, ~0ull, ~0ull - 47, MODEL_LOW_END - 8, MODEL_MID_END - 40, 0x3000000,
		guest.facts.block[0], guest.facts.block[0] - 8, REQUEST + 4, PHYSICAL_END,
		BIT(63) | REQUEST,
	};
	u32 i;

	module_make(&module[0], 0, 1, 0, 0);
	memcpy(guest_ram(REQUEST + 4), &module[0].request, sizeof(module[0].request));
	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		require(hypercall(0, SB_HYPERCALL_MODULE_ADD, hostile[i], 0, 0) ==
			SB_ERROR_ARGUMENT, "a request at 0x%llx was read", hostile[i]);
	require_equal(status()->modules, 0, "modules");
	module_send(&module[0]);
	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		if (hostile[i] != REQUEST + 4 && hostile[i] != MODEL_LOW_END - 8)
			require(hypercall(0, SB_HYPERCALL_MODULE_TABLE, module[0].number,
					  hostile[i], 41) == SB_ERROR_ARGUMENT,
				"a table at 0x%llx was read", hostile[i]);
}

static u64 table(u64 number, u64 size)
{
	return hypercall(0, SB_HYPERCALL_MODULE_TABLE, number, TABLE, size);
}

static void tables_must_be_complete_and_no_longer(void **state)
{
	struct module_model *m = &module[0];

	module_make(m, 0, 100, 0, 0);
	module_send(m);
	require_equal(module_stage(0, m, 0), SB_ERROR_ARGUMENT, "PROTECT without a table");
	require_equal(table(m->number, 4097), SB_ERROR_ARGUMENT, "more than a page");
	require_equal(table(m->number, ~0ull), SB_ERROR_ARGUMENT, "much more than a page");
	require_equal(table(m->number, 0), SB_ERROR_ARGUMENT, "nothing");
	memset(guest_ram(TABLE), 0, 4096);
	require_equal(table(m->number, 4007), 0, "all but a byte");
	require_equal(module_stage(0, m, 0), SB_ERROR_ARGUMENT, "PROTECT without the last byte");
	require_equal(table(m->number, 2), SB_ERROR_ARGUMENT, "a byte too much");
	require_equal(table(m->number, 1), SB_ERROR_ARGUMENT, "the last byte of sites of no kind");
	require_equal(table(m->number, 1), SB_ERROR_ARGUMENT, "one more");
	require_equal(module_stage(0, m, 0), SB_ERROR_ARGUMENT, "PROTECT with sites of no kind");
	require_equal(table(m->number + 1, 1), SB_ERROR_ARGUMENT, "a table for nobody");
	require_equal(table(1ull << 32 | m->number, 1), SB_ERROR_ARGUMENT, "a number of 33 bits");
	require_view("no table was good");
	module_make(m, 1, 20, 1, 0);
	module_send(m);
	require_equal(module_send_part(m, 0, 1), 0, "all of a good table but a byte");
	require_equal(module_stage(0, m, 0), SB_ERROR_ARGUMENT, "PROTECT without the last byte");
	require_equal(module_send_part(m, 21 * 8 + 20 * 32 - 1, 0), 0, "the last byte");
	require_equal(module_stage(0, m, 0), 0, "PROTECT");
}

/* Each hypercall in each state of a module, but the one that comes next. */
static void steps_come_in_their_order(void **state)
{
	struct module_model *m = &module[0];

	module_make(m, 0, 2, 1, 1);
	module_send(m);
	require_equal(release(m), SB_ERROR_ARGUMENT, "RELEASE while filling");
	require_equal(go(m), 0, "GOING while filling");
	require_equal(module_send_table(m), SB_ERROR_ARGUMENT, "TABLE after that");
	module_send(m);
	module_send_table(m);
	require_equal(hypercall(0, SB_HYPERCALL_MODULE_PROTECT, m->number, 2, 0), SB_ERROR_ARGUMENT,
		      "stage 2");
	require_equal(module_stage(0, m, 0), 0, "PROTECT");
	require_equal(table(m->number, 1), SB_ERROR_ARGUMENT, "TABLE when protected");
	require_equal(release(m), SB_ERROR_ARGUMENT, "RELEASE when protected");
	require_equal(go(m), 0, "GOING");
	require_equal(table(m->number, 1), SB_ERROR_ARGUMENT, "TABLE when going");
	require_equal(module_stage(0, m, 1), SB_ERROR_ARGUMENT, "PROTECT when going");
	require_equal(go(m), SB_ERROR_ARGUMENT, "GOING when going");
	require_equal(release(m), 2, "RELEASE");
	require_equal(module_stage(0, m, 1), SB_ERROR_ARGUMENT, "PROTECT when closed");
	expect_pages(m, 0, 3, owner_of(m), EPT_READ);
	require_view("at the end");
}

static void numbers_of_nobody(void **state)
{
	static const u64 number[] = { 0, 1, 1023, 1024, 4096, ~0ull, 1ull << 32, 1ull << 63 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(number); i++) {
		require_equal(table(number[i], 8), SB_ERROR_ARGUMENT, "TABLE");
		require_equal(hypercall(0, SB_HYPERCALL_MODULE_PROTECT, number[i], 0, 0),
			      SB_ERROR_ARGUMENT, "PROTECT");
		require_equal(hypercall(0, SB_HYPERCALL_MODULE_GOING, number[i], 0, 0),
			      SB_ERROR_ARGUMENT, "GOING");
		require_equal(hypercall(0, SB_HYPERCALL_MODULE_RELEASE, number[i], 0, 0),
			      SB_ERROR_ARGUMENT, "RELEASE");
	}
	require_view("nothing to do");
}

static void code_that_overlaps_is_refused(void **state)
{
	struct module_model *m = &module[0];
	struct sb_module_request r;
	int offset;

	module_make(m, 0, 4, 1, 0);
	require_equal(module_load(m), 0, "loading");
	for (offset = -3; offset <= 3; offset++) {
		r = m->request;
		r.text += offset * 0x1000;
		require_add(&r, SB_ERROR_ARGUMENT, "code over another's");
	}
	r.text = m->request.text - 0x4000;
	require(module_send(&(struct module_model){ .request = r }) < 1024, "code before it");
	require_equal(go(m), 0, "GOING");
	require(module_send(&(struct module_model){ .request = m->request }) < 1024,
		"code in place of what is going");
}

/* Memory that is somebody's, does not exist, or is not there: not a page of it changes. */
static void pages_of_others_are_not_taken(void **state)
{
	const u64 foreign[] = {
		TEXT_PHYS, TEXT_PHYS + TEXT_SIZE, RODATA_PHYS, IDT_PHYS, guest.facts.block[0],
		guest.facts.block[0] + 0x1ff000, 0x3000000, PHYSICAL_END, 1ull << 44,
		guest.facts.ept_zero, MODEL_HIGH_END,
	};
	struct module_model *m = &module[0], *other = &module[1];
	u32 i;

	require_equal(set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, ENFORCE), 0, "policy");
	module_make(other, 1, 1, 1, 0);
	require_equal(module_load(other), 0, "loading");
	ept_look(view);
	for (i = 0; i <= ARRAY_SIZE(foreign) + 1; i++) {
		module_make(m, 0, 1, 1, 1);
		if (i < ARRAY_SIZE(foreign))
			m->gpa[1] = foreign[i];
		else
			m->gpa[1] = i == ARRAY_SIZE(foreign) ? other->gpa[1] : m->gpa[0];
		module_map(m);
		module_send(m);
		module_send_table(m);
		require(module_stage(0, m, 0) == SB_ERROR_ARGUMENT, "0x%llx was taken", m->gpa[1]);
		expect(m->gpa[0], owner_of(m), RX);
		require_view("foreign pages");
		require_equal(module_unload(m), 0, "unloading");
		expect(m->gpa[0], OWNER_RELEASED, RW);
	}
	module_make(m, 0, 1, 1, 0);
	*guest_entry(m->request.ro[0], 1) = 0;
	require_equal(module_load(m), SB_ERROR_ARGUMENT, "a page that is not there");
}

/* Pages that were protected before it failed must reach all CPUs too. */
static void a_failure_in_between_is_told_to_all(void **state)
{
	struct module_model *m = &module[0];
	u64 generation = status()->generation;

	module_make(m, 0, 2, 1, 0);
	*guest_entry(m->request.text + 0x1000, 1) = 0;
	module_send(m);
	module_send_table(m);
	require_equal(module_stage(0, m, 0), SB_ERROR_ARGUMENT, "PROTECT");
	require_equal(page_at(m->gpa[0]).owner, owner_of(m), "owner of the first page");
	require(status()->generation > generation, "the other CPUs are not told");
}

/* With any number of free pages: loaded, or an error after which it can be tried again. */
static void a_shortage_can_be_overcome(void **state)
{
	struct module_model *m = &module[0];
	u32 left, failures = 0, free, i;
	u64 answer;

	for (left = 0; left < 60; left++) {
		host_reset(2, 4);
		module_make(m, 0, 12, 3, 1);
		use_pool(left);
		answer = module_send(m);
		if (SB_IS_ERROR(answer)) {
			require_equal(answer, SB_ERROR_MEMORY, "ADD");
			free_pool();
			module_send(m);
		}
		require_equal(module_send_table(m), 0, "TABLE");
		free = status()->pool_free;
		answer = module_stage(0, m, 0);
		require(answer || free - status()->pool_free > 16, "no room for patches was taken");
		failures += !!answer;
		if (answer) {
			require_equal(answer, SB_ERROR_MEMORY, "PROTECT");
			free_pool();
			require_equal(module_stage(0, m, 0), 0, "PROTECT again");
		}
		free_pool();
		require_equal(module_stage(0, m, 1), 0, "stage 1");
		for (i = 0; i < module_pages(m); i++)
			require_equal(page_at(m->gpa[i]).owner, owner_of(m), "owner of a page");
	}
	require(failures > 10, "it failed %u times only", failures);
}

static void there_is_room_for_1024(void **state)
{
	struct module_model m = { .request = { .text_size = 0x1000 } };
	u32 n;

	for (n = 0; n < 6; n++)
		pool_add_block(MODEL_HIGH + 0x800000 + n * 0x200000);
	for (n = 0; n < 1024; n++) {
		hypercall(0, SB_HYPERCALL_SYNC, 0, 0, 0);	/* maps what was added */
		m.request.text = MODULE_SPACE + 0x10000 + n * 0x1000;
		require_equal(module_send(&m), n, "number");
	}
	m.request.text += 0x1000;
	require_equal(module_send(&m), SB_ERROR_FULL, "one more");
	m.number = 77;
	require_equal(module_unload(&m), 0, "unloading");
	require_equal(module_send(&m), 77, "the number that is free again");
}

/* Freed and used again */

/* The write that found the page protected, in the kernel's direct map. */
static void write_to(u32 slot, u64 gpa)
{
	host_switch(slot);
	vmx.field[VMCS_GUEST_RIP] = CODE_PAGE;
	violate(slot, gpa, DIRECT_MAP + gpa, 0x182);
}

static void a_page_reused_while_going_is_not_executable(void **state)
{
	struct module_model *m = &module[0];

	module_make(m, 0, 3, 1, 0);
	require_equal(module_load(m), 0, "loading");
	expect_pages(m, 0, 4, owner_of(m), RX);
	go(m);
	write_to(2, m->gpa[1]);
	expect(m->gpa[1], OWNER_RELEASED, RW);
	require_view("a page is reused");
	require(!newest_violation(2), "that was a violation");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0, "exception");
	require_equal(vmx.field[VMCS_GUEST_RIP], CODE_PAGE, "RIP");
	require_equal(cpus_behind(status()->generation), 3, "CPUs behind");
	release(m);
	expect_pages(m, 0, 4, owner_of(m), EPT_READ);
	expect(m->gpa[1], OWNER_RELEASED, RW);
	require_view("closed");
	write_to(3, m->gpa[2]);
	expect(m->gpa[2], OWNER_RELEASED, RW);
	require_view("another is reused");
}

/* Another module gets it before Linux has told of the release. */
static void a_page_of_a_module_that_is_going_can_be_anothers(void **state)
{
	struct module_model *m = &module[0], *next = &module[1];

	module_make(m, 0, 2, 0, 0);
	require_equal(module_load(m), 0, "loading");
	module_make(next, 1, 1, 0, 0);
	next->gpa[0] = m->gpa[1];
	module_map(next);
	require_equal(module_load(next), SB_ERROR_ARGUMENT, "a page of a live module");
	module_unload(next);
	go(m);
	require_equal(module_load(next), 0, "a page of one that is going");
	expect_pages(m, 0, 1, owner_of(m), RX);
	expect_pages(next, 0, 1, owner_of(next), RX);
	require_view("it has the page");
	while (release(m) == SB_ANSWER_MORE)
		continue;
	sync_all();
	require_equal(release(m), 0, "RELEASE");
	expect_pages(m, 0, 1, OWNER_RELEASED, RW);
	expect_pages(next, 0, 1, owner_of(next), RX);
	require_view("it keeps the page");
}

/* In log mode a page is opened for a write; SYNC closes it, and must not make it executable. */
static void a_page_opened_before_stays_closed(void **state)
{
	struct module_model *m = &module[0];

	require_equal(set_policy(MODULE_TEXT, LOG), 0, "policy");
	module_make(m, 0, 2, 0, 0);
	require_equal(module_load(m), 0, "loading");
	host.slot = 0;
	require(open_page(cpu_of_slot(0), m->gpa[0]), "it cannot be opened");
	expect_pages(m, 0, 2, owner_of(m), RX);
	expect(m->gpa[0], owner_of(m), EPT_RIGHTS);
	require_view("opened");
	go(m);
	release(m);
	expect_pages(m, 0, 2, owner_of(m), EPT_READ);
	require_view("closed");
	write_to(1, m->gpa[0]);
	expect(m->gpa[0], OWNER_RELEASED, RW);
	require_view("reused");
	sync_all();
	require_view("SYNC");
	require_equal(status()->opened, 0, "pages that are open");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(from_its_loading_to_its_end),
		TEST(protecting_goes_on_where_it_was),
		TEST(pages_follow_the_policy),
		TEST(a_policy_reaches_few_pages_at_once),
		TEST(a_release_in_progress_is_not_undone),
		TEST(policy_changes_and_modules_interleave),
		TEST(hostile_requests_are_refused),
		TEST(requests_must_lie_in_ram),
		TEST(tables_must_be_complete_and_no_longer),
		TEST(steps_come_in_their_order),
		TEST(numbers_of_nobody),
		TEST(code_that_overlaps_is_refused),
		TEST(pages_of_others_are_not_taken),
		TEST(a_failure_in_between_is_told_to_all),
		TEST(a_shortage_can_be_overcome),
		TEST(there_is_room_for_1024),
		TEST(a_page_reused_while_going_is_not_executable),
		TEST(a_page_of_a_module_that_is_going_can_be_anothers),
		TEST(a_page_opened_before_stays_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

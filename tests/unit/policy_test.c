// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: what sets them and what does not, what they mean for the kernel's pages, and the lock.
 */
#include "host/policy/policy.h"
#include "host_model.h"

#define MODES		3
#define INVALID_MODE	3
#define ENFORCE		SHADOW_BOX_MODE_ENFORCE

#define KERNEL_TEXT_POLICY	SHADOW_BOX_POLICY_KERNEL_TEXT
#define RODATA_POLICY		SHADOW_BOX_POLICY_KERNEL_RODATA

static int new_host(void **state)
{
	host_reset(2, 4);
	random_seed(9);
	return 0;
}

/* What only finds what has happened cannot prevent it. */
static u32 strongest(u32 policy)
{
	return detections() >> policy & 1 ? SHADOW_BOX_MODE_LOG : ENFORCE;
}

static u64 set(u64 modes, u64 mask)
{
	u64 answer;

	do
		answer = hypercall(0, SB_HYPERCALL_POLICY, modes, mask, 0);
	while (answer == SB_ANSWER_MORE);
	return answer;
}

static u64 in_modes(u32 policy, u32 mode)
{
	return (u64)mode << (2 * policy);
}

/* Straight into the host's memory, so that any state can be had. */
static void begin_with(u32 policy, u32 mode, bool locked)
{
	status()->locked = false;
	require(!set_policy(policy, mode), "policy %u cannot be set to %u", policy, mode);
	status()->locked = locked;
}

static u64 head_of(const struct sb_ring *ring)
{
	return ring->head;
}

static u64 events(void)
{
	return head_of(cpu_ring(cpu_of_slot(0)));
}

static u64 violations(void)
{
	return head_of(cpu_violations(cpu_of_slot(0)));
}

static void require_refused(u32 policy)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(e->policy, policy, "policy of the report");
	require_equal(e->why, SHADOW_BOX_WHY_LOCKED, "why");
	require_equal(e->action, SHADOW_BOX_ACTION_REFUSED, "action");
	require_equal(e->code, SB_HYPERCALL_POLICY, "code");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_HYPERCALL, "subject");
	require_equal(e->rip, VMCALL_RIP, "RIP");
	require_equal(e->pid, TASK_PID, "thread");
}

static void require_set(u32 policy, u32 mode)
{
	const struct sb_event *e = newest_event(0);

	require_equal(e->type, SHADOW_BOX_EVENT_POLICY, "type");
	require_equal(e->policy, policy, "policy");
	require_equal(e->code, mode, "mode");
}

/* Every policy from every mode to every other, locked or not. */
static void set_one(u32 policy, u32 from, u32 to, bool locked)
{
	u64 before, reports, answer, want = 0;

	begin_with(policy, from, locked);
	before = events();
	reports = violations();
	answer = set(in_modes(policy, to), BIT(policy));
	if (to > strongest(policy))
		want = SB_ERROR_ARGUMENT;
	else if (locked && to < from)
		want = SB_ERROR_LOCKED;
	require(answer == want, "policy %u from %u to %u, locked %d: 0x%llx", policy, from, to,
		locked, answer);
	require_equal(policy_mode(policy), want ? from : to, "mode");
	require_equal(status()->mode[policy], policy_mode(policy), "what the guest sees");
	require_equal(events() - before, !want && from != to, "number of events");
	require_equal(violations() - reports, want == SB_ERROR_LOCKED, "number of refusals");
	if (want == SB_ERROR_LOCKED)
		require_refused(policy);
	else if (!want && from != to)
		require_set(policy, to);
}

static void each_mode_of_each_policy(void **state)
{
	u32 policy, from, to, locked;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		if (policy == SHADOW_BOX_POLICY_HOST_MEMORY)
			continue;
		for (from = 0; from <= strongest(policy); from++)
			for (to = 0; to <= INVALID_MODE; to++)
				for (locked = 0; locked < 2; locked++)
					set_one(policy, from, to, locked);
	}
}

static void host_memory_and_unknown_policies_cannot_be_set(void **state)
{
	const u64 host_memory = BIT(SHADOW_BOX_POLICY_HOST_MEMORY), good = 1;
	const u64 next = BIT(SHADOW_BOX_POLICIES);
	const u64 mask[] = { host_memory, host_memory | good, next, next | good, BIT(31),
			     BIT(32) | good, BIT(63), ~0ull };
	u32 i, mode;

	for (i = 0; i < ARRAY_SIZE(mask); i++) {
		for (mode = 0; mode < MODES; mode++) {
			u64 before = events(), modes = mode * 0x5555555555555555ull;

			require(set(modes, mask[i]) == SB_ERROR_ARGUMENT, "mask 0x%llx", mask[i]);
			require_equal(events(), before, "events");
			require_equal(policy_mode(0), 0, "a mode");
			require_equal(policy_mode(SHADOW_BOX_POLICY_HOST_MEMORY),
				      SHADOW_BOX_MODE_ENFORCE, "the mode of host memory");
		}
	}
}

/* What the request says, or nothing; checked against a table of modes kept here. */
static u64 expected_answer(const u32 *mode, u64 modes, u64 mask, bool locked)
{
	u64 answer = 0;
	u32 p;

	if (mask >> SHADOW_BOX_POLICIES || mask >> SHADOW_BOX_POLICY_HOST_MEMORY & 1)
		return SB_ERROR_ARGUMENT;
	for (p = 0; p < SHADOW_BOX_POLICIES && !answer; p++) {
		if (!(mask >> p & 1))
			continue;
		if ((modes >> 2 * p & 3) > strongest(p))
			answer = SB_ERROR_ARGUMENT;
		else if (locked && (modes >> 2 * p & 3) < mode[p])
			answer = SB_ERROR_LOCKED;
	}
	return answer;
}

static void all_is_set_or_nothing(void **state)
{
	u32 mode[SHADOW_BOX_POLICIES] = { 0 }, round, p;

	mode[SHADOW_BOX_POLICY_HOST_MEMORY] = SHADOW_BOX_MODE_ENFORCE;
	for (round = 0; round < 3000; round++) {
		u64 mask = random_u64() & random_u64() & (BIT(SHADOW_BOX_POLICIES) - 1);
		u64 modes = random_u64() & (random_chance(80) ? 0xaaaaaaaaaaaaaaaa : ~0ull);
		bool locked = random_chance(30);
		u64 want = expected_answer(mode, modes, mask, locked);

		status()->locked = locked;
		require_equal(set(modes, mask), want, "answer");
		for (p = 0; p < SHADOW_BOX_POLICIES; p++) {
			if (!want && mask >> p & 1)
				mode[p] = modes >> 2 * p & 3;
			require(policy_mode(p) == mode[p],
				"policy %u has mode %u, not %u (0x%llx, 0x%llx)", p, policy_mode(p),
				mode[p], modes, mask);
		}
	}
}

static void what_the_cpu_lacks_is_not_set(void **state)
{
	const u32 p = SHADOW_BOX_POLICY_DESCRIPTOR_REGS;

	cpu_of_slot(0)->config.has_descriptor_exiting = 0;
	require_equal(set(in_modes(p, 1) | 1, BIT(p) | 1), SB_ERROR_UNSUPPORTED, "log");
	require_equal(set(in_modes(p, 2), BIT(p)), SB_ERROR_UNSUPPORTED, "enforce");
	require_equal(policy_mode(0) + policy_mode(p), 0, "modes");
	require_equal(set(1, BIT(p) | 1), 0, "off");
	require_equal(policy_mode(0), 1, "another policy");
}

/* Pages */

static u64 view[VIEW_PAGES], now[VIEW_PAGES];

/* @size bytes at @gpa, whole pages or not, are @owner's, and can be written to or not. */
static void expect(u64 gpa, u64 size, u32 owner, bool write)
{
	u64 page;

	for (page = gpa / SB_PAGE_SIZE; page * SB_PAGE_SIZE < gpa + size; page++) {
		view[page] &= ~(EPT_OWNER_MASK | EPT_WRITE);
		view[page] |= (u64)owner << EPT_OWNER_SHIFT | (write ? EPT_WRITE : 0);
	}
}

static void require_view(void)
{
	u64 page;

	ept_look(now);
	for (page = 0; page < VIEW_PAGES; page++)
		require(now[page] == view[page], "page 0x%llx is 0x%llx, not 0x%llx",
			page * SB_PAGE_SIZE, now[page], view[page]);
}

static void expect_kernel(void)
{
	expect(TEXT_PHYS, TEXT_SIZE, OWNER_TEXT, !policy_mode(KERNEL_TEXT_POLICY));
	expect(RODATA_PHYS, RODATA_SIZE, OWNER_RODATA, !policy_mode(RODATA_POLICY));
	expect(IDT_PHYS, SB_PAGE_SIZE, OWNER_IDT, !policy_mode(SHADOW_BOX_POLICY_IDT));
}

/* In each order of switching them, exactly the kernel's pages follow their policies. */
static void pages_follow_their_policies(void **state)
{
	static const u32 policies[] = { KERNEL_TEXT_POLICY, RODATA_POLICY, SHADOW_BOX_POLICY_IDT,
					SHADOW_BOX_POLICY_MODULE_TEXT, SHADOW_BOX_POLICY_KPROBES };
	u32 i;

	ept_look(view);
	require(ept_entry(TEXT_PHYS) & EPT_WRITE, "code is protected without a policy");
	for (i = 0; i < 60; i++) {
		require_equal(set_policy(policies[random_below(ARRAY_SIZE(policies))],
					 random_below(MODES)), 0, "answer");
		expect_kernel();
		require_view();
	}
}

/* Code ends in a page that is protected as a whole; the next one is not. */
static void the_page_behind_the_code_stays(void **state)
{
	const u64 changed = EPT_RWX | EPT_OWNER_MASK;

	require_equal(set_policy(KERNEL_TEXT_POLICY, ENFORCE), 0, "answer");
	require(!page_is_writable(TEXT_PHYS + TEXT_SIZE), "the last page can be written to");
	require_equal(ept_entry(TEXT_PHYS + TEXT_SIZE + SB_PAGE_SIZE) & changed, EPT_RWX,
		      "the page behind");
	require_equal(ept_entry(TEXT_PHYS - 1) & changed, EPT_RWX, "the page before");
}

/* With any number of free pages: protected, or an error and nothing done. */
static void a_shortage_sets_nothing(void **state)
{
	u32 left, done = 0;

	for (left = 0; !done; left++) {
		u64 answer;

		new_host(NULL);
		ept_look(view);
		use_pool(left);
		answer = set(2, 1);
		require(!answer || answer == SB_ERROR_MEMORY, "answer 0x%llx", answer);
		require_equal(policy_mode(0), answer ? 0 : 2, "mode");
		done = !answer;
		if (done)
			expect_kernel();
		require_view();
		free_pool();
		require_equal(set(2, 1), 0, "answer with memory");
		require(!page_is_writable(TEXT_PHYS), "code can be written to");
	}
	require(left > 16, "%u pages are enough", left);
}

static void every_cpu_must_take_in_a_change(void **state)
{
	u64 generation = status()->generation;

	require_equal(set(2, 1), 0, "answer");
	require(status()->generation > generation, "the generation is the same");
	require_equal(cpus_behind(status()->generation), 1, "CPUs behind");
	require_equal(hypercall(0, SB_HYPERCALL_SYNC, 0, 0, 0), 1, "answer to SYNC on the first");
	require_equal(hypercall(1, SB_HYPERCALL_SYNC, 0, 0, 0), 0, "answer to SYNC on the last");
}

/* LOCK */

static void lock_is_for_good(void **state)
{
	u64 before = events();

	require_equal(hypercall(1, SB_HYPERCALL_LOCK, 0, 0, 0), 0, "the first");
	require_equal(newest_event(1)->type, SHADOW_BOX_EVENT_LOCK, "event");
	require_equal(status()->locked, 1, "what the guest sees");
	require_equal(hypercall(0, SB_HYPERCALL_LOCK, 0, 0, 0), SB_ERROR_LOCKED, "the second");
	require_equal(events(), before, "events of the second");
	require_equal(set(2, 1), 0, "tightening");
	require_equal(set(1, 1), SB_ERROR_LOCKED, "weakening");
	require_equal(set(2, 1), 0, "the same again");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(each_mode_of_each_policy),
		TEST(host_memory_and_unknown_policies_cannot_be_set),
		TEST(all_is_set_or_nothing),
		TEST(what_the_cpu_lacks_is_not_set),
		TEST(pages_follow_their_policies),
		TEST(the_page_behind_the_code_stays),
		TEST(a_shortage_sets_nothing),
		TEST(every_cpu_must_take_in_a_change),
		TEST(lock_is_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

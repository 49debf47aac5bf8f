// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes by class, with a trial class: idt only detects here. It can be off and log, and never
 * enforced, whoever asks and in whatever company; the other policies are as ever.
 */
#include "host/policy/policy.h"
#include "host_model.h"

#define TRIAL	SHADOW_BOX_POLICY_IDT

u32 detections(void)
{
	return BIT(TRIAL);
}

static int new_host(void **state)
{
	host_reset(2, 4);
	return 0;
}

static u64 set(u64 modes, u64 mask)
{
	u64 answer;

	do {
		answer = hypercall(0, SB_HYPERCALL_POLICY, modes, mask, 0);
	} while (answer == 1);
	return answer;
}

static u64 in_modes(u32 policy, u32 mode)
{
	return (u64)mode << 2 * policy;
}

static void a_detection_is_off_or_logs(void **state)
{
	require_equal(set(in_modes(TRIAL, SHADOW_BOX_MODE_LOG), BIT(TRIAL)), 0, "log");
	require_equal(policy_mode(TRIAL), SHADOW_BOX_MODE_LOG, "mode");
	require_equal(set(0, BIT(TRIAL)), 0, "off");
	require_equal(policy_mode(TRIAL), SHADOW_BOX_MODE_OFF, "mode");
}

static void a_detection_is_never_enforced(void **state)
{
	u64 events, reports;
	u32 mode, locked;

	for (mode = SHADOW_BOX_MODE_OFF; mode <= SHADOW_BOX_MODE_LOG; mode++) {
		for (locked = 0; locked < 2; locked++) {
			host_reset(2, 4);
			require_equal(set(in_modes(TRIAL, mode), BIT(TRIAL)), 0, "answer");
			status()->locked = locked;
			events = cpu_ring(cpu_of_slot(0))->head;
			reports = cpu_violations(cpu_of_slot(0))->head;
			require_equal(set(in_modes(TRIAL, SHADOW_BOX_MODE_ENFORCE), BIT(TRIAL)),
				      SB_ERROR_ARGUMENT, "enforce");
			require_equal(policy_mode(TRIAL), mode, "mode");
			require_equal(cpu_ring(cpu_of_slot(0))->head, events, "events");
			require_equal(cpu_violations(cpu_of_slot(0))->head, reports, "reports");
		}
	}
}

/* All of a request or nothing. */
static void company_is_refused_too(void **state)
{
	u32 policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		u64 modes = in_modes(policy, 2) | in_modes(TRIAL, 2), mask = BIT(policy) | BIT(TRIAL);
		u32 before = policy_mode(policy);

		require_equal(set(modes, mask), SB_ERROR_ARGUMENT, "both");
		require_equal(policy_mode(policy), before, "mode of the other");
		if (policy == TRIAL || policy == SHADOW_BOX_POLICY_HOST_MEMORY)
			continue;
		require_equal(set(in_modes(policy, 2), BIT(policy)), 0, "the other alone");
		require_equal(policy_mode(policy), SHADOW_BOX_MODE_ENFORCE, "its mode");
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(a_detection_is_off_or_logs),
		TEST(a_detection_is_never_enforced),
		TEST(company_is_refused_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

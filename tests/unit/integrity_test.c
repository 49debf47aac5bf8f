// SPDX-License-Identifier: GPL-2.0-only
/*
 * code-integrity: what the kernel may execute, what it makes itself, and what becomes of that when it is
 * written to.
 */
#include "host/memory/ept.h"
#include "host_model.h"

#define INTEGRITY	SHADOW_BOX_POLICY_CODE_INTEGRITY
#define OFF		SHADOW_BOX_MODE_OFF
#define LOG		SHADOW_BOX_MODE_LOG
#define ENFORCE		SHADOW_BOX_MODE_ENFORCE
#define OWN		(EPT_QUAL_LINEAR_VALID | EPT_QUAL_FINAL)
#define WRITE		(EPT_QUAL_WRITE | EPT_QUAL_READABLE | OWN)
#define FETCH		(EPT_QUAL_FETCH | EPT_QUAL_READABLE | OWN)
#define GP		0x80000b0d
#define GB		(1ull << 30)

/* A page of Linux's, where the kernel makes code of it, and where else it is mapped. */
#define PAGE		(MODEL_MID + 0x9000)
#define CODE_AT		(MODULE_SPACE + 0x7000000)
#define ALIAS		0xffffc90001234000ull
#define PROGRAM		0x0000000000400000ull

static int new_host(void **state)
{
	host_reset(2, 4);
	guest.facts.kernel_cr3 = host.cr3;
	return 0;
}

static u64 rights(u64 gpa)
{
	return page_at(gpa).rights;
}

/* Linux makes code: mapped in module space, and writable nowhere. */
static void make_code(void)
{
	guest_map(DIRECT_MAP + PAGE / GB * GB, PAGE / GB * GB, 3, PTE_A | PTE_NX);
	guest_map(CODE_AT, PAGE, 1, PTE_A);
}

static void set(u32 mode)
{
	require_equal(set_policy(INTEGRITY, mode), 0, "answer");
}

static void access_by(u64 linear, u64 qualification)
{
	host_switch(0);
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	vmx.field[VMCS_GUEST_RIP] = qualification & EPT_QUAL_FETCH ? linear : CODE_PAGE;
	/* mov %al, (%rdi) */
	memcpy(guest_ram(CODE_PHYS), "\x88\x07", 2);
	host_regs()->rdi = linear;
	violate(0, PAGE, linear, qualification);
}

static void require_let(const char *what)
{
	require(!vmx.field[VMCS_ENTRY_INTR_INFO], "%s: it is refused", what);
}

static void require_refused(u32 why, const char *what)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], GP, what);
	require_equal(e->policy, INTEGRITY, what);
	require_equal(e->why, why, what);
}

static void rights_follow_the_policy(void **state)
{
	u32 mode;

	for (mode = OFF; mode <= ENFORCE; mode++) {
		set(mode);
		require_equal(rights(PAGE), mode ? RIGHTS_ALL & ~EPT_EXEC : RIGHTS_ALL, "a page");
		require_equal(rights(TEXT_PHYS), RIGHTS_ALL, "code");
		require_equal(rights(RODATA_PHYS), mode ? RIGHTS_ALL & ~EPT_EXEC : RIGHTS_ALL,
			      "constants");
	}
	require_equal(set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, ENFORCE), 0, "answer");
	require_equal(rights(TEXT_PHYS), RIGHTS_CODE, "protected code");
	set(OFF);
	require_equal(rights(PAGE), RIGHTS_ALL, "a page, at the end");
	require_equal(rights(RODATA_PHYS), RIGHTS_ALL, "constants, at the end");
}

static void it_needs_mbec_and_smep(void **state)
{
	struct sb_config *config = &cpu_of_slot(0)->config;
	u32 features = config->features;

	config->features &= ~SHADOW_BOX_FEATURE_MBEC;
	require_equal(set_policy(INTEGRITY, LOG), SB_ERROR_UNSUPPORTED, "without MBEC");
	config->features = features;
	config->cr4_pinned &= ~CR4_SMEP;
	require_equal(set_policy(INTEGRITY, LOG), SB_ERROR_UNSUPPORTED, "without SMEP");
	require_equal(rights(PAGE), RIGHTS_ALL, "a page");
}

static void what_the_kernel_makes_is_executed(void **state)
{
	set(ENFORCE);
	make_code();
	access_by(CODE_AT, FETCH);
	require_let("code in module space");
	require_equal(rights(PAGE), RIGHTS_DYNAMIC, "its rights");
	require_equal(page_at(PAGE).owner, OWNER_DYNAMIC, "its owner");
	set(OFF);
	require_equal(rights(PAGE), RIGHTS_ALL, "without the policy");
	require_equal(page_at(PAGE).owner, OWNER_NONE, "its owner then");
}

/* Each thing that code is not. */
static void nothing_else_is(void **state)
{
	static const struct {
		u64 linear, flags;
		bool writable_directly;
		const char *what;
	} wrong[] = {
		{ DIRECT_MAP + PAGE, 0, false, "the direct map" },
		{ ALIAS, 0, false, "outside module space" },
		{ CODE_AT, PTE_W | PTE_D, false, "writable" },
		{ CODE_AT, PTE_NX, false, "not executable" },
		{ CODE_AT, 0, true, "writable in the direct map" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		new_host(state);
		set(ENFORCE);
		make_code();
		if (wrong[i].writable_directly)
			guest_map(DIRECT_MAP + PAGE / GB * GB, PAGE / GB * GB, 3, PTE_A | PTE_W);
		if (wrong[i].linear != DIRECT_MAP + PAGE)
			guest_map(wrong[i].linear, PAGE, 1, PTE_A | wrong[i].flags);
		access_by(wrong[i].linear, FETCH);
		require_refused(SHADOW_BOX_WHY_FETCH, wrong[i].what);
		require(!(rights(PAGE) & EPT_EXEC), "%s: it can be executed", wrong[i].what);
	}
}

/* Mapped by the tables in CR3, and not by the kernel's own. */
static void the_kernels_own_tables_count(void **state)
{
	set(ENFORCE);
	make_code();
	guest.facts.kernel_cr3 = host.poking_cr3;
	*guest_map(CODE_AT, PAGE, 1, PTE_A) = 0;
	access_by(CODE_AT, FETCH);
	require_refused(SHADOW_BOX_WHY_FETCH, "unmapped");
}

static void log_lets_it_happen_once(void **state)
{
	u64 before;

	set(LOG);
	before = cpu_counters(cpu_of_slot(0))->violations[INTEGRITY];
	access_by(DIRECT_MAP + PAGE, FETCH);
	require_let("log");
	require_equal(cpu_counters(cpu_of_slot(0))->violations[INTEGRITY], before + 1, "reports");
	require_equal(rights(PAGE), RIGHTS_ALL, "its rights");
	set(ENFORCE);
	require(!(rights(PAGE) & EPT_EXEC), "enforce remembers what log let happen");
}

static void who_called_is_the_offender(void **state)
{
	set(ENFORCE);
	host_switch(0);
	vmx.field[VMCS_GUEST_RSP] = DIRECT_MAP + MODEL_MID;
	*(u64 *)guest_ram(MODEL_MID) = TEXT + 0x123;
	access_by(DIRECT_MAP + PAGE, FETCH);
	require_equal(newest_violation(0)->rip, TEXT + 0x123, "RIP");
	*(u64 *)guest_ram(MODEL_MID) = 5;
	access_by(DIRECT_MAP + PAGE, FETCH);
	require_equal(newest_violation(0)->rip, DIRECT_MAP + PAGE, "RIP");
}

static void made(void)
{
	set(ENFORCE);
	make_code();
	access_by(CODE_AT, FETCH);
	guest_map(ALIAS, PAGE, 1, PTE_A | PTE_W | PTE_D | PTE_NX);
}

static void rewritten_by_another_mapping(void **state)
{
	made();
	access_by(ALIAS, WRITE);
	require_refused(SHADOW_BOX_WHY_WRITE, "a write by an alias");
	require_equal(newest_violation(0)->object, CODE_AT, "what was to be written to");
	require_equal(rights(PAGE), RIGHTS_DYNAMIC, "its rights");
}

/* A write where the kernel made it, or to what is no longer there; the next fetch looks again. */
static void a_write_takes_the_right_to_execute(void **state)
{
	u64 *entry, generation;

	made();
	generation = status()->generation;
	access_by(CODE_AT + 8, WRITE);
	require_let("a write in place");
	require_equal(rights(PAGE), RIGHTS_ALL & ~EPT_EXEC, "its rights");
	require(status()->generation > generation, "other CPUs are not told");
	access_by(CODE_AT, FETCH);
	require_equal(rights(PAGE), RIGHTS_DYNAMIC, "its rights again");
	entry = guest_map(CODE_AT, PAGE, 1, PTE_A);
	*entry = 0;
	access_by(ALIAS, WRITE);
	require_let("a write to what was code");
	require_equal(rights(PAGE), RIGHTS_ALL & ~EPT_EXEC, "its rights at the end");
}

static void programs_get_what_was_code(void **state)
{
	made();
	guest_map(PROGRAM, PAGE, 1, PTE_A | PTE_U);
	vmx.field[VMCS_GUEST_SS_ACCESS] |= 3 << 5;
	access_by(PROGRAM, FETCH);
	require_let("a program");
	require_equal(rights(PAGE), RIGHTS_ALL & ~EPT_EXEC, "its rights");
}

static void other_code_is_where_it_was_at_the_launch(void **state)
{
	guest.facts.nr_other_code = 1;
	guest.facts.other_code[0] = (struct sb_extent){ PAGE, PAGE + SB_PAGE_SIZE };
	set(ENFORCE);
	access_by(ALIAS, FETCH);
	require_let("the firmware");
	require_equal(rights(PAGE), RIGHTS_DYNAMIC, "its rights");
}

/* Pages so far apart share a bucket. */
#define STRIDE		(512 * SB_PAGE_SIZE)

/* More pages than a bucket holds: the oldest are forgotten, and nothing is refused. */
static void what_does_not_fit_is_forgotten(void **state)
{
	u32 i;

	set(ENFORCE);
	make_code();
	for (i = 0; i < 22; i++) {
		u64 start = i < 12 ? PAGE : MODEL_HIGH + 0xb09000 - 12 * STRIDE;
		u64 gpa = start + i * STRIDE, linear = CODE_AT + i * SB_PAGE_SIZE;

		guest_map(DIRECT_MAP + gpa / GB * GB, gpa / GB * GB, 3, PTE_A | PTE_NX);
		guest_map(linear, gpa, 1, PTE_A);
		host_switch(0);
		vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
		vmx.field[VMCS_GUEST_RIP] = linear;
		violate(0, gpa, linear, FETCH);
		require_let("one more page");
		require_equal(rights(gpa), RIGHTS_DYNAMIC, "its rights");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rights_follow_the_policy, new_host),
		cmocka_unit_test_setup(it_needs_mbec_and_smep, new_host),
		cmocka_unit_test_setup(what_the_kernel_makes_is_executed, new_host),
		cmocka_unit_test_setup(nothing_else_is, new_host),
		cmocka_unit_test_setup(the_kernels_own_tables_count, new_host),
		cmocka_unit_test_setup(log_lets_it_happen_once, new_host),
		cmocka_unit_test_setup(who_called_is_the_offender, new_host),
		cmocka_unit_test_setup(rewritten_by_another_mapping, new_host),
		cmocka_unit_test_setup(a_write_takes_the_right_to_execute, new_host),
		cmocka_unit_test_setup(programs_get_what_was_code, new_host),
		cmocka_unit_test_setup(other_code_is_where_it_was_at_the_launch, new_host),
		cmocka_unit_test_setup(what_does_not_fit_is_forgotten, new_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

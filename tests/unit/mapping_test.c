// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel's pages are mapped: which stores to page tables Linux may make, and what sweeps find.
 */
#include "host/policy/mapping.h"
#include "sweeps.h"

#define MAPPING		SHADOW_BOX_POLICY_MAPPING
#define ENFORCE		SHADOW_BOX_MODE_ENFORCE
#define WRITE		(EPT_QUAL_WRITE | EPT_QUAL_LINEAR_VALID | EPT_QUAL_FINAL)
#define WALK		(EPT_QUAL_WRITE | EPT_QUAL_LINEAR_VALID)

/* mov %rax, (%rdi), and lock xor %rax, (%rdi), which the host does not decode */
static const u8 mov[] = { 0x48, 0x89, 0x07 }, lock_xor[] = { 0xf0, 0x48, 0x31, 0x07 };

static u32 levels;

static void begin(u32 with_levels)
{
	levels = with_levels;
	host_reset(2, levels);
	random_seed(14);
	guest.facts.kernel_cr3 = host.cr3 & PTE_FRAME;
	guest.facts.levels = levels;
	guest.facts.tsc_khz = KHZ;
	set_period();
	require_equal(set_policy(MAPPING, ENFORCE), 0, "the policy");
	require(!(vmx.field[VMCS_PIN_CONTROLS] & PIN_PREEMPTION_TIMER), "it asks for sweeps");
	require_equal(set_policy(SHADOW_BOX_POLICY_GLOBALS, SHADOW_BOX_MODE_LOG), 0, "a detection");
	sync_all();
}

static int four_levels(void **state)
{
	begin(4);
	return 0;
}

static int five_levels(void **state)
{
	begin(5);
	return 0;
}

static u64 entry_gpa(u64 linear, u32 level)
{
	return (u8 *)guest_entry(linear, level) - (u8 *)guest_ram(0);
}

static u64 *entry_at(u64 gpa)
{
	return guest_ram(gpa);
}

/* Of both CPUs. */
static u64 all_reports(void)
{
	return cpu_violations(cpu_of_slot(0))->head + cpu_violations(cpu_of_slot(1))->head;
}

static void execute(const u8 *code, u32 size)
{
	memcpy(guest_ram(CODE_PHYS), code, size);
	vmx.field[VMCS_GUEST_RIP] = CODE_PAGE;
}

/* Linux stores @value to an entry, by way of the direct map. Returns whether it took effect. */
static bool store(u64 gpa, u64 value)
{
	host_switch(0);
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	if (ept_entry(gpa) & EPT_WRITE) {
		*entry_at(gpa) = value;
		return true;
	}
	execute(mov, sizeof(mov));
	host_regs()->rax = value;
	host_regs()->rdi = DIRECT_MAP + gpa;
	violate(0, gpa, DIRECT_MAP + gpa, WRITE);
	return *entry_at(gpa) == value;
}

static void require_refused(u64 linear, u32 level, u64 value, u64 object, const char *what)
{
	u64 gpa = entry_gpa(linear, level), old = *entry_at(gpa), before = all_reports();
	const struct sb_event *e;

	require(!store(gpa, value), "%s: it was stored", what);
	require_equal(*entry_at(gpa), old, what);
	require_equal(all_reports(), before + 1, what);
	e = newest_violation(0);
	require_equal(e->policy, MAPPING, what);
	require_equal(e->why, SHADOW_BOX_WHY_REMAPPED, what);
	require_equal(e->subject, SHADOW_BOX_SUBJECT_MAPPING, what);
	require_equal(e->object, object, what);
	require(e->action == SHADOW_BOX_ACTION_BLOCKED || e->action == SHADOW_BOX_ACTION_DISCARDED,
		"%s: action %u", what, e->action);
}

static void require_made(u64 linear, u32 level, u64 value, const char *what)
{
	u64 before = all_reports();

	require(store(entry_gpa(linear, level), value), "%s: it was not stored", what);
	require_equal(all_reports(), before, what);
}

/* A table at every level, the top included, maps code, constants or IDT: all are protected, no other. */
static void all_levels_are_protected(void **state)
{
	static const u64 addresses[] = { TEXT, TEXT + TEXT_SIZE - 1, RODATA, RODATA + RODATA_SIZE - 1,
					 IDT };
	u32 i, level;

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		for (level = 1; level <= levels; level++)
			require(!(ept_entry(entry_gpa(addresses[i], level)) & EPT_WRITE),
				"the table of level %u of 0x%llx is writable", level, addresses[i]);
	require(ept_entry(entry_gpa(CODE_PAGE, 1)) & EPT_WRITE, "a module's table");
	require(ept_entry(entry_gpa(TASK, 1)) & EPT_WRITE, "the table of data");
}

static void nothing_leads_elsewhere(void **state)
{
	u32 level;

	for (level = 1; level <= levels; level++) {
		u64 text = *guest_entry(TEXT + 0x5000, level);
		u64 object = level == 1 ? TEXT + 0x5000 : level == 5 ? IDT : TEXT;

		require_refused(TEXT + 0x5000, level, text + SB_PAGE_SIZE,
				object, "code");
		require_refused(TEXT + 0x5000, level, (text & ~PTE_FRAME) | guest_table(),
				object, "code, by a table");
	}
	require_refused(RODATA + 0x3000, 1, *guest_entry(RODATA + 0x4000, 1), RODATA + 0x3000,
			"constants");
	require_refused(IDT, 1, *guest_entry(RODATA, 1), IDT, "the IDT");
}

static void no_right_is_given(void **state)
{
	require_refused(TEXT, 1, *guest_entry(TEXT, 1) | PTE_W, TEXT, "writable code");
	require_refused(TEXT, 1, *guest_entry(TEXT, 1) | PTE_U, TEXT, "code for programs");
	require_refused(RODATA, 1, *guest_entry(RODATA, 1) & ~PTE_NX, RODATA,
			"constants that execute");
}

static void rights_and_flags_may_change(void **state)
{
	u64 entry = *guest_entry(TEXT, 1);

	require_made(TEXT, 1, entry | PTE_D | BIT(8), "dirty and global");
	require_made(TEXT, 1, entry | PTE_NX, "without execution");
	require_made(TEXT, 1, 0, "not there");
	require_made(TEXT, 1, entry, "there again");
	require_made(TEXT - SB_PAGE_SIZE, 1, entry | PTE_W, "a page before the code");
	require_made(IDT + SB_PAGE_SIZE, 1, *guest_entry(TASK, 1), "a page after the IDT");
}

/* No instruction but a store is made for Linux, whatever it changes. */
static void other_instructions_are_refused(void **state)
{
	u64 gpa = entry_gpa(TEXT, 1), old = *entry_at(gpa), before = all_reports();

	execute(lock_xor, sizeof(lock_xor));
	host_regs()->rax = PTE_D;
	host_regs()->rdi = DIRECT_MAP + gpa;
	violate(0, gpa, DIRECT_MAP + gpa, WRITE);
	require_equal(*entry_at(gpa), old, "the entry");
	require_equal(all_reports(), before + 1, "reports");
}

/* The CPU sets the flags of an entry itself: first accessed, then dirty. */
static void flags_are_set_for_the_cpu(void **state)
{
	u64 gpa = entry_gpa(TEXT + 0x1000, 1), old = *entry_at(gpa) & ~(PTE_A | PTE_D);

	*entry_at(gpa) = old;
	violate(0, gpa, TEXT + 0x1000, WALK);
	require_equal(*entry_at(gpa), old | PTE_A, "accessed");
	violate(0, gpa, TEXT + 0x1000, WALK);
	require_equal(*entry_at(gpa), old | PTE_A | PTE_D, "dirty");
	require_equal(all_reports(), 0, "reports");
}

/* A table of 512 entries with what @linear, at level 2, mapped in one; returns what its entry becomes. */
static u64 split(u64 linear, u64 *table)
{
	u64 i, frame = RODATA_PHYS + (linear - RODATA);

	*table = guest_table();
	for (i = 0; i < 512; i++)
		((u64 *)guest_ram(*table))[i] = (frame + i * SB_PAGE_SIZE) | PTE_P | PTE_A | PTE_NX;
	return *table | PTE_P | PTE_A;
}

/* Linux splits a page of 2 MB: the new table is protected at once. */
static void a_split_is_verified_and_protected(void **state)
{
	const u64 linear = RODATA;
	u64 *entry = guest_entry(linear, 2), table, value;

	set_policy(MAPPING, SHADOW_BOX_MODE_OFF);
	*entry = 0;
	require_equal(set_policy(MAPPING, ENFORCE), 0, "again");
	value = split(linear, &table);
	((u64 *)guest_ram(table))[7] += SB_PAGE_SIZE;
	require_refused(linear, 2, value, linear, "a table with one wrong page");
	require(ept_entry(table) & EPT_WRITE, "it was protected");
	((u64 *)guest_ram(table))[7] -= SB_PAGE_SIZE;
	require_made(linear, 2, value, "a table that is right");
	require(!(ept_entry(table) & EPT_WRITE), "it is not protected");
	require_refused(linear + 0x7000, 1, value, linear + 0x7000, "a page of it");
	require_refused(linear, 2, RODATA_PHYS | PTE_P | PTE_PS | PTE_NX, linear, "a large page again");
}

static void off_opens_all(void **state)
{
	u32 level;

	require_equal(set_policy(MAPPING, SHADOW_BOX_MODE_OFF), 0, "off");
	for (level = 1; level <= levels; level++)
		require_equal(ept_entry(entry_gpa(TEXT, level)) & (EPT_RWX | EPT_OWNER_MASK), EPT_RWX,
			      "a table");
}

static void require_table_rights(u64 rights, const char *what)
{
	u32 level;

	for (level = 1; level <= levels; level++)
		require_equal(ept_entry(entry_gpa(TEXT, level)) & EPT_RIGHTS, rights, what);
}

/* With code-integrity on as well, the kernel executes no table, whichever policy comes and goes first. */
static void no_table_is_executed(void **state)
{
	const u32 integrity = SHADOW_BOX_POLICY_CODE_INTEGRITY;
	u64 table, value;

	require_table_rights(EPT_READ | EPT_EXEC | EPT_EXEC_USER, "alone");
	require_equal(set_policy(integrity, ENFORCE), 0, "code-integrity");
	require_table_rights(EPT_READ | EPT_EXEC_USER, "with code-integrity");
	require_equal(set_policy(MAPPING, SHADOW_BOX_MODE_OFF), 0, "off");
	require_table_rights(EPT_RIGHTS & ~EPT_EXEC, "code-integrity alone");
	*guest_entry(RODATA, 2) = 0;
	require_equal(set_policy(MAPPING, ENFORCE), 0, "again");
	require_table_rights(EPT_READ | EPT_EXEC_USER, "both again");
	value = split(RODATA, &table);
	require_made(RODATA, 2, value, "a new table");
	require_equal(ept_entry(table) & EPT_RIGHTS, EPT_READ | EPT_EXEC_USER, "the new one");
	require_equal(set_policy(integrity, SHADOW_BOX_MODE_OFF), 0, "code-integrity off");
	require_table_rights(EPT_READ | EPT_EXEC | EPT_EXEC_USER, "alone again");
}

static void logged_it_is_made(void **state)
{
	u64 gpa = entry_gpa(TEXT, 1), other = *entry_at(gpa) + SB_PAGE_SIZE;

	require_equal(set_policy(MAPPING, SHADOW_BOX_MODE_LOG), 0, "log");
	require(store(gpa, other), "it was not made");
	require_equal(newest_violation(0)->action, SHADOW_BOX_ACTION_LOGGED, "action");
}

/* Sweeps */

static void require_found(u64 object, const char *what)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(all_reports(), 1, what);
	require_equal(e->policy, MAPPING, what);
	require_equal(e->why, SHADOW_BOX_WHY_REMAPPED, what);
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, what);
	require_equal(e->action, SHADOW_BOX_ACTION_LOGGED, what);
	require_equal(e->object, object, what);
}

static void honest_tables_are_not_reported(void **state)
{
	sweep();
	sweep();
	require_equal(all_reports(), 0, "reports");
}

/* What another CPU wrote before it knew that the table is protected. */
static void a_wrong_entry_is_found_once(void **state)
{
	*guest_entry(RODATA + 0x9000, 1) += SB_PAGE_SIZE;
	sweep();
	sweep();
	require_found(RODATA + 0x9000, "an entry");
	*guest_entry(RODATA + 0x9000, 1) -= SB_PAGE_SIZE;
	sweep();
	*guest_entry(RODATA + 0x9000, 1) += SB_PAGE_SIZE;
	sweep();
	require_equal(all_reports(), 2, "reports when it is wrong again");
}

/* The tables of a program with their own top level, as long as it runs. */
static u64 programs_tables(void)
{
	u64 table = guest_table();

	memcpy(guest_ram(table), guest_ram(host.cr3 & PTE_FRAME), SB_PAGE_SIZE);
	return table;
}

static void a_programs_own_tables_are_looked_at(void **state)
{
	u64 top = programs_tables(), below = guest_table();
	u64 *entry = (u64 *)guest_ram(top) + (TEXT >> (12 + 9 * (levels - 1)) & 511);

	host_switch(0);
	vmx.field[VMCS_GUEST_CR3] = top | 5;
	sweep();
	require_equal(all_reports(), 0, "reports of an honest program");
	memcpy(guest_ram(below), guest_ram(*entry & PTE_FRAME), SB_PAGE_SIZE);
	*entry = (*entry & ~PTE_FRAME) | below;
	vmx.field[VMCS_GUEST_CR3] = top | 5;
	sweep();
	require_equal(all_reports(), 0, "reports of a copy that shows the same");
	((u64 *)guest_ram(below))[TEXT >> (12 + 9 * (levels - 2)) & 511] = TEXT_PHYS | PTE_P | PTE_PS;
	vmx.field[VMCS_GUEST_CR3] = top | 5;
	sweep();
	sweep();
	require_found(TEXT, "a program's tables");
	require(!strcmp(newest_violation(0)->subject_name, "attacker"), "its name");
	require_equal(newest_violation(0)->subject_id, TASK_PID, "its pid");
}

#define TEST(name) cmocka_unit_test_setup(name, four_levels)
#define TEST5(name) { #name " (5 levels)", name, five_levels, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_levels_are_protected),
		TEST5(all_levels_are_protected),
		TEST(nothing_leads_elsewhere),
		TEST5(nothing_leads_elsewhere),
		TEST(no_right_is_given),
		TEST(rights_and_flags_may_change),
		TEST(other_instructions_are_refused),
		TEST(flags_are_set_for_the_cpu),
		TEST(a_split_is_verified_and_protected),
		TEST(off_opens_all),
		TEST(no_table_is_executed),
		TEST(logged_it_is_made),
		TEST(honest_tables_are_not_reported),
		TEST(a_wrong_entry_is_found_once),
		TEST(a_programs_own_tables_are_looked_at),
		TEST5(a_programs_own_tables_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

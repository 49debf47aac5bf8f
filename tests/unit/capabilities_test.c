// SPDX-License-Identifier: GPL-2.0-only
/*
 * The negotiation of controls over the capabilities of real processors: those with EPT and
 * unrestricted guest are accepted, the others are refused by the name of what they lack. The
 * numbers of bits here are the SDM's, written down once more.
 */
#include "capabilities.h"
#include "linux/machine/controls.h"
#include "linux/machine/processor.h"
#include "uapi/shadow_box.h"
#include "unit.h"

const struct capability_set *this_processor;
static u32 lost_msr;
static u64 lost_bits;
static bool below_hypervisor;

u64 sb_read_msr(u32 msr)
{
	return capability_msr_of(this_processor, msr) & ~(msr == lost_msr ? lost_bits : 0);
}

void sb_read_cpuid(u32 leaf, u32 subleaf, u32 reg[4])
{
	capability_cpuid_of(this_processor, leaf, subleaf, reg);
	if (leaf == 1 && below_hypervisor)
		reg[2] |= BIT(31);
}

/* Bit @bit of a control may be 1. */
static bool allows(u32 msr, u32 bit)
{
	return sb_read_msr(msr) >> (32 + bit) & 1;
}

static const char *expected_refusal(void)
{
	if (!allows(0x482, 31) || !allows(0x48b, 1))
		return "EPT";
	return allows(0x48b, 7) ? NULL : "unrestricted guest";
}

static void each_processor_is_accepted_or_refused_by_name(void **state)
{
	u32 accepted = 0, refused = 0, i;

	for (i = 0; i < nr_capability_sets; i++) {
		struct sb_controls controls;
		const char *want, *got;

		this_processor = &capability_sets[i];
		want = expected_refusal();
		got = sb_controls_negotiate(&controls);
		require(want == got || (want && got && !strcmp(want, got)),
			"%s is said to lack %s, not %s", this_processor->name,
			got ? got : "nothing", want ? want : "nothing");
		*(got ? &refused : &accepted) += 1;
	}
	require(accepted >= 180 && refused >= 2, "only %u accepted, %u refused", accepted, refused);
}

/* The processor takes no other controls than these (SDM A.3 to A.5). */
static void check_word(const char *name, u32 value, u32 msr)
{
	u32 must = sb_read_msr(msr), may = sb_read_msr(msr) >> 32;

	require((value & must) == must && !(value & ~may),
		"%s: %s controls 0x%x, of which 0x%x must and 0x%x may be 1", this_processor->name,
		name, value, must, may);
}

/* Calls @check for each processor that is accepted. */
static void for_each_accepted(void (*check)(const struct sb_controls *controls))
{
	struct sb_controls controls;
	u32 i;

	for (i = 0; i < nr_capability_sets; i++) {
		this_processor = &capability_sets[i];
		if (!sb_controls_negotiate(&controls))
			check(&controls);
	}
}

static void check_words(const struct sb_controls *controls)
{
	check_word("pin-based", controls->pin, 0x48d);
	check_word("primary", controls->proc, 0x48e);
	check_word("secondary", controls->proc2, 0x48b);
	check_word("exit", controls->exit, 0x48f);
	check_word("entry", controls->entry, 0x490);
}

static void the_processor_takes_the_controls(void **state)
{
	for_each_accepted(check_words);
}

/*
 * Pin-based: interrupts, NMIs. Primary: HLT, INVLPG, MWAIT, RDPMC, RDTSC, CR3, CR8, debug
 * registers, ports, MONITOR, PAUSE. Secondary: descriptor tables, WBINVD, RDRAND, RDSEED.
 */
static void check_steady(const struct sb_controls *controls)
{
	require(!(controls->pin & (BIT(0) | BIT(3))) && !(controls->proc & 0x61999e80) &&
		!(controls->proc2 & (BIT(2) | BIT(6) | BIT(11) | BIT(16))),
		"%s: exits without need: controls 0x%x, 0x%x, 0x%x", this_processor->name,
		controls->pin, controls->proc, controls->proc2);
}

static u32 with_vpid;

static void count_vpid(const struct sb_controls *controls)
{
	with_vpid += controls->proc2 >> 5 & 1;
}

/* Below a hypervisor VPIDs would lose the flushes that it makes while the host runs. */
static void vpids_are_for_bare_machines(void **state)
{
	with_vpid = 0;
	for_each_accepted(count_vpid);
	require(with_vpid > 100, "only %u processors use VPIDs", with_vpid);
	below_hypervisor = true;
	with_vpid = 0;
	for_each_accepted(count_vpid);
	below_hypervisor = false;
	require_equal(with_vpid, 0, "processors below a hypervisor that use VPIDs");
}

static void nothing_exits_without_need(void **state)
{
	for_each_accepted(check_steady);
}

/* An instruction that CPUID offers would raise #UD without its control. */
static const struct { u32 leaf, subleaf, reg, feature, control; const char *name; } instructions[] = {
	{ 0x80000001, 0, 3, 27, 3, "RDTSCP" }, { 7, 0, 2, 22, 3, "RDPID" },
	{ 7, 0, 1, 10, 12, "INVPCID" }, { 0xd, 1, 0, 3, 20, "XSAVES" },
	{ 7, 0, 2, 5, 26, "WAITPKG" }, { 7, 0, 3, 18, 27, "PCONFIG" },
};

static void check_instructions(const struct sb_controls *controls)
{
	u32 reg[4], i;

	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		sb_read_cpuid(instructions[i].leaf, instructions[i].subleaf, reg);
		require(!(reg[instructions[i].reg] >> instructions[i].feature & 1) ||
			controls->proc2 >> instructions[i].control & 1,
			"%s has %s, which would not work", this_processor->name,
			instructions[i].name);
	}
}

static void offered_instructions_go_on_working(void **state)
{
	for_each_accepted(check_instructions);
}

static void check_features(const struct sb_controls *controls)
{
	u32 features = sb_controls_features(controls), want = 0;
	u64 ept = sb_read_msr(0x48c);

	want |= allows(0x48b, 5) && ept >> 32 & 1 && ept >> 42 & 1 ? SHADOW_BOX_FEATURE_VPID : 0;
	want |= ept >> 17 & 1 ? SHADOW_BOX_FEATURE_EPT_1G : 0;
	want |= allows(0x48d, 6) && allows(0x48f, 22) ? SHADOW_BOX_FEATURE_PREEMPTION_TIMER : 0;
	want |= allows(0x48b, 22) ? SHADOW_BOX_FEATURE_MBEC : 0;
	features &= SHADOW_BOX_FEATURE_VPID | SHADOW_BOX_FEATURE_EPT_1G |
		    SHADOW_BOX_FEATURE_PREEMPTION_TIMER | SHADOW_BOX_FEATURE_MBEC;
	require(features == want, "%s has features 0x%x, not 0x%x", this_processor->name, features,
		want);
}

static void features_are_what_the_processor_has(void **state)
{
	for_each_accepted(check_features);
}

static bool is_hybrid(void)
{
	u32 reg[4];

	sb_read_cpuid(7, 0, reg);
	return reg[3] >> 15 & 1;
}

/*
 * The features are read on one CPU and hold for all: so the kinds of core of a hybrid are alike. Others
 * that have the same name are different machines.
 */
static void cores_of_one_machine_have_the_same_features(void **state)
{
	struct sb_controls one, other;
	u32 i, pairs = 0;

	for (i = 1; i < nr_capability_sets; i++) {
		if (strcmp(capability_sets[i].name, capability_sets[i - 1].name))
			continue;
		this_processor = &capability_sets[i - 1];
		if (!is_hybrid() || sb_controls_negotiate(&one))
			continue;
		this_processor = &capability_sets[i];
		require(!sb_controls_negotiate(&other) &&
			sb_controls_features(&other) == sb_controls_features(&one) &&
			!memcmp(&one, &other, sizeof(one)),
			"the cores of %s differ", this_processor->name);
		pairs++;
	}
	require(pairs, "there is no hybrid machine");
}

/* Of a processor that has everything, one thing after another is taken away. */
static void what_is_lacking_is_named(void **state)
{
	static const struct { u32 msr; u64 bits; const char *name; } losses[] = {
		{ 0x48d, BIT(35), "NMI exiting" }, { 0x48d, BIT(37), "virtual NMIs" },
		{ 0x48e, BIT(54), "NMI-window exiting" }, { 0x48e, BIT(60), "MSR bitmaps" },
		{ 0x48e, BIT(63), "secondary controls" }, { 0x48b, BIT(33), "EPT" },
		{ 0x48b, BIT(39), "unrestricted guest" }, { 0x48b, BIT(35), "RDTSCP" },
		{ 0x48b, BIT(44), "INVPCID" }, { 0x48b, BIT(52), "XSAVES" },
		{ 0x48f, BIT(41), "64-bit host" }, { 0x490, BIT(41), "IA-32e mode guest" },
		{ 0x48c, BIT(6), "EPT with 4 levels, 2 MB pages, write-back tables and INVEPT" },
		{ 0x48c, BIT(26), "EPT with 4 levels, 2 MB pages, write-back tables and INVEPT" },
		{ 0x480, BIT(55), "true controls without CR3 exiting" },
	};
	struct sb_controls controls;
	u32 i;

	for (i = 0; i < nr_capability_sets; i++)
		if (strstr(capability_sets[i].name, "AlderLake"))
			this_processor = &capability_sets[i];
	require(!sb_controls_negotiate(&controls), "%s is refused", this_processor->name);
	for (i = 0; i < ARRAY_SIZE(losses); i++) {
		const char *lacking;

		lost_msr = losses[i].msr;
		lost_bits = losses[i].bits;
		lacking = sb_controls_negotiate(&controls);
		lost_bits = 0;
		require(lacking && !strcmp(lacking, losses[i].name), "without %s, %s is named",
			losses[i].name, lacking ? lacking : "nothing");
	}
}

static void the_table_in_docs_is_current(void **state)
{
	static char page[65536];
	FILE *file = fopen(PROCESSORS_PAGE, "r");
	char *table = capabilities_table();

	require(file, PROCESSORS_PAGE " cannot be read");
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	require(strstr(page, table), "the table is of another day: make processors");
	free(table);
}

static int read_sets(void **state)
{
	capabilities_read();
	return 0;
}

static int forget_sets(void **state)
{
	free(capability_sets);
	return 0;
}

static int print_table(void)
{
	char *table;

	capabilities_read();
	table = capabilities_table();
	fputs(table, stdout);
	free(table);
	free(capability_sets);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_processor_is_accepted_or_refused_by_name),
		cmocka_unit_test(the_processor_takes_the_controls),
		cmocka_unit_test(vpids_are_for_bare_machines),
		cmocka_unit_test(nothing_exits_without_need),
		cmocka_unit_test(offered_instructions_go_on_working),
		cmocka_unit_test(features_are_what_the_processor_has),
		cmocka_unit_test(cores_of_one_machine_have_the_same_features),
		cmocka_unit_test(what_is_lacking_is_named),
		cmocka_unit_test(the_table_in_docs_is_current),
	};

	if (argc > 1 && !strcmp(argv[1], "table"))
		return print_table();
	return cmocka_run_group_tests(tests, read_sets, forget_sets);
}

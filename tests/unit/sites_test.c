// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gathering patch sites: from jump labels, static calls, trampolines and function entries, in any
 * order, and from a module as a whole.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/kernel/private.h"
#include "linux/kernel/sites.h"

#define CODE_SIZE 8192
#define ENTRIES 16

/* Code and the tables that tell of it lie together, since tables hold relative addresses. */
static struct {
	u8 code[CODE_SIZE] __aligned(SB_PAGE_SIZE);
	u8 outside[SB_PAGE_SIZE];
	struct jump_entry jump[ENTRIES];
	struct static_call_site call[ENTRIES];
	u64 keys[4] __aligned(8);
} area;

static struct sb_sites sites;

static bool uniproc_patched;
static struct list_head smp_alt_modules = { &smp_alt_modules, &smp_alt_modules };

/* As kernel/symbols.c has them. */
unsigned long sb_symbol(const char *name)
{
	if (!strcmp(name, "uniproc_patched"))
		return (unsigned long)&uniproc_patched;
	if (!strcmp(name, "smp_alt_modules"))
		return (unsigned long)&smp_alt_modules;
	unit_fail(__FILE__, __LINE__, "nobody looks for %s", name);
}

/* Keys, and the code at 0x300 as a trampoline: as kernel/keys.c has them. */
u32 sb_key_flags(u64 address)
{
	if (address == (u64)&area.keys[1] || address == (u64)(area.code + 0x300))
		return SB_SITE_BPF;
	if (address == (u64)&area.keys[2])
		return SB_SITE_FROZEN;
	return address == (u64)&area.keys[3] ? SB_SITE_MODULES : 0;
}

bool sb_is_padding(const char *name)
{
	return !strncmp(name, "__pfx_", 6);
}

static int setup(void **state)
{
	kernel_reset();
	memset(&area, 0x90, sizeof(area.code));
	sites = (struct sb_sites){ .start = (u64)area.code, .end = (u64)area.code + CODE_SIZE };
	return sb_sites_room(&sites, 64, ENTRIES);
}

static int teardown(void **state)
{
	sb_sites_free(&sites);
	require_equal(kernel.allocations, 0, "memory in use");
	return 0;
}

static void code_at(u32 offset, const char *bytes, u32 size)
{
	memcpy(area.code + offset, bytes, size);
}

#define CODE(offset, bytes) code_at(offset, bytes, sizeof(bytes) - 1)
#define JMP8 "\xeb\x10"
#define NOP2 "\x66\x90"
#define JMP "\xe9\0\0\0\0"
#define NOP5 "\x0f\x1f\x44\0\0"
#define XOR5 "\x2e\x2e\x2e\x31\xc0"
#define CALL "\xe8\0\0\0\0"
#define RET "\xc3\xcc\xcc\xcc\xcc"
#define JE "\x0f\x84\0\0\0\0"
#define WARN "\x67\x48\x0f\xb9\x3a"
#define UNLOCK "\x3e\x3e\xc6\x07\0"
#define TRAMPOLINE_END "\x0f\xb9\xcc"

/* @key: a key, and whether it is the branch that is taken while the key is disabled. */
static void jump_by(u32 n, const u8 *code, const u8 *target, u32 key, bool is_branch)
{
	area.jump[n].key = (u8 *)&area.keys[key] - (u8 *)&area.jump[n].key + is_branch;
	area.jump[n].code = code - (u8 *)&area.jump[n].code;
	area.jump[n].target = target - (u8 *)&area.jump[n].target;
}

static void jump(u32 n, const u8 *code, const u8 *target)
{
	jump_by(n, code, target, 0, false);
}

static void call(u32 n, const u8 *code, u32 key, u64 flags)
{
	area.call[n].addr = code - (u8 *)&area.call[n].addr;
	area.call[n].key = (u8 *)&area.keys[key] + flags - (u8 *)&area.call[n].key;
}

static void expect_site(u32 n, u32 offset, enum sb_site_kind kind, u32 operand)
{
	require(n < sites.nr, "there are %u sites only", sites.nr);
	require_equal(sites.site[n].where & SB_SITE_OFFSET, offset, "offset");
	require_equal(sites.site[n].where >> SB_SITE_KIND_SHIFT, kind, "kind");
	require_equal(sites.site[n].operand, operand, "operand");
}

static void expect_jump(u32 n, u32 offset, enum sb_site_kind kind, u32 target, u32 key, u32 flags)
{
	u32 i;

	require(n < sites.nr, "there are %u sites only", sites.nr);
	i = sites.site[n].operand;
	expect_site(n, offset, kind, i);
	require(i < sites.nr_jumps, "site %u has no jump", n);
	require_equal(sites.jump[i].target, target, "target");
	require_equal(sites.jump[i].key & SB_KEY_FLAGS, flags, "flags of the key");
	require_equal(sites.start + (s32)(sites.jump[i].key & ~SB_KEY_FLAGS), (u64)&area.keys[key],
		      "key");
}

static void expect_counts(u32 nr, u32 unknown)
{
	require_equal(sites.nr, nr, "number of sites");
	require_equal(sites.unknown, unknown, "number of places that hold something else");
}

static void test_jump_labels(void **state)
{
	static const struct { const char *code; u32 size; enum sb_site_kind kind; } forms[] = {
		{ JMP8, 2, SB_SITE_JUMP2 }, { NOP2, 2, SB_SITE_JUMP2 },
		{ JMP, 5, SB_SITE_JUMP5 }, { NOP5, 5, SB_SITE_JUMP5 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		code_at(0x10 * i, forms[i].code, forms[i].size);
		jump(i, area.code + 0x10 * i, area.code + 0x800 + i);
	}
	sb_sites_add_jump_labels(&sites, area.jump, area.jump + i);
	expect_counts(i, 0);
	for (i = 0; i < ARRAY_SIZE(forms); i++)
		expect_jump(i, 0x10 * i, forms[i].kind, 0x800 + i, 0, 0);
}

static void test_keys(void **state)
{
	static const struct { u32 key; bool is_branch; u32 flags; } forms[] = {
		{ 0, false, 0 }, { 0, true, SB_KEY_BRANCH }, { 2, false, SB_KEY_FROZEN },
		{ 2, true, SB_KEY_FROZEN | SB_KEY_BRANCH }, { 3, false, 0 }, { 1, false, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		memcpy(area.code + 0x10 * i, NOP5, 5);
		jump_by(i, area.code + 0x10 * i, area.code + 0x800, forms[i].key, forms[i].is_branch);
		call(i, area.code + 0x10 * i, forms[i].key, 0);
	}
	sb_sites_add_jump_labels(&sites, area.jump, area.jump + i);
	sb_sites_add_static_calls(&sites, area.call, area.call + i);
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		static const u32 flags[] = { 0, SB_SITE_BPF, SB_SITE_FROZEN, SB_SITE_MODULES };

		expect_jump(i, 0x10 * i, SB_SITE_JUMP5, 0x800, forms[i].key, forms[i].flags);
		expect_site(ARRAY_SIZE(forms) + i, 0x10 * i, SB_SITE_CALL, flags[forms[i].key]);
	}
}

static void test_no_jump_labels(void **state)
{
	CODE(0x10, CALL);
	jump(0, area.code + 0x10, area.code + 0x800);
	CODE(0x20, JMP);
	jump(1, area.code + 0x20, area.outside);
	/* Initialisation code lies outside, and so does what might reach over the end. */
	memcpy(area.outside, JMP, 5);
	jump(2, area.outside, area.code);
	memcpy(area.code + CODE_SIZE - 4, JMP, 4);
	jump(3, area.code + CODE_SIZE - 4, area.code);
	sb_sites_add_jump_labels(&sites, area.jump, area.jump + 4);
	expect_counts(0, 3);
}

static void test_last_bytes(void **state)
{
	CODE(CODE_SIZE - 7, JMP8);
	jump(0, area.code + CODE_SIZE - 7, area.code);
	CODE(CODE_SIZE - 5, JMP);
	jump(1, area.code + CODE_SIZE - 5, area.code);
	sb_sites_add_jump_labels(&sites, area.jump, area.jump + 2);
	expect_counts(2, 0);
	expect_jump(0, CODE_SIZE - 7, SB_SITE_JUMP2, 0, 0, 0);
	expect_jump(1, CODE_SIZE - 5, SB_SITE_JUMP5, 0, 0, 0);
}

/* The kernel's list, while there is one CPU: prefixes of this module's code that are DS. */
static void test_locks(void **state)
{
	static s32 lock[4];
	static struct module module;
	struct smp_alt_module ours = { .mod = &module, .locks = lock, .locks_end = lock + 4 };

	ours.next = (struct list_head){ &smp_alt_modules, &smp_alt_modules };
	smp_alt_modules = (struct list_head){ &ours.next, &ours.next };
	CODE(5, "\x3e");
	CODE(9, "\xf0");
	lock[0] = (u64)area.code + 5 - (u64)&lock[0];
	lock[1] = (u64)area.code + 9 - (u64)&lock[1];
	lock[2] = (u64)area.outside - (u64)&lock[2];
	lock[3] = 0;
	sb_sites_add_locks(&sites, &module);
	expect_counts(0, 0);
	uniproc_patched = true;
	require_equal(sb_sites_count_locks(&module), 4, "room");
	require_equal(sb_sites_count_locks(NULL), 0, "room for the kernel's");
	sb_sites_add_locks(&sites, NULL);
	expect_counts(0, 0);
	sb_sites_add_locks(&sites, &module);
	expect_counts(1, 0);
	expect_site(0, 5, SB_SITE_LOCK, 0);
	uniproc_patched = false;
	smp_alt_modules = (struct list_head){ &smp_alt_modules, &smp_alt_modules };
}

static void test_static_calls(void **state)
{
	static const struct { const char *code; u32 size; u64 flags; enum sb_site_kind kind; } forms[] = {
		{ CALL, 5, 0, SB_SITE_CALL }, { NOP5, 5, 0, SB_SITE_CALL }, { XOR5, 5, 0, SB_SITE_CALL },
		{ JMP, 5, STATIC_CALL_SITE_TAIL, SB_SITE_TAIL },
		{ RET, 5, STATIC_CALL_SITE_TAIL, SB_SITE_TAIL },
		{ JE, 6, STATIC_CALL_SITE_TAIL, SB_SITE_JCC },
	};
	u32 i, n = ARRAY_SIZE(forms);

	for (i = 0; i < n; i++) {
		code_at(0x10 * i, forms[i].code, forms[i].size);
		call(i, area.code + 0x10 * i, 0, forms[i].flags);
		call(n + i, area.code + 0x10 * i, 1, forms[i].flags);
	}
	sb_sites_add_static_calls(&sites, area.call, area.call + 2 * n);
	expect_counts(2 * n, 0);
	for (i = 0; i < n; i++) {
		expect_site(i, 0x10 * i, forms[i].kind, 0);
		expect_site(n + i, 0x10 * i, forms[i].kind,
			    forms[i].kind == SB_SITE_JCC ? 0 : SB_SITE_BPF);
	}
}

static void test_no_static_calls(void **state)
{
	CODE(0x10, JMP);
	call(0, area.code + 0x10, 0, 0);
	CODE(0x20, CALL);
	call(1, area.code + 0x20, 0, STATIC_CALL_SITE_TAIL);
	CODE(0x30, CALL);
	call(2, area.code + 0x30, 0, STATIC_CALL_SITE_INIT);
	memcpy(area.outside, CALL, 5);
	call(3, area.outside, 0, 0);
	sb_sites_add_static_calls(&sites, area.call, area.call + 4);
	expect_counts(0, 2);
}

/* What stands there for good is known, and no site; nearly the same is neither. */
static void test_final_static_calls(void **state)
{
	CODE(0x10, WARN);
	call(0, area.code + 0x10, 0, 0);
	CODE(0x20, UNLOCK);
	call(1, area.code + 0x20, 0, 0);
	CODE(0x30, "\x67\x48\x0f\xb9\x3b");
	call(2, area.code + 0x30, 0, 0);
	CODE(0x40, "\x3e\x3e\xc6\x07\x01");
	call(3, area.code + 0x40, 0, 0);
	sb_sites_add_static_calls(&sites, area.call, area.call + 4);
	expect_counts(0, 2);
}

static void test_trampolines(void **state)
{
	CODE(0x100, JMP TRAMPOLINE_END);
	CODE(0x200, RET TRAMPOLINE_END);
	CODE(0x300, JMP TRAMPOLINE_END);
	CODE(0x400, JMP "\x0f\xb9\xcd");
	CODE(0x500, CALL TRAMPOLINE_END);
	sb_sites_add_trampoline(&sites, (u64)area.code + 0x100);
	sb_sites_add_trampoline(&sites, (u64)area.code + 0x200);
	sb_sites_add_trampoline(&sites, (u64)area.code + 0x300);
	sb_sites_add_trampoline(&sites, (u64)area.code + 0x400);
	sb_sites_add_trampoline(&sites, (u64)area.code + 0x500);
	sb_sites_add_trampoline(&sites, (u64)area.code + CODE_SIZE - 8);
	expect_counts(3, 0);
	expect_site(0, 0x100, SB_SITE_TAIL, 0);
	expect_site(1, 0x200, SB_SITE_TAIL, 0);
	expect_site(2, 0x300, SB_SITE_TAIL, SB_SITE_BPF);
}

static void test_function_entries(void **state)
{
	CODE(0x100, CALL);
	CODE(0x200, NOP5);
	CODE(0x300, JMP);
	CODE(0x400, RET);
	sb_sites_add_mcount(&sites, (u64)area.code + 0x100);
	sb_sites_add_mcount(&sites, (u64)area.code + 0x200);
	sb_sites_add_mcount(&sites, (u64)area.code + 0x300);
	sb_sites_add_mcount(&sites, (u64)area.code + 0x400);
	sb_sites_add_mcount(&sites, (u64)area.outside);
	expect_counts(3, 1);
	expect_site(0, 0x100, SB_SITE_MCOUNT, SB_SITE_JMP);
	expect_site(1, 0x200, SB_SITE_MCOUNT, SB_SITE_JMP);
	expect_site(2, 0x300, SB_SITE_MCOUNT, SB_SITE_JMP);
}

static void test_no_room(void **state)
{
	u32 i;

	for (i = 0; i < 70; i++)
		sb_sites_add(&sites, sites.start + 16 * i, SB_SITE_JUMP2, i);
	expect_counts(64, 0);
	expect_site(63, 16 * 63, SB_SITE_JUMP2, 63);
}

/* Of two sites that overlap the first one stays; the same site twice is no overlap. */
static void test_overlaps(void **state)
{
	sb_sites_add(&sites, sites.start + 0x104, SB_SITE_JUMP5, 1);
	sb_sites_add(&sites, sites.start + 0x100, SB_SITE_JUMP5, 2);
	sb_sites_add(&sites, sites.start + 0x105, SB_SITE_JUMP2, 3);
	sb_sites_add(&sites, sites.start + 0x100, SB_SITE_JUMP5, 2);
	sb_sites_add(&sites, sites.start + 0x100, SB_SITE_JUMP5, 4);
	require_equal(sb_sites_finish(&sites), 0, "error");
	expect_counts(2, 0);
	expect_site(0, 0x100, SB_SITE_JUMP5, 2);
	expect_site(1, 0x105, SB_SITE_JUMP2, 3);
	require_equal(sites.overlaps, 2, "overlaps");
}

static void test_order(void **state)
{
	u32 round, i;

	random_seed(11);
	for (round = 0; round < 200; round++) {
		u8 wanted[CODE_SIZE / 16] = { 0 };
		u32 expected = 0;

		sites.nr = 0;
		sites.overlaps = 0;
		for (i = 0; i < 64; i++) {
			u32 unit = random_below(CODE_SIZE / 16);

			expected += !wanted[unit]++;
			sb_sites_add(&sites, sites.start + 16 * unit, SB_SITE_CALL, unit);
		}
		require_equal(sb_sites_finish(&sites), 0, "error");
		require_equal(sites.nr, expected, "number of sites");
		require_equal(sites.overlaps, 0, "overlaps");
		for (i = 0; i < sites.nr; i++) {
			u32 offset = sites.site[i].where & SB_SITE_OFFSET;

			require(wanted[offset / 16], "nobody added a site at 0x%x", offset);
			require_equal(sites.site[i].operand, offset / 16, "operand");
			require(!i || offset > (sites.site[i - 1].where & SB_SITE_OFFSET),
				"site %u is not in order", i);
		}
	}
}

/* Large regions take more than one digit of the sort. */
static void test_large_offsets(void **state)
{
	static const u32 offset[] = { 0x3ffff00, 0x10, 0x100400, 0x400, 0x100000, 0x2000000 };
	u32 i;

	sites.end = sites.start + (64ull << 20);
	for (i = 0; i < ARRAY_SIZE(offset); i++)
		sb_sites_add(&sites, sites.start + offset[i], SB_SITE_CALL, 0);
	require_equal(sb_sites_finish(&sites), 0, "error");
	expect_site(0, 0x10, SB_SITE_CALL, 0);
	expect_site(1, 0x400, SB_SITE_CALL, 0);
	expect_site(2, 0x100000, SB_SITE_CALL, 0);
	expect_site(3, 0x100400, SB_SITE_CALL, 0);
	expect_site(4, 0x2000000, SB_SITE_CALL, 0);
	expect_site(5, 0x3ffff00, SB_SITE_CALL, 0);
}

static char names[] = "\0function\0__pfx_function\0__SCT__call\0inside";
static Elf64_Sym symbols[6];
static unsigned long callsites[1];

/* A module with one of everything. */
static struct module whole_module(void)
{
	u64 start = (u64)area.code;

	sb_sites_free(&sites);
	CODE(0x10, NOP5);
	jump(0, area.code + 0x10, area.code + 0x40);
	CODE(0x20, CALL);
	call(0, area.code + 0x20, 0, 0);
	CODE(0x100, JMP TRAMPOLINE_END);
	CODE(0x30, NOP5);
	callsites[0] = start + 0x30;
	memset(symbols, 0, sizeof(symbols));
	symbols[1] = (Elf64_Sym){ .st_name = 1, .st_shndx = 1, .st_value = start + 0x30 };
	symbols[2] = (Elf64_Sym){ .st_name = 10, .st_shndx = 1, .st_value = start + 0x50 };
	symbols[3] = (Elf64_Sym){ .st_name = 25, .st_shndx = 1, .st_value = start + 0x100 };
	symbols[4] = (Elf64_Sym){ .st_name = 37, .st_shndx = 1, .st_value = start + 0x34 };
	symbols[5] = (Elf64_Sym){ .st_name = 1, .st_shndx = SHN_UNDEF, .st_value = start + 0x60 };
	return (struct module){
		.mem[MOD_TEXT] = { area.code, CODE_SIZE },
		.jump_entries = area.jump, .num_jump_entries = 1,
		.static_call_sites = area.call, .num_static_call_sites = 1,
		.ftrace_callsites = callsites, .num_ftrace_callsites = 1,
		.core_kallsyms = { symbols, ARRAY_SIZE(symbols), names },
	};
}

static void test_module(void **state)
{
	struct module module = whole_module();
	u32 i, functions = 0;

	require_equal(sb_module_sites(&module, &sites), 0, "error");
	expect_counts(4, 0);
	expect_jump(0, 0x10, SB_SITE_JUMP5, 0x40, 0, 0);
	expect_site(1, 0x20, SB_SITE_CALL, 0);
	expect_site(2, 0x30, SB_SITE_MCOUNT, SB_SITE_JMP);
	expect_site(3, 0x100, SB_SITE_TAIL, 0);
	for (i = 0; i < CODE_SIZE / SB_FUNCTION_ALIGN / 8; i++)
		functions += __builtin_popcount(sites.functions[i]);
	require_equal(functions, 1, "number of function entries");
	require_equal(sites.functions[0], 1 << 3, "function entries in the first 128 bytes");
	sb_sites_free(&sites);
	/* As "strip --strip-unneeded" leaves it: what ftrace may call from begins a function all the same. */
	module.core_kallsyms.num_symtab = 1;
	require_equal(sb_module_sites(&module, &sites), 0, "error");
	require_equal(sites.functions[0], 1 << 3, "function entries of a module without symbols");
}

static void test_module_without_memory(void **state)
{
	struct module module = whole_module();
	int n;

	for (n = 0; n < 5; n++) {
		kernel.fail_after = n;
		require_equal(sb_module_sites(&module, &sites), -ENOMEM, "error");
		sb_sites_free(&sites);
		require_equal(kernel.allocations, 0, "memory in use");
	}
	kernel.fail_after = n;
	require_equal(sb_module_sites(&module, &sites), 0, "error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jump_labels),
		TEST(test_keys),
		TEST(test_no_jump_labels),
		TEST(test_last_bytes),
		TEST(test_locks),
		TEST(test_static_calls),
		TEST(test_no_static_calls),
		TEST(test_final_static_calls),
		TEST(test_trampolines),
		TEST(test_function_entries),
		TEST(test_no_room),
		TEST(test_overlaps),
		TEST(test_order),
		TEST(test_large_offsets),
		TEST(test_module),
		TEST(test_module_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

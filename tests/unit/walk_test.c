// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by linear address, against the SDM's rules written down a second time: translation,
 * rights, accessed and dirty flags, and operands that cross pages.
 */
#include "guest_model.h"

#define LINEAR	0x00007f1234567000ull
#define LINEAR5	0x00fedcba98765000ull
#define KERNEL	0xffff888012345000ull
#define PAGE	(MODEL_HIGH + 0x5000)
#define NEXT	(MODEL_MID + 0x9000)

static struct sb_cpu *cpu;

static int four_levels(void **state)
{
	cpu = guest_reset(4);
	random_seed(4);
	return 0;
}

static void set_field(u64 field, u64 bits, bool on)
{
	vmx.field[field] = on ? vmx.field[field] | bits : vmx.field[field] & ~bits;
}

static u64 size_of(u32 level)
{
	return 1ull << (12 + 9 * (level - 1));
}

/* guest_walk(), of which every field of the result counts, also if there is none. */
static bool walks(u64 linear, struct walk *walk)
{
	bool translates;

	memset(walk, 0xff, sizeof(*walk));
	translates = guest_walk(linear, walk);
	if (!translates)
		require(!walk->gpa && !walk->key, "0x%llx translates, but it does not", linear);
	return translates;
}

/* A random address that is canonical. */
static u64 random_linear(u32 levels)
{
	u32 unused = 64 - (12 + 9 * levels);

	return (u64)((long long)(random_u64() << unused) >> unused);
}

/* Translation */

static void translates(u32 levels, u32 leaf)
{
	u64 linear, gpa = random_u64() & (BIT(MODEL_PHYSICAL_BITS) - 1) & ~(size_of(leaf) - 1);
	struct walk walk;

	cpu = guest_reset(levels);
	linear = random_linear(levels);
	/* Bit 12 of a large page is its PAT bit, not part of the address. */
	guest_map(linear, gpa, leaf,
		  PTE_W | PTE_U | PTE_KEY(11) | (leaf > 1 && random_chance(50) ? BIT(12) : 0));
	require(walks(linear, &walk), "0x%llx does not translate", linear);
	require_equal(walk.gpa, gpa + linear % size_of(leaf), "where it is");
	require(walk.writable && walk.user && walk.executable, "it has all rights");
	require_equal(walk.key, 11, "its key");
	require(!walks(linear ^ size_of(leaf), &walk), "its neighbour translates");
	require_equal(walk.error, 0, "the error code of the neighbour");
}

static void pages_of_all_sizes(void **state)
{
	u32 levels, leaf, i;

	for (levels = 4; levels <= 5; levels++)
		for (leaf = 1; leaf <= 3; leaf++)
			for (i = 0; i < 200; i++)
				translates(levels, leaf);
}

static void only_canonical_addresses(void **state)
{
	static const struct {
		u32 levels;
		u64 linear;
		bool is;
	} cases[] = {
		{ 4, 0, true }, { 4, ~0ull, true },
		{ 4, 0x00007fffffffffff, true }, { 4, 0x0000800000000000, false },
		{ 4, 0xffff800000000000, true }, { 4, 0xffff7fffffffffff, false },
		{ 4, 0x8000000000000000, false }, { 4, 0x7fffffffffffffff, false },
		{ 5, 0x00ffffffffffffff, true }, { 5, 0x0100000000000000, false },
		{ 5, 0xff00000000000000, true }, { 5, 0xfeffffffffffffff, false },
		{ 5, 0x0000800000000000, true }, { 5, 0xffff7fffffffffff, true },
	};
	struct walk walk;
	u64 gpa;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		cpu = guest_reset(cases[i].levels);
		guest_map(cases[i].linear, MODEL_HIGH, 1, PTE_W);
		require(walks(cases[i].linear, &walk) == cases[i].is, "0x%llx at %u levels",
			cases[i].linear, cases[i].levels);
		if (cases[i].is)
			continue;
		require_equal(walk.error, 0, "the error code");
		require(!guest_access(cpu, cases[i].linear, 0, &gpa), "it can be accessed");
		require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0d, "#GP");
	}
}

static void only_64_bit_paging(void **state)
{
	struct walk walk;

	guest_map(LINEAR, PAGE, 1, PTE_W);
	require(walks(LINEAR, &walk), "with it");
	set_field(VMCS_GUEST_EFER, EFER_LMA, false);
	require(!walks(LINEAR, &walk), "without EFER.LMA");
	set_field(VMCS_GUEST_EFER, EFER_LMA, true);
	set_field(VMCS_GUEST_CR0, CR0_PG, false);
	require(!walks(LINEAR, &walk), "without CR0.PG");
}

/**
 * struct truth - what the SDM says of a linear address
 * @error: P and RSVD, as in an error code, if it does not translate
 */
struct truth {
	bool translates;
	u32 error;
	u64 gpa;
	bool writable, user, executable;
};

/* SDM tables 4-15 to 4-20: bits that must be 0 in an entry that maps a page, by level. */
static u64 reserved_bits(u32 level, u64 entry)
{
	static const u64 in_large[] = { 0, 0, 0x1fe000, 0x3fffe000, 0x80, 0x80 };
	u64 bits = PTE_FRAME & ~(BIT(MODEL_PHYSICAL_BITS) - 1);

	if (entry & PTE_PS)
		bits |= in_large[level];
	if (!(vmx.field[VMCS_GUEST_EFER] & EFER_NXE))
		bits |= PTE_NX;
	return entry & bits;
}

static struct truth truth_from(u64 table, u64 linear, u32 level)
{
	static const u32 shift[] = { 0, 12, 21, 30, 39, 48 };
	u64 where = (table & PTE_FRAME) | (linear >> shift[level] & 0x1ff) << 3;
	u64 entry = is_ram(where, 8) ? *(u64 *)guest_ram(where) : 0;
	struct truth below = { .translates = true, .writable = true, .user = true,
			       .executable = true };

	if (!(entry & PTE_P))
		return (struct truth){ 0 };
	if (reserved_bits(level, entry))
		return (struct truth){ .error = 9 };
	if (level == 1 || entry & PTE_PS)
		below.gpa = ((entry & PTE_FRAME) >> shift[level] << shift[level]) |
			    (linear & ((1ull << shift[level]) - 1));
	else
		below = truth_from(entry, linear, level - 1);
	below.writable &= !!(entry & PTE_W);
	below.user &= !!(entry & PTE_U);
	below.executable &= !(entry & PTE_NX);
	return below;
}

static void require_truth(u64 linear, u32 levels)
{
	struct truth truth = truth_from(vmx.field[VMCS_GUEST_CR3], linear, levels);
	struct walk walk;

	require(walks(linear, &walk) == truth.translates, "0x%llx translates: %d", linear,
		truth.translates);
	if (!truth.translates) {
		require_equal(walk.error, truth.error, "the error code");
		return;
	}
	require_equal(walk.gpa, truth.gpa, "where it is");
	require(walk.writable == truth.writable && walk.user == truth.user &&
		walk.executable == truth.executable, "rights at 0x%llx", linear);
}

/* Every bit of every entry on the way, turned over. */
static void each_bit_of_each_level(void **state)
{
	u32 levels, leaf, level, bit, nxe;

	for (levels = 4; levels <= 5; levels++) {
		u64 linear = levels == 5 ? LINEAR5 : LINEAR;

		for (leaf = 1; leaf <= 3; leaf++) {
			cpu = guest_reset(levels);
			guest_map(linear, MODEL_TABLES, leaf, PTE_W | PTE_U);
			for (level = leaf; level <= levels; level++) {
				for (bit = 0; bit < 128; bit++) {
					nxe = bit / 64;
					set_field(VMCS_GUEST_EFER, EFER_NXE, nxe);
					*guest_entry(linear, level) ^= BIT(bit % 64);
					require_truth(linear, levels);
					*guest_entry(linear, level) ^= BIT(bit % 64);
				}
			}
		}
	}
}

/* Entries of a table: mostly good ones that point to one of a few tables, which makes loops too. */
static void fill_at_random(u64 table)
{
	u64 *entry = guest_ram(table);
	u32 i;

	for (i = 0; i < 512; i++) {
		entry[i] = MODEL_TABLES + random_below(12) * SB_PAGE_SIZE + (random_u64() & 0xf7f);
		if (random_chance(5))
			entry[i] |= PTE_PS;
		if (random_chance(90))
			entry[i] |= PTE_P;
		if (random_chance(20))
			entry[i] |= PTE_NX;
		if (random_chance(3))
			entry[i] = random_u64();
	}
}

static void tables_of_any_content(void **state)
{
	u32 levels, round, i;

	for (levels = 4; levels <= 5; levels++) {
		for (round = 0; round < 20; round++) {
			cpu = guest_reset(levels);
			set_field(VMCS_GUEST_EFER, EFER_NXE, round & 1);
			vmx.field[VMCS_GUEST_CR3] = MODEL_TABLES | random_below(4096);
			for (i = 0; i < 12; i++)
				fill_at_random(guest_table());
			for (i = 0; i < 5000; i++)
				require_truth(random_linear(levels), levels);
		}
	}
}

/* A table that claims to be a page, where only this bit is wrong. */
static void no_pages_above_1_gb(void **state)
{
	u32 level;

	for (level = 4; level <= 5; level++) {
		cpu = guest_reset(5);
		*guest_entry(LINEAR5, level) = PTE_P | PTE_PS;
		require_truth(LINEAR5, 5);
	}
}

static void tables_outside_ram_have_no_entries(void **state)
{
	struct walk walk;

	guest_map(LINEAR, PAGE, 1, PTE_W);
	guest.host = (struct sb_extent){ *guest_entry(LINEAR, 3) & PTE_FRAME,
					 (*guest_entry(LINEAR, 3) & PTE_FRAME) + 4096 };
	require(!walks(LINEAR, &walk) && !walk.error, "a table in host memory");
	guest.host = (struct sb_extent){ 0 };
	require(walks(LINEAR, &walk), "it is back");
	*guest_entry(LINEAR, 3) = 0xfe000000 | PTE_P | PTE_W;
	require(!walks(LINEAR, &walk) && !walk.error, "a table in MMIO");
	vmx.field[VMCS_GUEST_CR3] = 0xfe000000;
	require(!walks(LINEAR, &walk) && !walk.error, "a root in MMIO");
}

/* Reading */

static void fill(u64 gpa, u32 size)
{
	u8 *byte = guest_ram(gpa);
	u32 i;

	for (i = 0; i < size; i++)
		byte[i] = random_u64();
}

static void read_crosses_pages(void **state)
{
	u8 bytes[5000];

	fill(PAGE, 4096);
	fill(NEXT, 4096);
	guest_map(LINEAR, PAGE, 1, 0);
	guest_map(LINEAR + 4096, NEXT, 1, PTE_U | PTE_NX);
	require(guest_read(LINEAR + 4090, bytes, 12), "across the border");
	require(!memcmp(bytes, guest_ram(PAGE + 4090), 6), "its first half");
	require(!memcmp(bytes + 6, guest_ram(NEXT), 6), "its second half");
	require(guest_read(LINEAR + 1, bytes, 5000), "more than a page");
	require(!memcmp(bytes + 4095, guest_ram(NEXT), 905), "its second half");
	require(guest_read(LINEAR + 8190, bytes, 2), "the last bytes");
	require(!guest_read(LINEAR + 8190, bytes, 3), "beyond them");
	require(!guest_read(LINEAR - 1, bytes, 2), "before them");
}

static void read_stays_in_ram(void **state)
{
	u8 bytes[16];

	guest_map(LINEAR, 0xfe000000, 1, PTE_W);
	require(!guest_read(LINEAR, bytes, 1), "MMIO is read");
	guest_map(LINEAR, PAGE, 1, PTE_W);
	guest.host = (struct sb_extent){ PAGE, PAGE + 4096 };
	require(!guest_read(LINEAR, bytes, 1), "host memory is read");
	guest_map(KERNEL, 0xc0000000, 3, PTE_W);
	require(!guest_read(KERNEL, bytes, 1), "what lies between RAM is read");
	*(u64 *)guest_ram(MODEL_TABLES + 0x2345000) = 0x123456789abcdef0;
	guest_map(KERNEL, 0x40000000, 3, PTE_W);
	require(guest_read((KERNEL & ~0x3fffffffull) + 0x2345000, bytes, 8), "by a 1 GB page");
	require_equal(*(u64 *)bytes, 0x123456789abcdef0, "what is there");
}

/* Rights */

/* What the CPU is set to, and what is tried. */
struct attempt {
	bool user_mode, write, fetch;
	bool wp, smep, smap, ac, nxe, pke, ad, wd;
};

/* SDM 4.6.1 in its own order; @nx only with NXE. */
static bool page_allows(const struct attempt *a, bool w, bool u, bool nx)
{
	if (a->user_mode) {
		if (a->fetch)
			return u && !nx;
		return a->write ? u && w : u;
	}
	if (a->fetch)
		return u ? !a->smep && !nx : !nx;
	if (u && a->smap && !a->ac)
		return false;
	return !a->write || !a->wp || w;
}

/* SDM 4.6.2. */
static bool key_allows(const struct attempt *a, bool u)
{
	if (!a->pke || !u || a->fetch)
		return true;
	if (a->ad)
		return false;
	return !(a->write && a->wd && (a->user_mode || a->wp));
}

/* SDM 4.7; 0 if there is no fault. */
static u32 expected_error(const struct attempt *a, bool w, bool u, bool nx)
{
	bool by_page = page_allows(a, w, u, nx), by_key = key_allows(a, u);
	u32 error = 0;

	if (nx && !a->nxe)
		error = 9;
	else if (!by_page || !by_key)
		error = by_key ? 1 : 0x21;
	else
		return 0;
	return error | (a->write ? 2 : 0) | (a->user_mode ? 4 : 0) |
	       (a->fetch && (a->nxe || a->smep) ? 16 : 0);
}

static void set_up(const struct attempt *a, u32 key)
{
	set_field(VMCS_GUEST_CR0, CR0_WP, a->wp);
	set_field(VMCS_GUEST_CR4, CR4_SMEP, a->smep);
	set_field(VMCS_GUEST_CR4, CR4_SMAP, a->smap);
	set_field(VMCS_GUEST_CR4, CR4_PKE, a->pke);
	set_field(VMCS_GUEST_RFLAGS, RFLAGS_AC, a->ac);
	set_field(VMCS_GUEST_EFER, EFER_NXE, a->nxe);
	guest.pkru = (a->ad ? 1 : 0) | (a->wd ? 2 : 0);
	guest.pkru = guest.pkru << (2 * key);
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	vmx.field[VMCS_ENTRY_EXCEPTION_ERROR] = 0;
	vmx.field[VMCS_GUEST_RFLAGS] &= ~RFLAGS_RF;
	vmx.cr2 = 0;
}

static void require_page_fault(u64 linear, u32 error)
{
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0e, "the injected event");
	require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], error, "the error code");
	require_equal(vmx.cr2, linear, "CR2");
	require(vmx.field[VMCS_GUEST_RFLAGS] & RFLAGS_RF, "RF is clear");
}

static void require_no_exception(void)
{
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0, "the injected event");
}

static void attempt(const struct attempt *a, bool w, bool u, bool nx)
{
	u32 error = expected_error(a, w, u, nx), key = random_below(16);
	u32 access = (a->write ? ACCESS_WRITE : 0) | (a->fetch ? ACCESS_FETCH : 0) |
		     (a->user_mode ? ACCESS_USER : 0);
	u64 linear = LINEAR + random_below(4096), gpa = 0;
	bool allowed;

	set_up(a, key);
	*guest_entry(LINEAR, 1) = (*guest_entry(LINEAR, 1) & ~PTE_KEY(15)) | PTE_KEY(key);
	allowed = guest_access(cpu, linear, access, &gpa);
	require(allowed == !error, "error code 0x%x for access 0x%x, W %d, U %d, NX %d", error,
		access, w, u, nx);
	if (error) {
		require_page_fault(linear, error);
	} else {
		require_no_exception();
		require_equal(gpa, PAGE + linear % 4096, "where it is");
	}
}

/* Takes a right away at one level, chosen at random, or grants it at all. */
static void set_right(u64 bit, bool on, bool granted)
{
	u32 level, denied_at = 1 + random_below(4);

	for (level = 1; level <= 4; level++) {
		u64 *entry = guest_entry(LINEAR, level);

		*entry &= ~bit;
		if (on == granted || level == denied_at)
			*entry |= on ? bit : 0;
		else
			*entry |= granted ? bit : 0;
	}
}

static void all_attempts(bool w, bool u, bool nx)
{
	u32 i;

	for (i = 0; i < 3 * 512; i++) {
		struct attempt a = {
			.write = i % 3 == 1, .fetch = i % 3 == 2,
			.user_mode = i / 3 & 1, .wp = i / 3 & 2, .smep = i / 3 & 4,
			.smap = i / 3 & 8, .ac = i / 3 & 16, .nxe = i / 3 & 32,
			.pke = i / 3 & 64, .ad = i / 3 & 128, .wd = i / 3 & 256,
		};

		attempt(&a, w, u, nx);
	}
}

static void rights_of_every_access(void **state)
{
	u32 page, round;

	guest_map(LINEAR, PAGE, 1, 0);
	for (page = 0; page < 8; page++) {
		for (round = 0; round < 4; round++) {
			set_right(PTE_W, page & 1, true);
			set_right(PTE_U, page & 2, true);
			set_right(PTE_NX, page & 4, false);
			all_attempts(page & 1, page & 2, page & 4);
		}
	}
}

static void absent_pages_fault_with_the_access(void **state)
{
	u64 gpa;

	guest_entry(LINEAR, 2);
	require(!guest_access(cpu, LINEAR + 5, ACCESS_WRITE | ACCESS_USER, &gpa), "no page");
	require_page_fault(LINEAR + 5, 6);
	require(!guest_access(cpu, KERNEL, ACCESS_FETCH, &gpa), "no table");
	require_page_fault(KERNEL, 16);
	guest_map(LINEAR, PAGE, 1, BIT(50));
	require(!guest_access(cpu, LINEAR, 0, &gpa), "a reserved bit");
	require_page_fault(LINEAR, 9);
}

/* Accessed and dirty flags */

static void access_ok(u64 linear, u32 access)
{
	u64 gpa;

	require(guest_access(cpu, linear, access, &gpa), "0x%llx cannot be accessed", linear);
}

static void require_flags(u64 linear, u32 levels, u32 leaf, u64 flags)
{
	u32 level;

	for (level = leaf; level <= levels; level++)
		require_equal(*guest_entry(linear, level) & (PTE_A | PTE_D),
			      level == leaf ? flags : flags & PTE_A, "the flags of an entry");
}

static void accesses_leave_their_flags(void **state)
{
	u32 levels, leaf, exchanges;

	for (levels = 4; levels <= 5; levels++) {
		for (leaf = 1; leaf <= 3; leaf++) {
			u64 linear = levels == 5 ? LINEAR5 : LINEAR;

			cpu = guest_reset(levels);
			guest_map(linear, MODEL_TABLES, leaf, PTE_W);
			access_ok(linear, 0);
			require_flags(linear, levels, leaf, PTE_A);
			exchanges = guest.exchanges;
			require_equal(exchanges, levels - leaf + 1, "entries changed");
			access_ok(linear, 0);
			require_equal(guest.exchanges, exchanges, "entries changed by now");
			access_ok(linear, ACCESS_WRITE);
			require_flags(linear, levels, leaf, PTE_A | PTE_D);
			require_equal(guest.exchanges, exchanges + 1, "entries changed at last");
		}
	}
}

static void faults_leave_no_flags(void **state)
{
	u64 gpa;

	guest_map(LINEAR, PAGE, 1, 0);
	require(!guest_access(cpu, LINEAR, ACCESS_WRITE, &gpa), "it is read-only");
	require_flags(LINEAR, 4, 1, 0);
}

/* A page table that Linux could not write to is not written to in its name. */
static void protected_tables_stay_as_they_are(void **state)
{
	u64 table;

	guest_map(LINEAR, PAGE, 1, PTE_W);
	table = *guest_entry(LINEAR, 2) & PTE_FRAME;
	guest.protected = (struct sb_extent){ table, table + 4096 };
	access_ok(LINEAR, ACCESS_WRITE);
	require_equal(*guest_entry(LINEAR, 1) & (PTE_A | PTE_D), 0, "flags in the protected table");
	require_equal(*guest_entry(LINEAR, 2) & PTE_A, PTE_A, "flags above it");
}

static u32 interferences;

static void another_sets_the_flag(void)
{
	if (interferences && interferences--)
		*guest_entry(LINEAR, 1) |= PTE_A;
}

static void another_remaps(void)
{
	if (interferences && interferences--)
		*guest_entry(LINEAR, 1) = NEXT | PTE_P | PTE_W;
}

static void another_unmaps(void)
{
	if (interferences && interferences--)
		*guest_entry(LINEAR, 1) = 0;
}

static void another_takes_the_right(void)
{
	if (interferences && interferences--)
		*guest_entry(LINEAR, 1) &= ~PTE_W;
}

static void another_never_rests(void)
{
	*guest_entry(LINEAR, 1) ^= BIT(9);
}

/* All tables but the last have been used before, so that the one race is over the leaf. */
static bool race(void (*other)(void), u64 *gpa)
{
	four_levels(NULL);
	guest_map(LINEAR, PAGE, 1, PTE_W);
	guest_map(LINEAR + 4096, PAGE, 1, PTE_W);
	access_ok(LINEAR + 4096, 0);
	interferences = 1;
	guest.before_exchange = other;
	return guest_access(cpu, LINEAR, ACCESS_WRITE, gpa);
}

static void entries_change_under_the_walk(void **state)
{
	u64 gpa;

	require(race(another_sets_the_flag, &gpa) && gpa == PAGE, "the flag was set");
	require_flags(LINEAR, 4, 1, PTE_A | PTE_D);
	require(race(another_remaps, &gpa) && gpa == NEXT, "the page was replaced");
	require_flags(LINEAR, 4, 1, PTE_A | PTE_D);
	require(!race(another_unmaps, &gpa), "the page went");
	require_page_fault(LINEAR, 2);
	require_equal(*guest_entry(LINEAR, 1), 0, "the entry");
	require(!race(another_takes_the_right, &gpa), "the right went");
	require_page_fault(LINEAR, 3);
	require_equal(*guest_entry(LINEAR, 1) & (PTE_A | PTE_D), 0, "its flags");
	require(!race(another_never_rests, &gpa), "it never ends");
	require_no_exception();
	require(guest.exchanges < 20, "%u tries", guest.exchanges);
}

/* Operands */

static void map_two(u64 first, u64 second)
{
	guest_map(LINEAR, PAGE, 1, first);
	guest_map(LINEAR + 4096, NEXT, 1, second);
	fill(PAGE, 4096);
	fill(NEXT, 4096);
}

static const u8 operand[16] = "0123456789abcdef";

static void operands_of_all_sizes(void **state)
{
	u32 size, first;

	for (size = 2; size <= 16; size++) {
		for (first = 1; first <= size + 8; first++) {
			u32 part = first < size ? first : size;
			u64 linear = LINEAR + 4096 - first;
			u8 bytes[16], before = 0, after;

			map_two(PTE_W, PTE_W);
			before = *(u8 *)guest_ram(PAGE + 4096 - first - 1);
			after = *(u8 *)guest_ram(NEXT + size - part);
			require(guest_store(cpu, linear, operand, size), "the store");
			require(!memcmp(guest_ram(PAGE + 4096 - first), operand, part),
				"its start");
			require(!memcmp(guest_ram(NEXT), operand + part, size - part), "its end");
			require_equal(*(u8 *)guest_ram(PAGE + 4096 - first - 1), before,
				      "the byte before");
			require_equal(*(u8 *)guest_ram(NEXT + size - part), after,
				      "the byte after");
			require(guest_load(cpu, linear, bytes, size), "the load");
			require(!memcmp(bytes, operand, size), "what it loads");
		}
	}
	require_no_exception();
	require_equal(guest.stores, 0, "stores to protected pages");
}

static u8 page_before[4096], next_before[4096];

static void remember(void)
{
	memcpy(page_before, guest_ram(PAGE), 4096);
	memcpy(next_before, guest_ram(NEXT), 4096);
}

static void require_untouched(void)
{
	require(!memcmp(page_before, guest_ram(PAGE), 4096), "the first page has changed");
	require(!memcmp(next_before, guest_ram(NEXT), 4096), "the second page has changed");
}

static void both_pages_are_checked_first(void **state)
{
	u8 bytes[10];

	map_two(PTE_W, 0);
	remember();
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "the second page is read-only");
	require_page_fault(LINEAR + 4096, 3);
	require_untouched();
	*guest_entry(LINEAR + 4096, 1) = 0;
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "the second page is gone");
	require_page_fault(LINEAR + 4096, 2);
	require_untouched();
	require(!guest_load(cpu, LINEAR + 4093, bytes, 10), "the second page is gone");
	require_page_fault(LINEAR + 4096, 0);
	*guest_entry(LINEAR, 1) = 0;
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "both are gone");
	require_page_fault(LINEAR + 4093, 2);
}

static void the_end_of_the_lower_half(void **state)
{
	u64 last = 0x00007ffffffff000;

	guest_map(last, PAGE, 1, PTE_W);
	fill(PAGE, 4096);
	remember();
	require(!guest_store(cpu, last + 4093, operand, 10), "beyond it");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0d, "#GP");
	require(!memcmp(page_before, guest_ram(PAGE), 4096), "the page has changed");
}

static void user_mode_has_its_own_rights(void **state)
{
	u8 bytes[10];

	map_two(PTE_W | PTE_U, PTE_W);
	vmx.field[VMCS_GUEST_SS_ACCESS] = 3 << 5;
	require(guest_store(cpu, LINEAR, operand, 10), "its own page");
	require(!guest_store(cpu, LINEAR + 4096, operand, 10), "the kernel's page");
	require_page_fault(LINEAR + 4096, 7);
	require(!guest_load(cpu, LINEAR + 4090, bytes, 10), "into the kernel's page");
	require_page_fault(LINEAR + 4096, 5);
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0;
	set_field(VMCS_GUEST_CR4, CR4_SMAP, true);
	require(!guest_load(cpu, LINEAR, bytes, 10), "the kernel in a user's page");
	require_page_fault(LINEAR, 1);
	set_field(VMCS_GUEST_RFLAGS, RFLAGS_AC, true);
	require(guest_load(cpu, LINEAR, bytes, 10), "with STAC");
}

static void protect(u64 page)
{
	guest.protected = (struct sb_extent){ page, page + 4096 };
	guest.stores = 0;
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	remember();
}

static void require_reported(u64 gpa, u64 linear, u32 size, const u8 *bytes)
{
	require_equal(guest.stores, 1, "stores reported");
	require_equal(guest.store_gpa, gpa, "where");
	require_equal(guest.store_linear, linear, "where, linear");
	require_equal(guest.store_size, size, "how much");
	require(!memcmp(guest.store_bytes, bytes, size), "what");
}

static void protected_pages_are_reported(void **state)
{
	map_two(PTE_W, PTE_W);
	guest.refuse = true;
	protect(PAGE);
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "the first page is protected");
	require_reported(PAGE + 4093, LINEAR + 4093, 3, operand);
	require_untouched();
	protect(NEXT);
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "the second page is protected");
	require_reported(NEXT, LINEAR + 4096, 7, operand + 3);
	require_untouched();
	guest.refuse = false;
	protect(NEXT);
	require(guest_store(cpu, LINEAR + 4093, operand, 10), "it is to be reported only");
	require_reported(NEXT, LINEAR + 4096, 7, operand + 3);
	require(!memcmp(guest_ram(PAGE + 4093), operand, 3), "the first page");
	require(!memcmp(guest_ram(NEXT), operand + 3, 7), "the second page");
	require_no_exception();
}

static void host_memory_is_never_stored_to(void **state)
{
	u8 bytes[10];

	map_two(PTE_W, PTE_W);
	guest.host = (struct sb_extent){ NEXT, NEXT + 4096 };
	remember();
	require(guest_store(cpu, LINEAR + 4096, operand, 10), "it is to be reported only");
	require_equal(guest.stores, 1, "stores reported");
	require_untouched();
	require(!guest_load(cpu, LINEAR + 4096, bytes, 10), "it is loaded");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0d, "#GP");
}

static void operands_are_in_ram(void **state)
{
	u8 bytes[10];

	map_two(PTE_W, PTE_W);
	guest_map(LINEAR + 4096, 0xfe000000, 1, PTE_W);
	remember();
	require(!guest_store(cpu, LINEAR + 4093, operand, 10), "MMIO is stored to");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0d, "#GP");
	require_untouched();
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	require(!guest_load(cpu, LINEAR + 4093, bytes, 10), "MMIO is loaded");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0d, "#GP");
}

#define TEST(f) cmocka_unit_test_setup(f, four_levels)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_of_all_sizes),
		TEST(only_canonical_addresses),
		TEST(only_64_bit_paging),
		TEST(each_bit_of_each_level),
		TEST(tables_of_any_content),
		TEST(no_pages_above_1_gb),
		TEST(tables_outside_ram_have_no_entries),
		TEST(read_crosses_pages),
		TEST(read_stays_in_ram),
		TEST(rights_of_every_access),
		TEST(absent_pages_fault_with_the_access),
		TEST(accesses_leave_their_flags),
		TEST(faults_leave_no_flags),
		TEST(protected_tables_stay_as_they_are),
		TEST(entries_change_under_the_walk),
		TEST(operands_of_all_sizes),
		TEST(both_pages_are_checked_first),
		TEST(the_end_of_the_lower_half),
		TEST(user_mode_has_its_own_rights),
		TEST(protected_pages_are_reported),
		TEST(host_memory_is_never_stored_to),
		TEST(operands_are_in_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

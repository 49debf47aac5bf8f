// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAM is shared memory, mapped once for the test to write, once for the host to read; a slot of the
 * host is one page of it.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "guest_model.h"

struct guest_model guest;

static u8 *for_test, *for_host, *slots;
static u64 slot_entry[MODEL_SLOTS];
static bool slot_mapped[MODEL_SLOTS];
/* What a slot maps; with guest.keep_slots also after the host is done with it. */
static u64 kept[MODEL_SLOTS];

static void *map(void *at, u64 size, int rights, int flags)
{
	void *pages = mmap(at, size, rights, MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	require(pages != MAP_FAILED, "out of memory");
	return pages;
}

/* Nothing moved away from shared memory is a second mapping of it. */
static void create(void)
{
	for_test = map(NULL, MODEL_HIGH_END, PROT_READ | PROT_WRITE, MAP_SHARED);
	for_host = mremap(for_test, 0, MODEL_HIGH_END, MREMAP_MAYMOVE);
	require(for_host != MAP_FAILED, "out of memory");
	mprotect(for_host, MODEL_HIGH_END, PROT_READ);
	slots = map(NULL, MODEL_SLOTS * SB_PAGE_SIZE, PROT_NONE, MAP_PRIVATE);
}

/* What physical.c stands on. */

const struct sb_facts *facts(void)
{
	return &guest.facts;
}

const void *ram_window(u64 gpa)
{
	return for_host + gpa;
}

void *slot_page(u32 slot)
{
	return slots + slot * SB_PAGE_SIZE;
}

u64 *slot_pte(u32 slot)
{
	return &slot_entry[slot];
}

static void map_slot(u8 *page, u64 entry)
{
	const u64 rights = PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX;

	require_equal(entry & ~PTE_FRAME, rights, "rights in a slot's entry");
	require((entry & PTE_FRAME) < MODEL_HIGH_END, "a slot maps 0x%llx", entry & PTE_FRAME);
	mremap(for_test + (entry & PTE_FRAME), 0, SB_PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
	       page);
}

/* The slot translates as its entry says from here on, no sooner. */
void invlpg(const void *address)
{
	u32 slot = ((const u8 *)address - slots) / SB_PAGE_SIZE;
	u8 *page = slots + slot * SB_PAGE_SIZE;

	require(slot < MODEL_SLOTS, "INVLPG of what is no slot");
	slot_mapped[slot] = slot_entry[slot];
	if (guest.keep_slots && (!slot_entry[slot] || slot_entry[slot] == kept[slot]))
		return;
	kept[slot] = slot_entry[slot];
	if (slot_entry[slot])
		map_slot(page, slot_entry[slot]);
	else
		map(page, SB_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_FIXED);
}

void require_slots_empty(void)
{
	u32 slot;

	for (slot = 0; slot < MODEL_SLOTS; slot++)
		require(!slot_entry[slot] && !slot_mapped[slot], "slot %u is in use", slot);
}

bool compare_exchange(u64 *word, u64 old, u64 new)
{
	guest.exchanges++;
	if (guest.before_exchange)
		guest.before_exchange();
	return __atomic_compare_exchange_n(word, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* What other parts of the host say, where they are not linked. */
#define MODEL __attribute__((weak))

static bool overlaps(const struct sb_extent *e, u64 gpa, u64 size)
{
	return gpa < e->end && gpa + size > e->start;
}

/* Like the host's own, it need not find a block in the midst of what is longer. */
MODEL bool is_host_memory(u64 gpa, u64 size)
{
	require(size && size <= 0x200000, "is_host_memory() of 0x%llx bytes", size);
	return overlaps(&guest.host, gpa, size);
}

/* What the host's memory is changes with the number of its blocks, and no otherwise. */
MODEL u32 pool_blocks(void)
{
	static struct sb_extent known;
	static u32 blocks;

	if (known.start != guest.host.start || known.end != guest.host.end)
		blocks++;
	known = guest.host;
	require(blocks < 64, "the test changes the host's memory too often");
	return blocks;
}

MODEL bool page_is_writable(u64 gpa)
{
	return !overlaps(&guest.protected, gpa, 1) && !overlaps(&guest.host, gpa, 1);
}

MODEL bool protected_store(struct sb_cpu *cpu, u64 gpa, u64 linear, const void *bytes, u32 size)
{
	require(size <= sizeof(guest.store_bytes), "a protected store of %u bytes", size);
	guest.stores++;
	guest.store_gpa = gpa;
	guest.store_linear = linear;
	guest.store_size = size;
	memcpy(guest.store_bytes, bytes, size);
	if (guest.refuse)
		guest_inject_exception(VECTOR_GP);
	return guest.refuse;
}

u32 rdpkru(void)
{
	require(vmread(VMCS_GUEST_CR4) & CR4_PKE, "RDPKRU: the CPU need not have it");
	return guest.pkru;
}

/* The guest. */

static void set_facts(void)
{
	static const struct sb_extent extents[] = {
		{ MODEL_LOW, MODEL_LOW_END }, { MODEL_MID, MODEL_MID_END },
		{ MODEL_TABLES, MODEL_TABLES_END }, { MODEL_HIGH, MODEL_HIGH_END },
	};

	guest.facts.nr_ram = ARRAY_SIZE(extents);
	memcpy(guest.facts.ram, extents, sizeof(extents));
}

/* A new CPU with empty page tables of @levels levels, at CPL 0, as Linux runs. */
struct sb_cpu *guest_reset(u32 levels)
{
	struct sb_cpu *cpu = vmx_reset();

	if (!for_test)
		create();
	memset(&guest, 0, sizeof(guest));
	set_facts();
	guest.next_table = MODEL_TABLES;
	vmx_launch(cpu);
	cpu->config.slot = 2;
	vmx.field[VMCS_GUEST_CR0] |= CR0_WP;
	vmx.field[VMCS_GUEST_CR4] |= levels == 5 ? CR4_LA57 : 0;
	vmx.field[VMCS_GUEST_EFER] = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	vmx.field[VMCS_GUEST_CS_ACCESS] = ACCESS_LONG_MODE;
	vmx.field[VMCS_GUEST_CR3] = guest_table() | BIT(63) | 5;	/* PCID 5, not flushed */
	return cpu;
}

void *guest_ram(u64 gpa)
{
	return for_test + gpa;
}

/* A new page table, empty. */
u64 guest_table(void)
{
	u64 table = guest.next_table;

	require(table < MODEL_TABLES_END, "the test builds too many page tables");
	guest.next_table += SB_PAGE_SIZE;
	memset(guest_ram(table), 0, SB_PAGE_SIZE);
	return table;
}

/* The entry for @linear at @level, with all tables above it, which allow everything. */
u64 *guest_entry(u64 linear, u32 level)
{
	u64 table = vmx.field[VMCS_GUEST_CR3] & PTE_FRAME;
	u32 at = vmx.field[VMCS_GUEST_CR4] & CR4_LA57 ? 5 : 4;

	for (;; at--) {
		u64 *entry = (u64 *)guest_ram(table) + (linear >> (12 + 9 * (at - 1)) & 511);

		if (at == level)
			return entry;
		if (!*entry)
			*entry = guest_table() | PTE_P | PTE_W | PTE_U;
		table = *entry & PTE_FRAME;
	}
}

/* Maps @linear to @gpa with a leaf at @level. */
u64 *guest_map(u64 linear, u64 gpa, u32 level, u64 flags)
{
	u64 *entry = guest_entry(linear, level);

	*entry = gpa | flags | PTE_P | (level > 1 ? PTE_PS : 0);
	return entry;
}

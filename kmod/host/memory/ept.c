// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing the EPT under a running guest. Entries are changed by single stores, so that a CPU that
 * walks the tables meanwhile sees the old or the new one. What was loosened works at once or after
 * one more violation; what was tightened holds on a CPU once it has executed INVEPT (SYNC).
 */
#include "ept.h"
#include "pool.h"

#define ENTRIES		512
#define ADDRESS_MASK	0x000ffffffffff000ull

static u64 entry_size(int level)
{
	return SB_PAGE_SIZE << (9 * (level - 1));
}

static bool is_leaf(u64 entry, int level)
{
	return level == 1 || entry & EPT_LEAF;
}

/* An entry without any right is not present (SDM 29.3.2). */
static bool is_present(u64 entry)
{
	return entry & EPT_RWX;
}

static ept_rights rights_of(u64 entry)
{
	return entry & EPT_RIGHTS;
}

/*
 * The lowest entry for @gpa that there is, its level, and what it was when it was read, once:
 * without the lock, a leaf can become a table meanwhile.
 */
static u64 *find_entry(u64 gpa, int *level, u64 *value)
{
	u64 *table = pool_virt(facts()->ept_root);

	for (*level = 4; table; --*level) {
		u64 *entry = &table[gpa / entry_size(*level) % ENTRIES];

		*value = READ_ONCE(*entry);
		if (!is_present(*value) || is_leaf(*value, *level))
			return entry;
		table = pool_virt(*value & ADDRESS_MASK);
	}
	return NULL;
}

/* What the EPT says of @gpa. Context: any, without the lock: the answer may be old by then. */
struct page page_at(u64 gpa)
{
	struct page page = { false, OWNER_NONE, 0 };
	int level;
	u64 value;

	if (!find_entry(gpa, &level, &value))
		return page;
	page.present = is_present(value);
	page.owner = (value & EPT_OWNER_MASK) >> EPT_OWNER_SHIFT;
	page.rights = rights_of(value);
	return page;
}

bool page_is_writable(u64 gpa)
{
	return page_at(gpa).rights & EPT_WRITE;
}

/* Nearly always all of it lies in one piece of 2 MB, as blocks do. */
bool is_host_memory(u64 gpa, u64 size)
{
	u64 last = gpa + size - 1;

	return pool_virt(gpa) || ((gpa ^ last) / entry_size(2) && pool_virt(last));
}

/* A table with the same translations in place of the leaf at @entry. */
static bool split(u64 *entry, int level, u32 keep)
{
	u64 *table = pool_pages(1, keep), old = *entry;
	int i;

	if (!table)
		return false;
	if (level == 2)
		old &= ~EPT_LEAF;
	for (i = 0; i < ENTRIES; i++)
		table[i] = old + i * entry_size(level - 1);
	WRITE_ONCE(*entry, pool_phys(table) | EPT_RIGHTS);
	return true;
}

/*
 * The entry of a leaf that begins at @gpa and is no longer than @size, split if need be; @keep as
 * in pool_pages().
 */
static u64 *leaf_within(u64 gpa, u64 size, int *level, u32 keep)
{
	u64 value;

	for (;;) {
		u64 *entry = find_entry(gpa, level, &value);

		if (!entry || !is_present(value))
			return NULL;
		if (!(gpa % entry_size(*level)) && entry_size(*level) <= size)
			return entry;
		if (!split(entry, *level, keep))
			return NULL;
	}
}

/*
 * How many entries from that of @gpa on lie in one table of 4 KB leaves, up to @size bytes, so that
 * one walk does for all; 1 if it is a larger leaf.
 */
static u32 entries_within(u64 gpa, u64 size, int level)
{
	u64 rest = entry_size(2) - gpa % entry_size(2);

	return level == 1 ? (size < rest ? size : rest) / SB_PAGE_SIZE : 1;
}

/**
 * pages_can_split() - make sure that pages_set() will not run out of memory
 * @gpa: first byte, page-aligned
 * @size: bytes, whole pages
 *
 * Splits the leaves at both ends; translations stay as they are. Context: under the lock.
 * Return: false if the pool is used up, or not all is mapped.
 */
bool pages_can_split(u64 gpa, u64 size)
{
	u64 end = gpa + size;

	while (gpa < end) {
		int level;
		u64 *entry = leaf_within(gpa, end - gpa, &level, SB_POOL_RESERVE);
		u32 i, n = entry ? entries_within(gpa, end - gpa, level) : 0;

		if (!n)
			return false;
		for (i = 0; i < n; i++)
			if (!is_present(entry[i]))
				return false;
		gpa += n * entry_size(level);
	}
	return true;
}

/**
 * pages_set() - say whose pages are and what Linux may do with them
 * @gpa: first byte, page-aligned
 * @size: bytes, whole pages
 * @owner: enum page_owner
 * @rights: what Linux may do there, at least one right
 *
 * Context: under the lock. If rights are taken away, pages_changed() must follow.
 * Return: false if the pool is used up or not all is mapped; then part of it may have been done.
 */
bool pages_set(u64 gpa, u64 size, u32 owner, ept_rights rights)
{
	u64 end = gpa + size, bits = (u64)owner << EPT_OWNER_SHIFT | rights;

	while (gpa < end) {
		int level;
		u64 *entry = leaf_within(gpa, end - gpa, &level, SB_POOL_RESERVE);
		u32 n = entry ? entries_within(gpa, end - gpa, level) : 0;

		if (!n)
			return false;
		for (gpa += n * entry_size(level); n; n--, entry++) {
			if (!is_present(*entry))
				return false;
			WRITE_ONCE(*entry, (*entry & ~(EPT_OWNER_MASK | EPT_RIGHTS)) | bits);
		}
	}
	return true;
}

/* Linux's, and code of the kernel's that has no module. */
static bool is_nobodys(u64 entry)
{
	u32 owner = (entry & EPT_OWNER_MASK) >> EPT_OWNER_SHIFT;

	return is_present(entry) && (owner == OWNER_NONE || owner == OWNER_DYNAMIC);
}

/**
 * pages_renew() - give all pages that are nobody's the same rights, some at a time
 * @gpa: where to begin
 * @leaves: how many leaves are looked at, at most
 * @rights: what Linux may do there
 *
 * No leaf is split. Context: under the lock; if rights are taken away, pages_changed() must follow.
 * Return: where to go on, %EPT_END when all are done.
 */
u64 pages_renew(u64 gpa, u32 leaves, ept_rights rights)
{
	for (; leaves && gpa < EPT_END; leaves--) {
		int level;
		u64 value, *entry = find_entry(gpa, &level, &value);

		if (!entry)
			return EPT_END;
		if (is_nobodys(value))
			WRITE_ONCE(*entry, (value & ~(EPT_OWNER_MASK | EPT_RIGHTS)) | rights);
		gpa = (gpa & ~(entry_size(level) - 1)) + entry_size(level);
	}
	return gpa;
}

/* A block that Linux gives: zeros from now on, each page of it. Context: under the lock. */
bool pages_hide_block(u64 gpa)
{
	u64 hidden = facts()->ept_zero | EPT_READ | (u64)EPT_OWNER_HOST << EPT_OWNER_SHIFT |
		     (u64)MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT;
	int level, i;
	u64 *table = leaf_within(gpa, SB_PAGE_SIZE, &level, 0);

	for (i = 0; table && i < ENTRIES; i++)
		WRITE_ONCE(table[i], hidden);
	return table;
}

/* Forgets the translations that this CPU has cached. */
void pages_flush(struct sb_cpu *cpu)
{
	invept_all();
	cpu->seen = READ_ONCE(status()->generation);
}

/* Something was tightened: this CPU knows, the others must be told. Context: under the lock. */
void pages_changed(struct sb_cpu *cpu)
{
	WRITE_ONCE(status()->generation, status()->generation + 1);
	pages_flush(cpu);
}

/*
 * CPUs in the guest world that have not taken in what changed up to @generation. One that the host
 * has stopped never will, nor does it execute anything of the guest again; one that is parked does so
 * before it executes anything.
 */
u32 cpus_behind(u64 generation)
{
	u32 slot, behind = 0;

	for (slot = 0; slot < facts()->nr_cpus; slot++) {
		const struct sb_cpu *cpu = cpu_of_slot(slot);

		behind += READ_ONCE(cpu->active) && !READ_ONCE(cpu->faulted) &&
			  !READ_ONCE(cpu->parked) &&
			  READ_ONCE(cpu->seen) < generation;
	}
	return behind;
}

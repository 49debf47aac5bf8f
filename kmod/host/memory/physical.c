// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by physical address: read through a window onto all of Linux's RAM, written one page
 * at a time through a slot of this CPU's own. Host memory is never reached this way.
 */
#include "paging.h"
#include "pool.h"

#define BLOCK_SIZE	(2ull << 20)

#define SLOT_RIGHTS	(PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_NX)

static bool is_in_extent(u64 gpa, u64 size)
{
	const struct sb_facts *f = facts();
	u32 i;

	for (i = 0; i < f->nr_ram; i++) {
		const struct sb_extent *e = &f->ram[i];

		if (gpa >= e->start && gpa < e->end)
			return size <= e->end - gpa;
	}
	return false;
}

/*
 * Host memory is Linux's RAM too, and in the window. It comes in blocks, so that what is longer
 * than one is looked at once in each.
 */
static bool touches_host(u64 gpa, u64 size)
{
	for (; size > BLOCK_SIZE; gpa += BLOCK_SIZE, size -= BLOCK_SIZE)
		if (is_host_memory(gpa, BLOCK_SIZE))
			return true;
	return is_host_memory(gpa, size);
}

#define PIECES	256	/* half a gigabyte, before one takes the place of another */

/*
 * Pieces of 2 MB that were found to be RAM from end to end and none of it the host's, each with how
 * many blocks the host had then: nothing else can change the answer, for blocks are only added.
 * Any CPU writes an entry at any time, without the lock: it is one word that says all it rests on.
 */
static u64 plain[PIECES];

/* What plain[] has for such a piece; never 0. */
static u64 plain_entry(u64 piece, u32 blocks)
{
	return piece << 8 | (blocks + 1);
}

static __noinline bool look_up(u64 gpa, u64 size)
{
	u64 piece = gpa / BLOCK_SIZE, start = piece * BLOCK_SIZE;
	u32 blocks = pool_blocks();

	if (!size || !is_in_extent(gpa, size) || touches_host(gpa, size))
		return false;
	if (is_in_extent(start, BLOCK_SIZE) && !is_host_memory(start, BLOCK_SIZE))
		WRITE_ONCE(plain[piece % PIECES], plain_entry(piece, blocks));
	return true;
}

/**
 * is_ram() - is this Linux's RAM, and none of it the host's
 * @gpa: physical address
 * @size: bytes, at least 1
 *
 * Addresses come from the guest: any value may be passed.
 */
bool is_ram(u64 gpa, u64 size)
{
	u64 piece = gpa / BLOCK_SIZE;

	return (size - 1 < BLOCK_SIZE - gpa % BLOCK_SIZE &&
		READ_ONCE(plain[piece % PIECES]) == plain_entry(piece, pool_blocks())) ||
	       look_up(gpa, size);
}

/**
 * ram() - look at guest memory
 * @gpa: physical address
 * @size: bytes that the caller may read there
 *
 * Other CPUs write there meanwhile: what was checked must have been copied before.
 *
 * Return: where to read, NULL if not all of it is_ram().
 */
const void *ram(u64 gpa, u32 size)
{
	return is_ram(gpa, size) ? ram_window(gpa) : NULL;
}

/*
 * Maps the page of @gpa in the slot of this CPU. Only this CPU uses the slot, and no handler that
 * interrupts it does. INVLPG serializes, so that the page walk cannot miss the new entry.
 */
static void *map_slot(struct sb_cpu *cpu, u64 gpa)
{
	u64 *pte = slot_pte(cpu->config.slot);
	u8 *page = slot_page(cpu->config.slot);

	WRITE_ONCE(*pte, (gpa & ~(SB_PAGE_SIZE - 1)) | SLOT_RIGHTS);
	invlpg(page);
	return page + gpa % SB_PAGE_SIZE;
}

static void unmap_slot(struct sb_cpu *cpu)
{
	WRITE_ONCE(*slot_pte(cpu->config.slot), 0);
	invlpg(slot_page(cpu->config.slot));
}

typedef u16 __attribute__((aligned(1))) unaligned_u16;
typedef u32 __attribute__((aligned(1))) unaligned_u32;
typedef u64 __attribute__((aligned(1))) unaligned_u64;

/* What the guest would have stored in one piece is stored in one: other CPUs may be reading it. */
static void copy_to_slot(void *to, const void *from, u32 size)
{
	if (size == 2)
		WRITE_ONCE(*(unaligned_u16 *)to, *(const unaligned_u16 *)from);
	else if (size == 4)
		WRITE_ONCE(*(unaligned_u32 *)to, *(const unaligned_u32 *)from);
	else if (size == 8)
		WRITE_ONCE(*(unaligned_u64 *)to, *(const unaligned_u64 *)from);
	else
		copy_bytes(to, from, size);
}

static bool is_within_page(u64 gpa, u32 size)
{
	return size <= SB_PAGE_SIZE - gpa % SB_PAGE_SIZE;
}

/**
 * ram_write() - write to guest memory, whatever rights Linux has there
 * @cpu: this CPU
 * @gpa: physical address
 * @bytes: what to write, in host memory
 * @size: how many bytes; they must not cross a page
 *
 * Return: false, with nothing written, if not all of it is_ram() or it crosses a page.
 */
bool ram_write(struct sb_cpu *cpu, u64 gpa, const void *bytes, u32 size)
{
	if (!is_within_page(gpa, size) || !is_ram(gpa, size))
		return false;
	copy_to_slot(map_slot(cpu, gpa), bytes, size);
	unmap_slot(cpu);
	return true;
}

/**
 * ram_cmpxchg() - replace an aligned word of guest memory, atomically, if it is still the same
 * @cpu: this CPU
 * @gpa: physical address
 * @old: what must be there
 * @new: what shall be
 *
 * Return: false, with nothing changed, if something else was there, or it is no word of RAM.
 */
bool ram_cmpxchg(struct sb_cpu *cpu, u64 gpa, u64 old, u64 new)
{
	bool done;

	if (gpa % sizeof(old) || !is_ram(gpa, sizeof(old)))
		return false;
	done = compare_exchange(map_slot(cpu, gpa), old, new);
	unmap_slot(cpu);
	return done;
}

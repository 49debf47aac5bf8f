// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refused stores of the kernel's own patching code: the kernel must neither fault nor find out, for
 * it holds locks and checks its work. All under the host's lock.
 */
#include "discard.h"

/*
 * The kernel writes to code through page tables of its own, at an address that nothing else uses
 * (__text_poke). It holds locks there and checks afterwards that the code is as it wanted, so that
 * an exception, or bytes that did not change, would leave the kernel stuck.
 */
bool is_patching(u64 gla)
{
	u64 cr3 = vmread(VMCS_GUEST_CR3) & 0x000ffffffffff000ull;

	return !guest_cpl() && gla < 1ull << 47 && cr3 == facts()->poking_cr3;
}

/* Writes to what Linux could write itself; anything else stays as it is. */
static void write_as_guest(struct sb_cpu *cpu, u64 linear, const u8 *bytes, u32 size)
{
	struct walk walk;

	while (size) {
		u32 n = bytes_in_page(linear, size);

		if (guest_walk(linear, &walk) && walk.writable && page_is_writable(walk.gpa))
			ram_write(cpu, walk.gpa, bytes, n);
		linear += n;
		bytes += n;
		size -= n;
	}
}

/*
 * Does @linear hold the bytes that the instruction stores? Where a MOV got its bytes from is a guess
 * (store_source()), which this confirms; STOS stores a register and has no source in memory.
 */
static bool is_source(const struct store *store, u64 linear)
{
	u8 bytes[STORE_MAX];
	u32 i;

	if (store->is_stos || !guest_read(linear, bytes, store->size))
		return false;
	for (i = 0; i < store->size; i++)
		if (bytes[i] != store->bytes[i])
			return false;
	return true;
}

/*
 * Discards a patch that the kernel itself made and that was refused. The store is skipped, and the
 * bytes that it came from are made equal to the code, so that the kernel's check of its work holds
 * and it lets go of its locks. The caller in the kernel goes on with a patch that has no effect; the
 * report tells of it.
 */
void discard(struct sb_regs *regs, struct sb_cpu *cpu, const struct store *store,
	     const u8 *present)
{
	u64 source = store->source ? store->source : store_source(regs, store->linear);

	if (is_source(store, source))
		write_as_guest(cpu, source, present, store->size);
	skip_store(regs, store);
}

/* As discard(), for a page that is not code. Return: false if the store cannot be made out. */
bool discard_store(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla)
{
	struct store store;
	const void *present;

	if (!decode_store(regs, gla, &store))
		return false;
	present = ram(gpa, store.size);
	if (!present || gpa % SB_PAGE_SIZE + store.size > SB_PAGE_SIZE)
		return false;
	discard(regs, cpu, &store, present);
	return true;
}

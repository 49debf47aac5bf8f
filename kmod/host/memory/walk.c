// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by linear address: the guest's page tables walked as its CPU does (SDM 4.5 to 4.8),
 * with the rights of an instruction where the host executes one in its place.
 */
#include "paging.h"

#define PTE_KEY_SHIFT	59
/*
 * Bits of an entry that can be reserved. An entry with none of them set needs no further look; every
 * CPU has at least 36 bits of physical address.
 */
#define PTE_PECULIAR	(PTE_LARGE | PTE_NX | (PTE_ADDRESS & ~(BIT(36) - 1)))

/* Page-fault error code (SDM 4.7), but for ACCESS_WRITE, ACCESS_USER and ACCESS_FETCH. */
#define FAULT_PROTECTION	BIT(0)
#define FAULT_RESERVED		BIT(3)
#define FAULT_KEY		BIT(5)

/* How often a walk starts anew when other CPUs change the tables, before the guest tries again. */
#define ACCESS_TRIES	8

/**
 * struct path - the entries that translate a linear address
 * @leaf: level of the last of them
 * @top: level of the first of them
 * @where: physical address of the entry at each level
 * @entry: what it was when it was read, once
 */
struct path {
	u32 leaf, top;
	u64 where[6];
	u64 entry[6];
};

static u32 paging_levels(void)
{
	return vmread(VMCS_GUEST_CR4) & CR4_LA57 ? 5 : 4;
}

/* Bits that are not translated are copies of the highest one that is. */
static bool is_canonical(u64 linear, u32 levels)
{
	u64 high = linear >> (12 + 9 * levels - 1), ones = ~0ull >> (12 + 9 * levels - 1);

	return !high || high == ones;
}

static u64 entry_size(u32 level)
{
	return SB_PAGE_SIZE << (9 * (level - 1));
}

static bool is_leaf(u64 entry, u32 level)
{
	return level == 1 || entry & PTE_LARGE;
}

/* Only beyond 36 bits is it worth asking. */
static bool is_beyond_physical(u64 address)
{
	u32 a = 0x80000008, b, c = 0, d;

	if (!(address >> 36))
		return false;
	cpuid(&a, &b, &c, &d);
	return address >> (a & 0xff);
}

/* SDM 4.5.4: bits that make the CPU fault although the entry is present. */
static bool has_reserved_bits(u64 entry, u32 level)
{
	if (entry & PTE_LARGE && level > 3)
		return true;
	if (is_leaf(entry, level) && entry & (entry_size(level) - 1) & PTE_ADDRESS & ~BIT(12))
		return true;
	if (entry & PTE_NX && !(vmread(VMCS_GUEST_EFER) & EFER_NXE))
		return true;
	return is_beyond_physical(entry & PTE_ADDRESS);
}

/* A table that is not in RAM, or in the host's, has no entries. */
static u64 read_entry(u64 where)
{
	const u64 *entry = ram(where, sizeof(*entry));

	return entry ? READ_ONCE(*entry) : 0;
}

/* Follows one entry. Returns false if it is no translation. */
static bool step(u64 entry, u32 level, struct walk *walk)
{
	if (!(entry & PTE_PRESENT))
		return false;
	if (entry & PTE_PECULIAR && has_reserved_bits(entry, level)) {
		walk->error = FAULT_PROTECTION | FAULT_RESERVED;
		return false;
	}
	walk->writable = walk->writable && entry & PTE_WRITE;
	walk->user = walk->user && entry & PTE_USER;
	walk->executable = walk->executable && !(entry & PTE_NX);
	return true;
}

/* From CR3 to the leaf; bounded, for each step goes down a level and the lowest ends it. */
static bool descend(u64 linear, struct path *path, struct walk *walk)
{
	u64 entry = vmread(VMCS_GUEST_CR3), offset;
	u32 level = paging_levels(), shift = 12 + 9 * (level - 1);

	walk->gpa = 0;
	walk->error = 0;
	walk->key = 0;
	walk->writable = walk->user = walk->executable = true;
	for (path->top = level;; level--, shift -= 9) {
		path->where[level] = (entry & PTE_ADDRESS) + (linear >> shift) % 512 * 8;
		entry = path->entry[level] = read_entry(path->where[level]);
		if (!step(entry, level, walk))
			return false;
		if (is_leaf(entry, level))
			break;
	}
	path->leaf = level;
	offset = BIT(shift) - 1;
	walk->gpa = (entry & PTE_ADDRESS & ~offset) | (linear & offset);
	walk->key = entry >> PTE_KEY_SHIFT & 15;
	return true;
}

static bool is_paging(void)
{
	return vmread(VMCS_GUEST_CR0) & CR0_PG;
}

/* A CPU that has just been started has no paging yet. Paging other than IA-32e is not known here. */
static bool is_translatable(u64 linear)
{
	if (likely(guest_in_ia32e_paging()))
		return is_canonical(linear, paging_levels());
	return !is_paging() && !(linear >> 32);
}

static struct walk identity(u64 linear)
{
	return (struct walk){ .gpa = linear, .writable = true, .user = true, .executable = true };
}

/**
 * guest_walk() - translate a linear address by the page tables that the guest uses now
 * @linear: linear address
 * @walk: result
 *
 * The tables are read as they are, and other CPUs change them: the result is what the guest could
 * have got at some moment, no more. It says nothing of EPT rights; @walk->gpa may be any address.
 *
 * Return: false if it does not translate. @walk->error has no bits of the access.
 */
bool guest_walk(u64 linear, struct walk *walk)
{
	struct path path;

	if (!is_translatable(linear)) {
		zero_bytes(walk, sizeof(*walk));
		return false;
	}
	if (likely(is_paging()))
		return descend(linear, &path, walk);
	*walk = identity(linear);
	return true;
}

/**
 * guest_read() - read what Linux sees at a linear address, with no regard for rights
 * @linear: linear address
 * @to: where to
 * @size: bytes; they may cross pages
 *
 * Return: false if not all of it is present and in RAM; then @to may have been filled in part.
 */
bool guest_read(u64 linear, void *to, u32 size)
{
	struct walk walk;

	while (size) {
		u32 part = bytes_in_page(linear, size);
		const void *from = guest_walk(linear, &walk) ? ram(walk.gpa, part) : NULL;

		if (!from)
			return false;
		copy_bytes(to, from, part);
		to = (u8 *)to + part;
		linear += part;
		size -= part;
	}
	return true;
}

/* Does a write need the writable bit? In user mode always, in supervisor mode if CR0.WP is set. */
static bool is_write_checked(u32 access)
{
	return access & ACCESS_USER || vmread(VMCS_GUEST_CR0) & CR0_WP;
}

/* SDM 4.6.1, supervisor mode: SMEP keeps it from executing user pages, SMAP from touching them. */
static bool supervisor_may_touch_user(u32 access)
{
	u64 cr4 = vmread(VMCS_GUEST_CR4);

	if (access & ACCESS_FETCH)
		return !(cr4 & CR4_SMEP);
	return !(cr4 & CR4_SMAP) || vmread(VMCS_GUEST_RFLAGS) & RFLAGS_AC;
}

static bool is_allowed(const struct walk *walk, u32 access)
{
	if (access & ACCESS_USER && !walk->user)
		return false;
	if (!(access & ACCESS_USER) && walk->user && !supervisor_may_touch_user(access))
		return false;
	if (access & ACCESS_FETCH && !walk->executable)
		return false;
	return !(access & ACCESS_WRITE) || walk->writable || !is_write_checked(access);
}

/* SDM 4.6.2: protection keys hold for data in user pages, whoever accesses it. */
static bool is_allowed_by_key(const struct walk *walk, u32 access)
{
	u32 disabled;

	if (access & ACCESS_FETCH || !walk->user || !(vmread(VMCS_GUEST_CR4) & CR4_PKE))
		return true;
	disabled = rdpkru() >> (2 * walk->key);
	if (disabled & BIT(0))
		return false;
	return !(disabled & BIT(1) && access & ACCESS_WRITE && is_write_checked(access));
}

/* Whether the access is a fetch is told only where there is a difference (SDM 4.7). */
static u32 reported(u32 access)
{
	if (vmread(VMCS_GUEST_EFER) & EFER_NXE || vmread(VMCS_GUEST_CR4) & CR4_SMEP)
		return access;
	return access & ~ACCESS_FETCH;
}

/* Whether the access may be made, with the error code if not. */
static bool may_access(struct walk *walk, u32 access)
{
	bool allowed = is_allowed(walk, access), by_key = is_allowed_by_key(walk, access);

	if (allowed && by_key)
		return true;
	walk->error = FAULT_PROTECTION | (by_key ? 0 : FAULT_KEY);
	return false;
}

/*
 * Sets the accessed flags, and in the leaf the dirty flag, as the CPU does when it uses entries
 * (SDM 4.8). Not in a page that Linux may not write to: the entry would change against a policy.
 * Returns false if an entry is no longer what it was.
 */
static bool mark_used(struct sb_cpu *cpu, const struct path *path, u32 access)
{
	u32 level;

	for (level = path->top; level >= path->leaf; level--) {
		u64 old = path->entry[level], new = old | PTE_ACCESSED;

		if (level == path->leaf && access & ACCESS_WRITE)
			new |= PTE_DIRTY;
		if (new != old && page_is_writable(path->where[level]) &&
		    !ram_cmpxchg(cpu, path->where[level], old, new))
			return false;
	}
	return true;
}

/**
 * guest_access() - translate a linear address for an instruction, with its rights
 * @cpu: this CPU
 * @linear: linear address
 * @access: ACCESS_WRITE, ACCESS_FETCH: what the instruction does there, if not reading;
 *	ACCESS_USER: it runs at CPL 3
 * @gpa: guest-physical address, valid up to the end of the page
 *
 * Return: false if the instruction ends here: it gets #PF, #GP if the address is not canonical, or
 * is to be executed again, since the page tables keep changing.
 */
bool guest_access(struct sb_cpu *cpu, u64 linear, u32 access, u64 *gpa)
{
	struct walk walk;
	struct path path;
	u32 i;

	if (!is_translatable(linear)) {
		guest_inject_exception(VECTOR_GP);
		return false;
	}
	if (!is_paging()) {
		*gpa = linear;
		return true;
	}
	for (i = 0; i < ACCESS_TRIES; i++) {
		if (!descend(linear, &path, &walk) || !may_access(&walk, access)) {
			guest_inject_page_fault(linear, walk.error | reported(access));
			return false;
		}
		if (mark_used(cpu, &path, access)) {
			*gpa = walk.gpa;
			return true;
		}
	}
	return false;
}

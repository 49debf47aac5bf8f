// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to code: from the exit to the verifier and into the page, which no CPU sees half written. All under the host's lock.
 */
#include "code_map.h"
#include "context.h"
#include "discard.h"
#include "opened.h"
#include "owner.h"
#include "patches.h"
#include "policy.h"

static void commit(struct sb_cpu *cpu, u64 address, const u8 *bytes, u32 size)
{
	while (size) {
		u32 n = bytes_in_page(address, size);

		ram_write(cpu, code_gpa(address), bytes, n);
		address += n;
		bytes += n;
		size -= n;
	}
}

/* A store that goes on in the next page must go on in the next page of the same code. */
static bool is_in_one_piece(const struct store *store, u64 address)
{
	u32 first = SB_PAGE_SIZE - address % SB_PAGE_SIZE;
	struct walk walk;

	return store->size <= first || (guest_walk(store->linear + first, &walk) &&
					walk.gpa && walk.gpa == code_gpa(address + first));
}

/*
 * What an instruction is about to write to code, and what the verifier says of it; whether it is the
 * kernel's own patching code that does, and whether the store is to be skipped if it is refused.
 */
struct patch {
	struct store store;
	struct text_write write;
	struct text_verdict verdict;
	u8 present[STORE_MAX];
	bool is_kernels, skips;
};

static bool verify(struct patch *p, const struct sb_regs *regs, u64 address, u64 gla, u32 policy)
{
	if (!address || !decode_store(regs, gla, &p->store) ||
	    !is_in_one_piece(&p->store, address) ||
	    !code_read(address, p->present, p->store.size))
		return false;
	p->write.address = address;
	p->write.size = p->store.size;
	copy_bytes(p->write.bytes, p->store.bytes, p->store.size);
	patches_verify(&p->write, policy, &p->verdict);
	p->is_kernels = is_patching(gla);
	return true;
}

static struct violation violation_at(u64 gpa, u64 gla, u64 address)
{
	return (struct violation){
		.subject = SHADOW_BOX_SUBJECT_CODE, .gla = gla, .gpa = gpa, .object = address,
		.code = vmread(VMCS_EXIT_QUALIFICATION),
	};
}

static struct violation violation_by(const struct patch *p, u64 gpa, u64 gla)
{
	struct violation v = violation_at(gpa, gla, p->write.address);

	v.policy = p->verdict.policy;
	v.why = p->verdict.why;
	v.discard = p->skips;
	v.size = p->store.size;
	v.old = p->present;
	v.new = p->write.bytes;
	return v;
}

static void refuse(struct sb_regs *regs, struct sb_cpu *cpu, struct patch *p)
{
	const struct text_write *restore = &p->verdict.restore;

	/* The breakpoint at the first byte stands until the rest is as it was. */
	if (restore->size) {
		commit(cpu, restore->address + 1, restore->bytes + 1, restore->size - 1);
		commit(cpu, restore->address, restore->bytes, 1);
	}
	if (!p->skips)
		return guest_inject_exception(VECTOR_GP);
	if (!p->is_kernels)
		return skip_store(regs, &p->store);
	code_read(p->write.address, p->present, p->store.size);
	discard(regs, cpu, &p->store, p->present);
}

/* A write that is no patch at all, by an instruction or to a place where there is none. */
static bool write_of_no_patch(struct sb_cpu *cpu, u64 gpa, u64 gla, u64 address, u32 policy)
{
	struct violation v = violation_at(gpa, gla, address);

	v.policy = policy;
	v.why = SHADOW_BOX_WHY_NOT_A_PATCH;
	return !violation(cpu, &v) && open_page(cpu, gpa);
}

/**
 * code_write() - a write to protected code
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 * @gpa: guest-physical address
 * @gla: guest-linear address
 * @owner: whose page it is: the kernel's text or a module
 *
 * Return: false if nothing was done yet, and the instruction is to get an exception.
 */
bool code_write(struct sb_regs *regs, struct sb_cpu *cpu, u64 gpa, u64 gla, u32 owner)
{
	u64 address = code_address(owner, gpa);
	u32 policy = policy_of_owner(owner);
	struct patch p;

	if (!verify(&p, regs, address, gla, policy))
		return write_of_no_patch(cpu, gpa, gla, address, policy);
	if (!p.verdict.why) {
		cpu_counters(cpu)->patches[p.verdict.policy]++;
	} else {
		struct violation v;

		p.skips = p.is_kernels || !can_die(cpu);
		v = violation_by(&p, gpa, gla);
		if (violation(cpu, &v)) {
			refuse(regs, cpu, &p);
			return true;
		}
	}
	commit(cpu, address, p.write.bytes, p.write.size);
	skip_store(regs, &p.store);
	return true;
}

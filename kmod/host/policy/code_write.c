// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to code: from the exit to the verifier (verify/verifier.c) and into the page, which no CPU sees half
 * written. All under the host's lock.
 */
#include "policy.h"
#include "../memory/pool.h"
#include "../verify/verifier.h"

static struct text text;

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

/*
 * Physical address of kernel or module code or constants, found without Linux's page tables; or 0.
 */
static u64 code_gpa(u64 address)
{
	const struct sb_facts *f = facts();

	if (address - f->text.start < f->text.end - f->text.start)
		return f->text_phys + (address - f->text.start);
	if (address - f->rodata.start < f->rodata.end - f->rodata.start)
		return f->rodata_phys + (address - f->rodata.start);
	return module_gpa(address);
}

/**
 * code_read() - read code where it lay when it was protected, whatever is mapped there now
 * @address: linear address, as the kernel knows it
 * @to: where to
 * @size: bytes; they may cross pages
 *
 * What is outside kernel and modules, such as a trampoline, is where Linux's page tables say.
 * Context: under the host's lock.
 * Return: false if not all of it is there; then @to may have been filled in part.
 */
bool code_read(u64 address, void *to, u32 size)
{
	u8 *t = to;

	while (size) {
		u32 n = min_u64(size, SB_PAGE_SIZE - address % SB_PAGE_SIZE);
		u64 gpa = code_gpa(address);
		const void *from = gpa ? ram(gpa, n) : NULL;

		if (from)
			copy_bytes(t, from, n);
		else if (!guest_read(address, t, n))
			return false;
		t += n;
		address += n;
		size -= n;
	}
	return true;
}

/* For the verifier. A lie about a trampoline only says that other code is one. */
static bool read_code(void *context, u64 address, void *to, u32 size)
{
	return code_read(address, to, size);
}

static const struct sb_region *region_of(void *context, u64 address)
{
	const struct sb_region *kernel = &facts()->text;

	if (address - kernel->start < kernel->end - kernel->start)
		return kernel;
	return module_region(address);
}

static u32 mode_of(void *context, u32 policy)
{
	return policy_mode(policy);
}

#define PATCH_PAGES ((TEXT_PATCHES * sizeof(struct text_patch) + SB_PAGE_SIZE - 1) / SB_PAGE_SIZE)

/* Return: false if the pool has no room for the table of patches. */
bool code_init(void)
{
	const struct sb_facts *f = facts();

	if (text.patch)
		return true;
	text.patch = pool_pages(PATCH_PAGES, SB_POOL_RESERVE);
	text.read = read_code;
	text.region_of = region_of;
	text.mode = mode_of;
	text.module_space = f->module_space.start;
	text.module_space_end = f->module_space.end;
	text.ftrace_caller = f->ftrace_caller.start;
	text.ftrace_caller_op = f->ftrace_caller.end;
	text.ftrace_regs_caller = f->ftrace_regs_caller.start;
	text.ftrace_regs_caller_op = f->ftrace_regs_caller.end;
	text.optprobe = f->optprobe;
	text.optprobe_clac = f->optprobe_clac;
	text.optprobe_val = f->optprobe_val;
	return text.patch;
}

void code_forget(u64 start, u64 end)
{
	if (text.patch)
		text_forget(&text, start, end);
}

/*
 * Code that is protected already, or that never is. The pages of a new module are not, until it was
 * said which kprobes stand there.
 */
static bool adopts_nothing(u64 address)
{
	const struct sb_region *region = region_of(NULL, address);

	if (region == &facts()->text)
		return policy_mode(SHADOW_BOX_POLICY_KERNEL_TEXT);
	return !region || (module_gpa(address) && policy_mode(SHADOW_BOX_POLICY_MODULE_TEXT));
}

/*
 * SB_HYPERCALL_STANDING: only while code is not protected, for what it says is taken on trust.
 */
u64 code_adopt(u64 page, u64 count)
{
	const struct sb_standing *from;
	u64 i;

	if (count > SB_PAGE_SIZE / sizeof(*from))
		return SB_ERROR_ARGUMENT;
	if (!code_init())
		return SB_ERROR_MEMORY;
	from = ram(page, count * sizeof(*from));
	if (!from)
		return SB_ERROR_ARGUMENT;
	for (i = 0; i < count; i++) {
		struct sb_standing standing;

		copy_bytes(&standing, &from[i], sizeof(standing));
		/*
		 * One that does not stand, or stands where something else is patched, is left out.
		 */
		if (!adopts_nothing(standing.address) && !text_adopt(&text, &standing) &&
		    text.nr_patches == TEXT_PATCHES - 1)
			return SB_ERROR_FULL;
	}
	return 0;
}

static void commit(struct sb_cpu *cpu, u64 address, const u8 *bytes, u32 size)
{
	while (size) {
		u32 n = min_u64(size, SB_PAGE_SIZE - address % SB_PAGE_SIZE);

		ram_write(cpu, code_gpa(address), bytes, n);
		address += n;
		bytes += n;
		size -= n;
	}
}

/* Linear address of the code at @gpa as the kernel knows it, 0 if a module has constants there. */
static u64 code_address(u32 owner, u64 gpa)
{
	u64 address;

	if (owner == OWNER_TEXT)
		return facts()->text.start + (gpa - facts()->text_phys);
	address = module_address(owner, gpa);
	return is_module_code(owner, address) ? address : 0;
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
		u32 n = min_u64(size, SB_PAGE_SIZE - linear % SB_PAGE_SIZE);

		if (guest_walk(linear, &walk) && walk.writable && page_is_writable(walk.gpa))
			ram_write(cpu, walk.gpa, bytes, n);
		linear += n;
		bytes += n;
		size -= n;
	}
}

/*
 * Of a MOV the source is a guess, and STOS has none: what is written to must hold what was stored.
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
 * A refused patch by the kernel's own hand: the store is skipped, and what the kernel meant to
 * write is made equal to what is there, so that its check holds and it lets go of its locks. Its
 * caller goes on with a patch that never took effect, and the report tells of it.
 */
static void discard(struct sb_regs *regs, struct sb_cpu *cpu, const struct store *store,
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

/* What an instruction is about to write to code, and what the verifier says of it. */
struct patch {
	struct store store;
	struct text_write write;
	struct text_verdict verdict;
	u8 present[STORE_MAX];
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
	text_verify(&text, &p->write, policy, &p->verdict);
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
	v.discard = is_patching(gla);
	v.size = p->store.size;
	v.old = p->present;
	v.new = p->write.bytes;
	return v;
}

static void refuse(struct sb_regs *regs, struct sb_cpu *cpu, struct patch *p, u64 gla)
{
	const struct text_write *restore = &p->verdict.restore;

	/* The breakpoint at the first byte stands until the rest is as it was. */
	if (restore->size) {
		commit(cpu, restore->address + 1, restore->bytes + 1, restore->size - 1);
		commit(cpu, restore->address, restore->bytes, 1);
	}
	if (!is_patching(gla))
		return guest_inject_exception(VECTOR_GP);
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
		struct violation v = violation_by(&p, gpa, gla);

		if (violation(cpu, &v)) {
			refuse(regs, cpu, &p, gla);
			return true;
		}
	}
	commit(cpu, address, p.write.bytes, p.write.size);
	skip_store(regs, &p.store);
	return true;
}

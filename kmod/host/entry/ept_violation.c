// SPDX-License-Identifier: GPL-2.0-only
/*
 * EPT violations: the guest wrote to what is protected, fetched from what is not code, or used an
 * address outside the physical map. What decides is whose the page is by the EPT, never a linear
 * address, which the guest chooses.
 */
#include "../policy/code_map.h"
#include "../policy/context.h"
#include "../policy/discard.h"
#include "../policy/dynamic_code.h"
#include "../policy/mapping.h"
#include "../policy/module_table.h"
#include "../policy/opened.h"
#include "../policy/owner.h"
#include "../policy/policy.h"

/**
 * struct ept_access - the access that violated the EPT's rights
 * @gpa: guest-physical address
 * @gla: guest-linear address, if valid by @qualification
 * @qualification: exit qualification (SDM table 28-7)
 * @delivering: it was part of delivering an event
 * @double_fault: which was a double fault
 */
struct ept_access {
	u64 gpa;
	u64 gla;
	u64 qualification;
	bool delivering;
	bool double_fault;
};

static struct ept_access read_access(void)
{
	u32 event = vmread(VMCS_IDT_VECTORING_INFO);

	return (struct ept_access){
		.gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS),
		.gla = vmread(VMCS_GUEST_LINEAR_ADDRESS),
		.qualification = vmread(VMCS_EXIT_QUALIFICATION),
		.delivering = event & INTR_INFO_VALID,
		.double_fault = (event & (INTR_INFO_VALID | INTR_INFO_TYPE | INTR_INFO_VECTOR)) ==
				(INTR_INFO_VALID | INTR_TYPE_HARD_EXCEPTION | VECTOR_DF),
	};
}

/*
 * #DF if it was part of delivering an event: what the guest put its stacks on is no place for it.
 * If that was #DF already, the CPU shuts down (SDM 6.15), which resets the machine.
 */
static void refuse(struct sb_cpu *cpu, const struct ept_access *a)
{
	if (a->double_fault) {
		host_unlock(cpu);
		reset_machine(NULL, cpu);
	}
	guest_inject_exception(a->delivering ? VECTOR_DF : VECTOR_GP);
}

/*
 * Lets the access be made again, now that the page allows it: an event that it was part of is
 * delivered again (SDM 28.2.4), and an IRET that failed left NMIs unblocked too early (SDM 28.2.3).
 */
static void retry(const struct ept_access *a)
{
	u32 info = vmread(VMCS_IDT_VECTORING_INFO);

	if (!a->delivering) {
		if (a->qualification & EPT_QUAL_NMI_UNBLOCKING)
			vmcs_set_bits(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_NMI);
		return;
	}
	if ((info & INTR_INFO_TYPE) == INTR_TYPE_NMI)
		vmcs_clear_bits(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_NMI);
	if (info & INTR_INFO_ERROR_CODE)
		vmwrite(VMCS_ENTRY_EXCEPTION_ERROR, vmread(VMCS_IDT_VECTORING_ERROR));
	vmwrite(VMCS_ENTRY_INSTRUCTION_LENGTH, vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
	vmwrite(VMCS_ENTRY_INTR_INFO, info & INTR_INFO_REINJECT);
}

static void report_unmapped(struct sb_cpu *cpu, const struct ept_access *a)
{
	record_event(cpu, &(struct sb_event){
		.type = SHADOW_BOX_EVENT_UNMAPPED, .rip = vmread(VMCS_GUEST_RIP),
		.gla = a->gla, .gpa = a->gpa, .code = a->qualification,
	});
	refuse(cpu, a);
}

static u32 why_of(const struct ept_access *a, u32 owner)
{
	if (a->qualification & EPT_QUAL_FETCH)
		return SHADOW_BOX_WHY_FETCH;
	return owner == OWNER_TABLE ? SHADOW_BOX_WHY_REMAPPED : SHADOW_BOX_WHY_WRITE;
}

static struct violation violation_of(const struct ept_access *a, u32 owner, u64 object)
{
	return (struct violation){
		.policy = policy_of_owner(owner), .gla = a->gla, .gpa = a->gpa, .object = object,
		.code = a->qualification, .subject = subject_of_page(owner, a->gpa),
		.why = why_of(a, owner),
	};
}

static bool make_store(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a,
		       const struct store *store)
{
	if (a->gpa % SB_PAGE_SIZE + store->size > SB_PAGE_SIZE ||
	    !ram_write(cpu, a->gpa, store->bytes, store->size))
		return false;
	skip_store(regs, store);
	return true;
}

/* A write to constants: there is no legitimate one. */
static void write_to_constants(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a,
			       u32 owner)
{
	struct violation v = violation_of(a, owner, object_of_page(owner, a->gpa));
	struct store store;
	bool decoded = !a->delivering && a->qualification & EPT_QUAL_FINAL &&
		       decode_store(regs, a->gla, &store);

	if (decoded && a->gpa % SB_PAGE_SIZE + store.size <= SB_PAGE_SIZE) {
		v.size = store.size;
		v.old = ram(a->gpa, store.size);
		v.new = store.bytes;
	}
	v.discard = decoded && (is_patching(a->gla) || !can_die(cpu));
	if (!violation(cpu, &v)) {
		if (decoded && make_store(regs, cpu, a, &store))
			return;
		/*
		 * With no memory left to open the page an exception is better than to be here for
		 * ever.
		 */
		if (open_page(cpu, a->gpa))
			retry(a);
		else
			refuse(cpu, a);
	} else if (!v.discard) {
		refuse(cpu, a);
	} else if (!is_patching(a->gla) || !discard_store(regs, cpu, a->gpa, a->gla)) {
		skip_store(regs, &store);
	}
}

/*
 * A write to a page table that maps what stays where it is. The CPU itself sets the accessed and
 * dirty flags of entries that it uses; Linux may write what changes no such translation.
 */
static void write_to_table(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a)
{
	struct store store;

	if (!(a->qualification & EPT_QUAL_FINAL)) {
		mark_table_entry(cpu, a->gpa);
		return retry(a);
	}
	if (a->delivering || !decode_store(regs, a->gla, &store) ||
	    !table_store(cpu, a->gpa, &store) || !make_store(regs, cpu, a, &store))
		write_to_constants(regs, cpu, a, OWNER_TABLE);
}

static void handle_write(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a,
			 u32 owner)
{
	if (is_module_going(owner)) {
		reuse_page(cpu, a->gpa);
		retry(a);
	} else if (owner == OWNER_TABLE) {
		write_to_table(regs, cpu, a);
	} else if (owner == OWNER_DYNAMIC && dynamic_may_change(a->gpa, a->gla)) {
		dynamic_end(cpu, a->gpa);
		retry(a);
	} else if (a->delivering || !(a->qualification & EPT_QUAL_FINAL) || !is_code(owner, a->gpa)) {
		write_to_constants(regs, cpu, a, owner);
	} else if (!code_write(regs, cpu, a->gpa, a->gla, owner)) {
		refuse(cpu, a);
	}
}

/* Who jumped there: what is on top of the stack, if it is an address in code of kernel or modules. */
static u64 caller_of(const struct ept_access *a)
{
	u64 caller;

	return vmread(VMCS_GUEST_RIP) == a->gla &&
	       guest_read(vmread(VMCS_GUEST_RSP), &caller, sizeof(caller)) && code_region(caller) ?
	       caller : 0;
}

/* Programs may have got a page since it held code of the kernel or of a module. */
static bool is_left(u32 owner)
{
	return owner == OWNER_NONE || owner == OWNER_DYNAMIC || owner == OWNER_RELEASED;
}

/*
 * Lets a fetch happen that no policy prevents, and all that follow: what is nobody's page gives no more
 * reports, and can be written to by the code in it.
 */
static bool allow_fetch(const struct ept_access *a, const struct page *page)
{
	u64 gpa = a->gpa & ~(SB_PAGE_SIZE - 1);

	if (is_left(page->owner) || is_module_closing(page->owner))
		return pages_set(gpa, SB_PAGE_SIZE, OWNER_NONE, RIGHTS_ALL);
	return pages_set(gpa, SB_PAGE_SIZE, page->owner, page->rights | EPT_EXEC);
}

/*
 * Memory that a module has left holds code again if the kernel has put some there; a mapping that can
 * write it is no code's.
 */
static bool is_stale(const struct ept_access *a, u32 owner)
{
	struct walk walk;

	return is_module_closing(owner) ||
	       (owner == OWNER_RELEASED && guest_walk(a->gla, &walk) && walk.writable);
}

/* Returns false if it is prevented. */
static bool fetch_by_kernel(struct sb_cpu *cpu, const struct ept_access *a, const struct page *page)
{
	struct violation v = violation_of(a, page->owner, 0);

	/* It holds no code. */
	v.subject = SHADOW_BOX_SUBJECT_PAGE;
	v.caller = caller_of(a);
	v.policy = SHADOW_BOX_POLICY_MODULE_TEXT;
	if (is_stale(a, page->owner) && violation(cpu, &v))
		return false;
	v.policy = SHADOW_BOX_POLICY_CODE_INTEGRITY;
	if (is_integrity_on() && is_left(page->owner) && dynamic_approve(a->gla, a->gpa))
		return true;
	return !violation(cpu, &v) && allow_fetch(a, page);
}

static bool is_users(const struct ept_access *a)
{
	struct walk walk;

	return guest_walk(a->gla, &walk) && walk.user;
}

static void handle_fetch(struct sb_cpu *cpu, const struct ept_access *a, const struct page *page)
{
	if (is_users(a) && is_left(page->owner)) {
		dynamic_end(cpu, a->gpa);
		retry(a);
	} else if (fetch_by_kernel(cpu, a, page)) {
		retry(a);
	} else {
		refuse(cpu, a);
	}
}

static void handle_host_access(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a)
{
	struct violation v = violation_of(a, OWNER_HOST, 0);
	struct store store;

	v.discard = !a->delivering && a->qualification & EPT_QUAL_WRITE &&
		    a->qualification & EPT_QUAL_FINAL && !can_die(cpu) &&
		    decode_store(regs, a->gla, &store);
	violation(cpu, &v);
	if (v.discard)
		skip_store(regs, &store);
	else
		refuse(cpu, a);
}

/* The qualification names them as an EPT entry does (SDM table 28-7). */
static ept_rights wanted_rights(const struct ept_access *a)
{
	if (a->qualification & EPT_QUAL_FETCH && is_users(a))
		return EPT_EXEC_USER;
	return a->qualification & (EPT_QUAL_READ | EPT_QUAL_WRITE | EPT_QUAL_FETCH);
}

static void handle_access(struct sb_regs *regs, struct sb_cpu *cpu, const struct ept_access *a)
{
	struct page page = page_at(a->gpa);

	if (!page.present)
		return report_unmapped(cpu, a);
	if (page.owner == OWNER_HOST)
		return handle_host_access(regs, cpu, a);
	if (!(wanted_rights(a) & ~page.rights)) {
		/* Loosened since this CPU cached the translation. */
		pages_flush(cpu);
		return retry(a);
	}
	if (a->qualification & EPT_QUAL_FETCH)
		return handle_fetch(cpu, a, &page);
	handle_write(regs, cpu, a, page.owner);
}

/**
 * handle_ept_violation() - report, verify or refuse the access
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 */
void handle_ept_violation(struct sb_regs *regs, struct sb_cpu *cpu)
{
	struct ept_access access = read_access();

	host_lock(cpu);
	handle_access(regs, cpu, &access);
	host_unlock(cpu);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * EPT violations of every kind of page, in every mode and by every kind of access: what is
 * reported, what the guest gets, and what becomes of memory and EPT. And the stores that the host
 * makes for the guest.
 */
#include "host/policy/policy.h"
#include "module_model.h"

#define OFF		SHADOW_BOX_MODE_OFF
#define LOG		SHADOW_BOX_MODE_LOG
#define ENFORCE		SHADOW_BOX_MODE_ENFORCE

/* Exit qualifications: the access, and that the linear address is valid and its own. */
#define OWN		(EPT_QUAL_LINEAR_VALID | EPT_QUAL_FINAL)
#define WRITE		(EPT_QUAL_WRITE | EPT_QUAL_READABLE | OWN)
#define FETCH		(EPT_QUAL_FETCH | EPT_QUAL_READABLE | OWN)
#define READ		(EPT_QUAL_READ | OWN)
#define OF_PAGE_WALK(access) ((access) & ~EPT_QUAL_FINAL)

enum kind {
	KERNEL_CODE, KERNEL_RODATA, KERNEL_IDT, MODULE_CODE, MODULE_RODATA, GOING_CODE, CLOSED_CODE,
	RELEASED, HOST, NOWHERE, KINDS,
};

/**
 * struct place - a page of each kind
 * @gpa: physical address of a byte in it
 * @object: its address as the kernel knows it
 * @policy: what protects it
 * @subject: what a report of a write to it is about
 */
struct place {
	u64 gpa;
	u64 object;
	u32 policy;
	u32 subject;
};

static struct place place[KINDS];
static struct module_model live, going, closed, released;

static void make_modules(void)
{
	module_make(&live, 0, 2, 2, 0);
	module_make(&going, 1, 1, 0, 0);
	module_make(&closed, 2, 1, 0, 0);
	module_make(&released, 3, 1, 0, 0);
	require(!module_load(&live) && !module_load(&going) && !module_load(&closed) &&
		!module_load(&released), "the modules cannot be loaded");
	require(!module_unload(&released), "a module cannot be unloaded");
	hypercall(0, SB_HYPERCALL_MODULE_GOING, going.number, 0, 0);
	hypercall(0, SB_HYPERCALL_MODULE_GOING, closed.number, 0, 0);
	hypercall(0, SB_HYPERCALL_MODULE_RELEASE, closed.number, 0, 0);
	sync_all();
}

static void make_places(void)
{
	const struct place places[KINDS] = {
		[KERNEL_CODE] = { TEXT_PHYS + 0x5123, TEXT + 0x5123,
				  SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_SUBJECT_CODE },
		[KERNEL_RODATA] = { RODATA_PHYS + 0x7321, RODATA + 0x7321,
				    SHADOW_BOX_POLICY_KERNEL_RODATA,
				    SHADOW_BOX_SUBJECT_CONSTANTS },
		[KERNEL_IDT] = { IDT_PHYS + 0xe0, IDT + 0xe0, SHADOW_BOX_POLICY_IDT,
				 SHADOW_BOX_SUBJECT_DESCRIPTOR },
		[MODULE_CODE] = { live.gpa[1] + 0x333, live.request.text + 0x1333,
				  SHADOW_BOX_POLICY_MODULE_TEXT, SHADOW_BOX_SUBJECT_CODE },
		[MODULE_RODATA] = { live.gpa[3] + 0x20, live.request.ro[0] + 0x1020,
				    SHADOW_BOX_POLICY_MODULE_TEXT,
				    SHADOW_BOX_SUBJECT_CONSTANTS },
		[GOING_CODE] = { going.gpa[0] + 8, 0, SHADOW_BOX_POLICY_MODULE_TEXT },
		[CLOSED_CODE] = { closed.gpa[0] + 8, 0, SHADOW_BOX_POLICY_MODULE_TEXT },
		[RELEASED] = { released.gpa[0] + 8, 0, SHADOW_BOX_POLICY_MODULE_TEXT },
		[HOST] = { guest.facts.block[0] + 0x3008, 0, SHADOW_BOX_POLICY_HOST_MEMORY,
			   SHADOW_BOX_SUBJECT_PAGE },
		[NOWHERE] = { PHYSICAL_END + 0x1008, 0, 0 },
	};

	memcpy(place, places, sizeof(place));
}

/* Policies that protect pages; kprobes, ftrace and bpf are off, that is, allowed. */
static void set_mode(u32 mode)
{
	const u64 mask = BIT(SHADOW_BOX_POLICY_KERNEL_TEXT) | BIT(SHADOW_BOX_POLICY_KERNEL_RODATA) |
			 BIT(SHADOW_BOX_POLICY_IDT) | BIT(SHADOW_BOX_POLICY_MODULE_TEXT);

	while (hypercall(0, SB_HYPERCALL_POLICY, mode * 0x5555ull, mask, 0) == 1)
		continue;
	sync_all();
}

static void begin(u32 mode)
{
	host_reset(2, 4);
	make_modules();
	make_places();
	set_mode(mode);
}

/* The guest's instruction. RDI and RSI are in the direct map. */

#define MOV_AL		"\x88\x07"		/* mov %al,(%rdi) */
#define ADD_AL		"\x00\x07"		/* add %al,(%rdi): no instruction that patches */
#define REP_MOVSB	"\xf3\xa4"
#define STOSB		"\xaa\x90"

static void executes(const char *code, u64 rdi, u64 rsi)
{
	host_switch(0);
	memset(guest_ram(CODE_PHYS), 0x90, 16);
	memcpy(guest_ram(CODE_PHYS), code, 2);
	vmx.field[VMCS_GUEST_RIP] = CODE_PAGE;
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 0xbad;	/* no violation tells it */
	*host_regs() = (struct sb_regs){ .rax = 0x55, .rdi = rdi, .rsi = rsi, .rcx = 1 };
}

static u64 violations(void)
{
	return cpu_violations(cpu_of_slot(0))->head;
}

static u64 events(void)
{
	return cpu_ring(cpu_of_slot(0))->head;
}

/* What becomes of an access. */
enum fate {
	REFUSED,	/* an exception */
	MADE,		/* the host made the store, and the guest goes on behind it */
	OPENED,		/* the page was opened for a while; the access is made again */
	REUSED,		/* the page is no module's any more, and can be written to */
	FREED,		/* it is Linux's like any other */
	RETRIED,	/* the page allows the access; it is made again */
};

/**
 * struct expected - what should become of it
 * @fate: see there
 * @action: enum shadow_box_action of the report, 0 if there is none
 * @why: of the report
 */
struct expected {
	enum fate fate;
	u32 action;
	u32 why;
};

static struct expected reported(u32 mode, enum fate if_not_prevented, u32 why)
{
	if (mode == ENFORCE)
		return (struct expected){ REFUSED, SHADOW_BOX_ACTION_BLOCKED, why };
	return (struct expected){ if_not_prevented, mode ? SHADOW_BOX_ACTION_LOGGED : 0, why };
}

/* @simple: the instruction's own access, while nothing is being delivered. */
static struct expected of_write(enum kind kind, u32 mode, bool simple, bool decoded)
{
	bool is_code = kind == KERNEL_CODE || kind == MODULE_CODE;
	u32 why = SHADOW_BOX_WHY_WRITE;

	if (is_code && simple)
		why = decoded ? SHADOW_BOX_WHY_NO_SITE : SHADOW_BOX_WHY_NOT_A_PATCH;
	switch (kind) {
	case HOST:
		return reported(ENFORCE, REFUSED, SHADOW_BOX_WHY_WRITE);
	case NOWHERE:
		return (struct expected){ REFUSED, 0, 0 };
	case RELEASED:
		return (struct expected){ RETRIED, 0, 0 };
	case GOING_CODE:
		return (struct expected){ mode ? REUSED : RETRIED, 0, 0 };
	case CLOSED_CODE:
		return (struct expected){ REUSED, 0, 0 };
	default:
		if (!mode)
			return (struct expected){ RETRIED, 0, 0 };
		return reported(mode, simple && decoded ? MADE : OPENED, why);
	}
}

/* @plain: in kernel mode, by a mapping that could be written to. */
static struct expected of_fetch(enum kind kind, u32 mode, bool plain)
{
	switch (kind) {
	case HOST:
		return reported(ENFORCE, REFUSED, SHADOW_BOX_WHY_FETCH);
	case NOWHERE:
		return (struct expected){ REFUSED, 0, 0 };
	case CLOSED_CODE:
		return reported(mode, FREED, SHADOW_BOX_WHY_FETCH);
	case RELEASED:
		return reported(plain ? mode : OFF, FREED, SHADOW_BOX_WHY_FETCH);
	default:
		return (struct expected){ RETRIED, 0, 0 };
	}
}

/* What is being delivered when the violation happens, and with what it is to be delivered again. */
static const struct delivery {
	u32 info;
	u32 error;
	u32 length;
} delivery[] = {
	{ 0, 0, 0 },
	{ 0x800000ef, 0, 0 },		/* interrupt */
	{ 0x80000202, 0, 0 },		/* NMI */
	{ 0x80000b0e, 0x2, 0 },		/* #PF */
	{ 0x80000306, 0, 0 },		/* #UD */
	{ 0x80000480, 0, 2 },		/* INT 0x80 */
	{ 0x80000501, 0, 1 },		/* INT1 */
	{ 0x80000603, 0, 1 },		/* INT3 */
};

static void delivers(const struct delivery *d)
{
	/* Bit 12 is undefined. */
	vmx.field[VMCS_IDT_VECTORING_INFO] = d->info | (d->info ? BIT(12) : 0);
	vmx.field[VMCS_IDT_VECTORING_ERROR] = d->error;
	if (d->length)
		vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = d->length;
	vmx.guest_blocked = (d->info & INTR_INFO_TYPE) == INTR_TYPE_NMI && d->info;
}

static u64 exception(void)
{
	u64 info = vmx.field[VMCS_ENTRY_INTR_INFO];

	return info & INTR_INFO_VALID ? info : 0;
}

static void require_again(const struct delivery *d, const char *what)
{
	require(exception() == d->info, "%s: 0x%x was being delivered, 0x%llx is now", what,
		d->info, exception());
	if (d->info & INTR_INFO_ERROR_CODE)
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], d->error, what);
	if (d->length)
		require_equal(vmx.field[VMCS_ENTRY_INSTRUCTION_LENGTH], d->length, what);
}

static void require_rights(u64 gpa, u32 owner, u64 rights, const char *what)
{
	require_equal(ept_entry(gpa) & (EPT_OWNER_MASK | EPT_RWX),
		      (u64)owner << EPT_OWNER_SHIFT | rights, what);
}

/**
 * struct access - what the guest does
 * @kind: to which page
 * @mode: of the policies
 * @qualification: how
 * @delivery: while what is being delivered
 * @decoded: its instruction is one that can be decoded
 */
struct access {
	enum kind kind;
	u32 mode;
	u64 qualification;
	const struct delivery *delivery;
	bool decoded;
};

static char what[200];

static void name(const struct access *a)
{
	static const char *const kinds[] = {
		"kernel code", "kernel rodata", "IDT", "module code", "module rodata",
		"code that goes", "code that is closed", "released", "host", "nowhere",
	};

	snprintf(what, sizeof(what),
		 "%s, mode %u, qualification 0x%llx, delivering 0x%x, decoded %d", kinds[a->kind],
		 a->mode, a->qualification, a->delivery->info, a->decoded);
}

static void check_report(const struct access *a, const struct expected *e)
{
	const struct place *p = &place[a->kind];
	const struct sb_event *event = newest_violation(0);
	const struct sb_counters *c = cpu_counters(cpu_of_slot(0));

	require(violations() == !!e->action, "%s: %llu violations", what, violations());
	require_equal(c->violations[p->policy], !!e->action, what);
	require_equal(c->blocked[p->policy], e->action == SHADOW_BOX_ACTION_BLOCKED, what);
	if (!e->action)
		return;
	require(event->policy == p->policy && event->action == e->action && event->why == e->why,
		"%s: policy %u, action %u, why %u", what, event->policy, event->action, event->why);
	require_equal(event->gpa, p->gpa, what);
	require_equal(event->gla, DIRECT_MAP + p->gpa, what);
	require_equal(event->object, p->object, what);
	require_equal(event->code, a->qualification, what);
	require_equal(event->observer, SHADOW_BOX_OBSERVER_EXIT, what);
	require_equal(event->subject, a->qualification & EPT_QUAL_FETCH ? SHADOW_BOX_SUBJECT_PAGE :
									  p->subject, what);
	require_equal(event->rip, CODE_PAGE, what);
	require_equal(event->pid, TASK_PID, what);
	require(!strcmp(event->comm, "attacker"), "%s: %s", what, event->comm);
}

static void require_zeros(const u8 *bytes, u32 size)
{
	static const u8 none[16];

	require(!memcmp(bytes, none, size), "%s: bytes that nobody knows", what);
}

/* Old and new byte are in the report if it is known what was to be written. */
static void check_bytes(const struct expected *e, bool known, u8 old)
{
	const struct sb_event *event = newest_violation(0);

	if (!e->action)
		return;
	require_equal(event->length, known, what);
	require_zeros(event->old + known, sizeof(event->old) - known);
	require_zeros(event->new + known, sizeof(event->new) - known);
	if (known)
		require(event->old[0] == old && event->new[0] == 0x55, "%s: 0x%x to 0x%x", what,
			event->old[0], event->new[0]);
}

static void check_fate(const struct access *a, const struct expected *e, u64 before)
{
	u64 gpa = place[a->kind].gpa;
	u32 owner = before >> EPT_OWNER_SHIFT & OWNER_MAX;
	u64 rip = CODE_PAGE + (e->fate == MADE ? 2 : 0);

	require_equal(vmx.field[VMCS_GUEST_RIP], rip, what);
	switch (e->fate) {
	case REFUSED:
		require_equal(exception(), a->delivery->info ? 0x80000b08 : 0x80000b0d, what);
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], 0, what);
		break;
	case MADE:
		require_equal(exception(), 0, what);
		break;
	default:
		require_again(a->delivery, what);
	}
	if (e->fate == OPENED)
		require_rights(gpa, owner, EPT_RWX, what);
	else if (e->fate == REUSED)
		require_rights(gpa, OWNER_RELEASED, EPT_READ | EPT_WRITE, what);
	else if (e->fate == FREED)
		require_rights(gpa, OWNER_NONE, EPT_RWX, what);
	else
		require_equal(ept_entry(gpa), before, what);
	require_equal(status()->opened, e->fate == OPENED, what);
}

static u32 fates[6];

static void access_once(const struct access *a)
{
	bool simple = a->qualification & EPT_QUAL_FINAL && !a->delivery->info;
	struct expected e = a->qualification & EPT_QUAL_FETCH ?
			    of_fetch(a->kind, a->mode, true) :
			    of_write(a->kind, a->mode, simple, a->decoded);
	bool known = simple && a->decoded && a->kind != HOST && e.why != SHADOW_BOX_WHY_FETCH;
	u64 gpa = place[a->kind].gpa, entry = ept_entry(gpa), others, invepts;
	u8 *byte = a->kind == NOWHERE ? NULL : guest_ram(gpa), old;

	name(a);
	if (byte && a->kind != HOST)
		*byte = 0xa5;
	old = byte ? *byte : 0;
	executes(a->decoded ? MOV_AL : ADD_AL, DIRECT_MAP + gpa, 0);
	delivers(a->delivery);
	others = events();
	invepts = host.invepts[0];
	violate(0, gpa, DIRECT_MAP + gpa, a->qualification);
	check_report(a, &e);
	check_bytes(&e, known, old);
	check_fate(a, &e, entry);
	require_equal(events() - others, a->kind == NOWHERE, what);
	require(!byte || *byte == (e.fate == MADE ? 0x55 : old), "%s: the byte is 0x%x", what,
		*byte);
	require(e.fate != RETRIED || host.invepts[0] > invepts, "%s: no INVEPT", what);
	vmx_enter();
	fates[e.fate]++;
}

static void every_access_to_every_page(void **state)
{
	static const u64 qualification[] = { WRITE, OF_PAGE_WALK(WRITE), WRITE | EPT_QUAL_READ,
					     FETCH };
	struct access a;
	u32 q, d, decoded, i, all = 0;

	for (a.kind = 0; a.kind < KINDS; a.kind++) {
		for (a.mode = OFF; a.mode <= ENFORCE; a.mode++) {
			for (q = 0; q < ARRAY_SIZE(qualification); q++) {
				for (d = 0; d < ARRAY_SIZE(delivery); d++) {
					for (decoded = 0; decoded < 2; decoded++) {
						begin(a.mode);
						a.qualification = qualification[q];
						a.delivery = &delivery[d];
						a.decoded = decoded;
						access_once(&a);
					}
				}
			}
		}
	}
	for (i = 0; i < ARRAY_SIZE(fates); i++)
		all += fates[i];
	printf("%u violations: %u refused, %u made, %u opened, %u reused, %u freed, %u retried\n",
	       all, fates[0], fates[1], fates[2], fates[3], fates[4], fates[5]);
}

/* By a program, or in the kernel by a mapping that cannot be written to: it got the page since. */
static void what_got_a_released_page_may_execute_it(void **state)
{
	u64 linear = MODULE_SPACE + 0x7000000, gpa;
	u32 mode, cpl;

	for (mode = OFF; mode <= ENFORCE; mode++) {
		for (cpl = 0; cpl <= 3; cpl += 3) {
			begin(mode);
			gpa = place[RELEASED].gpa & PTE_FRAME;
			guest_map(linear, gpa, 1, PTE_A | (cpl ? PTE_U | PTE_W : 0));
			executes(MOV_AL, 0, 0);
			vmx.field[VMCS_GUEST_SS_ACCESS] |= cpl << 5;
			violate(0, gpa, linear, FETCH);
			require_rights(gpa, OWNER_NONE, EPT_RWX, "the page");
			require(!violations() && !exception(), "it is a violation");
		}
	}
}

/* All that exists can be read: only an address that does not, or a CPU that errs, gets here. */
static void reads_violate_where_nothing_can_be_read(void **state)
{
	begin(ENFORCE);
	executes(MOV_AL, 0, 0);
	violate(0, place[HOST].gpa, DIRECT_MAP + place[HOST].gpa, READ);
	require_equal(exception(), 0x80000b0d, "exception");
	violate(0, place[NOWHERE].gpa, DIRECT_MAP + place[NOWHERE].gpa, READ);
	require_equal(exception(), 0x80000b0d, "exception");
	require_equal(newest_event(0)->type, SHADOW_BOX_EVENT_UNMAPPED, "event");
	violate(0, place[KERNEL_CODE].gpa, DIRECT_MAP + place[KERNEL_CODE].gpa, READ);
	require_equal(exception(), 0, "exception of a read that is allowed");
}

/* An IRET that violates while it unblocks NMIs is made again: they must be blocked until then. */
static void an_iret_that_is_made_again_unblocks_nmis_again(void **state)
{
	begin(LOG);
	executes(ADD_AL, 0, 0);
	violate(0, place[KERNEL_RODATA].gpa, DIRECT_MAP, WRITE | EPT_QUAL_NMI_UNBLOCKING);
	require(vmx.field[VMCS_GUEST_INTERRUPTIBILITY] & BLOCKING_BY_NMI, "NMIs are not blocked");
	vmx_enter();
	begin(ENFORCE);
	executes(ADD_AL, 0, 0);
	violate(0, place[KERNEL_RODATA].gpa, DIRECT_MAP, WRITE | EPT_QUAL_NMI_UNBLOCKING);
	require(!(vmx.field[VMCS_GUEST_INTERRUPTIBILITY] & BLOCKING_BY_NMI),
		"an IRET that faults unblocks NMIs all the same");
}

/* Patching, by the kernel's own hand */

#define BUFFER		(MODEL_MID + 0x40000)

/* The page tables with which the kernel patches have @gpa's page and the next one at POKING. */
static void map_poking(u64 gpa)
{
	u64 page = gpa & PTE_FRAME, flags = PTE_W | PTE_A | PTE_D;

	vmx.field[VMCS_GUEST_CR3] = host.poking_cr3;
	guest_map(POKING, page, 1, flags);
	guest_map(POKING + SB_PAGE_SIZE, page + SB_PAGE_SIZE, 1, flags);
}

static void sync_kernel_half(void)
{
	u8 *to = guest_ram(host.poking_cr3), *from = guest_ram(host.cr3 & PTE_FRAME);

	memcpy(to + 2048, from + 2048, 2048);
}

/* text_poke() writes @size bytes from @source to kernel code at @offset. */
static void poke(u64 offset, u64 source, u32 size)
{
	u64 gpa = TEXT_PHYS + offset, linear = POKING + gpa % SB_PAGE_SIZE;

	sync_kernel_half();
	executes(REP_MOVSB, linear, source);
	host_regs()->rcx = size;
	map_poking(gpa);
	violate(0, gpa, linear, WRITE);
}

static void require_skipped(u64 offset, u64 source, u32 size)
{
	require_equal(exception(), 0, "exception");
	require_equal(vmx.field[VMCS_GUEST_RIP], CODE_PAGE + 2, "RIP");
	require_equal(host_regs()->rcx, 0, "RCX");
	require_equal(host_regs()->rdi, POKING + (TEXT_PHYS + offset) % SB_PAGE_SIZE + size, "RDI");
	require_equal(host_regs()->rsi, source + size, "RSI");
}

static void require_code(u64 offset, const char *bytes, u32 size)
{
	require(!memcmp(guest_ram(TEXT_PHYS + offset), bytes, size), "the code at 0x%llx differs",
		offset);
}

static void put(u64 gpa, const char *bytes, u32 size)
{
	memcpy(guest_ram(gpa), bytes, size);
}

static const char nop5[] = "\x0f\x1f\x44\x00\x00";
static const char jmp5[] = "\xe9\x4d\xe2\xff\xff";	/* from 0x2ffe to 0x1250 */

/* A jump label that crosses a page: breakpoint, the rest, the first byte. */
static void legitimate_patches_are_made(void **state)
{
	const struct sb_counters *counters;
	u32 mode;

	for (mode = LOG; mode <= ENFORCE; mode++) {
		begin(mode);
		put(TEXT_PHYS + SITE_JUMP5, nop5, 5);
		put(BUFFER, "\xcc\x4d\xe2\xff\xff\xe9", 6);
		poke(SITE_JUMP5, DIRECT_MAP + BUFFER, 1);
		require_skipped(SITE_JUMP5, DIRECT_MAP + BUFFER, 1);
		require_code(SITE_JUMP5, "\xcc\x1f\x44\x00\x00", 5);
		poke(SITE_JUMP5 + 1, DIRECT_MAP + BUFFER + 1, 4);
		require_skipped(SITE_JUMP5 + 1, DIRECT_MAP + BUFFER + 1, 4);
		require_code(SITE_JUMP5, "\xcc\x4d\xe2\xff\xff", 5);
		poke(SITE_JUMP5, DIRECT_MAP + BUFFER + 5, 1);
		require_code(SITE_JUMP5, jmp5, 5);
		counters = cpu_counters(cpu_of_slot(0));
		require_equal(violations(), 0, "violations");
		require_equal(counters->patches[SHADOW_BOX_POLICY_STATIC_KEYS], 3, "patches");
		require(!page_is_writable(TEXT_PHYS + SITE_JUMP5), "the page was opened");
	}
}

static void require_discarded(u32 why)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(violations(), 1, "violations");
	require_equal(e->action, SHADOW_BOX_ACTION_DISCARDED, "action");
	require_equal(e->why, why, "why");
	require_equal(cpu_counters(cpu_of_slot(0))->blocked[e->policy], 1, "blocked");
}

/* The kernel compares afterwards, with locks held, and stops if there is a difference. */
static void refused_patches_are_discarded(void **state)
{
	begin(ENFORCE);
	put(TEXT_PHYS + 0x4444, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	put(BUFFER + 0x10, "abcdefgh", 8);
	poke(0x4445, DIRECT_MAP + BUFFER + 0x11, 5);
	require_skipped(0x4445, DIRECT_MAP + BUFFER + 0x11, 5);
	require_code(0x4444, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	require_discarded(SHADOW_BOX_WHY_NO_SITE);
	require(!memcmp(guest_ram(BUFFER + 0x10), "a\x22\x33\x44\x55\x66gh", 8),
		"what the kernel meant to write is not what is there");
	require_equal(newest_violation(0)->length, 5, "bytes in the report");
	require(!memcmp(newest_violation(0)->old, "\x22\x33\x44\x55\x66", 5), "old bytes");
	require(!memcmp(newest_violation(0)->new, "bcdef", 5), "new bytes");
}

/* A breakpoint that was to be replaced goes with it, and the kernel finds what is there then. */
static void refused_patches_leave_no_breakpoint(void **state)
{
	begin(ENFORCE);
	put(TEXT_PHYS + SITE_JUMP5, nop5, 5);
	put(BUFFER, "\xcc\x77", 2);
	poke(SITE_JUMP5, DIRECT_MAP + BUFFER, 1);
	require_code(SITE_JUMP5, "\xcc", 1);
	poke(SITE_JUMP5, DIRECT_MAP + BUFFER + 1, 1);
	require_skipped(SITE_JUMP5, DIRECT_MAP + BUFFER + 1, 1);
	require_discarded(SHADOW_BOX_WHY_BYTES);
	require_code(SITE_JUMP5, nop5, 5);
	require(!memcmp(guest_ram(BUFFER), "\xcc\x0f", 2), "the kernel's own bytes differ");
}

/* Only what the guest could have written to itself: never a way to write elsewhere. */
static void discarding_writes_where_the_guest_could_only(void **state)
{
	const u64 linear = MODULE_SPACE + 0x6000000;
	u32 i;

	for (i = 0; i < 3; i++) {
		u64 gpa = i == 1 ? RODATA_PHYS + 0x2000 : BUFFER;

		begin(ENFORCE);
		guest_map(linear, gpa, 1, PTE_A | PTE_NX | (i == 0 ? 0 : PTE_W));
		guest_map(linear + 0x1000, BUFFER + 0x5000, 1, PTE_A | PTE_NX | PTE_W);
		put(gpa + 0xffd, "abc", 3);
		put(BUFFER + 0x5000, "de", 2);
		put(TEXT_PHYS + 0x4444, "\x11\x22\x33\x44\x55", 5);
		poke(0x4444, linear + 0xffd, 5);
		require_skipped(0x4444, linear + 0xffd, 5);
		require_discarded(SHADOW_BOX_WHY_NO_SITE);
		require(!memcmp(guest_ram(gpa + 0xffd), i < 2 ? "abc" : "\x11\x22\x33", 3),
			"case %u: a page that cannot be written to was", i);
		require(!memcmp(guest_ram(BUFFER + 0x5000), "\x44\x55", 2),
			"case %u: the next page was not", i);
	}
}

/* What RSI of a MOV points to need not be its source, and with STOS it is not. */
static void discarding_writes_to_the_source_only(void **state)
{
	static const struct {
		const char *code, *there, *after;
	} cases[] = {
		{ MOV_AL, "\x55\x56", "\x11\x56" },
		{ MOV_AL, "\x54\x56", "\x54\x56" },
		{ STOSB, "\x55\x56", "\x55\x56" },
	};
	u64 gpa = TEXT_PHYS + 0x4444, linear = POKING + gpa % SB_PAGE_SIZE;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(ENFORCE);
		sync_kernel_half();
		put(gpa, "\x11", 1);
		put(BUFFER, cases[i].there, 2);
		executes(cases[i].code, linear, DIRECT_MAP + BUFFER);
		map_poking(gpa);
		violate(0, gpa, linear, WRITE);
		require_discarded(SHADOW_BOX_WHY_NO_SITE);
		require_equal(exception(), 0, "exception");
		require(!memcmp(guest_ram(BUFFER), cases[i].after, 2), "case %u: RSI's bytes", i);
		require_equal(*(u8 *)guest_ram(gpa), 0x11, "the code");
	}
}

/* The host's own memory, where the source may not lie either. */
static void discarding_never_writes_to_the_host(void **state)
{
	const u64 linear = MODULE_SPACE + 0x6000000, gpa = guest.facts.block[0] + 0x3000;
	u64 before;

	begin(ENFORCE);
	before = *(u64 *)guest_ram(gpa);
	guest_map(linear, gpa, 1, PTE_A | PTE_NX | PTE_W);
	poke(0x4444, linear, 4);
	require_equal(*(u64 *)guest_ram(gpa), before, "host memory");
	require_equal(exception(), 0x80000b0d, "exception of a store that cannot be read");
	require_equal(newest_violation(0)->why, SHADOW_BOX_WHY_NOT_A_PATCH, "why");
}

/* Constants are never patched, but what tries is the kernel's own hand as well. */
static void refused_writes_to_constants_are_discarded(void **state)
{
	u64 gpa = RODATA_PHYS + 0x3210, linear = POKING + gpa % SB_PAGE_SIZE;

	begin(ENFORCE);
	sync_kernel_half();
	put(gpa, "1234", 4);
	put(BUFFER, "abcd", 4);
	executes(REP_MOVSB, linear, DIRECT_MAP + BUFFER);
	host_regs()->rcx = 4;
	map_poking(gpa);
	violate(0, gpa, linear, WRITE);
	require_equal(exception(), 0, "exception");
	require_equal(vmx.field[VMCS_GUEST_RIP], CODE_PAGE + 2, "RIP");
	require(!memcmp(guest_ram(gpa), "1234", 4), "constants were changed");
	require(!memcmp(guest_ram(BUFFER), "1234", 4), "the source differs");
	require_discarded(SHADOW_BOX_WHY_WRITE);
}

/* With other page tables, from user mode, at a kernel address: an exception, the source stays. */
static void others_are_not_discarded(void **state)
{
	u32 i;

	for (i = 0; i < 3; i++) {
		u64 gpa = TEXT_PHYS + 0x4444, linear = POKING + gpa % SB_PAGE_SIZE;

		begin(ENFORCE);
		sync_kernel_half();
		put(BUFFER, "abcd", 4);
		if (i == 2)
			linear = DIRECT_MAP + gpa;
		executes(REP_MOVSB, linear, DIRECT_MAP + BUFFER);
		host_regs()->rcx = 4;
		map_poking(gpa);
		if (i == 0)
			vmx.field[VMCS_GUEST_CR3] = host.cr3;
		if (i == 1)
			vmx.field[VMCS_GUEST_SS_ACCESS] |= 3 << 5;
		violate(0, gpa, linear, WRITE);
		require_equal(exception(), 0x80000b0d, "exception");
		require_equal(newest_violation(0)->action, SHADOW_BOX_ACTION_BLOCKED, "action");
		require(!memcmp(guest_ram(BUFFER), "abcd", 4), "case %u: the source changed", i);
	}
}

/* Where an exception would bring the machine to a halt: the store is skipped, and its source stays. */
static void where_nobody_can_die_stores_are_skipped(void **state)
{
	static const char *const why[] = {
		"none", "interrupts are off", "preemption is off", "a thread of the kernel",
		"the first process", "a lock is held", "no task",
	};
	const u64 gpa[] = { TEXT_PHYS + 0x4444, RODATA_PHYS + 0x44 };
	u32 i, n;

	for (n = 0; n < ARRAY_SIZE(gpa); n++) {
		for (i = 0; i < ARRAY_SIZE(why); i++) {
			begin(ENFORCE);
			put(BUFFER, "abcd", 4);
			put(gpa[n], "1234", 4);
			executes(REP_MOVSB, DIRECT_MAP + gpa[n], DIRECT_MAP + BUFFER);
			host_regs()->rcx = 4;
			if (i == 1)
				vmx.field[VMCS_GUEST_RFLAGS] &= ~(u64)RFLAGS_IF;
			*(u32 *)guest_ram(PREEMPT_COUNT) = 1u << 31 | (i == 2);
			*(u32 *)guest_ram(TASK_PHYS + AT_TASK_FLAGS) = i == 3 ? 0x200000 : 0;
			*(u32 *)guest_ram(TASK_PHYS + AT_TASK_PID) = i == 4 ? 1 : TASK_PID;
			*(u64 *)guest_ram(KERNEL_LOCK) = i == 5 ? TASK | 3 : 0;
			*(u64 *)guest_ram(TASK_POINTER) = i == 6 ? 0x1000 : TASK;
			violate(0, gpa[n], DIRECT_MAP + gpa[n], WRITE);
			require(!exception() == !!i, "%s: exception %llx", why[i], exception());
			require_equal(vmx.field[VMCS_GUEST_RIP], CODE_PAGE + (i ? 2 : 0), "RIP");
			require_equal(newest_violation(0)->action,
				      i ? SHADOW_BOX_ACTION_DISCARDED : SHADOW_BOX_ACTION_BLOCKED,
				      "action");
			require(!memcmp(guest_ram(BUFFER), "abcd", 4), "%s: the source changed", why[i]);
			require(!memcmp(guest_ram(gpa[n]), "1234", 4), "%s: written", why[i]);
		}
	}
	*(u64 *)guest_ram(TASK_POINTER) = TASK;
}

/* Kprobes that stood before code was protected */

static u64 adopt(u64 address)
{
	const struct sb_standing standing = { .address = address, .original = "\x11\x22\x33\x44" };

	memcpy(guest_ram(TABLE), &standing, sizeof(standing));
	return hypercall(0, SB_HYPERCALL_STANDING, TABLE, 1, 0);
}

/* A breakpoint at @gpa; its address is adopted before code is protected, or after. */
static void restore_kprobe(u64 gpa, u64 address, bool before)
{
	put(gpa, "\xcc\x22\x33\x44\x55", 5);
	put(BUFFER, "\x11", 1);
	set_mode(before ? OFF : ENFORCE);
	require_equal(adopt(address), 0, "answer");
	set_mode(ENFORCE);
	sync_kernel_half();
	executes(REP_MOVSB, POKING + gpa % SB_PAGE_SIZE, DIRECT_MAP + BUFFER);
	map_poking(gpa);
	violate(0, gpa, POKING + gpa % SB_PAGE_SIZE, WRITE);
	require_equal(violations(), !before, "violations");
	require_equal(*(u8 *)guest_ram(gpa), before ? 0x11 : 0xcc, "the first byte");
}

static void kprobes_are_adopted_while_code_is_not_protected(void **state)
{
	u32 before;

	for (before = 0; before < 2; before++) {
		begin(OFF);
		restore_kprobe(TEXT_PHYS + 0x4444, TEXT + 0x4444, before);
		begin(OFF);
		restore_kprobe(place[MODULE_CODE].gpa, place[MODULE_CODE].object, before);
	}
}

/* A new module's, although modules are protected: its code is not yet. */
static void kprobes_in_a_new_module_are_adopted(void **state)
{
	static struct module_model m;
	u32 before;

	for (before = 0; before < 2; before++) {
		begin(ENFORCE);
		module_make(&m, 4, 1, 0, 0);
		put(m.gpa[0] + 0x100, "\xcc\x22\x33\x44\x55", 5);
		put(BUFFER, "\x11", 1);
		require(module_send(&m) < 1024 && !module_send_table(&m), "it cannot be loaded");
		if (before)
			require_equal(adopt(m.request.text + 0x100), 0, "answer");
		require_equal(module_stage(0, &m, 0), 0, "PROTECT");
		require_equal(adopt(m.request.text + 0x100), 0, "answer when it is too late");
		sync_kernel_half();
		executes(REP_MOVSB, POKING + 0x100, DIRECT_MAP + BUFFER);
		map_poking(m.gpa[0]);
		violate(0, m.gpa[0] + 0x100, POKING + 0x100, WRITE);
		require_equal(violations(), !before, "violations");
	}
}

static void hostile_lists_of_kprobes_are_refused(void **state)
{
	u64 hostile[] = { 0, 1, ~0ull, PHYSICAL_END, MODEL_MID_END - 8, 0, 0x3000000 };
	u32 i;

	begin(OFF);
	hostile[5] = guest.facts.block[0];
	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		require(hypercall(0, SB_HYPERCALL_STANDING, hostile[i], 1, 0) == SB_ERROR_ARGUMENT,
			"a list at 0x%llx was read", hostile[i]);
	require_equal(hypercall(0, SB_HYPERCALL_STANDING, TABLE, 257, 0), SB_ERROR_ARGUMENT, "257");
	require_equal(hypercall(0, SB_HYPERCALL_STANDING, TABLE, ~0ull, 0), SB_ERROR_ARGUMENT,
		      "many");
	require_equal(adopt(0), 0, "address 0");
	require_equal(adopt(DIRECT_MAP), 0, "no code");
	require_equal(adopt(~0ull), 0, "the last address");
	require_equal(adopt(TEXT + TEXT_SIZE - 1), 0, "the end of the code");
}

/* Pages that log mode opens */

static void write_undecoded(u64 gpa)
{
	executes(ADD_AL, DIRECT_MAP + gpa, 0);
	violate(0, gpa, DIRECT_MAP + gpa, WRITE);
}

static void open_pages_are_closed_by_sync(void **state)
{
	u32 i;
	u64 generation;

	begin(LOG);
	for (i = 0; i < 16; i++) {
		write_undecoded(RODATA_PHYS + i * 0x1000);
		require_equal(status()->opened, i + 1, "pages that are open");
	}
	generation = status()->generation;
	require_equal(cpus_behind(generation), 0, "CPUs behind when pages are opened");
	require_equal(hypercall(1, SB_HYPERCALL_SYNC, 0, 0, 0), 1, "CPUs behind");
	require(status()->generation > generation, "the others are not told");
	require_equal(status()->opened, 0, "pages that are open");
	for (i = 0; i < 16; i++)
		require_rights(RODATA_PHYS + i * 0x1000, OWNER_RODATA, EPT_READ | EPT_EXEC,
			       "a page");
}

static void the_oldest_is_closed_for_the_seventeenth(void **state)
{
	u32 i;

	begin(LOG);
	for (i = 0; i < 40; i++) {
		write_undecoded(RODATA_PHYS + i * 0x1000);
		require(page_is_writable(RODATA_PHYS + i * 0x1000), "page %u is not open", i);
		require_equal(status()->opened, i < 16 ? i + 1 : 16, "pages that are open");
		if (i < 16)
			continue;
		require(!page_is_writable(RODATA_PHYS + (i - 16) * 0x1000), "page %u is open",
			i - 16);
		require_equal(cpus_behind(status()->generation), 1, "CPUs behind");
	}
	sync_all();
	for (i = 0; i < 40; i++)
		require(!page_is_writable(RODATA_PHYS + i * 0x1000), "page %u stays open", i);
}

static void enforcing_closes_what_is_open(void **state)
{
	begin(LOG);
	write_undecoded(place[KERNEL_CODE].gpa);
	write_undecoded(place[MODULE_RODATA].gpa);
	set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, ENFORCE);
	set_policy(SHADOW_BOX_POLICY_MODULE_TEXT, ENFORCE);
	require(!page_is_writable(place[KERNEL_CODE].gpa), "code is open");
	require(!page_is_writable(place[MODULE_RODATA].gpa), "a module is open");
	sync_all();
	require(!page_is_writable(place[KERNEL_CODE].gpa), "code is open after SYNC");
}

/* Nothing left to open the page with: an exception is better than the same violation for ever. */
static void with_no_memory_to_open_a_page_it_is_refused(void **state)
{
	const u64 gpa = RODATA_PHYS + 0x100000;		/* in a leaf of 2 MB */
	u32 opened = status()->opened;

	begin(LOG);
	require(ept(gpa).size == 0x200000, "the leaf is small");
	use_pool(0);
	write_undecoded(gpa);
	require_equal(exception(), 0x80000b0d, "exception");
	require_equal(status()->opened, opened, "pages that are open");
	require(!page_is_writable(gpa), "it is open");
	free_pool();
	write_undecoded(gpa);
	require_equal(exception(), 0, "exception with memory");
	require(page_is_writable(gpa), "it is not open");
}

/* Stores of the host for the guest */

static void store_once(enum kind kind, u32 mode)
{
	u64 gpa, entry;
	u8 old, *byte;
	bool refused, writable, is_protected = kind <= MODULE_RODATA && mode;

	begin(mode);
	gpa = place[kind].gpa;
	entry = ept_entry(gpa);
	byte = kind == NOWHERE ? &old : guest_ram(gpa);
	old = *byte;
	executes(MOV_AL, 0, 0);
	vmx_exit(EXIT_REASON_GDTR_IDTR_ACCESS);
	refused = protected_store(cpu_of_slot(0), gpa, 0x1234, "\x77", 1);
	writable = !is_protected || mode != ENFORCE;
	require(refused == (kind == HOST || kind == NOWHERE || !writable),
		"kind %u, mode %u: refused %d", kind, mode, refused);
	require_equal(exception(), refused ? 0x80000b0d : 0, "exception");
	require_equal(*byte, old, "the byte, which is the caller's to store");
	require_equal(violations(), kind == HOST || is_protected, "violations");
	if (kind == CLOSED_CODE || (kind == GOING_CODE && mode))
		require_rights(gpa, OWNER_RELEASED, EPT_READ | EPT_WRITE, "a page that is reused");
	else
		require_equal(ept_entry(gpa), entry, "the page");
	if (!violations())
		return;
	require_equal(newest_violation(0)->gla, 0x1234, "linear address");
	require_equal(newest_violation(0)->gpa, gpa, "physical address");
	require_equal(newest_violation(0)->object, place[kind].object, "object");
	require_equal(newest_violation(0)->policy, place[kind].policy, "policy");
	require_equal(newest_violation(0)->subject, place[kind].subject, "subject");
	require_equal(newest_violation(0)->new[0], 0x77, "new byte");
}

static void stores_by_the_host_are_like_the_guests(void **state)
{
	enum kind kind;
	u32 mode;

	for (kind = 0; kind < KINDS; kind++)
		for (mode = OFF; mode <= ENFORCE; mode++)
			store_once(kind, mode);
}

/* What a sweep found: nothing of it tells of the thread that the sweep interrupted. */

static const char hidden[SB_SUBJECT_NAME_SIZE] = "a_hidden_thing_of_24_byt";

static const struct violation finding = {
	.policy = SHADOW_BOX_POLICY_MODULE_TEXT, .observer = SHADOW_BOX_OBSERVER_SWEEP,
	.why = SHADOW_BOX_WHY_WRITE, .object = TEXT + 0x40,
};

static void require_finding(const struct violation *v)
{
	static const char nameless[SB_SUBJECT_NAME_SIZE];
	const struct sb_event *e = newest_violation(0);

	require_equal(violations(), 1, "reports");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, "observer");
	require_equal(e->subject, v->subject, "subject");
	require_equal(e->subject_id, v->subject_id, "its number");
	require(!memcmp(e->subject_name, v->subject_name ?: nameless, sizeof(nameless)),
		"its name is %.24s", e->subject_name);
	require_equal(e->policy, v->policy, "policy");
	require_equal(e->object, v->object, "object");
	require_equal(e->cpu, cpu_of_slot(0)->config.cpu, "the CPU that noticed it");
}

static void sweeps_accuse_nobody(void **state)
{
	struct violation v = finding;

	for (v.subject = SHADOW_BOX_SUBJECT_CODE; v.subject <= SHADOW_BOX_SUBJECT_SETTING;
	     v.subject++) {
		begin(LOG);
		executes(MOV_AL, 0, 0);
		v.subject_id = v.subject == SHADOW_BOX_SUBJECT_TASK ? 77 : 0;
		v.subject_name = v.subject == SHADOW_BOX_SUBJECT_TASK ||
				 v.subject == SHADOW_BOX_SUBJECT_MODULE ? hidden : NULL;
		require(!violation(cpu_of_slot(0), &v), "it is to be prevented");
		require_finding(&v);
	}
}

/* It is too late for that. */
static void sweeps_prevent_nothing(void **state)
{
	const struct sb_counters *c;
	u32 mode;

	for (mode = OFF; mode <= ENFORCE; mode++) {
		begin(mode);
		require(!violation(cpu_of_slot(0), &finding), "it is to be prevented");
		c = cpu_counters(cpu_of_slot(0));
		require_equal(violations(), mode != OFF, "reports");
		require_equal(c->violations[finding.policy], mode != OFF, "counted");
		require_equal(c->blocked[finding.policy], 0, "prevented");
		if (mode != OFF)
			require_equal(newest_violation(0)->action, SHADOW_BOX_ACTION_LOGGED,
				      "action");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_access_to_every_page),
		cmocka_unit_test(what_got_a_released_page_may_execute_it),
		cmocka_unit_test(reads_violate_where_nothing_can_be_read),
		cmocka_unit_test(an_iret_that_is_made_again_unblocks_nmis_again),
		cmocka_unit_test(legitimate_patches_are_made),
		cmocka_unit_test(refused_patches_are_discarded),
		cmocka_unit_test(refused_patches_leave_no_breakpoint),
		cmocka_unit_test(discarding_writes_where_the_guest_could_only),
		cmocka_unit_test(discarding_writes_to_the_source_only),
		cmocka_unit_test(discarding_never_writes_to_the_host),
		cmocka_unit_test(refused_writes_to_constants_are_discarded),
		cmocka_unit_test(others_are_not_discarded),
		cmocka_unit_test(where_nobody_can_die_stores_are_skipped),
		cmocka_unit_test(kprobes_are_adopted_while_code_is_not_protected),
		cmocka_unit_test(kprobes_in_a_new_module_are_adopted),
		cmocka_unit_test(hostile_lists_of_kprobes_are_refused),
		cmocka_unit_test(open_pages_are_closed_by_sync),
		cmocka_unit_test(the_oldest_is_closed_for_the_seventeenth),
		cmocka_unit_test(enforcing_closes_what_is_open),
		cmocka_unit_test(with_no_memory_to_open_a_page_it_is_refused),
		cmocka_unit_test(stores_by_the_host_are_like_the_guests),
		cmocka_unit_test(sweeps_accuse_nobody),
		cmocka_unit_test(sweeps_prevent_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

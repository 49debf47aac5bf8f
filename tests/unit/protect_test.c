// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lives of a host in which anything is asked for in any order by any CPU, while each CPU's TLB
 * remembers all that it could have cached: what must never be is checked after every step.
 */
#include "module_model.h"

#define ENFORCE		SHADOW_BOX_MODE_ENFORCE
#define MODULES		10
#define FREE_PAGES	40
#define WRITE		(EPT_QUAL_WRITE | EPT_QUAL_LINEAR_VALID | EPT_QUAL_FINAL)
#define FETCH		(EPT_QUAL_FETCH | EPT_QUAL_LINEAR_VALID | EPT_QUAL_FINAL)

/* The pages that are looked at: what modules are made of, then the kernel's, then the host's. */
static u64 page[FREE_PAGES + 16];
static u32 nr_pages, first_kernel, first_host;

/**
 * struct known - what is known of a page, apart from what the host says
 * @owner: by the EPT, after the last step
 * @rights: likewise
 * @cached: rights in translations that each CPU can have cached
 */
struct known {
	u32 owner;
	u64 rights;
	u64 cached[HOST_CPUS];
};

static struct known known[ARRAY_SIZE(page)];

/* Modules by their numbers in the host. Nobody may have pages of one that is live. */
#define NUMBERS 1024

static enum { NONE, ADDED, LIVE, GONE } state[NUMBERS];
static struct module_model module[MODULES];

/* A change of module-text that the host has begun: call again. */
static bool pending;

static u32 current_owner(u32 i)
{
	return ept_entry(page[i]) >> EPT_OWNER_SHIFT & OWNER_MAX;
}

static u64 current_rights(u32 i)
{
	return ept_entry(page[i]) & EPT_RWX;
}

/* CPUs in the guest world but @except cache what they can at this moment. */
static void cache(u32 except)
{
	u32 i, slot;

	for (i = 0; i < nr_pages; i++)
		for (slot = 0; slot < HOST_CPUS; slot++)
			if (slot != except && cpu_of_slot(slot)->active)
				known[i].cached[slot] |= current_rights(i);
}

/* INVEPT on this CPU, while the others execute the guest. */
static void forget_cached(void)
{
	u32 i;

	cache(host.slot);
	for (i = 0; i < nr_pages; i++)
		known[i].cached[host.slot] = 0;
}

static u64 cached_anywhere(u32 i)
{
	u64 rights = 0;
	u32 slot;

	for (slot = 0; slot < HOST_CPUS; slot++)
		rights |= known[i].cached[slot];
	return rights;
}

static void add_page(u64 gpa)
{
	page[nr_pages++] = gpa;
}

static void begin(u32 seed)
{
	u32 i;

	host_reset(HOST_CPUS, 4);
	random_seed(seed);
	memset(known, 0, sizeof(known));
	memset(state, 0, sizeof(state));
	memset(module, 0, sizeof(module));
	pending = false;
	nr_pages = 0;
	for (i = 0; i < FREE_PAGES; i++)
		add_page(unused_page());
	first_kernel = nr_pages;
	add_page(TEXT_PHYS);
	add_page(TEXT_PHYS + 0x200000);
	add_page(TEXT_PHYS + TEXT_SIZE - TEXT_SIZE % SB_PAGE_SIZE);
	add_page(RODATA_PHYS + 0x1000);
	add_page(IDT_PHYS);
	first_host = nr_pages;
	add_page(guest.facts.block[0]);
	add_page(guest.facts.block[0] + 0x1ff000);
	set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, ENFORCE);
	sync_all();
	host.on_invept = forget_cached;
	for (i = 0; i < nr_pages; i++)
		known[i] = (struct known){ .owner = current_owner(i), .rights = current_rights(i) };
}

/* What must never be. */

enum step { LOAD, PROTECT, GOING, RELEASE, POLICY, SYNC, ACCESS, LEAVE, STEPS };

static const char *const steps[] = {
	"LOAD", "PROTECT", "GOING", "RELEASE", "POLICY", "SYNC", "ACCESS", "LEAVE",
};

static bool is_module_owner(u32 owner)
{
	return owner >= OWNER_MODULE;
}

static u32 policy_of(u32 owner)
{
	switch (owner) {
	case OWNER_TEXT: return SHADOW_BOX_POLICY_KERNEL_TEXT;
	case OWNER_RODATA: return SHADOW_BOX_POLICY_KERNEL_RODATA;
	case OWNER_IDT: return SHADOW_BOX_POLICY_IDT;
	default: return SHADOW_BOX_POLICY_MODULE_TEXT;
	}
}

/* Whose a page is changes only if it was nobody's, or a module's that is not live. */
static void check_owner(u32 i, u32 owner, enum step step)
{
	u32 was = known[i].owner;

	require(owner == was || (i < first_kernel && !(is_module_owner(was) &&
						       state[was - OWNER_MODULE] == LIVE)),
		"%s: page 0x%llx was %u's and is %u's", steps[step], page[i], was, owner);
}

/* No CPU can execute what a RELEASE makes writable, not even from its TLB. */
static void check_release(u32 i, u32 owner, enum step step)
{
	if (step == RELEASE && owner == OWNER_RELEASED && known[i].owner != OWNER_RELEASED)
		require(!(cached_anywhere(i) & EPT_EXEC),
			"page 0x%llx was released while a CPU could execute it", page[i]);
}

static void check_rights(u32 i, u32 owner, u64 rights, enum step step)
{
	bool enforced = policy_mode(policy_of(owner)) == ENFORCE;

	if (i >= first_host)
		require(rights == known[i].rights && owner == OWNER_HOST, "%s: host memory changed",
			steps[step]);
	if (owner == OWNER_NONE)
		require(rights == EPT_RWX, "%s: nobody's page 0x%llx lacks a right", steps[step],
			page[i]);
	if (owner == OWNER_RELEASED)
		require(rights == (EPT_READ | EPT_WRITE),
			"%s: released page 0x%llx has rights %llu", steps[step], page[i], rights);
	if (owner == OWNER_TEXT || owner == OWNER_RODATA || owner == OWNER_IDT)
		require(!enforced || !(rights & EPT_WRITE),
			"%s: 0x%llx of the kernel can be written to", steps[step], page[i]);
	if (is_module_owner(owner))
		require(!enforced || pending || !(rights & EPT_WRITE),
			"%s: 0x%llx of module %u can be written to", steps[step], page[i],
			owner - OWNER_MODULE);
}

/* Once all CPUs have called SYNC, what is enforced is enforced on each. */
static void check_cached(u32 i, u32 owner, enum step step)
{
	if (owner == OWNER_NONE || owner == OWNER_HOST || owner == OWNER_RELEASED || pending ||
	    policy_mode(policy_of(owner)) != ENFORCE || cpus_behind(status()->generation))
		return;
	require(!(cached_anywhere(i) & EPT_WRITE), "%s: a CPU can still write to 0x%llx",
		steps[step], page[i]);
}

static void check(enum step step)
{
	u32 i;

	cache(HOST_CPUS);
	for (i = 0; i < nr_pages; i++) {
		u32 owner = current_owner(i);
		u64 rights = current_rights(i);

		check_owner(i, owner, step);
		check_release(i, owner, step);
		check_rights(i, owner, rights, step);
		check_cached(i, owner, step);
		known[i].owner = owner;
		known[i].rights = rights;
	}
}

/* Steps */

static u32 random_cpu(void)
{
	u32 slot;

	do
		slot = random_below(HOST_CPUS);
	while (!cpu_of_slot(slot)->active);
	return slot;
}

/* Mostly pages that are nobody's, now and then one that is not to be had. */
static u64 page_for_module(void)
{
	return page[random_below(random_chance(97) ? first_kernel : nr_pages)];
}

static void protect(struct module_model *m, u64 stage)
{
	u64 answer = hypercall(random_cpu(), SB_HYPERCALL_MODULE_PROTECT, m->number, stage, 0);

	/* Of what was refused, a part can be protected. */
	if (m->number < NUMBERS && state[m->number] == ADDED &&
	    (!SB_IS_ERROR(answer) || page_at(m->gpa[0]).owner == OWNER_MODULE + m->number))
		state[m->number] = LIVE;
}

/* Each step of loading, most often all of them, in the place of a module that is gone. */
static void load(struct module_model *m)
{
	u32 i;

	if (m->number < NUMBERS && state[m->number])
		return;
	module_make(m, m - module, 1 + random_below(3), random_below(3), random_below(2));
	for (i = 0; i < module_pages(m); i++)
		m->gpa[i] = page_for_module();
	module_map(m);
	if (module_send(m) >= NUMBERS)
		return;
	state[m->number] = ADDED;
	if (random_chance(95))
		module_send_table(m);
	if (random_chance(90))
		protect(m, 0);
	check(PROTECT);
	if (random_chance(80))
		protect(m, 1);
}

static u64 any_number(void)
{
	return random_chance(95) ? module[random_below(MODULES)].number : random_below(MODULES * 2);
}

static void going(void)
{
	u64 number = any_number();

	if (!hypercall(random_cpu(), SB_HYPERCALL_MODULE_GOING, number, 0, 0))
		state[number] = GONE;
}

static void release(void)
{
	u64 number = any_number();

	if (!hypercall(random_cpu(), SB_HYPERCALL_MODULE_RELEASE, number, 0, 0))
		state[number] = NONE;
}

static void change_policy(void)
{
	static const u32 policies[] = {
		SHADOW_BOX_POLICY_MODULE_TEXT, SHADOW_BOX_POLICY_MODULE_TEXT,
		SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_POLICY_KERNEL_RODATA,
		SHADOW_BOX_POLICY_IDT,
	};
	u32 policy = policies[random_below(ARRAY_SIZE(policies))];
	u32 mode = random_chance(60) ? ENFORCE : random_below(3);
	u64 answer = hypercall(random_cpu(), SB_HYPERCALL_POLICY, (u64)mode << (2 * policy),
			       BIT(policy), 0);

	pending = answer == SB_ANSWER_MORE;
}

/* An access that no translation of this CPU allows: cached, or as the tables are. */
static void access_page(void)
{
	u32 slot = random_cpu(), i = random_below(nr_pages);
	bool fetch = random_chance(40);
	u64 gpa = page[i], linear = DIRECT_MAP + gpa;
	u64 need = fetch ? EPT_EXEC : EPT_WRITE;

	if (known[i].cached[slot] & need)
		return;
	host_switch(slot);
	memcpy(guest_ram(CODE_PHYS), random_chance(50) ? "\x00\x07" : "\x88\x07", 2);
	vmx.field[VMCS_GUEST_RIP] = CODE_PAGE;
	host_regs()->rdi = linear;
	if (fetch && random_chance(50)) {
		linear = MODULE_SPACE + 0x7000000;
		guest_map(linear, gpa, 1, PTE_A);
	}
	violate(slot, gpa, linear, fetch ? FETCH : WRITE);
}

static void leave_and_come_back(void)
{
	u32 slot = 1 + random_below(HOST_CPUS - 1), i;
	struct sb_cpu *cpu = cpu_of_slot(slot);

	if (!cpu->active) {
		hypercall(slot, SB_HYPERCALL_HELLO, 0, 0, 0);
		require(cpu->active, "HELLO");
		return;
	}
	cpu->active = 0;
	for (i = 0; i < nr_pages; i++)
		known[i].cached[slot] = 0;
}

static void do_step(enum step step)
{
	switch (step) {
	case LOAD: return load(&module[random_below(MODULES)]);
	case PROTECT: return protect(&module[random_below(MODULES)], random_below(2));
	case GOING: return going();
	case RELEASE: return release();
	case POLICY: return change_policy();
	case SYNC:
		hypercall(random_cpu(), SB_HYPERCALL_SYNC, 0, 0, 0);
		return;
	case ACCESS: return access_page();
	default: return leave_and_come_back();
	}
}

static enum step random_step(void)
{
	static const u8 weight[STEPS] = { 16, 3, 10, 20, 4, 26, 20, 1 };
	u32 n = random_below(100), step;

	for (step = 0; n >= weight[step]; step++)
		n -= weight[step];
	return step;
}

static u64 released, reused;

static void count(const struct known *before)
{
	u32 i;

	for (i = 0; i < nr_pages; i++)
		if (before[i].owner != OWNER_RELEASED && known[i].owner == OWNER_RELEASED)
			released++;
}

static void live(u32 nr_steps)
{
	static struct known before[ARRAY_SIZE(known)];

	while (nr_steps--) {
		enum step step = random_step();

		memcpy(before, known, sizeof(before));
		do_step(step);
		check(step);
		if (step == RELEASE)
			count(before);
		else if (step == ACCESS)
			reused += memcmp(before, known, sizeof(before)) != 0;
	}
}

static void nothing_forbidden_ever_happens(void **unused)
{
	u32 round;

	released = reused = 0;
	for (round = 0; round < 150; round++) {
		begin(round);
		live(1000);
	}
	printf("%llu pages released, %llu accesses that changed something\n", released, reused);
	require(released > 5000 && reused > 1000, "too little happened");
}

/* All that is protected: nothing is left that the pool does not get back, but for EPT tables. */
static void unload_all(void)
{
	u32 number, slot;

	for (slot = 0; slot < HOST_CPUS; slot++)
		hypercall(slot, SB_HYPERCALL_HELLO, 0, 0, 0);
	for (number = 0; status()->modules && number < NUMBERS; number++) {
		hypercall(0, SB_HYPERCALL_MODULE_GOING, number, 0, 0);
		hypercall(0, SB_HYPERCALL_MODULE_RELEASE, number, 0, 0);
		sync_all();
		hypercall(0, SB_HYPERCALL_MODULE_RELEASE, number, 0, 0);
		state[number] = NONE;
	}
	require_equal(status()->modules, 0, "modules left");
	check(RELEASE);
}

static void no_page_of_the_pool_is_lost(void **unused)
{
	u32 round, free = 0;

	begin(99);
	for (round = 0; round < 10; round++) {
		u32 n;

		for (n = 0; n < 500; n++) {
			enum step step = random_step();

			do_step(step);
			check(step);
		}
		unload_all();
		if (round == 2)
			free = status()->pool_free;
		if (round > 2)
			require_equal(status()->pool_free, free, "free pages");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_forbidden_ever_happens),
		cmocka_unit_test(no_page_of_the_pool_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

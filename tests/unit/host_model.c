// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host sees at its own addresses is what its page tables say: each area is a second
 * mapping of the model's RAM, page by page, with the rights that it has there.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "blocks.h"
#include "host_model.h"

#define BLOCKS		(MODEL_TABLES + 0x2000000)
#define BLOCKS_MAX	8

struct host_model host;

static struct world_fixture fixture;
static u32 nr_blocks;

/* The allocator of blocks (linux/world/memory.h). */

u8 *sb_block_alloc(u64 *phys)
{
	if (nr_blocks == BLOCKS_MAX)
		return NULL;
	*phys = BLOCKS + nr_blocks++ * SB_BLOCK_SIZE;
	memset(guest_ram(*phys), 0, SB_BLOCK_SIZE);
	return guest_ram(*phys);
}

void sb_block_free(u8 *virt)
{
	nr_blocks--;
}

/* Areas of the host's address space. */

struct area {
	u64 virt, size;
	u8 *at;
};

static struct area cpus = { SB_CPU_BASE, HOST_CPUS * SB_CPU_STRIDE, NULL };
static struct area facts_area = { SB_FACTS, 0x100000, NULL };
static struct area status_area = { SB_STATUS, SB_PAGE_SIZE, NULL };
static struct area reports_area = { SB_REPORTS, SB_REPORTS_PAGES * SB_PAGE_SIZE, NULL };
static struct area directory = { SB_BLOCK_PD, SB_PAGE_SIZE, NULL };
static struct area block_area = { SB_BLOCK_BASE, SB_BLOCKS_MAX * SB_BLOCK_SIZE, NULL };

static void *at(const struct area *area, u64 virt)
{
	return area->at + (virt - area->virt);
}

static void map_piece(const struct area *area, u64 virt, u64 phys, u64 size, bool write)
{
	void *piece = mremap(guest_ram(phys), 0, size, MREMAP_MAYMOVE | MREMAP_FIXED,
			     at(area, virt));

	require(piece == at(area, virt), "out of memory");
	if (!write)
		mprotect(piece, size, PROT_READ);
}

static void map_area(struct area *area)
{
	u64 virt = area->virt, end = virt + area->size;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	struct mapping m;

	area->at = mmap(area->at, area->size, PROT_NONE, flags | (area->at ? MAP_FIXED : 0), -1, 0);
	require(area->at != MAP_FAILED, "out of memory");
	for (; virt < end; virt += m.present ? m.size : SB_PAGE_SIZE) {
		m = walk_paging(host.world->paging.root.phys, host.world->paging.levels, virt);
		if (m.present)
			map_piece(area, virt, m.phys, m.size, m.write);
	}
}

/* Blocks that the host has added since: the entries of its page directory. */
static void map_new_blocks(void)
{
	const u64 *entry = at(&directory, SB_BLOCK_PD);
	const u64 rights = PTE_P | PTE_W | PTE_A | PTE_D | PTE_PS | PTE_NX;
	u32 i;

	for (i = nr_blocks; i < SB_BLOCKS_MAX && entry[i]; i++) {
		u64 phys = entry[i] & PTE_FRAME, virt = SB_BLOCK_BASE + i * SB_BLOCK_SIZE;

		require_equal(entry[i] & ~PTE_FRAME, rights, "rights of a block");
		require(phys % SB_BLOCK_SIZE == 0 && phys < MODEL_HIGH_END, "a block that is none");
		map_piece(&block_area, virt, phys, SB_BLOCK_SIZE, true);
	}
}

void *blocks_virt(u64 phys)
{
	const u64 *entry = directory.at ? at(&directory, SB_BLOCK_PD) : NULL;
	u32 i;

	if (phys - BLOCKS < nr_blocks * SB_BLOCK_SIZE)
		return guest_ram(phys);
	for (i = nr_blocks; entry && i < SB_BLOCKS_MAX && entry[i]; i++)
		if (phys - (entry[i] & PTE_FRAME) < SB_BLOCK_SIZE)
			return guest_ram(phys);
	return NULL;
}

/* What the host stands on. */

struct sb_reports *kept_reports(void)
{
	return at(&reports_area, SB_REPORTS);
}

struct sb_status *status(void)
{
	return at(&status_area, SB_STATUS);
}

struct sb_cpu *cpu_of_slot(u32 slot)
{
	require(slot < host.world->nr_vcpus, "there is no CPU slot %u", slot);
	return at(&cpus, SB_CPU_BASE + slot * SB_CPU_STRIDE);
}

u64 block_base(void)
{
	return (u64)at(&block_area, SB_BLOCK_BASE);
}

u64 *block_directory(void)
{
	return at(&directory, SB_BLOCK_PD);
}

void invept_all(void)
{
	host.invepts[host.slot]++;
	if (host.on_invept)
		host.on_invept();
}

/* The kernel. */

static void map_pages(u64 linear, u64 gpa, u64 size, u64 flags)
{
	u64 offset;

	for (offset = 0; offset < size; offset += SB_PAGE_SIZE)
		guest_map(linear + offset, gpa + offset, 1, flags | PTE_A);
}

static void map_kernel(void)
{
	u64 gpa;

	for (gpa = 0; gpa < MODEL_HIGH_END; gpa += 1 << 30)
		guest_map(DIRECT_MAP + gpa, gpa, 3, PTE_W | PTE_A | PTE_D | PTE_NX);
	map_pages(TEXT, TEXT_PHYS, TEXT_SIZE, 0);
	map_pages(RODATA, RODATA_PHYS, RODATA_SIZE, PTE_NX);
	map_pages(IDT, IDT_PHYS, SB_PAGE_SIZE, PTE_NX);
	map_pages(VMCALL_RIP, VMCALL_PHYS & PTE_FRAME, SB_PAGE_SIZE, 0);
	map_pages(CODE_PAGE, CODE_PHYS, SB_PAGE_SIZE, 0);
	map_pages(TASK, TASK_PHYS, SB_PAGE_SIZE, PTE_W | PTE_D | PTE_NX);
	*(u64 *)guest_ram(TASK_POINTER) = TASK;
	*(u32 *)guest_ram(PREEMPT_COUNT) = 1u << 31;	/* of no importance: no other thread waits */
	*(u32 *)guest_ram(TASK_PHYS + 0x100) = TASK_PID;
	strcpy(guest_ram(TASK_PHYS + 0x200), "attacker");
}

/* Linux's half of the address space is the same in all page tables. */
static u64 make_poking_tables(void)
{
	u64 table = guest_table();

	memcpy((u8 *)guest_ram(table) + 2048, (u8 *)guest_ram(host.cr3 & PTE_FRAME) + 2048, 2048);
	return table;
}

static void set_facts(struct sb_facts *facts)
{
	*facts = (struct sb_facts){
		.nr_ram = guest.facts.nr_ram,
		.startup = STARTUP_PHYS,
		.nr_sleep_ports = 2,
		.sleep_port = { { PM1A_PORT + 1, 7 }, { (u16)(PM1B_PORT + 1), SB_SLEEP_NONE } },
		.page_offset = DIRECT_MAP,
		.module_space = { MODULE_SPACE, MODULE_SPACE_END },
		.text = { .start = TEXT, .end = TEXT + TEXT_SIZE, .nr_sites = 2, .nr_jumps = 1 },
		.nr_protected = 3,
		.protected = {
			{ TEXT, TEXT_PHYS, (TEXT_SIZE + 4095) & ~4095ull, SHADOW_BOX_POLICY_KERNEL_TEXT,
			  SB_PROTECTED_CODE },
			{ RODATA, RODATA_PHYS, RODATA_SIZE, SHADOW_BOX_POLICY_KERNEL_RODATA,
			  SB_PROTECTED_CONSTANTS },
			{ IDT, IDT_PHYS, SB_PAGE_SIZE, SHADOW_BOX_POLICY_IDT, SB_PROTECTED_DESCRIPTORS },
		},
		.vmcall = VMCALL_RIP,
		.vmcall_phys = VMCALL_PHYS,
		.poking_cr3 = host.poking_cr3,
		.task_pid = AT_TASK_PID,
		.task_comm = 0x200,
		.task_flags = AT_TASK_FLAGS,
		.nr_locks = 1,
		.lock = { KERNEL_LOCK },
		.launch_id = 0x1a0c41d5eedull,
	};
	memcpy(facts->ram, guest.facts.ram, sizeof(facts->ram));
}

static u64 task_pointer(u32 cpu)
{
	return TASK_POINTER;
}

static u64 preempt_count(u32 cpu)
{
	return PREEMPT_COUNT;
}

static void set_machine(u32 levels)
{
	world_fixture_kernel(&fixture, 2, 1, TEXT_SIZE);
	set_facts(&fixture.machine.kernel.facts);
	fixture.sites[0] = (struct sb_site){ (u32)SB_SITE_JUMP2 << SB_SITE_KIND_SHIFT | SITE_JUMP2, 0 };
	fixture.sites[1] = (struct sb_site){ (u32)SB_SITE_JUMP5 << SB_SITE_KIND_SHIFT | SITE_JUMP5, 0 };
	fixture.jumps[0] = (struct sb_jump){ SITE_TARGET, 0 };
	fixture.machine.la57 = levels == 5;
	fixture.machine.task = task_pointer;
	fixture.machine.preempt_count = preempt_count;
	fixture.machine.page_1g = false;
	fixture.machine.physical_end = PHYSICAL_END;
}

/* The facts as the host has them, but for addresses in its own address space. */
static void take_facts(void)
{
	map_area(&facts_area);
	guest.facts = *(const struct sb_facts *)at(&facts_area, SB_FACTS);
	guest.facts.text.sites += (u64)facts_area.at - SB_FACTS;
	guest.facts.text.jumps += (u64)facts_area.at - SB_FACTS;
	guest.facts.text.functions += (u64)facts_area.at - SB_FACTS;
	guest.facts.pool.start += block_base() - SB_BLOCK_BASE;
	guest.facts.pool.end += block_base() - SB_BLOCK_BASE;
}

/* The host's own words are zero at the start (tests/unit/Makefile puts them into this section). */
extern u8 __start_host_state[], __stop_host_state[];

__attribute__((no_sanitize("address"))) static void forget_state(void)
{
	volatile u8 *p;

	for (p = __start_host_state; p < __stop_host_state; p++)
		*p = 0;
}

/* A kernel, and a host that no CPU has entered yet. */
static void build(u32 cpus_wanted, u32 levels)
{
	guest_reset(levels);
	forget_state();
	nr_blocks = 0;
	memset(&host, 0, sizeof(host));
	host.cr3 = vmx.field[VMCS_GUEST_CR3];
	map_kernel();
	host.poking_cr3 = make_poking_tables();
	world_fixture_init(&fixture, cpus_wanted, NUMBERS_DENSE);
	host.world = &fixture.world;
	set_machine(levels);
	require_equal(sb_world_build(&fixture.world, &fixture.machine), 0, "error");
	map_area(&cpus);
	map_area(&status_area);
	map_area(&reports_area);
	map_area(&directory);
	map_area(&block_area);
	take_facts();
}

static void forget_policies(void)
{
	struct sb_status *s = status();

	s->locked = 0;
	memset(s->mode, 0, sizeof(s->mode));
	s->mode[SHADOW_BOX_POLICY_HOST_MEMORY] = SHADOW_BOX_MODE_ENFORCE;
}

/* As vmx_launch(), under the kernel. */
void host_launch(struct sb_cpu *cpu)
{
	vmx_launch(cpu);
	vmx.field[VMCS_GUEST_CR0] |= CR0_WP;
	vmx.field[VMCS_GUEST_CR3] = host.cr3;
	vmx.field[VMCS_GUEST_EFER] = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	vmx.field[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
}

/*
 * For tests of one exit at a time, of which there are millions: a CPU in the guest world as
 * host_launch() leaves it, and no policy but the one on host memory. The world is built once.
 */
struct sb_cpu *host_new_cpu(void)
{
	struct sb_cpu *cpu;

	if (!host.world) {
		build(1, 4);
		page_is_writable(0);	/* so that the pool finds its blocks now */
	}
	cpu = cpu_of_slot(0);
	vmx_reset_cpu(cpu);
	memset(cpu_violations(cpu), 0, sizeof(struct sb_ring));
	cpu->config.task = TASK_POINTER;
	cpu->config.preempt_count = PREEMPT_COUNT;
	forget_policies();
	host_launch(cpu);
	return cpu;
}

struct sb_regs *host_regs(void)
{
	return cpu_regs(cpu_of_slot(host.slot));
}

/* From now on this CPU executes, in the kernel, at a hypercall; no event is being delivered. */
void host_switch(u32 slot)
{
	host.slot = slot;
	vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
	vmx.field[VMCS_GUEST_CR3] = host.cr3;
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc093;
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0xa09b;
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED | RFLAGS_IF;
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 3;
	vmx.field[VMCS_IDT_VECTORING_INFO] = 0;
	vmx.guest_blocked = false;
	vmx.shadow = 0;
}

static void call_handle_exit(struct sb_cpu *cpu)
{
	handle_exit(cpu_regs(cpu), cpu);
}

static u32 spins;

static void count_spins(void)
{
	require(spins++ < 1000, "the host's lock was not given back");
}

static void run_host(struct sb_cpu *cpu)
{
	require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
	spins = 0;
	vmx.point = count_spins;
	host_lock(cpu);
	host_unlock(cpu);
	vmx.point = NULL;
}

/* A hypercall by Shadow-box's own instruction. */
u64 hypercall(u32 slot, u32 number, u64 rbx, u64 rcx, u64 rdx)
{
	host_switch(slot);
	memset(host_regs(), 0, sizeof(struct sb_regs));
	host_regs()->rax = SB_HYPERCALL | number;
	host_regs()->rbx = rbx;
	host_regs()->rcx = rcx;
	host_regs()->rdx = rdx;
	vmx_exit(EXIT_REASON_VMCALL);
	run_host(cpu_of_slot(slot));
	require_equal(vmx.field[VMCS_GUEST_RIP], VMCALL_RIP + 3, "RIP after a hypercall");
	map_new_blocks();
	return host_regs()->rax;
}

/* A new kernel and a new host, with all its CPUs in the guest world. */
void host_reset(u32 cpus_wanted, u32 levels)
{
	u32 slot;

	build(cpus_wanted, levels);
	for (slot = 0; slot < cpus_wanted; slot++)
		require_equal(hypercall(slot, SB_HYPERCALL_HELLO, 0, 0, 0), SB_ABI_VERSION,
			      "answer to HELLO");
}

/* Returns how many CPUs are behind when all have called. */
u64 sync_all(void)
{
	u64 behind = 0;
	u32 slot;

	for (slot = 0; slot < host.world->nr_vcpus; slot++)
		behind = hypercall(slot, SB_HYPERCALL_SYNC, 0, 0, 0);
	return behind;
}

u64 set_policy(u32 policy, u32 mode)
{
	u64 modes = (u64)mode << (2 * policy), answer;

	do
		answer = hypercall(0, SB_HYPERCALL_POLICY, modes, BIT(policy), 0);
	while (answer == SB_ANSWER_MORE);
	return answer;
}

/* The VMX-preemption timer of a CPU ends, wherever the guest is. */
void timer_exit(u32 slot)
{
	host.slot = slot;
	vmx_exit(EXIT_REASON_PREEMPTION_TIMER);
	run_host(cpu_of_slot(slot));
}

/* An EPT violation, with all else as the test has set it. */
void violate(u32 slot, u64 gpa, u64 gla, u64 qualification)
{
	u64 vectoring = vmx.field[VMCS_IDT_VECTORING_INFO];

	host.slot = slot;
	vmx_exit(EXIT_REASON_EPT_VIOLATION);
	vmx.field[VMCS_IDT_VECTORING_INFO] = vectoring;
	vmx.field[VMCS_GUEST_PHYSICAL_ADDRESS] = gpa;
	vmx.field[VMCS_GUEST_LINEAR_ADDRESS] = gla;
	vmx.field[VMCS_EXIT_QUALIFICATION] = qualification;
	run_host(cpu_of_slot(slot));
}

/* What the EPT says, read as the CPU does. */
struct mapping ept(u64 gpa)
{
	return walk_ept(host.world->ept.root.phys, gpa);
}

static u64 as_entry(const struct mapping *m, u64 gpa)
{
	if (!m->present)
		return 0;
	return (m->phys + (gpa & ~(SB_PAGE_SIZE - 1)) % m->size) | (m->read ? EPT_READ : 0) |
	       (m->write ? EPT_WRITE : 0) | (m->exec ? EPT_EXEC : 0) |
	       (m->user ? EPT_EXEC_USER : 0) |
	       (u64)m->type << EPT_MEMORY_TYPE_SHIFT | (u64)m->owner << EPT_OWNER_SHIFT;
}

/* The same in one word, as the entry of a page would have it. */
u64 ept_entry(u64 gpa)
{
	struct mapping m = ept(gpa);

	return as_entry(&m, gpa);
}

/* The same of each page below VIEW_END. */
void ept_look(u64 *view)
{
	struct mapping m;
	u64 gpa, offset;

	for (gpa = 0; gpa < VIEW_END; gpa += m.size) {
		m = ept(gpa);
		for (offset = 0; offset < m.size && gpa + offset < VIEW_END; offset += SB_PAGE_SIZE)
			view[(gpa + offset) / SB_PAGE_SIZE] = as_entry(&m, gpa + offset);
	}
}

static const struct sb_event *last_of(const struct sb_ring *ring)
{
	return ring->head ? &ring->event[(ring->head - 1) % SB_RING_RECORDS] : NULL;
}

const struct sb_event *newest_violation(u32 slot)
{
	return last_of(cpu_violations(cpu_of_slot(slot)));
}

const struct sb_event *newest_event(u32 slot)
{
	return last_of(cpu_ring(cpu_of_slot(slot)));
}

/* Takes pages of the pool until so many are left, and the reserve; gives them back. */
static void *taken[SB_BLOCKS_MAX * SB_BLOCK_PAGES];
static u32 nr_taken;

void use_pool(u32 left)
{
	while (status()->pool_free > left + SB_POOL_RESERVE) {
		void *page = pool_pages(1, 0);

		require(page, "a page that is free cannot be had");
		taken[nr_taken++] = page;
	}
}

void free_pool(void)
{
	while (nr_taken)
		pool_free(taken[--nr_taken], 1);
}

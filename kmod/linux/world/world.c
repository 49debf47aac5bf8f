// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the host world. All of it is memory and plain C; the same code builds a world of 512
 * CPUs in the unit tests.
 */
#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif
#include "../../abi/hypercall.h"
#include "../../abi/vmx.h"
#include "../../uapi/shadow_box.h"
#include "world.h"

/* Pages of one CPU, next to each other: SB_VCPU_PAGES x 4 KB each. */
enum {
	PAGE_CPU,
	PAGE_STACK,
	PAGE_NMI_STACK = PAGE_STACK + 2,
	PAGE_DF_STACK,
	PAGE_MC_STACK,
	PAGE_COUNTERS,
	PAGE_RING,
	PAGE_VIOLATIONS = PAGE_RING + SB_RING_PAGES,
	PAGE_VMXON = PAGE_VIOLATIONS + SB_RING_PAGES,
	PAGE_VMCS,
	VCPU_PAGES,
};

static u64 host_cpu(u32 slot)
{
	return SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE;
}

static void map_vcpu(struct sb_paging *paging, u64 base, u64 phys)
{
	static const struct { u64 offset; u32 page, pages; } map[] = {
		{ SB_CPU_PAGE, PAGE_CPU, 1 },
		{ SB_CPU_STACK, PAGE_STACK, 2 },
		{ SB_CPU_NMI_STACK, PAGE_NMI_STACK, 1 },
		{ SB_CPU_DF_STACK, PAGE_DF_STACK, 1 },
		{ SB_CPU_MC_STACK, PAGE_MC_STACK, 1 },
		{ SB_CPU_COUNTERS, PAGE_COUNTERS, 1 },
		{ SB_CPU_RING, PAGE_RING, SB_RING_PAGES },
		{ SB_CPU_VIOLATIONS, PAGE_VIOLATIONS, SB_RING_PAGES },
	};
	u32 i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		sb_paging_map(paging, base + map[i].offset, phys + map[i].page * SB_PAGE_SIZE,
			      map[i].pages * SB_PAGE_SIZE, SB_MAP_DATA);
}

/* Flat code and data segments and the TSS (SDM 3.4.5, 8.2.3). */
static void init_gdt(struct sb_cpu *cpu, u64 host)
{
	u64 tss = host + offsetof(struct sb_cpu, tss);

	cpu->gdt[SB_SELECTOR_CS >> 3] = 0x00af9b000000ffffull;
	cpu->gdt[SB_SELECTOR_SS >> 3] = 0x00cf93000000ffffull;
	cpu->gdt[SB_SELECTOR_TSS >> 3] = (sizeof(struct sb_tss) - 1) | (tss & 0xffffff) << 16 |
					 0x8bull << 40 | (tss >> 24 & 0xff) << 56;
	cpu->gdt[(SB_SELECTOR_TSS >> 3) + 1] = tss >> 32;
}

static void init_tss(struct sb_tss *tss, u64 host)
{
	tss->ist[SB_IST_NMI - 1] = host + SB_CPU_NMI_STACK_TOP;
	tss->ist[SB_IST_DF - 1] = host + SB_CPU_DF_STACK_TOP;
	tss->ist[SB_IST_MC - 1] = host + SB_CPU_MC_STACK_TOP;
	tss->io_map_base = sizeof(*tss);
}

static void init_cpu(struct sb_cpu *cpu, const struct sb_vcpu *vcpu, u32 slot,
		     const struct sb_machine *machine)
{
	cpu->self = vcpu->host;
	cpu->config = (struct sb_config){
		.cpu = vcpu->cpu,
		.features = machine->features,
		.has_cet = machine->has_cet,
		.hypervisor = machine->hypervisor,
		.virt = (u64)cpu,
		.vmcs = vcpu->vmcs,
		.gate = (u64)machine->gate,
		.launch_failed = machine->launch_failed,
		.slot = slot,
		.has_descriptor_exiting = machine->has_descriptor_exiting,
		.task = machine->task(vcpu->cpu),
		.preempt_count = machine->preempt_count(vcpu->cpu),
		.cr0_pinned = machine->cr0_pinned,
		.cr4_pinned = machine->cr4_pinned,
		.efer_pinned = machine->efer_pinned,
	};
	init_gdt(cpu, vcpu->host);
	init_tss(&cpu->tss, vcpu->host);
}

static void build_vcpu(struct sb_world *world, const struct sb_machine *machine, u32 slot)
{
	struct sb_page pages = sb_memory_pages(&world->memory, VCPU_PAGES);
	struct sb_vcpu *vcpu = &world->vcpu[slot];
	u8 *virt = pages.virt;
	u32 i;

	if (!virt)
		return;
	vcpu->host = host_cpu(slot);
	vcpu->vmxon = pages.phys + PAGE_VMXON * SB_PAGE_SIZE;
	vcpu->vmcs = pages.phys + PAGE_VMCS * SB_PAGE_SIZE;
	vcpu->counters = (void *)(virt + PAGE_COUNTERS * SB_PAGE_SIZE);
	vcpu->ring = (void *)(virt + PAGE_RING * SB_PAGE_SIZE);
	vcpu->violations = (void *)(virt + PAGE_VIOLATIONS * SB_PAGE_SIZE);
	*(u32 *)(virt + PAGE_VMXON * SB_PAGE_SIZE) = machine->vmcs_revision;
	*(u32 *)(virt + PAGE_VMCS * SB_PAGE_SIZE) = machine->vmcs_revision;
	for (i = PAGE_COUNTERS; i < PAGE_VIOLATIONS + SB_RING_PAGES; i++)
		sb_memory_share(&world->memory, pages.phys + i * SB_PAGE_SIZE);
	map_vcpu(&world->paging, vcpu->host, pages.phys);
	init_cpu((void *)virt, vcpu, slot, machine);
}

/* 64-bit interrupt gate (SDM 6.14.1). */
static void set_gate(u64 *idt, u32 vector, u64 handler, u64 ist)
{
	idt[2 * vector] = (handler & 0xffff) | (u64)SB_SELECTOR_CS << 16 | ist << 32 |
			  0x8eull << 40 | (handler >> 16 & 0xffff) << 48;
	idt[2 * vector + 1] = handler >> 32;
}

static u64 ist_of(u32 vector)
{
	switch (vector) {
	case VECTOR_NMI: return SB_IST_NMI;
	case VECTOR_DF: return SB_IST_DF;
	case VECTOR_MC: return SB_IST_MC;
	default: return 0;
	}
}

static void build_idt(struct sb_world *world, u64 vectors)
{
	struct sb_page page = sb_memory_pages(&world->memory, 1);
	u32 vector;

	if (!page.virt)
		return;
	for (vector = 0; vector < 256; vector++)
		set_gate(page.virt, vector, vectors + vector * SB_IMAGE_VECTOR_SIZE, ist_of(vector));
	sb_paging_map(&world->paging, SB_IDT, page.phys, SB_PAGE_SIZE, SB_MAP_RODATA);
}

static void build_image(struct sb_world *world, const struct sb_machine *machine)
{
	const struct sb_image *image = machine->image;
	struct sb_page page = sb_memory_pages(&world->memory, image->end / SB_PAGE_SIZE);

	if (!page.virt)
		return;
	memcpy(page.virt, machine->image, machine->image_size);
	sb_paging_map(&world->paging, SB_IMAGE_BASE, page.phys, image->text_end, SB_MAP_CODE);
	sb_paging_map(&world->paging, SB_IMAGE_BASE + image->text_end,
		      page.phys + image->text_end, image->rodata_end - image->text_end,
		      SB_MAP_RODATA);
	sb_paging_map(&world->paging, SB_IMAGE_BASE + image->rodata_end,
		      page.phys + image->rodata_end, image->end - image->rodata_end, SB_MAP_DATA);
	world->exit = image->exit;
}

/*
 * The gate runs in both address spaces at the address it has in Linux. The host executes its own
 * copy of the page: the module's belongs to the guest, which could change it. Some kernels put
 * padding before a function, so that the gate need not start where its page does.
 */
static void build_gate(struct sb_world *world, const struct sb_machine *machine)
{
	struct sb_page page = sb_memory_pages(&world->memory, 1);
	u64 gate_page = (u64)machine->gate & ~(SB_PAGE_SIZE - 1);

	if (!page.virt)
		return;
	memcpy(page.virt, (const void *)gate_page, SB_PAGE_SIZE);
	sb_paging_map(&world->paging, gate_page, page.phys, SB_PAGE_SIZE, SB_MAP_CODE);
}

static void intercept_read(u8 *bitmap, u32 msr)
{
	bitmap[msr / 8] |= 1 << (msr % 8);
}

static void intercept_write(u8 *bitmap, u32 msr)
{
	bitmap[2048 + msr / 8] |= 1 << (msr % 8);
}

/* SDM 25.6.9. All MSRs are the guest's own but for these; host/guest/registers.c and msrs.c say why. */
static void build_msr_bitmap(struct sb_world *world)
{
	struct sb_page page = sb_memory_pages(&world->memory, 1);
	u32 msr;

	if (!page.virt)
		return;
	intercept_read(page.virt, IA32_FEATURE_CONTROL);
	for (msr = IA32_VMX_BASIC; msr <= IA32_VMX_EXIT2; msr++)
		intercept_read(page.virt, msr);
	intercept_write(page.virt, IA32_APIC_BASE);
	intercept_write(page.virt, IA32_BIOS_UPDT_TRIG);
	world->msr_bitmap = page.phys;
	sb_paging_map(&world->paging, SB_MSR_BITMAP, page.phys, SB_PAGE_SIZE, SB_MAP_DATA);
}

/* No port exits until the host has it so (host/guest/ports.c). */
static void build_io_bitmaps(struct sb_world *world)
{
	struct sb_page pages = sb_memory_pages(&world->memory, 2);

	if (!pages.virt)
		return;
	world->io_bitmaps = pages.phys;
	sb_paging_map(&world->paging, SB_IO_BITMAPS, pages.phys, 2 * SB_PAGE_SIZE, SB_MAP_DATA);
}

/* The host's account of itself. What it says before the host has run holds from the start. */
static void build_status(struct sb_world *world)
{
	struct sb_page page = sb_memory_pages(&world->memory, 1);
	struct sb_status *status = page.virt;

	if (!status)
		return;
	status->mode[SHADOW_BOX_POLICY_HOST_MEMORY] = SHADOW_BOX_MODE_ENFORCE;
	world->status = status;
	sb_memory_share(&world->memory, page.phys);
	sb_paging_map(&world->paging, SB_STATUS, page.phys, SB_PAGE_SIZE, SB_MAP_DATA);
}

static void build_reports(struct sb_world *world)
{
	struct sb_page pages = sb_memory_pages(&world->memory, SB_REPORTS_PAGES);
	u32 i;

	if (!pages.virt)
		return;
	world->reports = (void *)pages.virt;
	for (i = 0; i < SB_REPORTS_PAGES; i++)
		sb_memory_share(&world->memory, pages.phys + i * SB_PAGE_SIZE);
	sb_paging_map(&world->paging, SB_REPORTS, pages.phys, SB_REPORTS_PAGES * SB_PAGE_SIZE,
		      SB_MAP_DATA);
}

/* One page after the other, since only host-virtual addresses need lie next to each other. */
static void map_copy(struct sb_world *world, u64 virt, const void *from, u64 size)
{
	u64 offset;

	for (offset = 0; offset < size; offset += SB_PAGE_SIZE) {
		struct sb_page page = sb_memory_pages(&world->memory, 1);
		u64 rest = size - offset;

		if (!page.virt)
			return;
		memcpy(page.virt, from + offset, rest < SB_PAGE_SIZE ? rest : SB_PAGE_SIZE);
		sb_paging_map(&world->paging, virt + offset, page.phys, SB_PAGE_SIZE, SB_MAP_RODATA);
	}
}

static u64 round_to_pages(u64 size)
{
	return (size + SB_PAGE_SIZE - 1) & ~(SB_PAGE_SIZE - 1);
}

/* Sites and functions of the kernel; the pages before them are for the facts, which come last. */
static void build_tables(struct sb_world *world, const struct sb_machine *machine,
			 struct sb_facts *facts)
{
	const struct sb_kernel *kernel = &machine->kernel;
	struct sb_region *text = &facts->text;
	u64 sites = (u64)text->nr_sites * sizeof(struct sb_site);
	u64 jumps = (u64)text->nr_jumps * sizeof(struct sb_jump);
	u64 functions = ((text->end - text->start) / SB_FUNCTION_ALIGN + 7) / 8;

	text->sites = SB_FACTS + SB_FACTS_PAGES * SB_PAGE_SIZE;
	text->jumps = text->sites + round_to_pages(sites);
	text->functions = text->jumps + round_to_pages(jumps);
	map_copy(world, text->sites, kernel->sites, sites);
	map_copy(world, text->jumps, kernel->jumps, jumps);
	map_copy(world, text->functions, kernel->functions, functions);
}

static void map_ram(struct sb_world *world, const struct sb_facts *facts)
{
	u32 i;

	for (i = 0; i < facts->nr_ram; i++)
		sb_paging_map_large(&world->paging, SB_RAM_BASE + facts->ram[i].start,
				    facts->ram[i].start, facts->ram[i].end - facts->ram[i].start,
				    SB_MAP_RODATA);
}

/* The tables alone; the host fills in an entry for the time of a write. */
static void build_slots(struct sb_world *world)
{
	u32 slot;

	for (slot = 0; slot < world->nr_vcpus; slot += 512)
		sb_paging_map(&world->paging, SB_SLOT_PTES + slot * 8,
			      sb_paging_table(&world->paging, SB_SLOT_BASE + slot * SB_PAGE_SIZE, 1),
			      SB_PAGE_SIZE, SB_MAP_DATA);
}

static u32 last_block(const struct sb_world *world)
{
	return world->memory.nr_blocks - 1;
}

/*
 * The tables of the window in which the host writes to its own blocks (map_blocks()). They are taken
 * last of all pages to which the host has no right to write. The block in which those pages end is
 * mapped page by page, since the rest of it is for the host to write.
 */
static void build_block_tables(struct sb_world *world)
{
	u64 directory;

	sb_memory_leave(&world->memory, 3);
	directory = sb_paging_table(&world->paging, SB_BLOCK_BASE, 2);
	sb_paging_map(&world->paging, SB_BLOCK_PD, directory, SB_PAGE_SIZE, SB_MAP_DATA);
	sb_paging_table(&world->paging, SB_BLOCK_BASE + last_block(world) * SB_BLOCK_SIZE, 1);
}

/*
 * Once no more pages are taken: the EPT, which begins after the first @built pages, and what is
 * left of the last block, the host's pool. It can write to both, and through this window to nothing
 * else of its own.
 */
static void map_blocks(struct sb_world *world, struct sb_facts *facts, u32 built)
{
	const struct sb_memory *memory = &world->memory;
	u32 i, page;

	for (i = 0; i < memory->nr_blocks; i++)
		facts->block[i] = memory->block[i].phys;
	for (page = built; page < memory->nr_blocks * SB_BLOCK_PAGES; page = (i + 1) * SB_BLOCK_PAGES) {
		u64 offset = page % SB_BLOCK_PAGES * SB_PAGE_SIZE;

		i = page / SB_BLOCK_PAGES;
		sb_paging_map_large(&world->paging, SB_BLOCK_BASE + page * SB_PAGE_SIZE,
				    memory->block[i].phys + offset, SB_BLOCK_SIZE - offset,
				    SB_MAP_DATA);
	}
	facts->nr_blocks = memory->nr_blocks;
	facts->pool.end = SB_BLOCK_BASE + memory->nr_blocks * SB_BLOCK_SIZE;
	facts->pool.start = facts->pool.end - (SB_BLOCK_PAGES - memory->block[last_block(world)].used) * SB_PAGE_SIZE;
}

static bool is_valid_image(const struct sb_image *image)
{
	return image->magic == SB_IMAGE_MAGIC && image->abi == SB_ABI_VERSION;
}

/* Everything but the EPT, which hides it. */
static struct sb_facts *build_host(struct sb_world *world, const struct sb_machine *machine)
{
	const struct sb_image *image = machine->image;
	struct sb_page facts;
	u32 slot;

	sb_paging_init(&world->paging);
	build_image(world, machine);
	build_idt(world, image->vectors);
	build_gate(world, machine);
	build_msr_bitmap(world);
	build_io_bitmaps(world);
	build_status(world);
	build_reports(world);
	for (slot = 0; slot < world->nr_vcpus && !world->memory.failed; slot++)
		build_vcpu(world, machine, slot);
	facts = sb_memory_pages(&world->memory, SB_FACTS_PAGES);
	if (!facts.virt)
		return NULL;
	sb_paging_map(&world->paging, SB_FACTS, facts.phys, SB_FACTS_PAGES * SB_PAGE_SIZE,
		      SB_MAP_RODATA);
	*(struct sb_facts *)facts.virt = machine->kernel.facts;
	build_tables(world, machine, facts.virt);
	map_ram(world, facts.virt);
	build_slots(world);
	build_block_tables(world);
	return facts.virt;
}

/**
 * sb_world_build() - build the host world for the CPUs in world->vcpu
 * @world: zeroed but for nr_vcpus, and vcpu with the cpu of each entry filled in
 * @machine: what it depends on
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM, with everything freed; -ENOEXEC if the image is not ours.
 */
int sb_world_build(struct sb_world *world, const struct sb_machine *machine)
{
	struct sb_facts *facts;
	u32 built;
	int error;

	if (!is_valid_image(machine->image))
		return -ENOEXEC;
	world->paging = (struct sb_paging){ .memory = &world->memory, .page_1g = machine->page_1g,
					    .levels = machine->la57 ? 5 : 4 };
	facts = build_host(world, machine);
	if (world->memory.failed) {
		sb_world_free(world);
		return -ENOMEM;
	}
	built = last_block(world) * SB_BLOCK_PAGES + world->memory.block[last_block(world)].used;
	world->ept = (struct sb_ept){ .memory = &world->memory, .mtrr = &machine->mtrr,
				      .end = machine->physical_end, .leaf_1g = machine->ept_1g };
	error = sb_ept_build(&world->ept);
	if (error) {
		sb_world_free(world);
		return error;
	}
	facts->nr_cpus = world->nr_vcpus;
	facts->levels = world->paging.levels;
	facts->ept_root = world->ept.root.phys;
	facts->ept_zero = world->ept.zero.phys;
	map_blocks(world, facts, built);
	return 0;
}

/* Gives the memory back to Linux. No CPU may be in the guest world any more. */
void sb_world_free(struct sb_world *world)
{
	sb_memory_free(&world->memory);
}

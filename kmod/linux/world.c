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
#include "../abi/hypercall.h"
#include "../abi/vmx.h"
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
	PAGE_VMXON = PAGE_RING + SB_RING_PAGES,
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

static void init_cpu(struct sb_cpu *cpu, const struct sb_vcpu *vcpu,
		     const struct sb_machine *machine)
{
	cpu->self = vcpu->host;
	cpu->config = (struct sb_config){
		.cpu = vcpu->cpu,
		.features = machine->features,
		.has_cet = machine->has_cet,
		.virt = (u64)cpu,
		.vmcs = vcpu->vmcs,
		.gate = (u64)machine->gate,
		.launch_failed = machine->launch_failed,
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
	*(u32 *)(virt + PAGE_VMXON * SB_PAGE_SIZE) = machine->vmcs_revision;
	*(u32 *)(virt + PAGE_VMCS * SB_PAGE_SIZE) = machine->vmcs_revision;
	for (i = PAGE_COUNTERS; i < PAGE_RING + SB_RING_PAGES; i++)
		sb_memory_share(&world->memory, pages.phys + i * SB_PAGE_SIZE);
	map_vcpu(&world->paging, vcpu->host, pages.phys);
	init_cpu((void *)virt, vcpu, machine);
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

/* SDM 25.6.9. All MSRs are the guest's own but for these; host/registers.c says why. */
static void build_msr_bitmap(struct sb_world *world)
{
	struct sb_page page = sb_memory_pages(&world->memory, 1);
	u32 msr;

	if (!page.virt)
		return;
	intercept_read(page.virt, IA32_FEATURE_CONTROL);
	for (msr = IA32_VMX_BASIC; msr <= IA32_VMX_EXIT2; msr++)
		intercept_read(page.virt, msr);
	intercept_write(page.virt, IA32_BIOS_UPDT_TRIG);
	world->msr_bitmap = page.phys;
}

static bool is_valid_image(const struct sb_image *image)
{
	return image->magic == SB_IMAGE_MAGIC && image->abi == SB_ABI_VERSION;
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
	const struct sb_image *image = machine->image;
	u32 slot;
	int error;

	if (!is_valid_image(image))
		return -ENOEXEC;
	world->paging.memory = &world->memory;
	world->paging.levels = machine->la57 ? 5 : 4;
	sb_paging_init(&world->paging);
	build_image(world, machine);
	build_idt(world, image->vectors);
	build_gate(world, machine);
	build_msr_bitmap(world);
	for (slot = 0; slot < world->nr_vcpus && !world->memory.failed; slot++)
		build_vcpu(world, machine, slot);

	world->ept = (struct sb_ept){ .memory = &world->memory, .mtrr = &machine->mtrr,
				      .end = machine->physical_end, .leaf_1g = machine->ept_1g };
	error = sb_ept_build(&world->ept);
	if (error)
		sb_world_free(world);
	return error;
}

/* Gives the memory back to Linux. No CPU may be in the guest world any more. */
void sb_world_free(struct sb_world *world)
{
	sb_memory_free(&world->memory);
}

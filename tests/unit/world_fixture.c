// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that the world is built for. Every byte of image, gate and tables has a value that
 * tells it from its neighbours, every field of the configuration a value of its own.
 */
#include "unit.h"
#include "abi/hypercall.h"
#include "abi/vmx.h"
#include "world_fixture.h"

static void fill(u8 *bytes, u64 size)
{
	u64 i;

	for (i = 0; i < size; i++)
		bytes[i] = random_u64();
}

static void init_image(struct world_fixture *f)
{
	fill(f->image, sizeof(f->image));
	*(struct sb_image *)f->image = (struct sb_image){
		.magic = SB_IMAGE_MAGIC,
		.abi = SB_ABI_VERSION,
		.text_end = IMAGE_TEXT_END,
		.rodata_end = IMAGE_RODATA_END,
		.end = IMAGE_END,
		.exit = IMAGE_EXIT,
		.vectors = IMAGE_VECTORS,
	};
	fill(f->gate, sizeof(f->gate));
	f->machine.image = f->image;
	f->machine.image_size = sizeof(f->image);
	f->machine.gate = f->gate;
}

void world_fixture_mtrrs(struct sb_mtrr *mtrr)
{
	*mtrr = (struct sb_mtrr){ .enabled = true, .fixed_enabled = true,
				  .default_type = MEMORY_TYPE_WB, .nr_variable = 1 };
	memset(mtrr->fixed, MEMORY_TYPE_WB, sizeof(mtrr->fixed));
	memset(&mtrr->fixed[16], MEMORY_TYPE_UC, 8);
	mtrr->base[0] = 0xc0000000 | MEMORY_TYPE_UC;
	mtrr->mask[0] = 0x3fffc0000800;
}

void world_fixture_kernel(struct world_fixture *f, u32 nr_sites, u32 nr_jumps, u64 text_size)
{
	struct sb_facts *facts = &f->machine.kernel.facts;

	require(nr_sites <= SITES_MAX && nr_jumps <= JUMPS_MAX && text_size <= TEXT_MAX, "the kernel is too large");
	fill((u8 *)f->sites, nr_sites * sizeof(f->sites[0]));
	fill((u8 *)f->jumps, nr_jumps * sizeof(f->jumps[0]));
	fill(f->functions, (text_size / SB_FUNCTION_ALIGN + 7) / 8);
	facts->text = (struct sb_region){
		.start = KERNEL_TEXT, .end = KERNEL_TEXT + text_size, .nr_sites = nr_sites,
		.nr_jumps = nr_jumps,
	};
}

void world_fixture_ram(struct sb_facts *facts, u64 size)
{
	const u64 hole = 0xbffe0000, above = 1ull << 32;

	facts->nr_ram = 0;
	facts->ram[facts->nr_ram++] = (struct sb_extent){ 0x1000, 0xa0000 };
	facts->ram[facts->nr_ram++] = (struct sb_extent){ 0x100000, size < hole ? size : hole };
	if (size > hole)
		facts->ram[facts->nr_ram++] = (struct sb_extent){ above, above + size - hole };
}

/* Fields that the world only copies. */
static void init_facts(struct sb_facts *facts)
{
	fill((u8 *)facts, sizeof(*facts));
	facts->text.sites = facts->text.jumps = facts->text.functions = 0;
	world_fixture_ram(facts, 6ull << 30);
}

u64 world_fixture_task(u32 cpu)
{
	return 0x7a5c0008ull + cpu * SB_PAGE_SIZE;
}

static void init_machine(struct sb_machine *machine)
{
	world_fixture_mtrrs(&machine->mtrr);
	machine->physical_end = 64ull << 30;
	machine->ept_1g = true;
	machine->page_1g = true;
	machine->vmcs_revision = 0x11e57ed;
	machine->features = 0x2f;
	machine->has_cet = true;
	machine->hypervisor = SB_HYPERVISOR_HYPERV;
	machine->has_descriptor_exiting = true;
	machine->launch_failed = 0xffffffffc0de0123;
	machine->cr0_pinned = 0xc0;
	machine->cr4_pinned = 0x1000c4;
	machine->efer_pinned = 0xef;
	machine->task = world_fixture_task;
	machine->preempt_count = world_fixture_task;
}

static void number_cpus(struct world_fixture *f, u32 cpus, enum numbering numbering)
{
	u32 slot, next = 0;

	for (slot = 0; slot < cpus; slot++) {
		f->vcpu[slot].cpu = next;
		switch (numbering) {
		case NUMBERS_DENSE:
			next += 1;
			break;
		case NUMBERS_EVEN:
			next += 2;
			break;
		default:	/* up to number 8191 */
			next += 1 + random_below((8191 - next) / (cpus - slot));
		}
	}
}

void world_fixture_init(struct world_fixture *f, u32 cpus, enum numbering numbering)
{
	random_seed(cpus + numbering);
	memset(f, 0, sizeof(*f));
	init_image(f);
	init_machine(&f->machine);
	init_facts(&f->machine.kernel.facts);
	f->machine.kernel.sites = f->sites;
	f->machine.kernel.jumps = f->jumps;
	f->machine.kernel.functions = f->functions;
	world_fixture_kernel(f, 1001, 777, 0x345670);
	number_cpus(f, cpus, numbering);
	f->world.vcpu = f->vcpu;
	f->world.nr_vcpus = cpus;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that the world is built for. Every byte of image and gate has a value that tells it
 * from its neighbours, every field of the configuration a value of its own.
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
	world_fixture_mtrrs(&f->machine.mtrr);
	f->machine.physical_end = 64ull << 30;
	f->machine.ept_1g = true;
	f->machine.vmcs_revision = 0x11e57ed;
	f->machine.features = 0x2f;
	f->machine.has_cet = true;
	f->machine.launch_failed = 0xffffffffc0de0123;
	number_cpus(f, cpus, numbering);
	f->world.vcpu = f->vcpu;
	f->world.nr_vcpus = cpus;
}

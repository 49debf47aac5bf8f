/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for sb_world_build(): a host image and a gate made by hand, a kernel with facts and
 * patch sites, CPU numbers with or without gaps, and physical memory of the test's choice.
 */
#ifndef SB_TESTS_WORLD_FIXTURE_H
#define SB_TESTS_WORLD_FIXTURE_H

#include "linux/world/world.h"

#define CPUS_MAX 512

/*
 * Geometry of the image, about that of the real one: text, rodata and data of 10, 2 and 5 pages, of
 * which the last 3 and a half are bss.
 */
#define IMAGE_TEXT_END		0xa000
#define IMAGE_RODATA_END	0xc000
#define IMAGE_FILE_SIZE		0xd800
#define IMAGE_END		0x11000
#define IMAGE_EXIT		(SB_IMAGE_BASE + 0x123)
#define IMAGE_VECTORS		(SB_IMAGE_BASE + 0x1000)

/* The largest kernel: what the tests build of the tables that the host gets. */
#define SITES_MAX		60000
#define JUMPS_MAX		8000
#define TEXT_MAX		(20ull << 20)

#define KERNEL_TEXT		0xffffffff81000000ull

enum numbering { NUMBERS_DENSE, NUMBERS_EVEN, NUMBERS_WITH_GAPS, NUMBERINGS };

struct world_fixture {
	struct sb_machine machine;
	struct sb_world world;
	struct sb_vcpu vcpu[CPUS_MAX];
	struct sb_site sites[SITES_MAX];
	struct sb_jump jumps[JUMPS_MAX];
	u8 functions[TEXT_MAX / SB_FUNCTION_ALIGN / 8];
	u8 image[IMAGE_FILE_SIZE] __aligned(8);
	u8 gate[SB_PAGE_SIZE] __aligned(SB_PAGE_SIZE);
};

void world_fixture_init(struct world_fixture *f, u32 cpus, enum numbering numbering);

/* A kernel with so much code, and so many places where it is patched. */
void world_fixture_kernel(struct world_fixture *f, u32 nr_sites, u32 nr_jumps, u64 text_size);

/* RAM from 4 KB to 640 KB, from 1 MB to 3 GB less 128 KB, and what is left of @size above 4 GB. */
void world_fixture_ram(struct sb_facts *facts, u64 size);

/* What the fixture says for a Linux CPU. */
u64 world_fixture_task(u32 cpu);

/* 0-0x9ffff and 0xc0000-0xfffff WB, VGA UC, the last GB below 4 GB UC, all else WB. */
void world_fixture_mtrrs(struct sb_mtrr *mtrr);

#endif

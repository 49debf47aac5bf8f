/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for sb_world_build(): a host image and a gate made by hand, CPU numbers with or without
 * gaps, and physical memory of the test's choice.
 */
#ifndef SB_TESTS_WORLD_FIXTURE_H
#define SB_TESTS_WORLD_FIXTURE_H

#include "linux/world.h"

#define CPUS_MAX 512

/* Geometry of the image: text, rodata and data of 5, 2 and 2 pages, of which half a page is bss. */
#define IMAGE_TEXT_END		0x5000
#define IMAGE_RODATA_END	0x7000
#define IMAGE_FILE_SIZE		0x8800
#define IMAGE_END		0x9000
#define IMAGE_EXIT		(SB_IMAGE_BASE + 0x123)
#define IMAGE_VECTORS		(SB_IMAGE_BASE + 0x1000)

enum numbering { NUMBERS_DENSE, NUMBERS_EVEN, NUMBERS_WITH_GAPS, NUMBERINGS };

struct world_fixture {
	struct sb_machine machine;
	struct sb_world world;
	struct sb_vcpu vcpu[CPUS_MAX];
	u8 image[IMAGE_FILE_SIZE] __aligned(8);
	u8 gate[SB_PAGE_SIZE] __aligned(SB_PAGE_SIZE);
};

void world_fixture_init(struct world_fixture *f, u32 cpus, enum numbering numbering);

/* 0-0x9ffff and 0xc0000-0xfffff WB, VGA UC, the last GB below 4 GB UC, all else WB. */
void world_fixture_mtrrs(struct sb_mtrr *mtrr);

#endif

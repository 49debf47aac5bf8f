/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header at the start of the host image: all that Linux has to know of it.
 */
#ifndef SB_ABI_IMAGE_H
#define SB_ABI_IMAGE_H

#include "types.h"

#define SB_IMAGE_MAGIC 0x786f62776f646853ull	/* "Shdowbox" */

/**
 * struct sb_image - header of the host image, written by the linker script and host/entry/header.S
 * @magic: %SB_IMAGE_MAGIC
 * @abi: %SB_ABI_VERSION of the build
 * @text_end: offset where read-only and executable pages end, page-aligned
 * @rodata_end: offset where read-only pages end, page-aligned
 * @end: size of the image with its zeroed data, page-aligned
 * @exit: host-virtual address where VM exits arrive
 * @vectors: host-virtual address of 256 interrupt stubs, %SB_IMAGE_VECTOR_SIZE bytes each
 */
struct sb_image {
	u64 magic;
	u64 abi;
	u64 text_end;
	u64 rodata_end;
	u64 end;
	u64 exit;
	u64 vectors;
};

#define SB_IMAGE_VECTOR_SIZE 16

#endif

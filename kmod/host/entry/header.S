/* SPDX-License-Identifier: GPL-2.0-only */
/* The header at the start of the image, all that Linux knows of it: struct sb_image (abi/image.h). */
#include "../../abi/layout.h"

	.globl image_base
	.set image_base, SB_IMAGE_BASE

	.section .header, "a"
	.globl image_header
image_header:				/* struct sb_image */
	.ascii	"Shdowbox"
	.quad	2			/* SB_ABI_VERSION */
	.quad	image_text_offset
	.quad	image_rodata_offset
	.quad	image_size
	.quad	exit_entry
	.quad	vectors

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's address space: where the image, the CPUs' private pages and the gate lie.
 * Everything else is unmapped; Linux's own mappings do not exist there.
 */
#ifndef SB_ABI_LAYOUT_H
#define SB_ABI_LAYOUT_H

/* The image, linked to this address (host/host.lds). One PML4 slot of its own. */
#define SB_IMAGE_BASE		0xffff800000000000

/*
 * Private pages of CPU slot N start at SB_CPU_BASE + N * SB_CPU_STRIDE. The pages that are not
 * named are not mapped: a stack that overflows faults, and #DF has a stack of its own.
 */
#define SB_CPU_BASE		0xffff808000000000
#define SB_CPU_STRIDE		0x20000

#define SB_CPU_PAGE		0x0000	/* struct sb_cpu */
#define SB_CPU_STACK		0x2000	/* two pages: exits */
#define SB_CPU_STACK_TOP	0x4000
#define SB_CPU_NMI_STACK	0x5000
#define SB_CPU_NMI_STACK_TOP	0x6000
#define SB_CPU_DF_STACK		0x7000
#define SB_CPU_DF_STACK_TOP	0x8000
#define SB_CPU_MC_STACK		0x9000
#define SB_CPU_MC_STACK_TOP	0xa000
#define SB_CPU_COUNTERS		0xb000	/* struct sb_counters */
#define SB_CPU_RING		0xd000	/* struct sb_ring, two pages: all events but violations */
#define SB_CPU_VIOLATIONS	0x10000	/* struct sb_ring, two pages: violations */

/* The interrupt-descriptor table, one page, read-only, shared by all CPUs. */
#define SB_IDT			0xffff80c000000000

/*
 * What Linux told the host at the launch: struct sb_facts and the tables it points to; read-only.
 */
#define SB_FACTS		0xffff80c010000000

/* The MSR bitmap, the two I/O bitmaps; and struct sb_status and struct sb_reports, which the guest may read. */
#define SB_MSR_BITMAP		0xffff80c020000000
#define SB_STATUS		0xffff80c020002000
#define SB_IO_BITMAPS		0xffff80c020004000
#define SB_REPORTS		0xffff80c020010000

/*
 * EPT tables and the pool: page P of block B is at SB_BLOCK_BASE + B * 2 MB + P * 4 KB, if it is
 * one of these. Blocks that Linux gives later are mapped by 2 MB entries of the page directory,
 * which is itself mapped at SB_BLOCK_PD.
 */
#define SB_BLOCK_BASE		0xffff80d000000000
#define SB_BLOCK_PD		0xffff80c030000000

/*
 * A page of guest memory that this CPU is writing to: page N belongs to CPU slot N. Its page-table
 * entry is the Nth at SB_SLOT_PTES, and only that CPU touches it.
 */
#define SB_SLOT_BASE		0xffff80e000000000
#define SB_SLOT_PTES		0xffff80c040000000

/* All of Linux's RAM, read-only: physical address P is at SB_RAM_BASE + P. */
#define SB_RAM_BASE		0xffff880000000000

/* Selectors in the host's GDT (struct sb_cpu). */
#define SB_SELECTOR_CS		0x08
#define SB_SELECTOR_SS		0x10
#define SB_SELECTOR_TSS		0x18

/* Selector in Linux's GDT, without RPL, of a program's LDT: what LDTR holds if it is not empty. */
#define SB_LINUX_LDT		0x50

/* Interrupt-stack-table slots (SDM 6.14.5). */
#define SB_IST_NMI		1
#define SB_IST_DF		2
#define SB_IST_MC		3

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of page tables as the CPU reads them (SDM 4.5), the guest's and the host's own.
 */
#ifndef SB_HOST_PAGING_H
#define SB_HOST_PAGING_H

#include "../host.h"

#define PTE_PRESENT	BIT(0)
#define PTE_WRITE	BIT(1)
#define PTE_USER	BIT(2)
#define PTE_ACCESSED	BIT(5)
#define PTE_DIRTY	BIT(6)
#define PTE_LARGE	BIT(7)
#define PTE_ADDRESS	0x000ffffffffff000ull
#define PTE_NX		BIT(63)

#endif

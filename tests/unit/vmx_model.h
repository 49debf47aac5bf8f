/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of what the host's C code stands on: the VMCS as an array, the instructions of insn.h,
 * and the CPU's rules for NMIs across VM exits and entries (SDM 25.3, 27.6, 27.7.1, 28.2, 28.3.4).
 */
#ifndef SB_TESTS_VMX_MODEL_H
#define SB_TESTS_VMX_MODEL_H

#include "host/host.h"
#include "unit.h"

/* How the host's code ended, if it did not return. */
enum vmx_ending { VMX_RETURNED, VMX_STOPPED, VMX_LEFT, VMX_SHUT_DOWN };

/**
 * struct vmx - the CPU
 * @field: the VMCS, by encoding
 *
 * @nmi_blocked: NMIs are blocked, in host or guest, for real
 * @nmi_latched: an NMI waits until they are not
 * @guest_blocked: the guest believes that NMIs are blocked: for real or virtual-NMI blocking
 * @shadow: BLOCKING_BY_STI or BLOCKING_BY_MOV_SS, over the guest's next instruction
 * @depth: handlers that the guest is in
 * @window_despite_sti: freedom that the SDM gives: blocking by STI holds no NMI-window exit back
 *
 * @arrived: NMIs that reached the CPU and found the latch free
 * @direct: NMIs that the guest took without the host
 * @injected: NMIs that the guest took from VM entries
 * @machine_checks: #MCs that the guest took from VM entries
 * @entries_in_place: VM entries since the guest last executed an instruction or took an
 *	event
 *
 * @point: called whenever the host executes an instruction of insn.h or vmcs.h
 * @tsc: time-stamp counter
 * @wbinvds: executed WBINVDs
 * @mcg_status: IA32_MCG_STATUS; reading it faults if it is ~0
 * @msr_written, @msr_value: the last WRMSR or XSETBV
 * @cr2: what was written to CR2
 * @cr0: CR0 while the host runs; its CD and NW are the guest's too
 * @cr4_fixed1: bits of CR4 that this CPU has
 * @lacks_nx: CPUID offers no EFER.NXE
 * @syscall_msr: STAR, LSTAR, CSTAR and FMASK
 * @flushes: INVVPIDs
 * @msr_bitmap: what the host sees at SB_MSR_BITMAP
 * @apic_base: IA32_APIC_BASE; reading it faults if it is 0
 * @debug_resets: how often the debug registers became what INIT makes of them
 * @out: bytes written to ports, as port << 8 | byte; @outs of them
 * @io_bitmaps: what the host sees at SB_IO_BITMAPS
 * @port, @port_size: the last access to a port; @accesses of them
 * @port_value: what was written last; IN reads it
 * @forwarded: VMCALLs passed on
 * @left_rip, @left_rax: where leave() went on
 */
struct vmx {
	u64 field[0x7000];

	bool nmi_blocked;
	bool nmi_latched;
	bool guest_blocked;
	u32 shadow;
	u32 depth;
	bool window_despite_sti;

	u64 arrived;
	u64 direct;
	u64 injected;
	u64 machine_checks;
	u32 entries_in_place;

	void (*point)(void);
	u64 tsc;
	u32 wbinvds;
	u64 mcg_status;
	u32 msr_written;
	u64 msr_value;
	u64 cr2;
	u64 cr0;
	u64 cr4_fixed1;
	bool lacks_nx;
	u64 syscall_msr[4];
	u32 flushes;
	u8 msr_bitmap[SB_PAGE_SIZE];
	u64 apic_base;
	u32 debug_resets;
	u32 out[8], outs;
	u8 io_bitmaps[2 * SB_PAGE_SIZE];
	u32 port, port_size, port_value, accesses;
	u32 forwarded;
	u64 left_rip;
	u64 left_rax;
};

extern struct vmx vmx;

/* MSRs of the model: one that can be read and written, one that answers #GP. */
#define MODEL_MSR	0xc0002001
#define MODEL_MSR_VALUE	0x1234567890abcdefull
#define MODEL_MSR_NONE	0xc0002002

/* All bits of CR4 that this SDM knows, but for FRED. */
#define MODEL_CR4	0x1ff7fff
#define MODEL_CR0	(CR0_PE | CR0_NE | CR0_WP | CR0_PG)

#define MODEL_CR2	0xffff888012345678ull
#define MODEL_PHYSICAL_BITS 45
#define MODEL_LEAF(n)	(0xfffffff0u | (n))	/* EAX to EDX after CPUID: all features */

/* A fixup table of the model: a fault at the first address goes on at the second. */
#define MODEL_FIXUPS	3
#define MODEL_FIXUP_FROM(n) (0x1000ull + 0x10 * (n))
#define MODEL_FIXUP_TO(n)   (0x2000ull + 0x10 * (n))

struct sb_cpu *vmx_reset(void);
void vmx_reset_cpu(struct sb_cpu *cpu);
void vmx_launch(struct sb_cpu *cpu);
enum vmx_ending vmx_run(void (*host)(struct sb_cpu *), struct sb_cpu *cpu);

void vmx_exit(u32 reason);
void vmx_enter(void);
bool vmx_boundary(void);
void vmx_guest_executed(u32 shadow);
void vmx_guest_iret(void);
void vmx_nmi(void);
bool vmx_host_takes_nmi(void);

#endif

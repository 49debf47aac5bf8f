// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs and machine checks that arrive in the host: the guest is to get them, at the next VM entry
 * (deliver.c).
 */
#include "../host.h"

/* See resume_begin in resume.S: past the last look at nmi_request, look again. */
static void restart_resume(struct host_frame *frame, struct sb_cpu *cpu)
{
	u64 rip = frame->iret.rip;

	if (rip >= (u64)resume_begin && rip < (u64)resume_end) {
		frame->iret.rip = (u64)resume_begin;
		frame->iret.rsp = (u64)cpu_regs(cpu);
	}
}

/**
 * handle_nmi() - an NMI arrived in the host
 * @frame: what it interrupted
 * @cpu: this CPU
 *
 * Context: any point of the host world on this CPU, on a stack of its own.
 */
void handle_nmi(struct host_frame *frame, struct sb_cpu *cpu)
{
	take_nmi(cpu);
	restart_resume(frame, cpu);
}

/* IA32_MCG_STATUS.RIPV: the interrupted program can be continued (SDM 16.3.1.2). */
#define IA32_MCG_STATUS		0x17a
#define MCG_STATUS_RIPV		BIT(0)

/**
 * handle_machine_check() - a machine check arrived in the host
 * @frame: what it interrupted
 * @cpu: this CPU
 *
 * The guest gets it, with the banks as they are. If the host cannot go on, it stops.
 */
void handle_machine_check(struct host_frame *frame, struct sb_cpu *cpu)
{
	u64 status;

	if (!rdmsr_safe(IA32_MCG_STATUS, &status) || !(status & MCG_STATUS_RIPV))
		fatal_exception(frame, cpu);
	cpu->mc_owed = 1;
	WRITE_ONCE(cpu->nmi_request, 1);
	restart_resume(frame, cpu);
}

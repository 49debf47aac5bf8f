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

/**
 * handle_machine_check() - a machine check arrived in the host
 * @frame: what it interrupted
 * @cpu: this CPU
 *
 * The guest gets it, with the banks as they are. If the host cannot go on, it stops.
 */
void handle_machine_check(struct host_frame *frame, struct sb_cpu *cpu)
{
	if (!owe_machine_check(cpu))
		fatal_exception(frame, cpu);
	restart_resume(frame, cpu);
}

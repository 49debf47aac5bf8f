// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of the host itself: those foreseen go on at their fixup, all others are a bug, which stops
 * this CPU with its last words in the event ring.
 */
#include "../host.h"

struct fixup {
	u64 from, to;
};

extern const struct fixup fixup_table_start[], fixup_table_end[];

static bool apply_fixup(struct host_frame *frame)
{
	for (const struct fixup *f = fixup_table_start; f < fixup_table_end; f++) {
		if (f->from == frame->iret.rip) {
			frame->iret.rip = f->to;
			return true;
		}
	}
	return false;
}

/* A fault while the last words are being written must not start them again. */
void host_fault(struct sb_cpu *cpu, const struct sb_event *last_words)
{
	if (!cpu->faulted) {
		cpu->faulted = 1;
		record_event(cpu, last_words);
		host_locks_forsake(cpu);
	}
	stop();
}

/* Last words use vectors up to 255 for exceptions and 256 + basic exit reason for exits. */
void unexpected_exit(struct sb_cpu *cpu, u32 reason)
{
	host_fault(cpu, &(struct sb_event){
		.type = SHADOW_BOX_EVENT_HOST_FAULT,
		.rip = vmread(VMCS_GUEST_RIP),
		.gla = vmread(VMCS_GUEST_LINEAR_ADDRESS),
		.gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS),
		.code = 256 + reason,
		.error = vmread(VMCS_EXIT_QUALIFICATION),
	});
}

/* No way on from @frame: an exception without a fixup, or a machine check. */
void fatal_exception(const struct host_frame *frame, struct sb_cpu *cpu)
{
	host_fault(cpu, &(struct sb_event){
		.type = SHADOW_BOX_EVENT_HOST_FAULT,
		.rip = frame->iret.rip,
		.gla = read_cr2(),
		.code = frame->vector,
		.error = frame->error,
	});
}

void handle_exception(struct host_frame *frame, struct sb_cpu *cpu)
{
	if (!apply_fixup(frame))
		fatal_exception(frame, cpu);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * EPT violations: the guest wrote to host memory, or used an address outside the physical map.
 */
#include "host.h"

/*
 * Host pages are mapped without write and execute access, onto zeros; every other page has all
 * rights. So a violation where reading is allowed (bit 3 of the qualification) is at a host page.
 */
#define QUALIFICATION_READABLE BIT(3)

/**
 * handle_ept_violation() - report and refuse the access
 * @cpu: this CPU
 *
 * The access gets #GP, or #DF if it was part of delivering an event: what the guest put its
 * descriptor tables or stacks on is no place for either.
 */
void handle_ept_violation(struct sb_cpu *cpu)
{
	u64 qualification = vmread(VMCS_EXIT_QUALIFICATION);
	bool delivering = vmread(VMCS_IDT_VECTORING_INFO) & INTR_INFO_VALID;

	record_event(cpu, &(struct host_event){
		.type = qualification & QUALIFICATION_READABLE ? SHADOW_BOX_EVENT_HOST_MEMORY
							       : SHADOW_BOX_EVENT_UNMAPPED,
		.rip = vmread(VMCS_GUEST_RIP),
		.gla = vmread(VMCS_GUEST_LINEAR_ADDRESS),
		.gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS),
		.code = qualification,
	});
	guest_inject_exception(delivering ? VECTOR_DF : VECTOR_GP);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host world's own functions. All run in VMX root operation with interrupts off, on the host's
 * page tables and stacks. No function can sleep or reach Linux; the only locks are the host's (lock.c).
 */
#ifndef SB_HOST_HOST_H
#define SB_HOST_HOST_H

#include "../abi/counters.h"
#include "../abi/cpu.h"
#include "../abi/event.h"
#include "../abi/facts.h"
#include "../abi/hypercall.h"
#include "../abi/image.h"
#include "../abi/layout.h"
#include "../abi/reports.h"
#include "../abi/status.h"
#include "../abi/vmx.h"
#include "../uapi/shadow_box.h"
#include "insn.h"
#include "vmcs.h"

/* What an exception, NMI or #MC in the host leaves on the stack (entry/vectors.S). */
struct host_frame {
	struct sb_regs regs;
	u64 vector;
	u64 error;
	struct sb_iret iret;
};

static inline struct sb_counters *cpu_counters(struct sb_cpu *cpu)
{
	return (struct sb_counters *)((u8 *)cpu + SB_CPU_COUNTERS - SB_CPU_PAGE);
}

static inline struct sb_ring *cpu_ring(struct sb_cpu *cpu)
{
	return (struct sb_ring *)((u8 *)cpu + SB_CPU_RING - SB_CPU_PAGE);
}

static inline struct sb_ring *cpu_violations(struct sb_cpu *cpu)
{
	return (struct sb_ring *)((u8 *)cpu + SB_CPU_VIOLATIONS - SB_CPU_PAGE);
}

#ifdef SB_HOST_IMAGE
static inline const struct sb_facts *facts(void)
{
	return (const struct sb_facts *)SB_FACTS;
}

static inline struct sb_status *status(void)
{
	return (struct sb_status *)SB_STATUS;
}

static inline struct sb_reports *kept_reports(void)
{
	return (struct sb_reports *)SB_REPORTS;
}

static inline struct sb_cpu *cpu_of_slot(u32 slot)
{
	return (struct sb_cpu *)(SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE);
}

/* Where pool.c finds the blocks, and the page directory that maps them. */
static inline u64 block_base(void)
{
	return SB_BLOCK_BASE;
}

static inline u64 *block_directory(void)
{
	return (u64 *)SB_BLOCK_PD;
}

/* Where physical.c finds Linux's RAM, the page that a CPU writes through, and its entry. */
static inline const void *ram_window(u64 gpa)
{
	return (const void *)(SB_RAM_BASE + gpa);
}

static inline void *slot_page(u32 slot)
{
	return (void *)(SB_SLOT_BASE + slot * SB_PAGE_SIZE);
}

static inline u64 *slot_pte(u32 slot)
{
	return (u64 *)SB_SLOT_PTES + slot;
}
#else /* unit tests */
const struct sb_facts *facts(void);
struct sb_status *status(void);
struct sb_reports *kept_reports(void);
struct sb_cpu *cpu_of_slot(u32 slot);
u64 block_base(void);
u64 *block_directory(void);
const void *ram_window(u64 gpa);
void *slot_page(u32 slot);
u64 *slot_pte(u32 slot);
#endif

/* Where the exit path keeps the guest's registers: 15 words below the one that aligns the stack. */
static inline struct sb_regs *cpu_regs(struct sb_cpu *cpu)
{
	return (struct sb_regs *)((u8 *)cpu + SB_CPU_STACK_TOP - SB_CPU_PAGE - 8) - 1;
}

/* Bytes of @size from @address on that lie in the same page. */
static inline u32 bytes_in_page(u64 address, u64 size)
{
	u32 left = SB_PAGE_SIZE - address % SB_PAGE_SIZE;

	return size < left ? size : left;
}

/* entry/exit.c */
void handle_exit(struct sb_regs *regs, struct sb_cpu *cpu);
_Noreturn void resume_failed(struct sb_cpu *cpu);

/* entry/exit_time.c, in test builds: how long the host stays */
#ifdef SHADOW_BOX_TEST
u32 stay_kind(const struct sb_regs *regs, u32 reason);
void note_stay(u32 kind, u32 ticks);
u64 tell_stay(u32 kind, u32 what);
u64 count_leaves(u32 level);
#else
static inline u32 stay_kind(const struct sb_regs *regs, u32 reason)
{
	return 0;
}

static inline void note_stay(u32 kind, u32 ticks)
{
}
#endif

/* guest/instruction.c: how an exit ends for the guest */
void guest_skip_instruction(void);
void guest_skip_bytes(u32 length);
void guest_inject_exception(u32 vector);
void guest_inject_error(u32 vector, u32 error);
void guest_inject_page_fault(u64 linear, u32 error);
u32 guest_cpl(void);
bool guest_in_ia32e_paging(void);
u64 guest_register(const struct sb_regs *regs, u32 number);
void set_guest_register(struct sb_regs *regs, u32 number, u64 value);

/* guest/cpuid.c, registers.c, descriptor.c, entry/ept_violation.c: emulation of what exits */
void emulate_cpuid(struct sb_regs *regs);
void emulate_rdmsr(struct sb_regs *regs, struct sb_cpu *cpu);
void emulate_wrmsr(struct sb_regs *regs, struct sb_cpu *cpu);
void emulate_xsetbv(struct sb_regs *regs, struct sb_cpu *cpu);
bool emulate_cr_access(struct sb_regs *regs, struct sb_cpu *cpu);
void emulate_gdtr_idtr_access(struct sb_regs *regs, struct sb_cpu *cpu);
void emulate_ldtr_tr_access(struct sb_regs *regs, struct sb_cpu *cpu);
void handle_ept_violation(struct sb_regs *regs, struct sb_cpu *cpu);

/* guest/instruction.c: an address as the guest's paging mode has it */
bool guest_canonical(u64 linear);
void forget_translations(struct sb_cpu *cpu);

/* watch/sweep.c */
void handle_preemption_timer(struct sb_regs *regs, struct sb_cpu *cpu);

/* guest/registers.c: what the policies want of this CPU's VMCS */
void apply_register_policies(struct sb_cpu *cpu);
bool has_descriptor_exiting(struct sb_cpu *cpu, u32 policy);
void apply_descriptor_exiting(struct sb_cpu *cpu);

/* guest/msrs.c: writes to MSRs by classification, and the MSR bitmap that all CPUs share */
bool write_classified_msr(struct sb_cpu *cpu, u32 msr, u64 value);
bool apply_msr_policies(void);

/* guest/ports.c: ports that put the machine to sleep */
void emulate_port_access(struct sb_regs *regs, struct sb_cpu *cpu);
void guard_sleep_ports(void);

/* Does one say where system calls enter the kernel? */
static inline bool is_syscall_msr(u32 msr)
{
	return (msr >= IA32_SYSENTER_CS && msr <= IA32_SYSENTER_EIP) ||
	       (msr >= IA32_STAR && msr <= IA32_FMASK);
}

/* memory/physical.c: guest memory by physical address */
const void *ram(u64 gpa, u32 size);
bool ram_write(struct sb_cpu *cpu, u64 gpa, const void *bytes, u32 size);
bool ram_cmpxchg(struct sb_cpu *cpu, u64 gpa, u64 old, u64 new);
bool is_ram(u64 gpa, u64 size);

/* memory/walk.c: guest memory by linear address */
#define ACCESS_WRITE	BIT(1)		/* as in a page fault's error code */
#define ACCESS_USER	BIT(2)
#define ACCESS_FETCH	BIT(4)

/**
 * struct walk - a linear address, translated by the guest's page tables
 * @gpa: guest-physical address
 * @error: page-fault error code if it does not translate so
 * @key: protection key of the page
 * @writable: every level allows writing
 * @user: every level allows user mode
 * @executable: no level forbids execution
 */
struct walk {
	u64 gpa;
	u32 error;
	u32 key;
	bool writable;
	bool user;
	bool executable;
};

bool guest_walk(u64 linear, struct walk *walk);
bool guest_read(u64 linear, void *to, u32 size);
bool guest_access(struct sb_cpu *cpu, u64 linear, u32 access, u64 *gpa);

/* guest/operand.c: operands of instructions that the host executes */
bool guest_store(struct sb_cpu *cpu, u64 linear, const void *bytes, u32 size);
bool guest_load(struct sb_cpu *cpu, u64 linear, void *bytes, u32 size);

/*
 * policy/protected_store.c: the host is about to store for an instruction to a page that Linux may not write to.
 * Reports it; returns true if it raised an exception instead, false if the store is to go on.
 * Called by guest_store() for the part of the store that lies in that page, before anything is
 * stored.
 */
bool protected_store(struct sb_cpu *cpu, u64 gpa, u64 linear, const void *bytes, u32 size);

/* verify/decode.c: the instructions that Linux patches its code with */
#define STORE_MAX 16

/**
 * struct store - what an instruction is about to write
 * @linear: where to; the last bytes may lie in the next page
 * @size: bytes, at most %STORE_MAX; with a REP prefix: of all repetitions that are left
 * @bytes: what
 * @length: bytes of the instruction
 * @source: linear address where MOVS reads, 0 for the others
 * @count: repetitions of a string instruction, 0 if it is none
 * @is_movs: it moves RSI and RDI
 * @is_stos: it moves RDI
 * @is_rep: it counts RCX down
 */
struct store {
	u64 linear;
	u32 size;
	u8 bytes[STORE_MAX];
	u32 length;
	u64 source;
	u64 count;
	bool is_movs;
	bool is_stos;
	bool is_rep;
};

bool decode_store(const struct sb_regs *regs, u64 linear, struct store *store);
void skip_store(struct sb_regs *regs, const struct store *store);
u64 store_source(const struct sb_regs *regs, u64 linear);

/* policy/code_map.c */
bool code_read(u64 address, void *to, u32 size);

/* policy/report.c: violations */

/**
 * struct violation - something that a policy forbids
 * @policy: enum shadow_box_policy
 * @why: enum shadow_box_why
 * @subject: enum shadow_box_subject
 * @observer: enum shadow_box_observer; what a sweep finds has happened, and nobody knows who did it
 * @subject_id: of a sweep: number of the subject, or 0
 * @subject_name: of a sweep: its name, %SB_SUBJECT_NAME_SIZE bytes, or NULL
 * @discard: if it is prevented, the offender does not learn of it (SHADOW_BOX_ACTION_DISCARDED)
 * @gla: guest-linear address or 0
 * @gpa: guest-physical address or 0
 * @code: see SHADOW_BOX_EVENT_CODE
 * @object: protected address as the kernel knows it, or 0
 * @caller: who called what is at RIP, if that is what must not be there; or 0: RIP is the offender
 * @size: bytes of @old and @new, at most 16; 0: unknown
 * @old: what is there
 * @new: what was to be there
 */
struct violation {
	u32 policy;
	u32 why;
	u32 subject;
	u32 observer;
	u32 subject_id;
	const char *subject_name;
	bool discard;
	u64 gla, gpa, code, object, caller;
	u32 size;
	const void *old, *new;
};

bool violation(struct sb_cpu *cpu, const struct violation *v);
void refusal(struct sb_cpu *cpu, u32 policy, u32 why, u64 code);

/* policy/first_reports.c */
void keep_report(const struct sb_event *record);
u32 policy_mode(u32 policy);

/* memory/ept.c: rights of pages in the EPT; all under the host's lock but for the first */
bool page_is_writable(u64 gpa);
bool is_host_memory(u64 gpa, u64 size);

/* entry/nmi.c, deliver.c */
void handle_nmi(struct host_frame *frame, struct sb_cpu *cpu);
void handle_machine_check(struct host_frame *frame, struct sb_cpu *cpu);
bool owe_machine_check(struct sb_cpu *cpu);
void take_nmi(struct sb_cpu *cpu);
void handle_nmi_window(struct sb_regs *regs, struct sb_cpu *cpu);
void handle_exception_exit(struct sb_regs *regs, struct sb_cpu *cpu);
void drop_events(struct sb_cpu *cpu);
void deliver_events(struct sb_cpu *cpu);

/* entry/hypercall.c, hypervisor.c, leave.c */
void handle_vmcall(struct sb_regs *regs, struct sb_cpu *cpu);
bool call_hypervisor(struct sb_regs *regs, struct sb_cpu *cpu);
_Noreturn void leave(struct sb_regs *regs, struct sb_cpu *cpu, u64 rip);

/* entry/start.c */
void handle_init(struct sb_regs *regs, struct sb_cpu *cpu);
void handle_sipi(struct sb_regs *regs, struct sb_cpu *cpu);
_Noreturn void reset_machine(struct sb_regs *regs, struct sb_cpu *cpu);

/* event.c */
const struct sb_event *record_event(struct sb_cpu *cpu, const struct sb_event *event);
u64 events_recorded(void);

/*
 * lock.c: the host's lock, for policies, pages, modules and code; and within it, or without it, the
 * one for records of violations
 */
void host_lock(struct sb_cpu *cpu);
void host_unlock(struct sb_cpu *cpu);
void record_lock(struct sb_cpu *cpu);
void record_unlock(struct sb_cpu *cpu);
void host_locks_forsake(struct sb_cpu *cpu);

/* entry/fault.c */
void handle_exception(struct host_frame *frame, struct sb_cpu *cpu);
_Noreturn void fatal_exception(const struct host_frame *frame, struct sb_cpu *cpu);
_Noreturn void host_fault(struct sb_cpu *cpu, const struct sb_event *last_words);
_Noreturn void unexpected_exit(struct sb_cpu *cpu, u32 reason);

/* entry/resume.S, gate.S */
extern const char resume_begin[], resume_end[];
_Noreturn void pass_gate(u64 leave, u64 cr3, u64 cr4, u64 gate);

#endif

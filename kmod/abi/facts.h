/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host knows of this kernel: written by Linux before the launch, while it is trusted,
 * read-only for the host and out of Linux's sight from then on.
 */
#ifndef SB_ABI_FACTS_H
#define SB_ABI_FACTS_H

#include "sites.h"

/* From @start to @end, which is not part of it. */
struct sb_extent {
	u64 start;
	u64 end;
};

/* What protected pages of the kernel hold. */
enum sb_protected_kind {
	SB_PROTECTED_CODE,		/* what @text of struct sb_facts describes */
	SB_PROTECTED_CONSTANTS,
	SB_PROTECTED_DESCRIPTORS,
	SB_PROTECTED_STARTUP,		/* code that starts a CPU; nothing patches it */
};

#define SB_PROTECTED_MAX 12

/**
 * struct sb_protected - pages of the kernel that a policy protects
 * @start: linear address, as the kernel knows it, page-aligned
 * @phys: physical address; they lie in one piece there
 * @size: bytes, whole pages
 * @policy: enum shadow_box_policy
 * @kind: enum sb_protected_kind
 *
 * Their owner in the EPT follows from their place in the table (host/memory/ept.h).
 */
struct sb_protected {
	u64 start;
	u64 phys;
	u64 size;
	u32 policy;
	u32 kind;
};

#define SB_RAM_EXTENTS 64
#define SB_LOCKS 8
#define SB_OTHER_CODE 24
#define SB_UNALIGNED 3

#define SB_SLEEP_PORTS 3
#define SB_SLEEP_NONE 0xff

/**
 * struct sb_sleep_port - a register that puts the machine to sleep (ACPI 4.8.3.2.1, 4.8.3.7)
 * @port: of the byte that has the sleep type in bits 4:2 and, in bit 5, that the machine is to sleep
 * @off: the type that switches the machine off (S5), or %SB_SLEEP_NONE
 */
struct sb_sleep_port {
	u16 port;
	u16 off;
};

#define SB_SETTINGS_MAX		24
#define SB_SETTING_MAX		256	/* bytes of one */
#define SB_SETTINGS_BYTES	2048	/* and of all */
#define SB_SETTING_NAME_SIZE	24

/**
 * struct sb_setting - a variable of the kernel that the host compares
 * @address: linear address
 * @size: bytes, at most %SB_SETTING_MAX
 * @is_text: its value ends with the first zero
 * @name: in reports, NUL-padded
 */
struct sb_setting {
	u64 address;
	u32 size;
	u32 is_text;
	char name[SB_SETTING_NAME_SIZE];
};

#define SB_CRED_MAX		192	/* bytes of struct cred that are read */

#define SB_SLOTS_MAX		24
#define SB_SLOT_WORDS		512	/* of all */
#define SB_CHAINS_MAX		48
#define SB_NODE_MAX		96	/* bytes of a node that are read */
#define SB_PLACE_NAME_SIZE	16

/**
 * struct sb_slots - pointers next to each other whose values stay as they are
 * @address: linear address of the first
 * @guard: linear address of a word that tells whether they are there still; 0: they always are
 * @guarded: what that word is then
 * @words: how many there are
 * @name: in reports, NUL-padded
 */
struct sb_slots {
	u64 address;
	u64 guard;
	u64 guarded;
	u32 words;
	char name[SB_PLACE_NAME_SIZE];
};

/* How Linux keeps the functions that it calls one after another. */
enum sb_chain_kind {
	SB_CHAIN_LIST,		/* nodes */
	SB_CHAIN_COUNTED,	/* a table, whose first 16 bits say how many entries it has */
	SB_CHAIN_ENDED,		/* a table, whose last entry is 0 */
};

/**
 * struct sb_chain - functions that register and unregister
 * @head: linear address of the pointer to the first node, or to the table
 * @end: what a pointer to a node is after the last one, if it is not 0
 * @heads: how many such pointers lie next to each other
 * @kind: enum sb_chain_kind
 * @function: offset of the pointer to a function in a node, or of the first in a table
 * @step: offset of the pointer to the next node, or bytes of an entry
 * @name: in reports, NUL-padded
 *
 * Both offsets leave a node with less than %SB_NODE_MAX bytes.
 */
struct sb_chain {
	u64 head;
	u64 end;
	u16 heads;
	u16 kind;
	u16 function;
	u16 step;
	char name[SB_PLACE_NAME_SIZE];
};

/*
 * Pages of the pool that only the hiding of one more block may take, for the tables in place of its
 * leaves of 1 GB and 2 MB. The launch leaves as many at least.
 */
#define SB_POOL_RESERVE	2

/* Free pages of the pool that code-integrity is not switched on without. */
#define SB_POOL_DYNAMIC	64

/**
 * struct sb_facts - this machine and this kernel
 * @nr_ram: extents of RAM in @ram
 * @nr_cpus: CPU slots
 * @levels: 4 or 5, of Linux's page tables
 * @nr_blocks: blocks of host memory at the launch
 * @ram: physical addresses mapped at SB_RAM_BASE, page-aligned, ascending
 * @block: physical address of each block, 0 for none
 * @pool: pages that the host may use as it likes: the last of the blocks' pages, as host-virtual
 *	addresses within SB_BLOCK_BASE
 * @ept_root: physical address of the EPT's PML4
 * @ept_zero: physical address of the page of zeros that hides host memory
 * @page_offset: linear address of physical address 0 in Linux's direct map
 * @module_space: linear addresses of modules, BPF code and trampolines
 * @text: the kernel's code: linear addresses and what is patched there
 * @nr_protected: how many of @protected there are
 * @has_user_tables: each page table has a second top level, a page further on, with which programs run
 * @protected: the kernel's own pages that policies protect
 * @unaligned: linear addresses of functions to which static calls may go although they are not aligned;
 *	0 for none
 * @vmcall: linear address of the one VMCALL that commands the host (linux/run/hypercall.S)
 * @vmcall_phys: its physical address
 * @startup: physical address of the page where Linux starts CPUs (its real-mode trampoline)
 * @poking_cr3: physical address of the page table with which the kernel patches code
 * @ftrace_caller: linear addresses of ftrace_caller and of ftrace_caller_op_ptr: up to there a trampoline is
 *	a copy
 * @ftrace_regs_caller: likewise
 * @optprobe: linear address of optprobe_template_entry, in text or rodata; 0 for none
 * @optprobe_clac: bytes of the template until three that may differ
 * @optprobe_val: bytes of the template until it differs
 * @task_pid: offset of pid in struct task_struct
 * @task_comm: offset of comm there
 * @task_flags: offset of flags there
 * @skip: refused writes never get an exception
 * @nr_locks: how many of @lock there are
 * @lock: physical addresses of the kernel's locks of patching and modules: struct mutex, whose first
 *	word is the task that holds it, but for its lowest three bits
 * @kernel_cr3: physical address of the page table of the kernel itself, which has no program
 * @modules: linear address of the head of the list of modules
 * @module_list: offset of the list's entry in struct module
 * @init_task: linear address of the first task
 * @pid_table: linear address of the root entry of the initial namespace's PIDs
 * @task_tasks, @task_leader, @task_start, @task_pid_link: offsets in struct task_struct: of the list of
 *	processes, of the leader of its threads, of the time of its start, of the entry in its PID's list
 * @pid_tasks: offset of that list in struct pid
 * @node_shift, @node_slots: offsets in struct xa_node
 * @init_cred: linear address of the credentials of the first task
 * @task_cred, @task_programs, @task_signal: offsets in struct task_struct: of its real credentials, of the number of
 *	programs that it has started, of the pointer to what its threads share
 * @signal_guard: offset there of the owner of the lock that who starts a program holds
 * @cred_ids: offset of uid in struct cred
 * @cred_caps, @cred_namespace: offsets, from there, of the permitted capabilities and the user namespace
 * @cred_size: bytes from uid to the last of these, at most %SB_CRED_MAX
 * @tsc_khz: ticks of the TSC in a millisecond
 * @timer_shift: the VMX-preemption timer counts each time that this bit of the TSC changes
 * @launch_id: random number of this launch
 * @nr_settings: how many of @setting there are
 * @setting: settings of the kernel, %SB_SETTINGS_BYTES at most in all
 * @nr_slots: how many of @slots there are
 * @nr_chains: how many of @chain there are
 * @slots: pointers of the kernel to code or to tables of code, %SB_SLOT_WORDS at most in all
 * @chain: functions that it calls and that come and go
 * @nr_other_code: how many of @other_code there are
 * @other_code: physical addresses of code that the kernel calls and that is not its own: the firmware's and a
 *	hypervisor's
 * @nr_sleep_ports: how many of @sleep_port there are
 * @sleep_port: what puts the machine to sleep, as the firmware's tables say
 */
struct sb_facts {
	u32 nr_ram;
	u32 nr_cpus;
	u32 levels;
	u32 nr_blocks;
	struct sb_extent ram[SB_RAM_EXTENTS];
	u64 block[64];
	struct sb_extent pool;
	u64 ept_root;
	u64 ept_zero;
	u64 page_offset;
	struct sb_extent module_space;
	struct sb_region text;
	u32 nr_protected;
	u32 has_user_tables;
	struct sb_protected protected[SB_PROTECTED_MAX];
	u64 unaligned[SB_UNALIGNED];
	u64 vmcall;
	u64 vmcall_phys;
	u64 startup;
	u64 poking_cr3;
	struct sb_extent ftrace_caller;
	struct sb_extent ftrace_regs_caller;
	u64 optprobe;
	u32 optprobe_clac;
	u32 optprobe_val;
	u32 task_pid;
	u32 task_comm;
	u32 task_flags;
	u32 skip;
	u32 nr_locks;
	u64 lock[SB_LOCKS];
	u64 kernel_cr3;
	u64 modules;
	u32 module_list;
	u32 task_tasks;
	u64 init_task;
	u64 pid_table;
	u32 task_leader;
	u32 task_start;
	u32 task_pid_link;
	u32 pid_tasks;
	u32 node_shift;
	u32 node_slots;
	u64 init_cred;
	u32 task_cred;
	u32 task_programs;
	u32 task_signal;
	u32 signal_guard;
	u32 cred_ids;
	u32 cred_caps;
	u32 cred_namespace;
	u32 cred_size;
	u32 tsc_khz;
	u32 timer_shift;
	u64 launch_id;
	u32 nr_settings;
	struct sb_setting setting[SB_SETTINGS_MAX];
	u32 nr_slots;
	u32 nr_chains;
	struct sb_slots slots[SB_SLOTS_MAX];
	struct sb_chain chain[SB_CHAINS_MAX];
	u32 nr_other_code;
	struct sb_extent other_code[SB_OTHER_CODE];
	u32 nr_sleep_ports;
	struct sb_sleep_port sleep_port[SB_SLEEP_PORTS];
};

#define SB_FACTS_PAGES 2

_Static_assert(sizeof(struct sb_facts) <= SB_FACTS_PAGES * SB_PAGE_SIZE, "pages of facts");

#endif

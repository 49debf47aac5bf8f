// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that the kernel does not export. One pass over its symbols finds the entries of
 * functions, and what is wanted by name: on some kernels looking up one name costs a whole pass.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../../abi/sites.h"
#include "compat.h"
#include "symbols.h"

/**
 * struct wanted - a symbol that is looked for
 * @name: its name, at least four characters
 * @address: 0 if it was not found
 * @twice: there are several of that name, so that none is known
 * @next: 1 + the index of the next one with the same hash; 0: none
 */
struct wanted {
	const char *name;
	unsigned long address;
	bool twice;
	u8 next;
};

enum { ETEXT, EACH_MATCH };

static struct wanted wanted[] = {
	[ETEXT] = { "_etext" },
	[EACH_MATCH] = { "kallsyms_on_each_match_symbol" },
	{ "_text" }, { "__start_rodata" }, { "__end_rodata" },
	{ "__start___jump_table" }, { "__stop___jump_table" },
	{ "__start_static_call_sites" }, { "__stop_static_call_sites" },
	{ "__static_call_text_start" }, { "__static_call_text_end" },
	{ "ftrace_pages_start" }, { "ftrace_lock" },
	{ "ftrace_caller" }, { "ftrace_caller_op_ptr" }, { "ftrace_call" },
	{ "ftrace_regs_caller" }, { "ftrace_regs_caller_op_ptr" }, { "ftrace_regs_call" },
	{ "ftrace_stub" },
	{ "optprobe_template_entry" }, { "optprobe_template_clac" }, { "optprobe_template_val" },
	{ SB_POKING_MM }, { "text_mutex" }, { "kprobe_mutex" }, { "kprobe_table" },
	{ "real_mode_header" },
	{ "modules" }, { "module_mutex" }, { "__start_BTF" }, { "__stop_BTF" },
	{ "rodata_enabled" }, { "uniproc_patched" }, { "smp_alt_modules" },
	{ "preempt_schedule_thunk" }, { "preempt_schedule_notrace_thunk" },
	{ "__static_call_return" },
	{ "event_mutex" }, { "tracepoints_mutex" }, { "cgroup_mutex" },
	{ "arch_prepare_kprobe" }, { "arch_prepare_kprobe_ftrace" }, { "enable_kprobe" },
	{ "function_trace_init" }, { "register_ftrace_graph" }, { "ftrace_startup" },
	{ "ftrace_set_filter_ip" }, { "ftrace_set_filter_ips" },
	{ "ftrace_filter_open" }, { "ftrace_notrace_open" },
	{ "bpf_trampoline_link_prog" }, { "bpf_trampoline_link_cgroup_shim" },
	{ "bpf_dispatcher_change_prog" }, { "bpf_trampoline_multi_attach" },
	{ "register_fprobe" }, { "register_fprobe_ips" }, { "register_ftrace_direct" },
	{ "register_ftrace_direct_multi" }, { "klp_enable_patch" },
	/* asked.c, process.c */
	{ "pre_handler_kretprobe" }, { "kprobe_ftrace_handler" }, { "fprobe_handler" },
	{ "fprobe_kprobe_handler" }, { "fprobe_ftrace_entry" }, { "fprobe_fgraph_entry" },
	{ "fprobe_entry" }, { "ftrace_graph_func" }, { "klp_ftrace_handler" }, { "call_direct_funcs" },
	{ "get_task_exe_file" },
	{ "init_top_pgt" }, { "hv_hypercall_pg" },
	/* settings.c */
	{ "modprobe_path" }, { "core_pattern" }, { "poweroff_cmd" }, { "uevent_helper" },
	{ "panic_on_oops" }, { "ftrace_enabled" }, { "kptr_restrict" }, { "dmesg_restrict" },
	{ "suid_dumpable" }, { "modules_disabled" }, { "kexec_load_disabled" },
	{ "sysctl_perf_event_paranoid" }, { "sysctl_unprivileged_bpf_disabled" },
	{ "sig_enforce" }, { "kernel_locked_down" }, { "ptrace_scope" }, { "audit_enabled" },
	{ "aa_g_profile_mode" }, { "selinux_state" },
	/* pointers.c */
	{ "die_chain" }, { "module_notify_list" }, { "reboot_notifier_list" }, { "panic_notifier_list" },
	{ "restart_handler_list" }, { "keyboard_notifier_list" }, { "vt_notifier_list" },
	{ "usb_notifier_list" }, { "netdev_chain" }, { "inetaddr_chain" }, { "inet6addr_chain" },
	{ "netevent_notif_chain" }, { "oom_notify_list" }, { "x86_mce_decoder_chain" }, { "pm_chain_head" },
	{ "formats" }, { "ftrace_ops_list" }, { "ftrace_list_end" },
	{ "__tracepoint_sys_enter" }, { "__tracepoint_sys_exit" }, { "__tracepoint_sched_switch" },
	{ "__tracepoint_sched_process_fork" }, { "__tracepoint_sched_process_exec" },
	{ "__tracepoint_sched_process_exit" },
	{ "tcp_prot" }, { "udp_prot" }, { "tcpv6_prot" }, { "udpv6_prot" },
	{ "n_tty_ops" }, { "tty_ldiscs" }, { "security_hook_heads" },
	{ "proc_root" }, { "proc_subdir_lock" },
};

#define WANTED_BITS 6

/* 1 + the index of the first symbol wanted with that hash; 0: none. Written before the pass. */
static u8 first[1 << WANTED_BITS];

/* Of the first four characters: all but one in a hundred symbols are passed over at once. */
static u32 hash_of(const char *name)
{
	u32 word;

	memcpy(&word, name, sizeof(word));
	return hash_32(word, WANTED_BITS);
}

static void make_hash(void)
{
	u32 i;

	memset(first, 0, sizeof(first));
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		u8 *head = &first[hash_of(wanted[i].name)];

		wanted[i].address = 0;
		wanted[i].twice = false;
		wanted[i].next = *head;
		*head = i + 1;
	}
}

static void note(struct wanted *w, unsigned long address)
{
	w->twice = w->address;
	w->address = address;
}

static void note_wanted(const char *name, unsigned long address)
{
	u32 i;

	for (i = first[hash_of(name)]; i; i = wanted[i - 1].next)
		if (!strcmp(wanted[i - 1].name, name))
			note(&wanted[i - 1], address);
}

/* Padding before a function has a symbol of its own. */
bool sb_is_padding(const char *name)
{
	return name[0] == '_' && (!strncmp(name, "__pfx_", 6) || !strncmp(name, "__cfi_", 6));
}

/*
 * Symbols come in the order of their addresses: first per-CPU variables, as offsets, then code.
 * Those after it need not be gone through where the kernel finds them by name.
 */
static int note_symbol(SB_SYMBOL_ARGUMENTS(void *data, const char *name, unsigned long address))
{
	struct sb_functions *functions = data;
	unsigned long offset;

	note_wanted(name, address);
	if (!functions->start && address >= __START_KERNEL_map)
		functions->start = address & PAGE_MASK;
	offset = address - functions->start;
	if (offset < SB_TEXT_MAX && !(offset % SB_FUNCTION_ALIGN) && !sb_is_padding(name))
		__set_bit(offset / SB_FUNCTION_ALIGN, (unsigned long *)functions->bitmap);
	return wanted[ETEXT].address && address > wanted[ETEXT].address &&
	       wanted[EACH_MATCH].address;
}

static int note_match(void *data, unsigned long address)
{
	note(data, address);
	return 0;
}

/* All once more, for one of the same name may come after the code. */
static void find_by_name(unsigned long each_match)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		wanted[i].address = 0;
		wanted[i].twice = false;
		sb_call(each_match, (unsigned long)note_match, (unsigned long)wanted[i].name,
			(unsigned long)&wanted[i]);
	}
}

unsigned long sb_call_address(unsigned long address, unsigned long a, unsigned long b,
			      unsigned long c);

/**
 * sb_call() - call a function of the kernel that is not exported
 * @function: its address
 * @a: first argument
 * @b: second argument
 * @c: third argument
 *
 * Return: what it returns.
 */
unsigned long sb_call(unsigned long function, unsigned long a, unsigned long b, unsigned long c)
{
	if (sb_is_endbr((void *)function))
		function += ENDBR_INSN_SIZE;
	return sb_call_address(function, a, b, c);
}

/* The kprobe is only asked where it would be; it never stands. */
static unsigned long find_by_kprobe(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };

	if (register_kprobe(&probe))
		return 0;
	unregister_kprobe(&probe);
	return (unsigned long)probe.addr;
}

static int no_symbols(struct sb_reason *reason)
{
	return sb_refuse(reason, -ENODEV,
			 "this kernel does not tell its symbols (CONFIG_KPROBES and CONFIG_KALLSYMS_ALL are needed)");
}

/**
 * sb_symbols_init() - find the symbols that this module needs
 * @functions: filled in
 * @reason: filled in on refusal
 *
 * Context: may sleep.
 * Return: 0, -ENODEV or -ENOMEM.
 */
int sb_symbols_init(struct sb_functions *functions, struct sb_reason *reason)
{
	unsigned long each = find_by_kprobe("kallsyms_on_each_symbol");

	if (!each)
		return no_symbols(reason);
	functions->start = 0;
	functions->bitmap = vzalloc(SB_TEXT_MAX / SB_FUNCTION_ALIGN / 8);
	if (!functions->bitmap)
		return sb_refuse(reason, -ENOMEM, "no memory for the kernel's symbols");
	make_hash();
	if (sb_call(each, (unsigned long)note_symbol, (unsigned long)functions, 0))
		find_by_name(wanted[EACH_MATCH].address);
	if (functions->start == sb_symbol("_text") && functions->start)
		return 0;
	vfree(functions->bitmap);
	return no_symbols(reason);
}

/**
 * sb_symbol() - address of something that is not exported
 * @name: one of those in the list above
 *
 * Context: any, after sb_symbols_init(); a few dozen instructions, for patching asks at each turn.
 * Return: its address, 0 if this kernel has none of that name, or several.
 */
unsigned long sb_symbol(const char *name)
{
	u32 i;

	for (i = first[hash_of(name)]; i; i = wanted[i - 1].next)
		if (!strcmp(wanted[i - 1].name, name))
			return wanted[i - 1].twice ? 0 : wanted[i - 1].address;
	WARN_ONCE(1, "shadow-box: %s is not looked for\n", name);
	return 0;
}

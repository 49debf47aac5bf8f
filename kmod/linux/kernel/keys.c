// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the keys of jump labels and static calls are for. The kernel has one table for all of them, which
 * does not tell a switch of the scheduler from one of the security modules: their names do.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/pgtable_64_types.h>

#include "../../abi/sites.h"
#include "keys.h"
#include "symbols.h"

/**
 * struct family - keys of the kernel that are for the same
 * @prefix: how their names begin
 * @flags: SB_SITE_...
 */
struct family {
	const char *prefix;
	u32 flags;
};

/* The key of a static call has the prefix __SCK__, its trampoline __SCT__. */
static const struct family families[] = {
	/* Probes of tracepoints. */
	{ "tp_func_", SB_SITE_MODULES },
	/* perf asks KVM about its guests. */
	{ "__perf_guest_", SB_SITE_MODULES },
	{ "bpf_dispatcher_xdp_call", SB_SITE_BPF },
	/* Security modules are set up while the kernel starts, and stay (static_calls_table, since 6.12). */
	{ "lsm_static_call_", SB_SITE_FROZEN },
	{ "security_hook_active_", SB_SITE_FROZEN },
};

static bool is_constant(u64 address)
{
	return address >= sb_symbol("__start_rodata") && address < sb_symbol("__end_rodata");
}

static u32 flags_of_name(const char *name)
{
	u32 i;

	if (!strncmp(name, "__SCK__", 7) || !strncmp(name, "__SCT__", 7))
		name += 7;
	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (!strncmp(name, families[i].prefix, strlen(families[i].prefix)))
			return families[i].flags;
	return 0;
}

/**
 * sb_key_flags() - what may become of the sites of a key
 * @address: of a static key, of the key of a static call, or of the trampoline of one
 *
 * A module's keys are its own matter. Who wants to change one of the kernel's that is constant after
 * the start would have to write to constants.
 *
 * Context: any, after sb_symbols_init(); some thousand instructions.
 * Return: %SB_SITE_MODULES, %SB_SITE_BPF, %SB_SITE_FROZEN.
 */
u32 sb_key_flags(u64 address)
{
	char name[KSYM_SYMBOL_LEN];

	if (address >= MODULES_VADDR)
		return SB_SITE_MODULES;
	if (is_constant(address))
		return SB_SITE_FROZEN;
	sprint_symbol_no_offset(name, address);
	return flags_of_name(name);
}

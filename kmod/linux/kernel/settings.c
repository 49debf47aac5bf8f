// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of this kernel that whoever takes it over changes: which programs the kernel starts by itself,
 * and what it forbids. Each as far as this kernel has it.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "../../abi/facts.h"
#include "settings.h"
#include "symbols.h"

/* Sizes of these texts in all kernels that this is built for; some headers tell some of them. */
#define MODPROBE_PATH_SIZE 256
#define UEVENT_HELPER_SIZE 256
#define POWEROFF_CMD_SIZE 256
#define CORENAME_SIZE 128

/**
 * struct known - a setting that is looked for
 * @symbol: of the kernel
 * @size: bytes; more than a word has: a text
 * @name: in reports, where it differs from the symbol
 */
struct known {
	const char *symbol;
	u32 size;
	const char *name;
};

static const struct known known[] = {
	/* Programs that the kernel starts as root, and of which it takes one for the other. */
	{ "modprobe_path", MODPROBE_PATH_SIZE },
	{ "core_pattern", CORENAME_SIZE },
	{ "poweroff_cmd", POWEROFF_CMD_SIZE },
	{ "uevent_helper", UEVENT_HELPER_SIZE },
	/* What attackers switch off first, or on. */
	{ "panic_on_oops", sizeof(int) },
	{ "ftrace_enabled", sizeof(int) },
	{ "kptr_restrict", sizeof(int) },
	{ "dmesg_restrict", sizeof(int) },
	{ "suid_dumpable", sizeof(int) },
	{ "modules_disabled", sizeof(int) },
	{ "kexec_load_disabled", sizeof(int) },
	{ "sysctl_perf_event_paranoid", sizeof(int), "perf_event_paranoid" },
	{ "sysctl_unprivileged_bpf_disabled", sizeof(int), "unprivileged_bpf" },
	{ "sig_enforce", sizeof(bool), "module.sig_enforce" },
	{ "kernel_locked_down", sizeof(int), "lockdown" },
	{ "ptrace_scope", sizeof(int), "yama.ptrace_scope" },
	{ "audit_enabled", sizeof(u32) },
	{ "aa_g_profile_mode", sizeof(int), "apparmor.mode" },
#ifdef CONFIG_SECURITY_SELINUX_DEVELOP
	/* enforcing is its first member. */
	{ "selinux_state", sizeof(bool), "selinux.enforcing" },
#endif
};

static_assert(ARRAY_SIZE(known) <= SB_SETTINGS_MAX);

static void add(struct sb_facts *facts, const struct known *k, u64 address)
{
	struct sb_setting *s = &facts->setting[facts->nr_settings++];

	s->address = address;
	s->size = k->size;
	s->is_text = k->size > sizeof(u64);
	strscpy(s->name, k->name ?: k->symbol, sizeof(s->name));
}

/**
 * sb_settings_find() - tell the host of the settings that this kernel has
 * @facts: filled in
 *
 * Context: after sb_symbols_init().
 */
void sb_settings_find(struct sb_facts *facts)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		u64 address = sb_symbol(known[i].symbol);

		if (address)
			add(facts, &known[i], address);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deny, said before anything is done. The host refuses a hook when the kernel writes it, and by then
 * the kernel believes that it stands. So while kprobes, ftrace or bpf are on deny, the functions that
 * set hooks return -EPERM at once: whoever registers one gets an error, and nothing is half done.
 * Those that take hooks away are left alone. This is for honest users: whoever goes round it meets
 * the host.
 *
 * It is done by kprobes, set before any policy denies or logs them, and only then: whoever allows
 * hooks pays nothing. They are breakpoints behind a function's call of ftrace, so that they do not
 * depend on ftrace. They also see who asks for a hook, which is noted (asked.c).
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <asm/ibt.h>
#include <asm/text-patching.h>

#include "../../uapi/shadow_box.h"
#include "../kernel/compat.h"
#include "../kernel/symbols.h"
#include "../state.h"
#include "asked.h"
#include "courtesy.h"
#include "hooks.h"

/**
 * struct veto - a function of the kernel that sets hooks
 * @symbol: its name; a kernel that has none of that name has no need of this veto
 * @denies: whether it is to return -EPERM; it may change the arguments instead. NULL: never
 * @asked: notes what it is asked for, or NULL
 * @probe: where it is asked
 */
struct veto {
	const char *symbol;
	bool (*denies)(struct pt_regs *regs);
	void (*asked)(const struct pt_regs *regs);
	struct kprobe probe;
};

static bool is_denied(u32 policy)
{
	return sb_policy_mode(policy) == SHADOW_BOX_MODE_ENFORCE;
}

/* Has the host no room for one more? */
static bool is_full(void)
{
	return READ_ONCE(sb_core.world.status->probes) >= SB_PROBES_MAX;
}

static bool denies_kprobes(struct pt_regs *regs)
{
	return is_denied(SHADOW_BOX_POLICY_KPROBES) || is_full();
}

static bool denies_ftrace(struct pt_regs *regs)
{
	return is_denied(SHADOW_BOX_POLICY_FTRACE);
}

static bool denies_bpf(struct pt_regs *regs)
{
	return is_denied(SHADOW_BOX_POLICY_BPF);
}

/* enable_kprobe(probe): one that was registered earlier, and ftrace's if it is at an entry. */
static bool denies_enabling(struct pt_regs *regs)
{
	struct kprobe *probe = (struct kprobe *)regs->di;

	return kprobe_ftrace(probe) ? denies_ftrace(regs) : denies_kprobes(regs);
}

/* An open(inode, file): a filter that is written to can add functions to a tracer that runs. */
static bool denies_filter(struct pt_regs *regs)
{
	const struct file *file = (const struct file *)regs->si;

	return denies_ftrace(regs) && file->f_mode & FMODE_WRITE;
}

/* ftrace_set_filter_ip(ops, ip, remove, reset): by removal a hook is taken away. */
static bool denies_address(struct pt_regs *regs)
{
	return denies_ftrace(regs) && !(u32)regs->dx;
}

/* ftrace_set_filter_ips(ops, ips, count, remove, reset) likewise. */
static bool denies_addresses(struct pt_regs *regs)
{
	return denies_ftrace(regs) && !(u32)regs->cx;
}

/*
 * bpf_dispatcher_change_prog(dispatcher, from, to) cannot fail: the old program goes, and no new one
 * comes. Programs are called without the dispatcher then.
 */
static bool denies_dispatching(struct pt_regs *regs)
{
	if (denies_bpf(regs))
		regs->dx = 0;
	return false;
}

/*
 * The first is needed from the launch on, for the host's room for kprobes ends whatever the policies
 * say. Each returns an int whose callers expect errors. Not all callers of ftrace_startup() do: the
 * function tracer and function graphs are refused before they come that far.
 */
static struct veto vetoes[] = {
	{ "arch_prepare_kprobe", denies_kprobes, sb_asked_kprobe },
	{ "arch_prepare_kprobe_ftrace", denies_ftrace, sb_asked_kprobe },
	{ "enable_kprobe", denies_enabling },
	{ "function_trace_init", denies_ftrace },
	{ "register_ftrace_graph", denies_ftrace, sb_asked_graph },
	{ "ftrace_startup", denies_ftrace, sb_asked_ftrace },
	{ "ftrace_set_filter_ip", denies_address },
	{ "ftrace_set_filter_ips", denies_addresses },
	{ "ftrace_filter_open", denies_filter },
	{ "ftrace_notrace_open", denies_filter },
	{ "bpf_trampoline_link_prog", denies_bpf, sb_asked_link },
	{ "bpf_trampoline_link_cgroup_shim", denies_bpf, sb_asked_program },
	{ "bpf_trampoline_multi_attach", denies_bpf, sb_asked_program },
	{ "bpf_dispatcher_change_prog", denies_dispatching, sb_asked_dispatcher },
	{ "register_fprobe", NULL, sb_asked_fprobe },
	{ "register_fprobe_ips", NULL, sb_asked_fprobe },
	{ "register_ftrace_direct", NULL, sb_asked_direct },
	{ "register_ftrace_direct_multi", NULL, sb_asked_direct },
	{ "klp_enable_patch", NULL, sb_asked_livepatch },
};

/* How many of them have been set, from the first on. */
static u32 nr_set;

/* The function has not done anything yet: its return address is on top of the stack. */
static int ask(struct kprobe *probe, struct pt_regs *regs)
{
	const struct veto *veto = container_of(probe, struct veto, probe);

	if (veto->asked)
		veto->asked(regs);
	if (!veto->denies || !veto->denies(regs))
		return 0;
	pr_notice_ratelimited("denied: %s[%d] may not set a hook (%s)\n", current->comm,
			      task_pid_nr(current), veto->symbol);
	regs->ax = -EPERM;
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(unsigned long);
	return 1;
}

/* With one of these a kprobe stays a breakpoint: a jump could not change where the kernel goes on. */
static void nothing(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

/* Behind ENDBR and the call of ftrace, if there are any. */
static kprobe_opcode_t *beginning_of(unsigned long function)
{
	static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	kprobe_opcode_t *code = (kprobe_opcode_t *)function;

	if (sb_is_endbr(code))
		code += ENDBR_INSN_SIZE;
	if (*code == CALL_INSN_OPCODE || !memcmp(code, nop5, sizeof(nop5)))
		code += CALL_INSN_SIZE;
	return code;
}

static void set(struct veto *veto)
{
	unsigned long function = sb_symbol(veto->symbol);

	if (!function)
		return;
	veto->probe = (struct kprobe){ .addr = beginning_of(function), .pre_handler = ask,
				       .post_handler = nothing };
	if (register_kprobe(&veto->probe)) {
		pr_notice("%s cannot be asked to refuse hooks: under deny it goes on as if they stood\n",
			  veto->symbol);
		veto->probe.addr = NULL;
	}
}

static void set_up_to(u32 nr)
{
	for (; nr_set < nr; nr_set++)
		set(&vetoes[nr_set]);
}

/**
 * sb_courtesy_init() - from now on kprobes are refused when the host has no room for them
 *
 * Context: may sleep; no policy denies or logs kprobes yet.
 */
void sb_courtesy_init(void)
{
	sb_asked_init();
	set_up_to(1);
}

/**
 * sb_courtesy_prepare() - before policies that deny or log hooks: what is denied will be refused
 * @modes: enum shadow_box_mode of each policy, by enum shadow_box_policy
 * @mask: a bit for each policy that is about to be set
 *
 * Context: may sleep; patching goes on; under sb_core.lock.
 */
void sb_courtesy_prepare(const u32 modes[], u32 mask)
{
	static const u32 hooks[] = {
		SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_POLICY_FTRACE, SHADOW_BOX_POLICY_BPF,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (mask >> hooks[i] & 1 && modes[hooks[i]] != SHADOW_BOX_MODE_OFF)
			set_up_to(ARRAY_SIZE(vetoes));
}

void sb_courtesy_exit(void)
{
	struct kprobe *standing[ARRAY_SIZE(vetoes)];
	u32 i, nr = 0;

	for (i = 0; i < nr_set; i++)
		if (vetoes[i].probe.addr)
			standing[nr++] = &vetoes[i].probe;
	unregister_kprobes(standing, nr);
	nr_set = 0;
	sb_hooks_forget();
}

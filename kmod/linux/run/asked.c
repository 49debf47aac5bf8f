// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel is asked for when somebody sets a hook: the arguments of the functions that do it
 * (courtesy.c), and whose function they name. A hook is often set by way of another kind: a kprobe at
 * a function's entry by way of ftrace, a BPF program by way of a direct call. The one who asked
 * first knows whose it is, so that what the kernel then asks of itself is not noted.
 */
#include <linux/bpf.h>
#include <linux/fprobe.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../../uapi/shadow_box.h"
#include "../kernel/compat.h"
#include "../kernel/symbols.h"
#include "asked.h"
#include "hooks.h"

#define POLICY(name) (1u << SHADOW_BOX_POLICY_##name)

/* By which the kernel calls hooks of another kind. */
static const char *const go_betweens[] = {
	"kprobe_ftrace_handler", "fprobe_handler", "fprobe_kprobe_handler", "fprobe_ftrace_entry",
	"fprobe_fgraph_entry", "fprobe_entry", "ftrace_graph_func", "klp_ftrace_handler",
	"call_direct_funcs",
};

static u64 go_between[ARRAY_SIZE(go_betweens)];
static u64 kretprobe_handler;

static bool is_go_between(u64 function)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(go_between); i++)
		if (function && function == go_between[i])
			return true;
	return false;
}

/* Looks up once what each hook is compared with. */
void sb_asked_init(void)
{
	u32 i;

	kretprobe_handler = sb_symbol("pre_handler_kretprobe");
	for (i = 0; i < ARRAY_SIZE(go_betweens); i++)
		go_between[i] = sb_symbol(go_betweens[i]);
}

static void note(struct sb_hook hook)
{
	if (!hook.function || is_go_between(hook.function))
		return;
	hook.tsc = rdtsc();
	hook.pid = task_pid_nr(current);
	sb_hook_note(&hook);
}

/* arch_prepare_kprobe(probe), arch_prepare_kprobe_ftrace(probe) */
void sb_asked_kprobe(const struct pt_regs *regs)
{
	struct kprobe *probe = (struct kprobe *)regs->di;
	void *function = probe->pre_handler ? (void *)probe->pre_handler : probe->post_handler;

#ifdef CONFIG_KRETPROBES
	if (function && (u64)function == kretprobe_handler) {
		struct kretprobe *ret = container_of(probe, struct kretprobe, kp);

		function = ret->handler ? ret->handler : ret->entry_handler;
	}
#endif
	note((struct sb_hook){ .function = (u64)function, .address = (u64)probe->addr,
			       .policies = POLICY(KPROBES) | POLICY(FTRACE) });
}

/* ftrace_startup(ops, command) */
void sb_asked_ftrace(const struct pt_regs *regs)
{
	struct ftrace_ops *ops = (struct ftrace_ops *)regs->di;

	note((struct sb_hook){ .function = (u64)ops->func, .policies = POLICY(FTRACE) });
}

/* register_ftrace_graph(ops) */
void sb_asked_graph(const struct pt_regs *regs)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	struct fgraph_ops *ops = (struct fgraph_ops *)regs->di;
	void *function = ops->entryfunc ? (void *)ops->entryfunc : ops->retfunc;

	note((struct sb_hook){ .function = (u64)function, .policies = POLICY(FTRACE) });
#endif
}

/* register_fprobe(probe, ...), register_fprobe_ips(probe, ...); both check @probe. */
void sb_asked_fprobe(const struct pt_regs *regs)
{
#ifdef CONFIG_FPROBE
	struct fprobe *probe = (struct fprobe *)regs->di;
	void *function = NULL;

	if (probe)
		function = probe->entry_handler ? (void *)probe->entry_handler :
						  probe->exit_handler;
	note((struct sb_hook){ .function = (u64)function, .policies = POLICY(FTRACE) });
#endif
}

/*
 * register_ftrace_direct(ops or address, function). It is the kernel itself that calls it for BPF
 * trampolines, whose program has been noted. The return address is on top of the stack.
 */
void sb_asked_direct(const struct pt_regs *regs)
{
	if (*(unsigned long *)regs->sp >= MODULES_VADDR)
		note((struct sb_hook){ .function = regs->si, .policies = POLICY(FTRACE) });
}

/* klp_enable_patch(patch), which checks it. */
void sb_asked_livepatch(const struct pt_regs *regs)
{
#ifdef CONFIG_LIVEPATCH
	struct klp_patch *patch = (struct klp_patch *)regs->di;

	if (patch && patch->objs && patch->objs->funcs)
		note((struct sb_hook){ .function = (u64)patch->objs->funcs->new_func,
				       .policies = POLICY(FTRACE) });
#endif
}

static void note_program(const struct bpf_prog *program, u64 address, u32 policies)
{
	struct sb_hook hook = { .address = address, .policies = policies };

	hook.function = (u64)program->bpf_func;
	hook.program = program->aux->id;
	memcpy(hook.program_name, program->aux->name, sizeof(hook.program_name));
	memcpy(hook.program_tag, program->tag, sizeof(hook.program_tag));
	note(hook);
}

/* bpf_trampoline_link_prog(link or node, trampoline, ...) */
void sb_asked_link(const struct pt_regs *regs)
{
#ifdef SB_HAVE_TRAMP_NODE
	const struct bpf_link *link = ((struct bpf_tramp_node *)regs->di)->link;
#else
	const struct bpf_link *link = &((struct bpf_tramp_link *)regs->di)->link;
#endif
	const struct bpf_trampoline *trampoline = (struct bpf_trampoline *)regs->si;

	note_program(link->prog, (u64)trampoline->func.addr, POLICY(BPF) | POLICY(FTRACE));
}

/* bpf_trampoline_link_cgroup_shim(program, ...), bpf_trampoline_multi_attach(program, ...) */
void sb_asked_program(const struct pt_regs *regs)
{
	note_program((struct bpf_prog *)regs->di, 0, POLICY(BPF) | POLICY(FTRACE));
}

/* bpf_dispatcher_change_prog(dispatcher, from, to) */
void sb_asked_dispatcher(const struct pt_regs *regs)
{
	const struct bpf_prog *program = (struct bpf_prog *)regs->dx;

	if (program)
		note_program(program, 0, POLICY(BPF));
}

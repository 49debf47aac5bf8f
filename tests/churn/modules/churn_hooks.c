// SPDX-License-Identifier: GPL-2.0-only
/*
 * An honest user of the kernel's hooks: sets one on a function that nobody needs meanwhile, calls it, and
 * takes the hook away. Parameter what: which kind; result: "hit", "error N" if the kernel refused the hook,
 * or what went wrong.
 */
#include <linux/delay.h>
#include <linux/fprobe.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>
#include <asm/text-patching.h>

/* One that ftrace traces; and one, as nothing of lib is traced, whose beginning can become a jump. */
#define TARGET mktime64
#define JUMP_TARGET hex_dump_to_buffer

static char *what = "";
module_param(what, charp, 0400);
static char result[32];
module_param_string(result, result, sizeof(result), 0400);

static uint hits;
static volatile time64_t sink;

static void call(void)
{
	char text[16];

	sink = mktime64(2000, 1, 1, 0, 0, 0);
	hex_dump_to_buffer("ab", 2, 16, 1, text, sizeof(text), false);
}

/* Behind ENDBR, or what became of it, and the place of ftrace's call. */
static u8 *body(void *function)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, sealed[] = { 0x66, 0x0f, 0x1f, 0x00 };
	u8 *code = function;

	if (!memcmp(code, endbr, 4) || !memcmp(code, sealed, 4))
		code += 4;
	return code + CALL_INSN_SIZE;
}

static int count_probe(struct kprobe *probe, struct pt_regs *regs)
{
	hits++;
	return 0;
}

/* A probe that has one is never made a jump. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe;

static int set_probe(void *where, bool may_jump)
{
	probe = (struct kprobe){ .addr = where, .pre_handler = count_probe,
				 .post_handler = may_jump ? NULL : after };
	return register_kprobe(&probe);
}

static int set_entry(void)
{
	return set_probe(TARGET, false);
}

static int set_inside(void)
{
	return set_probe(body(TARGET), false);
}

static int set_jump(void)
{
	unsigned long end = jiffies + 20 * HZ;
	int error = set_probe(body(JUMP_TARGET), true);

	while (!error && *body(JUMP_TARGET) != JMP32_INSN_OPCODE && time_before(jiffies, end))
		msleep(20);
	return error;
}

static void clear_probe(void)
{
	unregister_kprobe(&probe);
}

static int count_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	hits++;
	return 0;
}

static struct kretprobe at_return = { .handler = count_return, .maxactive = 4 };

static int set_return(void)
{
	at_return.kp.symbol_name = __stringify(TARGET);
	return register_kretprobe(&at_return);
}

static void clear_return(void)
{
	unregister_kretprobe(&at_return);
}

static void count_call(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
		       struct ftrace_regs *regs)
{
	hits++;
}

static struct ftrace_ops tracer = { .func = count_call };

static int set_tracer(void)
{
	int error = ftrace_set_filter_ip(&tracer, (unsigned long)body(TARGET) - CALL_INSN_SIZE, 0, 0);

	return error ?: register_ftrace_function(&tracer);
}

static void clear_tracer(void)
{
	unregister_ftrace_function(&tracer);
}

#ifdef CONFIG_FPROBE
/* Kernels pass other things behind the first, which it does not look at. */
static int count_entry(struct fprobe *fprobe)
{
	hits++;
	return 0;
}

static struct fprobe at_entry = { .entry_handler = (void *)count_entry };

static int set_fprobe(void)
{
	unsigned long where = (unsigned long)TARGET;

	return register_fprobe_ips(&at_entry, &where, 1);
}

static void clear_fprobe(void)
{
	unregister_fprobe(&at_entry);
}
#endif

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
void churn_note(void);
void churn_note(void)
{
	hits++;
}

/* Called straight from the function's entry, whose arguments it keeps. */
void churn_entry(void);
asm(".pushsection .text, \"ax\", @progbits\n"
    ".p2align 4\n"
    ".type churn_entry, @function\n"
    ".globl churn_entry\n"
    "churn_entry:\n"
    "	endbr64\n"
    "	push %rbp\n"
    "	mov %rsp, %rbp\n"
    "	push %rdi\n	push %rsi\n	push %rdx\n	push %rcx\n	push %r8\n	push %r9\n"
    "	call churn_note\n"
    "	pop %r9\n	pop %r8\n	pop %rcx\n	pop %rdx\n	pop %rsi\n	pop %rdi\n"
    "	leave\n"
    "	" ASM_RET
    ".size churn_entry, . - churn_entry\n"
    ".popsection\n");

#ifdef DIRECT_BY_OPS
static struct ftrace_ops direct;

static int set_direct(void)
{
	int error = ftrace_set_filter_ip(&direct, (unsigned long)body(TARGET) - CALL_INSN_SIZE, 0, 0);

	return error ?: register_ftrace_direct(&direct, (unsigned long)churn_entry);
}

static void clear_direct(void)
{
	unregister_ftrace_direct(&direct, (unsigned long)churn_entry, true);
}
#else
static int set_direct(void)
{
	return register_ftrace_direct((unsigned long)body(TARGET) - CALL_INSN_SIZE,
				      (unsigned long)churn_entry);
}

static void clear_direct(void)
{
	unregister_ftrace_direct((unsigned long)body(TARGET) - CALL_INSN_SIZE,
				 (unsigned long)churn_entry);
}
#endif
#endif

/* Of a tracepoint of the kernel, whose static call goes here then: each time that something sleeps or wakes. */
static void count_sleep(void *data, struct rq *rq, int change)
{
	hits++;
}

static int set_tracepoint(void)
{
	int error = register_trace_sched_update_nr_running_tp(count_sleep, NULL);

	msleep(20);
	return error;
}

static void clear_tracepoint(void)
{
	unregister_trace_sched_update_nr_running_tp(count_sleep, NULL);
	tracepoint_synchronize_unregister();
}

static const struct kind {
	const char *name;
	int (*set)(void);
	void (*clear)(void);
} kinds[] = {
	{ "entry", set_entry, clear_probe },
	{ "inside", set_inside, clear_probe },
	{ "jump", set_jump, clear_probe },
	{ "return", set_return, clear_return },
	{ "tracer", set_tracer, clear_tracer },
	{ "tracepoint", set_tracepoint, clear_tracepoint },
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
	{ "direct", set_direct, clear_direct },
#endif
#ifdef CONFIG_FPROBE
	{ "fprobe", set_fprobe, clear_fprobe },
#endif
};

static void use(const struct kind *kind)
{
	int error = kind->set();
	bool hit, stays, is_jump = *body(JUMP_TARGET) == JMP32_INSN_OPCODE;

	if (error) {
		sprintf(result, "error %d", error);
		return;
	}
	call();
	hit = hits;
	kind->clear();
	hits = 0;
	call();
	stays = hits;
	if (kind->set == set_jump && !is_jump)
		strcpy(result, "no jump");
	else
		strcpy(result, !hit ? "no hit" : stays ? "it stays" : "hit");
}

static int __init churn_hooks_init(void)
{
	uint i;

	strcpy(result, "no such kind");
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, what))
			use(&kinds[i]);
	return 0;
}

static void __exit churn_hooks_exit(void)
{
}

module_init(churn_hooks_init);
module_exit(churn_hooks_exit);
MODULE_DESCRIPTION("Test: an honest user of hooks");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and unregisters kprobes, and calls what they probe: each must hit while it stands, and not once
 * it is gone. Parameter plain: so many, by turns by ftrace at a function's entry and by a breakpoint behind
 * it; optimised: so many, each of which became a jump. Functions of the kernel serve that nobody needs
 * meanwhile, and two here.
 */
#include <linux/delay.h>
#include <linux/gcd.h>
#include <linux/glob.h>
#if __has_include(<linux/hex.h>)
#include <linux/hex.h>
#endif
#include <linux/if_ether.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/lcm.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/reciprocal_div.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include <asm/text-patching.h>

static uint plain, optimised;
module_param(plain, uint, 0400);
module_param(optimised, uint, 0400);

/* Those that stood and hit. */
static uint by_ftrace, by_breakpoint, by_jump;
module_param(by_ftrace, uint, 0400);
module_param(by_breakpoint, uint, 0400);
module_param(by_jump, uint, 0400);

static volatile u64 sink;

static noinline u64 own_sum(u64 n)
{
	u64 sum = sink;

	while (n--)
		sum += n ^ sink;
	return sum;
}

static noinline u64 own_product(u64 n)
{
	return n * sink + n / (sink | 1);
}

static char text[64];
static u32 word;
static u64 long_word;

#define TARGETS(X)								\
	X(int_sqrt, int_sqrt(99))						\
	X(int_pow, int_pow(3, 5))						\
	X(gcd, gcd(12, 18))							\
	X(lcm, lcm(12, 18))							\
	X(lcm_not_zero, lcm_not_zero(12, 0))					\
	X(reciprocal_value, reciprocal_value(7).m)				\
	X(simple_strtoull, simple_strtoull("42", NULL, 0))			\
	X(memparse, memparse("4k", NULL))					\
	X(kstrtouint, kstrtouint("42", 0, &word))				\
	X(kstrtoull, kstrtoull("42", 0, &long_word))				\
	X(skip_spaces, *skip_spaces("  x"))					\
	X(sysfs_streq, sysfs_streq("one", "two"))				\
	X(bin2hex, (long)bin2hex(text, "ab", 2))				\
	X(hex_dump_to_buffer,							\
	  hex_dump_to_buffer("ab", 2, 16, 1, text, sizeof(text), false))		\
	X(strreplace, strreplace(text, 'x', 'y') == text)				\
	X(glob_match, glob_match("a*c", "abc"))					\
	X(uuid_is_valid, uuid_is_valid("no"))					\
	X(mac_pton, mac_pton("no", text))					\
	X(own_sum, own_sum(5))							\
	X(own_product, own_product(5))

#define CALL(name, expression) static void call_##name(void) { sink += expression; }
TARGETS(CALL)

static struct target {
	void *function;
	void (*call)(void);
	bool starts_with_jump;
	bool optimises;
	uint hits;
	struct kprobe probe;
} targets[] = {
#define TARGET(name, expression) { .function = name, .call = call_##name },
	TARGETS(TARGET)
};

static int before(struct kprobe *p, struct pt_regs *regs)
{
	container_of(p, struct target, probe)->hits++;
	return 0;
}

/* A probe that has one is never made a jump. */
static void after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

/* The call to ftrace, or the NOP in its place: at the start, or behind ENDBR or what became of it. */
static u8 *entry(const struct target *t)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, sealed[] = { 0x66, 0x0f, 0x1f, 0x00 };
	u8 *code = t->function;

	return !memcmp(code, endbr, 4) || !memcmp(code, sealed, 4) ? code + 4 : code;
}

static u8 *body(const struct target *t)
{
	return entry(t) + CALL_INSN_SIZE;
}

static int stand(struct target *t, void *where, kprobe_post_handler_t post)
{
	t->hits = 0;
	t->probe = (struct kprobe){ .addr = where, .pre_handler = before, .post_handler = post };
	return register_kprobe(&t->probe);
}

static bool hits(struct target *t)
{
	uint hits = t->hits;

	t->call();
	return t->hits > hits;
}

/* Not every function has a place for ftrace. */
static bool is_traced(const struct target *t)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

	return *entry(t) == CALL_INSN_OPCODE || !memcmp(entry(t), nop, sizeof(nop));
}

static int one_plain(struct target *t, bool at_entry)
{
	bool by, hit, gone;
	int error = stand(t, at_entry ? t->function : body(t), after);

	if (error) {
		pr_err("churn_kprobes: %ps: error %d\n", t->function, error);
		return error;
	}
	by = at_entry ? t->probe.flags & KPROBE_FLAG_FTRACE : *body(t) == INT3_INSN_OPCODE;
	hit = hits(t);
	unregister_kprobe(&t->probe);
	gone = *body(t) != INT3_INSN_OPCODE && !hits(t);
	if (!by || !hit || !gone) {
		pr_err("churn_kprobes: %ps: by ftrace %d: so %d hit %d gone %d\n", t->function,
		       at_entry, by, hit, gone);
		return -EIO;
	}
	by_ftrace += at_entry;
	by_breakpoint += !at_entry;
	return 0;
}

static bool is_jump(const struct target *t)
{
	return *body(t) == JMP32_INSN_OPCODE && !t->starts_with_jump;
}

/* The optimiser works in the background and waits for all tasks to have slept or run a program. */
static bool wait_jump(const struct target *t, bool wanted)
{
	unsigned long end = jiffies + 20 * HZ;

	while (is_jump(t) != wanted && time_before(jiffies, end))
		msleep(20);
	return is_jump(t) == wanted;
}

/* Not every function has five bytes there that a jump can replace. */
static int stand_as_jumps(bool trial)
{
	int n = 0;
	uint i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		if ((trial ? is_traced(&targets[i]) : targets[i].optimises) &&
		    stand(&targets[i], body(&targets[i]), NULL))
			targets[i].probe.addr = NULL;
	if (trial)
		msleep(1000);
	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		if (!targets[i].probe.addr)
			continue;
		if (trial)
			targets[i].optimises = is_jump(&targets[i]);
		n += wait_jump(&targets[i], targets[i].optimises) && hits(&targets[i]);
	}
	return n;
}

static int fall(void)
{
	int failed = 0;
	uint i;

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		if (!targets[i].probe.addr)
			continue;
		unregister_kprobe(&targets[i].probe);
		targets[i].probe.addr = NULL;
		failed += hits(&targets[i]);
	}
	for (i = 0; i < ARRAY_SIZE(targets); i++)
		failed += !wait_jump(&targets[i], false) || hits(&targets[i]);
	return failed;
}

static int jumps(void)
{
	uint i, candidates = 0;
	int n, failed;

	stand_as_jumps(true);
	if (fall())
		return -EIO;
	for (i = 0; i < ARRAY_SIZE(targets); i++)
		candidates += targets[i].optimises;
	while (candidates && by_jump < optimised) {
		n = stand_as_jumps(false);
		failed = fall();
		if (failed || n != candidates) {
			pr_err("churn_kprobes: %d of %u jumps stood, %d did not fall\n", n, candidates,
			       failed);
			return -EIO;
		}
		by_jump += n;
	}
	return candidates ? 0 : -EOPNOTSUPP;
}

static int __init churn_kprobes_init(void)
{
	struct target *t = targets;
	int error = 0;
	uint i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		targets[i].starts_with_jump = *body(&targets[i]) == JMP32_INSN_OPCODE;
	while (by_ftrace + by_breakpoint < plain && !error) {
		if (is_traced(t))
			error = one_plain(t, false) ?: one_plain(t, true);
		t = t < targets + ARRAY_SIZE(targets) - 1 ? t + 1 : targets;
	}
	return error ?: optimised ? jumps() : 0;
}

static void __exit churn_kprobes_exit(void)
{
}

module_init(churn_kprobes_init);
module_exit(churn_kprobes_exit);
MODULE_DESCRIPTION("Test: kprobes come and go");
MODULE_LICENSE("GPL");

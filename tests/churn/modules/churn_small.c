// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small module to be loaded and unloaded, with all that is patched in a module: traced functions, a
 * static key, which it switches on and off, and a static call, which it redirects.
 */
#include <linux/jump_label.h>
#include <linux/module.h>
#include <linux/static_call.h>

static DEFINE_STATIC_KEY_FALSE(key);

/* Their addresses are taken, so they keep their entries. */
static noinline int one(int n)
{
	return n + 1;
}

static noinline int two(int n)
{
	return n + 2;
}

DEFINE_STATIC_CALL(churn_call, one);

static noinline int answer(void)
{
	return static_call(churn_call)(static_branch_unlikely(&key) ? 10 : 0);
}

static int __init churn_small_init(void)
{
	if (answer() != 1)
		return -EINVAL;
	static_branch_enable(&key);
	if (answer() != 11)
		return -EINVAL;
	static_call_update(churn_call, two);
	if (answer() != 12)
		return -EINVAL;
	static_branch_disable(&key);
	return answer() == 2 ? 0 : -EINVAL;
}

static void __exit churn_small_exit(void)
{
}

module_init(churn_small_init);
module_exit(churn_small_exit);
MODULE_DESCRIPTION("Test: a module to load and unload");
MODULE_LICENSE("GPL");

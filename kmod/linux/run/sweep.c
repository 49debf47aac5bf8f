// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often the host sweeps: a parameter of the module, which can be changed while it is active.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <asm/tsc.h>

#include "../state.h"
#include "command.h"
#include "sweep.h"

#define SHORTEST_MS 10
#define LONGEST_MS 10000

static unsigned int sweep_ms = 100;

/* The policies that need sweeps take effect on every CPU. */
static int tell_host(unsigned int ms)
{
	u64 answer = sb_command(SB_HYPERCALL_SWEEP, (u64)ms * tsc_khz, 0, 0);

	if (answer) {
		pr_warn("sweeps stay as they are: %s\n", sb_command_error(answer));
		return answer == SB_ERROR_LOCKED ? -EPERM : -EIO;
	}
	sb_sync();
	return 0;
}

static int set(const char *text, const struct kernel_param *param)
{
	unsigned int ms;
	int error = kstrtouint(text, 0, &ms);

	if (error)
		return error;
	if (ms && (ms < SHORTEST_MS || ms > LONGEST_MS))
		return -ERANGE;
	mutex_lock(&sb_core.lock);
	if (sb_core.active)
		error = tell_host(ms);
	if (!error)
		sweep_ms = ms;
	mutex_unlock(&sb_core.lock);
	return error;
}

static const struct kernel_param_ops ops = { .set = set, .get = param_get_uint };
module_param_cb(sweep_ms, &ops, &sweep_ms, 0644);
MODULE_PARM_DESC(sweep_ms, "milliseconds from one sweep to the next: 10 to 10000 (default 100); 0: none");

/**
 * sb_sweep_init() - tell the host how often to sweep
 *
 * Context: may sleep; the guest world runs on every CPU; under sb_core.lock.
 */
void sb_sweep_init(void)
{
	tell_host(sweep_ms);
}

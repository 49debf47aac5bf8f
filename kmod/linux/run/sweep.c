// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often the host sweeps: a parameter of the module, which can be changed while it is active. And a
 * request for one sweep now, which the host grants as soon as it may.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <asm/tsc.h>

#include "../reason.h"
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

static int sweep_now(u64 *number, struct sb_reason *reason)
{
	u64 answer;

	if (!sb_core.active)
		return sb_refuse(reason, -ENODEV, "not active: run 'sbctl load' first");
	answer = sb_command(SB_HYPERCALL_SWEEP_NOW, 0, 0, 0);
	if (answer == SB_ERROR_UNSUPPORTED && !sweep_ms)
		return sb_refuse(reason, -ENODATA,
				 "there are no sweeps, since the module's parameter sweep_ms is 0");
	if (answer == SB_ERROR_UNSUPPORTED)
		return sb_refuse(reason, -ENODATA,
				 "no detection is on: 'sbctl policy set globals log' switches one on");
	if (answer)
		return sb_refuse(reason, -EIO, "%s", sb_command_error(answer));
	*number = READ_ONCE(sb_core.world.status->sweep_asked);
	return 0;
}

/**
 * sb_sweep_now() - have the host sweep as soon as it may
 * @number: set to the number of the sweep that answers this, see sweeps of struct sb_status
 * @reason: filled in on failure
 *
 * Context: may sleep, but does not wait for the sweep; takes sb_core.lock.
 * Return: 0, -ENODEV (idle), -ENODATA (nothing is swept for) or -EIO.
 */
int sb_sweep_now(u64 *number, struct sb_reason *reason)
{
	int error;

	mutex_lock(&sb_core.lock);
	error = sweep_now(number, reason);
	mutex_unlock(&sb_core.lock);
	return error;
}

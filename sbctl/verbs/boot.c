// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl boot": what shadow-box.service does at boot. A launch that does not come back, or policies
 * with which the machine does not come up, stop it once and not at every boot.
 */
#include <stdio.h>
#include <string.h>

#include "link/boot.h"
#include "link/health.h"
#include "link/netlink.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	{ 0 }
};

/* What cannot be written down does not keep the machine from being protected. */
static void note(enum boot_state state)
{
	struct failure failure;

	if (boot_set(state, &failure))
		say_failure(&failure);
}

/* Nothing is prevented: what would be is reported. */
static void tame(struct setting_list *settings)
{
	size_t i;

	for (i = 0; i < settings->n_setting; i++) {
		struct setting *setting = &settings->setting[i];

		if (setting->mode == SHADOW_BOX_MODE_ENFORCE &&
		    policy_class(setting->policy) != SHADOW_BOX_CLASS_ALWAYS)
			setting->mode = SHADOW_BOX_MODE_LOG;
	}
}

static int set_policies(struct channel *channel, const void *context, struct failure *failure)
{
	return channel_set_policies(channel, context, failure) ? -1 : SBCTL_OK;
}

static int apply(bool careful)
{
	struct setting_list settings;
	struct failure failure;

	if (settings_read(&settings, POLICY_FILE, &failure))
		return say_failure(&failure);
	if (careful)
		tame(&settings);
	return with_channel(set_policies, &settings);
}

static int skip(enum boot_state state)
{
	struct failure failure;

	note(state);
	fail_skipped(state, &failure);
	return say_failure(&failure);
}

static int start(const struct request *request)
{
	enum boot_state before = boot_state(), next = boot_next(before);
	int status;

	if (next == BOOT_HUNG || next == BOOT_BAD)
		return skip(next);
	note(BOOT_LAUNCHING);
	status = load_module(request);
	/* Whatever it says, it came back. */
	note(status ? before : next);
	if (status)
		return status;
	if (next == BOOT_CAREFUL)
		printf("Until this boot is confirmed, policies report and prevent nothing.\n");
	return apply(next == BOOT_CAREFUL);
}

static int confirm(const struct request *request)
{
	enum boot_state state = boot_state();
	struct failure failure;
	int status = SBCTL_OK;

	(void)request;
	if (state != BOOT_CAREFUL && state != BOOT_FULL) {
		say("boot confirm: there is no launch at boot to be confirmed");
		return SBCTL_FAILED;
	}
	if (state == BOOT_CAREFUL)
		status = apply(false);
	if (status)
		return status;
	return boot_set(BOOT_GOOD, &failure) ? say_failure(&failure) : SBCTL_OK;
}

static int run(const struct request *request)
{
	const char *action = request->n_operand ? request->operand[0] : "";

	if (request->n_operand > 1)
		return wrong_usage(&verb_boot, "superfluous argument", request->operand[1]);
	if (!strcmp(action, "start"))
		return start(request);
	if (!strcmp(action, "confirm"))
		return confirm(request);
	return wrong_usage(&verb_boot, "there is no action", action);
}

const struct verb verb_boot = {
	.name = "boot",
	.summary = "launch as shadow-box.service does, so that it cannot stop every boot",
	.operands = "ACTION",
	.about = "Actions:\n"
		 "  start    launch and set the policies of /etc/shadow-box/policy.conf, unless a\n"
		 "           launch at an earlier boot did not come back, or the last two boots\n"
		 "           were not confirmed: exit status 13. After one that was not, and the\n"
		 "           first time, policies only report until this boot is confirmed\n"
		 "  confirm  this boot is good: what the policies are to prevent is prevented from\n"
		 "           now on, and from the start at the next boot\n"
		 "\n"
		 "'sbctl load' by hand ends the skipping of launches, if it succeeds.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl lock": policies can only be tightened from now on. As there is no way back but a restart,
 * it asks first.
 */
#include <stdio.h>
#include <unistd.h>

#include "link/netlink.h"
#include "render/json.h"
#include "render/text.h"
#include "verbs/verb.h"

static bool take_yes(struct request *request, const char *text)
{
	(void)text;
	request->yes = true;
	return true;
}

static const struct option_spec options[] = {
	{ "yes", 'y', NULL, "lock without asking", take_yes },
	OPTION_JSON,
	{ 0 }
};

static void report(const struct request *request, bool already)
{
	json_t *document;

	if (!request->json) {
		printf("Policies are %slocked until the machine restarts.\n",
		       already ? "already " : "");
		return;
	}
	document = json_document("lock");
	json_object_set_new(document, "result",
			    json_string(already ? "already-locked" : "locked"));
	json_print_pretty(document);
}

/* On standard error: standard output may be read by a program. */
static bool confirmed(const struct policy_list *policies)
{
	char modes[512], answer[8] = "";

	fprintf(stderr,
		"A lock lasts until the machine restarts. Until then, whoever asks,\n"
		"  - policies can be tightened, but not weakened;\n"
		"  - Shadow-box cannot be unloaded;\n"
		"  - CPUs that go offline stay in the guest world;\n"
		"  - the machine cannot suspend, hibernate or start another kernel by kexec.\n"
		"The policies are now: %s.\n"
		"Lock? [y/N] ", text_modes(modes, sizeof(modes), policies));
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int ask(struct channel *channel, struct failure *failure)
{
	struct policy_list policies;
	bool yes;

	if (channel_policies(channel, &policies, failure))
		return -1;
	yes = confirmed(&policies);
	policy_list_free(&policies);
	return yes ? 0 : fail(failure, SBCTL_FAILED, "lock: not confirmed, nothing was changed");
}

static int lock(struct channel *channel, const void *context, struct failure *failure)
{
	const struct request *request = context;
	struct info info;
	int already;

	if (channel_active_info(channel, &info, failure))
		return -1;
	if (!info.locked && !request->yes && ask(channel, failure))
		return -1;
	already = info.locked ? 1 : channel_lock(channel, failure);
	if (already < 0)
		return -1;
	report(request, already);
	return SBCTL_OK;
}

static int run(const struct request *request)
{
	if (!request->yes && !isatty(STDIN_FILENO)) {
		say("lock: there is no terminal to ask on, and no way back until the machine restarts; --yes locks without asking");
		return SBCTL_USAGE;
	}
	return with_channel(lock, request);
}

const struct verb verb_lock = {
	.name = "lock",
	.summary = "allow no weakening and no unloading until the machine restarts",
	.about = "Lock the policies until the machine restarts: from then on they can be\n"
		 "tightened, but not weakened, Shadow-box cannot be unloaded, CPUs that go offline\n"
		 "stay in the guest world, and the machine cannot suspend, hibernate or kexec.\n"
		 "Asks for confirmation on a terminal; without one, --yes is needed.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

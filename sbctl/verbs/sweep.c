// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl sweep": have the host sweep now, wait for the end, and tell what it looked at and what it
 * suspects.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "link/netlink.h"
#include "render/json.h"
#include "render/text.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	OPTION_JSON,
	{ 0 }
};

/* The host begins within a tenth of a second, and has to go through a few thousand processes at most. */
#define WAIT_MS		10000
#define BETWEEN_MS	5

/* Each time that this wakes, its CPU may find that its turn has come. */
static void wait_a_little(void)
{
	const struct timespec pause = { .tv_nsec = BETWEEN_MS * 1000000 };

	nanosleep(&pause, NULL);
}

static int wait_for(struct channel *channel, uint64_t number, struct failure *failure)
{
	struct info info;
	int waited;

	for (waited = 0; waited < WAIT_MS; waited += BETWEEN_MS) {
		if (channel_active_info(channel, &info, failure))
			return -1;
		if (info.sweeps >= number)
			return 0;
		wait_a_little();
	}
	return fail(failure, SBCTL_FAILED,
		    "sweep: the host has not swept for %d seconds: detections find nothing; 'sbctl check' may tell why",
		    WAIT_MS / 1000);
}

/* What any of them was found otherwise than it should be. */
static uint64_t count_odd(const struct policy_list *policies)
{
	uint64_t odd = 0;
	size_t i;

	for (i = 0; i < policies->n_policy; i++)
		odd += policies->policy[i].odd;
	return odd;
}

static int report(const struct request *request, uint64_t number,
		  const struct policy_list *policies)
{
	uint64_t odd = count_odd(policies);

	if (request->json)
		json_print_pretty(json_sweep(number, policies));
	else
		text_sweep(policies);
	if (odd && !request->json)
		printf("\n%" PRIu64 " suspected: what is suspected in two sweeps in a row is a violation, see 'sbctl violations'\n",
		       odd);
	return odd ? SBCTL_SUSPECTS : SBCTL_OK;
}

static int sweep(struct channel *channel, const void *context, struct failure *failure)
{
	struct policy_list policies;
	uint64_t number;
	int status;

	if (channel_sweep(channel, &number, failure) || wait_for(channel, number, failure) ||
	    channel_policies(channel, &policies, failure))
		return -1;
	status = report(context, number, &policies);
	policy_list_free(&policies);
	return status;
}

static int run(const struct request *request)
{
	return with_channel(sweep, request);
}

const struct verb verb_sweep = {
	.name = "sweep",
	.summary = "have the detections look at everything now",
	.about = "Have the detections that are on look at everything once, now, and wait for it:\n"
		 "prints what each looked at and what it found otherwise than it should be. The\n"
		 "exit status is 16 if there is any such thing. The host sweeps by itself as well,\n"
		 "and reports as a violation what is suspected in two sweeps in a row.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the module, for tests of sbctl's verbs: it answers where netlink.c asks the kernel.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dashboard/dashboard.h"
#include "link/machine.h"
#include "sbctl_module.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

struct module module;

void module_reset(void)
{
	struct policy policy = { .have = ~0u };

	event_list_free(&module.held);
	policy_list_free(&module.policies);
	module = (struct module){ .info = { .have = ~0u, .state = SHADOW_BOX_STATE_ACTIVE,
					    .version = "1.2.3" } };
	for (policy.id = 0; policy.id < SHADOW_BOX_POLICIES; policy.id++) {
		policy.mode = policy.id == SHADOW_BOX_POLICY_HOST_MEMORY ?
			      SHADOW_BOX_MODE_ENFORCE : SHADOW_BOX_MODE_OFF;
		assert_true(policy_list_add(&module.policies, &policy));
	}
}

struct event module_event(uint64_t seq, uint32_t type, uint32_t cpu)
{
	return (struct event){
		.have = 1u << SHADOW_BOX_EVENT_SEQ | 1u << SHADOW_BOX_EVENT_CPU, .seq = seq,
		.type = type, .cpu = cpu,
	};
}

void module_happens(const struct event *event)
{
	assert_true(event_list_add(&module.held, event));
	module.info.events = event->seq + 1;
	module.info.violations += event->type == SHADOW_BOX_EVENT_VIOLATION;
}

int with_channel(int (*use)(struct channel *channel, const void *context,
			    struct failure *failure),
		 const void *context)
{
	struct failure failure = { SBCTL_NOT_RUNNING, "not loaded" };
	int status = module.absent ? -1 : use(NULL, context, &failure);

	return status < 0 ? say_failure(&failure) : status;
}

struct channel *channel_open(struct failure *failure)
{
	static int connection;

	if (module.absent)
		fail(failure, SBCTL_NOT_RUNNING, "not loaded");
	if (module.silence.code)
		*failure = module.silence;
	return module.absent || module.silence.code ? NULL : (struct channel *)&connection;
}

void channel_close(struct channel *channel)
{
}

int fail_not_active(struct failure *failure)
{
	return fail(failure, SBCTL_NOT_RUNNING, "not active");
}

bool machine_module_loaded(void)
{
	return !module.absent;
}

int channel_info(struct channel *channel, struct info *info, struct failure *failure)
{
	void (*meanwhile)(void) = module.meanwhile;

	*info = module.info;
	module.meanwhile = NULL;
	if (meanwhile)
		meanwhile();
	return 0;
}

int channel_active_info(struct channel *channel, struct info *info, struct failure *failure)
{
	channel_info(channel, info, failure);
	return info->state == SHADOW_BOX_STATE_ACTIVE ? 0 : fail_not_active(failure);
}

static void sweep_ends(void)
{
	module.info.sweeps++;
}

/* It ends after who waits has asked once. */
int channel_sweep(struct channel *channel, uint64_t *number, struct failure *failure)
{
	if (module.no_detection)
		return fail(failure, SBCTL_FAILED, "cannot sweep: no detection is on");
	*number = module.info.sweeps + 1;
	module.meanwhile = sweep_ends;
	return 0;
}

int channel_policies(struct channel *channel, struct policy_list *list, struct failure *failure)
{
	size_t i;

	*list = (struct policy_list){ 0 };
	for (i = 0; i < module.policies.n_policy; i++)
		assert_true(policy_list_add(list, &module.policies.policy[i]));
	return 0;
}

int channel_snapshot(struct channel *channel, struct snapshot *snapshot, struct failure *failure)
{
	size_t i;

	if (module.absent)
		return fail(failure, SBCTL_NOT_RUNNING, "unloaded");
	*snapshot = (struct snapshot){ .info = module.info, .n_cpu = module.n_cpu };
	snapshot->cpu = calloc(module.n_cpu + 1, sizeof(*snapshot->cpu));
	assert_non_null(snapshot->cpu);
	for (i = 0; i < module.n_cpu; i++) {
		struct cpu *cpu = &snapshot->cpu[i];

		*cpu = module.cpu[i];
		cpu->exit = calloc(cpu->n_exit + 1, sizeof(*cpu->exit));
		assert_non_null(cpu->exit);
		if (cpu->n_exit)
			memcpy(cpu->exit, module.cpu[i].exit, cpu->n_exit * sizeof(*cpu->exit));
	}
	return channel_policies(channel, &snapshot->policies, failure);
}

int channel_events(struct channel *channel, uint64_t from, uint32_t type,
		   struct event_list *list, struct failure *failure)
{
	size_t i;

	for (i = 0; i < module.held.n_event; i++) {
		const struct event *event = &module.held.event[i];

		if (event->seq >= from && (!type || event->type == type))
			assert_true(event_list_add(list, event));
	}
	event_list_sort(list);
	return 0;
}

int channel_set_policies(struct channel *channel, const struct setting_list *settings,
			 struct failure *failure)
{
	module.set = *settings;
	module.n_set++;
	*failure = module.refusal;
	return module.refusal.code ? -1 : 0;
}

int channel_lock(struct channel *channel, struct failure *failure)
{
	module.n_lock++;
	*failure = module.refusal;
	return module.refusal.code ? -1 : 0;
}

/* A descriptor that always has input. */
struct feed {
	int fd;
};

struct feed *feed_open(struct channel *channel, struct failure *failure)
{
	struct feed *feed = malloc(sizeof(*feed));

	assert_non_null(feed);
	feed->fd = eventfd(1, 0);
	return feed;
}

void feed_close(struct feed *feed)
{
	if (feed)
		close(feed->fd);
	free(feed);
}

int feed_fd(const struct feed *feed)
{
	return feed->fd;
}

enum feed_state feed_read(struct feed *feed, struct event_list *list)
{
	const struct step *step = &module.step[module.next_step];
	size_t i;

	if (module.next_step == STEPS)
		return FEED_GONE;
	module.next_step++;
	module.info.violations += step->counted;
	for (i = 0; i < step->n_event; i++)
		assert_true(event_list_add(list, &step->event[i]));
	/* What has no step is quiet time. */
	if (!step->n_event && step->state == FEED_OK)
		usleep(150000);
	return step->state;
}

bool dashboard_possible(void)
{
	return false;
}

int dashboard_run(const struct dashboard_options *options)
{
	return -1;
}

int dashboard_recorded(const char *replay, double at, struct snapshot *snapshot,
		       struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "there is no recording");
}

static int parse_and_run(const struct verb *verb, char *words)
{
	struct request request = { .cpu = -1, .interval = INTERVAL_DEFAULT, .speed = 1,
				   .at = -1 };
	char *argv[32], *rest, *word = strtok_r(words, " ", &rest);
	int argc = 0, status;

	for (; word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0;
	status = parse_options(verb, argc, argv, &request);
	return status >= 0 ? status : verb->run(&request);
}

const struct output *run_verb(const struct verb *verb, const char *line)
{
	FILE *out = stdout, *error = stderr;
	static struct output output;
	size_t length;
	char words[256];

	free(output.out);
	free(output.error);
	snprintf(words, sizeof(words), "%s", line);
	stdout = open_memstream(&output.out, &length);
	stderr = open_memstream(&output.error, &length);
	output.status = parse_and_run(verb, words);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = error;
	return &output;
}

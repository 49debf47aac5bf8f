// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl policy": what each policy does, and setting it: one by one, all protections, or from a file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/netlink.h"
#include "link/report.h"
#include "link/trial.h"
#include "model/group.h"
#include "model/words.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/verb.h"

/* A day. */
#define REVERT_AFTER_MAX	86400

struct action;

/**
 * struct job - what is to be done
 * @wanted: what the words or the file ask for
 * @policy: what "get" asks for
 */
struct job {
	const struct request *request;
	const struct action *action;
	struct setting_list wanted;
	uint32_t policy;
};

/**
 * struct action - one of the things that "sbctl policy" does
 * @operands: what follows its name, for the user
 * @min: so many of them at least
 * @max: so many of them at most
 * @prepare: understands them, before the module is asked; NULL if there is nothing to it
 * @run: does it, policies and lock being as in @now; the exit status, or -1 with @failure filled;
 *	NULL if the module is not needed
 */
struct action {
	const char *name;
	const char *operands;
	int min;
	int max;
	int (*prepare)(struct job *job, char **operand, int n, struct failure *failure);
	int (*run)(struct channel *channel, const struct job *job, const struct snapshot *now,
		   struct failure *failure);
};

static bool take_conf(struct request *request, const char *text)
{
	(void)text;
	request->conf = true;
	return true;
}

static bool take_dry_run(struct request *request, const char *text)
{
	(void)text;
	request->dry_run = true;
	return true;
}

static bool take_against_log(struct request *request, const char *text)
{
	(void)text;
	request->against_log = true;
	return true;
}

/* "60", "60s", "2min", "2m", "1h" */
static bool take_revert_after(struct request *request, const char *text)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, { "m", 60 }, { "h", 3600 } };
	char number[8] = "";
	size_t length = strspn(text, "0123456789"), i;

	if (!length || length >= sizeof(number))
		return false;
	memcpy(number, text, length);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(text + length, units[i].name))
			request->revert_after = strtoull(number, NULL, 10) * units[i].seconds;
	return request->revert_after && request->revert_after <= REVERT_AFTER_MAX;
}

static const struct option_spec options[] = {
	{ "conf", 'c', NULL, "with show: print a file for apply", take_conf },
	{ "dry-run", 'n', NULL, "with set, all, apply: only say what would change",
	  take_dry_run },
	{ "revert-after", 'r', TAKES("TIME", "a number with s, min or h, from 1s to 24h"),
	  "with set, all, apply: set back unless confirmed", take_revert_after },
	{ "against-log", 'l', NULL, "with diff: what would have been prevented",
	  take_against_log },
	OPTION_JSON,
	OPTION_NO_PAGER,
	OPTION_NO_LEGEND,
	{ 0 }
};

static int prepare_get(struct job *job, char **operand, int n, struct failure *failure)
{
	int policy = settings_policy("policy get", operand[0], failure);

	(void)n;
	job->policy = (uint32_t)policy;
	return policy < 0 ? -1 : 0;
}

/*
 * One of those that "all" sets. The three that say how code may legitimately be changed are not among
 * them: denied, they stop perf, bpf and live patching. Nor is what not every processor can do.
 */
static bool is_protection(uint32_t policy)
{
	return policy_name(policy) && policy_is_protection(policy) && !policy_is_optional(policy);
}

static int take_all(struct job *job, const char *where, const char *mode, struct failure *failure)
{
	char modes[CLASS_MODES_SIZE];
	uint32_t policy;

	if (class_mode_number(SHADOW_BOX_CLASS_PROTECTION, mode) < 0)
		return fail(failure, SBCTL_USAGE,
			    "%s: protections have no mode '%.40s'; their modes are %s", where, mode,
			    class_modes(SHADOW_BOX_CLASS_PROTECTION, modes, sizeof(modes)));
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (is_protection(policy) &&
		    settings_take(&job->wanted, where, policy_name(policy), mode, failure))
			return -1;
	return 0;
}

static int prepare_set(struct job *job, char **operand, int n, struct failure *failure)
{
	int i, error = 0;

	if (n % 2)
		return fail(failure, SBCTL_USAGE, "policy set: the mode for %.40s is missing",
			    operand[n - 1]);
	for (i = 0; i < n && !error; i += 2)
		error = strcmp(operand[i], "all") ?
			settings_take(&job->wanted, "policy set", operand[i], operand[i + 1],
				      failure) :
			take_all(job, "policy set", operand[i + 1], failure);
	return error;
}

static int prepare_all(struct job *job, char **operand, int n, struct failure *failure)
{
	(void)n;
	return take_all(job, "policy all", operand[0], failure);
}

static int prepare_file(struct job *job, char **operand, int n, struct failure *failure)
{
	/* Against the log there need not be one. */
	if (!n)
		return 0;
	return settings_read(&job->wanted, operand[0], failure);
}

static int show(struct channel *channel, const struct job *job, const struct snapshot *now,
		struct failure *failure)
{
	const struct policy_list *policies = &now->policies;

	(void)channel;
	(void)failure;
	pager_open(!job->request->no_pager);
	if (job->request->json)
		json_print_pretty(json_policies(policies));
	else if (job->request->conf)
		text_policy_file(policies);
	else
		text_policies(policies, !job->request->no_legend);
	return SBCTL_OK;
}

static int get(struct channel *channel, const struct job *job, const struct snapshot *now,
	       struct failure *failure)
{
	const struct policy *policy = policy_list_find(&now->policies, job->policy);
	struct policy_list one = { (struct policy *)policy, 1 };
	const char *mode = policy ? mode_name(policy->id, policy->mode) : NULL;

	(void)channel;
	if (!policy)
		return fail(failure, SBCTL_UNSUPPORTED,
			    "policy get: the loaded module has no policy %s; 'sbctl version' shows whether module and tool fit",
			    policy_name(job->policy));
	if (job->request->json)
		json_print_pretty(json_policies(&one));
	else
		printf("%s\n", mode ? mode : "unknown");
	return SBCTL_OK;
}

static void print_changes(const struct job *job, const struct change_list *changes, bool applied,
			  uint32_t refused)
{
	if (job->request->json)
		json_print_pretty(json_changes(changes, applied, refused));
	else
		text_changes(changes);
}

/* The same where silence would leave open whether something was set. */
static void report_changes(const struct job *job, const struct change_list *changes, bool applied,
			   uint32_t refused)
{
	print_changes(job, changes, applied, refused);
	if (!changes->n_change && !job->request->json && !job->request->no_legend)
		printf("-- nothing to change\n");
}

/* What of @changes the module would refuse. */
static uint32_t to_be_refused(const struct change_list *changes, const struct snapshot *now)
{
	return now->info.locked ? settings_weakened(changes) : 0;
}

static int fail_refused(uint32_t policies, struct failure *failure)
{
	char names[NAMES_SIZE];

	return fail(failure, SBCTL_LOCKED,
		    "policy: this would be refused, as policies are locked: until the machine restarts %s can only be tightened",
		    settings_names(names, sizeof(names), policies));
}

/* Policies that the file has prevent something, or all if there is no file. */
static bool would_enforce(const struct setting_list *wanted, uint32_t policy)
{
	size_t i;

	if (!mode_name(policy, SHADOW_BOX_MODE_ENFORCE))
		return false;
	for (i = 0; i < wanted->n_setting; i++)
		if (wanted->setting[i].policy == policy)
			return wanted->setting[i].mode == SHADOW_BOX_MODE_ENFORCE;
	return !wanted->n_setting;
}

/* What a sweep finds has happened, whatever the mode. */
static bool would_be_prevented(const struct setting_list *wanted, const struct event *event)
{
	return event->action == SHADOW_BOX_ACTION_LOGGED && !event_by_sweep(event) &&
	       would_enforce(wanted, event->policy);
}

/* Return: whether there were any; -1 with @failure filled. */
static int print_prevented(const struct job *job, const struct report *report,
			   struct failure *failure)
{
	struct group_list groups;

	if (!group_violations(&report->list, &groups))
		return fail(failure, SBCTL_FAILED, "out of memory");
	pager_open(!job->request->no_pager);
	if (job->request->json)
		json_print_pretty(json_groups(&groups, &report->info, report->lost));
	else if (groups.n_group || report->lost)
		text_groups(&groups, report->lost);
	else if (!job->request->no_legend)
		printf("-- nothing that was reported would have been prevented\n");
	free(groups.group);
	return groups.n_group > 0;
}

/* Which reports of what was let happen would be of what was prevented, had the policies been as wanted. */
static int diff_against_log(struct channel *channel, const struct job *job,
			    struct failure *failure)
{
	struct report report = { 0 };
	size_t kept = 0, i;
	int found = -1;

	if (!report_read(channel, &report, failure)) {
		for (i = 0; i < report.list.n_event; i++)
			if (would_be_prevented(&job->wanted, &report.list.event[i]))
				report.list.event[kept++] = report.list.event[i];
		report.list.n_event = kept;
		found = print_prevented(job, &report, failure);
	}
	event_list_free(&report.list);
	if (found < 0)
		return -1;
	return found ? SBCTL_DIFFERS : SBCTL_OK;
}

static int diff(struct channel *channel, const struct job *job, const struct snapshot *now,
		struct failure *failure)
{
	struct change_list changes;
	uint32_t weakened;

	if (job->request->against_log)
		return diff_against_log(channel, job, failure);
	settings_compare(&job->wanted, &now->policies, &changes);
	weakened = to_be_refused(&changes, now);
	print_changes(job, &changes, false, weakened);
	/* That they differ is the answer; this is only said, after it. */
	if (weakened) {
		output_flush();
		fail_refused(weakened, failure);
		say_failure(failure);
	}
	return changes.n_change ? SBCTL_DIFFERS : SBCTL_OK;
}

static void print_outcome(const struct job *job, const struct outcome *outcome)
{
	if (job->request->json)
		json_print(json_trial(outcome));
	else if (outcome->result == TRIAL_KEPT)
		printf("The policies are kept.\n");
	else
		text_changes(&outcome->reversal.undone);
}

/* Sets what is wanted, and sets it back unless it is confirmed. */
static int try(struct channel *channel, const struct job *job, const struct change_list *changes,
	       struct failure *failure)
{
	struct trial trial = { "policy", &job->wanted, changes, job->request->revert_after };
	struct outcome outcome;

	if (trial_begin(channel, &trial, failure))
		return -1;
	if (job->request->json)
		json_print(json_changes(changes, true, 0));
	else
		text_changes(changes);
	if (!job->request->json && !trial_can_ask())
		printf("-- to be confirmed by 'sbctl policy confirm' within %" PRIu64 " s\n",
		       trial.seconds);
	output_flush();
	trial_wait(&trial, &outcome);
	print_outcome(job, &outcome);
	if (outcome.result == TRIAL_KEPT)
		return SBCTL_OK;
	output_flush();
	*failure = outcome.failure;
	return -1;
}

static int prepare_confirm(struct job *job, char **operand, int n, struct failure *failure)
{
	const struct outcome kept = { .result = TRIAL_KEPT };

	(void)operand;
	(void)n;
	if (trial_confirm(failure))
		return -1;
	print_outcome(job, &kept);
	return 0;
}

/* Only says what would change, and what would be refused. */
static int set_dry(const struct job *job, const struct change_list *changes,
		   const struct snapshot *now, struct failure *failure)
{
	uint32_t weakened = to_be_refused(changes, now);

	report_changes(job, changes, false, weakened);
	if (!weakened)
		return SBCTL_OK;
	output_flush();
	return fail_refused(weakened, failure);
}

/* All that is wanted goes to the module, not just what differs: it may differ by now. */
static int set(struct channel *channel, const struct job *job, const struct snapshot *now,
	       struct failure *failure)
{
	struct change_list changes;

	settings_compare(&job->wanted, &now->policies, &changes);
	if (job->request->dry_run)
		return set_dry(job, &changes, now, failure);
	if (job->request->revert_after && changes.n_change)
		return try(channel, job, &changes, failure);
	if (channel_set_policies(channel, &job->wanted, failure))
		return -1;
	report_changes(job, &changes, true, 0);
	return SBCTL_OK;
}

static const struct action actions[] = {
	{ "show", "", 0, 0, NULL, show },
	{ "get", "NAME", 1, 1, prepare_get, get },
	{ "set", "NAME MODE [NAME MODE...]", 2, 2 * SHADOW_BOX_POLICIES, prepare_set, set },
	{ "all", "MODE", 1, 1, prepare_all, set },
	{ "diff", "FILE", 1, 1, prepare_file, diff },
	{ "apply", "FILE", 1, 1, prepare_file, set },
	{ "confirm", "", 0, 0, prepare_confirm, NULL },
};

static const struct action *find_action(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static int talk(struct channel *channel, const void *context, struct failure *failure)
{
	const struct job *job = context;
	struct snapshot now = { 0 };
	int status = -1;

	if (!channel_active_info(channel, &now.info, failure) &&
	    !channel_policies(channel, &now.policies, failure))
		status = job->action->run(channel, job, &now, failure);
	snapshot_free(&now);
	return status;
}

/* Options that mean nothing to the action are not ignored: the user expects something of them. */
static int check_options(const struct job *job)
{
	const struct request *request = job->request;

	if (request->conf && (job->action->run != show || request->json))
		return wrong_usage(&verb_policy, "only plain 'show' has an option", "--conf");
	if (request->dry_run && job->action->run != set)
		return wrong_usage(&verb_policy, "only 'set', 'all' and 'apply' have an option",
				   "--dry-run");
	if (request->against_log && job->action->run != diff)
		return wrong_usage(&verb_policy, "only 'diff' has an option", "--against-log");
	if (request->revert_after && job->action->run != set)
		return wrong_usage(&verb_policy, "only 'set', 'all' and 'apply' have an option",
				   "--revert-after");
	if (!request->revert_after || !request->dry_run)
		return 0;
	say("policy: --dry-run and --revert-after exclude each other");
	return SBCTL_USAGE;
}

static int check_operands(const struct request *request, const struct action *action,
			  char **operand, int n)
{
	int min = request->against_log ? 0 : action->min;

	if (n >= min && n <= action->max)
		return 0;
	if (n > action->max)
		return wrong_usage(&verb_policy, "superfluous argument", operand[action->max]);
	say("policy %s: argument missing; the form is 'sbctl policy %s %s'", action->name,
	    action->name, action->operands);
	return SBCTL_USAGE;
}

static int run(const struct request *request)
{
	struct job job = { .request = request };
	int n = request->n_operand - 1, status;
	struct failure failure;

	if (n < 0) {
		say("policy: what shall be done? 'sbctl policy show' lists the policies, 'sbctl policy --help' tells what else there is");
		return SBCTL_USAGE;
	}
	job.action = find_action(request->operand[0]);
	if (!job.action)
		return wrong_usage(&verb_policy, "there is no action", request->operand[0]);
	status = check_options(&job);
	if (!status)
		status = check_operands(request, job.action, request->operand + 1, n);
	if (status)
		return status;
	if (job.action->prepare && job.action->prepare(&job, request->operand + 1, n, &failure))
		return say_failure(&failure);
	return job.action->run ? with_channel(talk, &job) : SBCTL_OK;
}

const struct verb verb_policy = {
	.name = "policy",
	.summary = "show or set what is protected, and how",
	.operands = "ACTION",
	.about = "Actions:\n"
		 "  show                     list all policies, their modes and counts\n"
		 "  get NAME                 print the mode of a policy\n"
		 "  set NAME MODE [...]      set the modes of policies, all of those named or none\n"
		 "  all MODE, set all MODE   set all protections; host-memory is always enforced;\n"
		 "                           " PATCH_POLICIES " stay as they are\n"
		 "  diff FILE                what 'apply' would change; exit status 11 if any\n"
		 "  apply FILE               set what FILE says, all of it or nothing\n"
		 "  confirm                  keep what was set with --revert-after\n"
		 "\n"
		 "Protections are off, on log (report) or on enforce (report and prevent):\n"
		 PROTECTION_LINES ".\n"
		 "Patches of code by " PATCH_POLICIES " are on allow, log or deny.\n"
		 "A line of FILE is 'NAME MODE' or 'NAME = MODE'; # begins a comment.\n"
		 "\n"
		 "'diff --against-log' lists what was reported and let happen, but would have been\n"
		 "prevented with the modes of FILE or, without one, with all policies on enforce.\n"
		 "\n"
		 "With --revert-after=60s (or 2min, 1h; 24h at most) policies are set back unless\n"
		 "that is confirmed in this time: on the terminal, or by 'sbctl policy confirm'.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

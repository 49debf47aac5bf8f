// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl: the control tool of Shadow-box. This file is the table of verbs and picks one.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "dashboard/dashboard.h"
#include "model/say.h"
#include "render/pager.h"
#include "verbs/verb.h"

static const struct verb *const verbs[] = {
	&verb_status, &verb_counters, &verb_policy, &verb_violations, &verb_ack,
	&verb_sweep, &verb_monitor, &verb_metrics, &verb_load, &verb_unload, &verb_lock, &verb_boot,
	&verb_witness, &verb_attest, &verb_verify, &verb_check, &verb_report,
	&verb_version,
};

#define N_VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
	size_t i;

	printf("Usage: sbctl VERB [options]\n"
	       "\n"
	       "Control Shadow-box, the hypervisor under this running kernel.\n"
	       "\n"
	       "Verbs:\n");
	for (i = 0; i < N_VERBS; i++)
		printf("  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	printf("\n"
	       "'sbctl VERB --help' lists the options of a verb, and sbctl(8) tells all of it.\n");
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int unknown_verb(const char *name)
{
	say("unknown verb '%s'; 'sbctl --help' lists all of them", name);
	return SBCTL_USAGE;
}

/* "sbctl help" and "sbctl help VERB" */
static int help(int argc, char **argv)
{
	const struct verb *verb;

	if (argc > 2) {
		say("help: superfluous argument '%s'", argv[2]);
		return SBCTL_USAGE;
	}
	if (argc < 2) {
		print_help();
		return SBCTL_OK;
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	print_verb_help(verb);
	return SBCTL_OK;
}

static int run(int argc, char **argv)
{
	struct request request = { .cpu = -1, .interval = INTERVAL_DEFAULT, .speed = 1,
				   .at = -1 };
	const struct verb *verb;
	int status;

	if (argc < 2) {
		say("no verb given; try 'sbctl status', 'sbctl --help' lists all verbs");
		return SBCTL_USAGE;
	}
	argc--;
	argv++;
	if (!strcmp(argv[0], "help") || !strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return help(argc, argv);
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V"))
		argv[0] = "version";
	if (argv[0][0] == '-') {
		say("unknown option '%s'; the verb comes first, 'sbctl --help' lists all verbs",
		    argv[0]);
		return SBCTL_USAGE;
	}
	verb = find_verb(argv[0]);
	if (!verb)
		return unknown_verb(argv[0]);
	status = parse_options(verb, argc, argv, &request);
	return status >= 0 ? status : verb->run(&request);
}

int main(int argc, char **argv)
{
	/* Only what characters are: numbers are printed the same everywhere. */
	setlocale(LC_CTYPE, "");
	if (!output_ready())
		return SBCTL_FAILED;
	return pager_close(output_finish(run(argc, argv)));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verbs: what the table in main.c knows of each. A verb is a function, its options and its help;
 * parsing and --help are made from these, so that they cannot contradict each other.
 */
#ifndef SBCTL_VERB_H
#define SBCTL_VERB_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct request - what the user asked for, of all verbs
 * @json: --json
 * @once: --once
 * @interval: --interval in seconds
 * @backlog: --backlog
 * @count: --count, 0 without limit
 * @cpu: --cpu, or -1 for all
 */
struct request {
	bool json;
	bool once;
	double interval;
	bool backlog;
	uint64_t count;
	long cpu;
};

/**
 * struct option_spec - an option of a verb
 * @name: long name, without the dashes
 * @letter: short name, or 0
 * @argument: name of its argument in the help, or NULL when it takes none
 * @help: one line
 * @take: stores it; false when @text is no valid argument
 */
struct option_spec {
	const char *name;
	char letter;
	const char *argument;
	const char *help;
	bool (*take)(struct request *request, const char *text);
};

/**
 * struct verb - one of the things that sbctl does
 * @name: as typed
 * @summary: one line for the list of verbs
 * @about: sentences for its own help, lines of at most 80 columns
 * @options: ends with an entry without name
 * @usage_status: exit status for wrong usage
 * @run: does it; returns the exit status
 */
struct verb {
	const char *name;
	const char *summary;
	const char *about;
	const struct option_spec *options;
	int usage_status;
	int (*run)(const struct request *request);
};

extern const struct verb verb_status, verb_counters, verb_check, verb_load, verb_unload,
	verb_monitor, verb_version;

/* The options that several verbs have. */
bool take_json(struct request *request, const char *text);
#define OPTION_JSON \
	{ "json", 'j', NULL, "print JSON instead of text", take_json }

/* Intervals of the dashboard, in seconds. */
#define INTERVAL_DEFAULT	1.0
#define INTERVAL_MIN		0.1
#define INTERVAL_MAX		3600.0

/**
 * parse_options() - read the arguments of @verb
 * @argv: the verb's name and what follows it
 *
 * Return: -1 to go on, or the exit status when all is done (--help, or wrong usage, said).
 */
int parse_options(const struct verb *verb, int argc, char **argv, struct request *request);

void print_verb_help(const struct verb *verb);

#endif

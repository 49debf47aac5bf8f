/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verbs: what the table in main.c knows of each. A verb is a function, its options and its help;
 * parsing and --help are made from these, so that they cannot contradict each other.
 */
#ifndef SBCTL_VERB_H
#define SBCTL_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "model/bound.h"
#include "uapi/shadow_box_statement.h"

/**
 * struct request - what the user asked for, of all verbs
 * @operand: @n_operand words that are no options
 * @json: --json
 * @no_pager: --no-pager
 * @no_legend: --no-legend
 * @once: --once
 * @interval: --interval in seconds
 * @writable: --writable
 * @ascii: --ascii
 * @record: --record, or NULL
 * @replay: --replay, or NULL
 * @speed: --speed
 * @at: --at in seconds, or negative
 * @format: --format, or NULL
 * @output: --output, or NULL
 * @backlog: --backlog
 * @journal: --journal
 * @count: --count, 0 without limit
 * @cpu: --cpu, or -1 for all
 * @conf: --conf
 * @dry_run: --dry-run
 * @revert_after: --revert-after in seconds, 0 without
 * @against_log: --against-log of policy diff
 * @yes: --yes
 * @since: --since
 * @until: --until
 * @policies: --policy, a bit each; 0 for all
 * @actions: --action, likewise
 * @group: --group
 * @follow: --follow
 * @nonce: --nonce, or NULL
 * @records: --records of attest
 * @key_file: --key-file, or NULL
 * @state: --state, or NULL
 * @record_file: --records of verify, or NULL
 */
struct request {
	char **operand;
	int n_operand;
	bool json;
	bool no_pager;
	bool no_legend;
	bool once;
	double interval;
	bool writable;
	bool ascii;
	const char *record;
	const char *replay;
	double speed;
	double at;
	const char *format;
	const char *output;
	bool backlog;
	bool journal;
	uint64_t count;
	long cpu;
	bool conf;
	bool dry_run;
	uint64_t revert_after;
	bool against_log;
	bool yes;
	struct bound since;
	struct bound until;
	uint32_t policies;
	uint32_t actions;
	bool group;
	bool follow;
	const char *nonce;
	bool records;
	const char *key_file;
	const char *state;
	const char *record_file;
};

/**
 * struct argument - what an option takes
 * @name: in the help
 * @values: what it may be, as "@name is ..."
 */
struct argument {
	const char *name;
	const char *values;
};

#define TAKES(name, values)	(&(const struct argument){ name, values })

/**
 * struct option_spec - an option of a verb
 * @name: long name, without the dashes
 * @letter: short name, or 0
 * @argument: NULL when it takes none
 * @help: one line
 * @take: stores it; false when @text is no valid argument
 */
struct option_spec {
	const char *name;
	char letter;
	const struct argument *argument;
	const char *help;
	bool (*take)(struct request *request, const char *text);
};

/**
 * struct verb - one of the things that sbctl does
 * @name: as typed
 * @summary: one line for the list of verbs
 * @operands: what it takes besides options, for the help, or NULL if nothing
 * @about: sentences for its own help, lines of at most 80 columns
 * @options: ends with an entry without name
 * @usage_status: exit status for wrong usage
 * @run: does it; returns the exit status
 */
struct verb {
	const char *name;
	const char *summary;
	const char *operands;
	const char *about;
	const struct option_spec *options;
	int usage_status;
	int (*run)(const struct request *request);
};

extern const struct verb verb_status, verb_counters, verb_check, verb_load, verb_unload,
	verb_monitor, verb_version, verb_policy, verb_lock, verb_violations, verb_metrics,
	verb_ack, verb_boot, verb_attest, verb_verify, verb_witness,
	verb_report, verb_sweep;

/* The options that several verbs have. */
bool take_json(struct request *request, const char *text);
#define OPTION_JSON \
	{ "json", 'j', NULL, "print JSON instead of text", take_json }
bool take_no_pager(struct request *request, const char *text);
bool take_no_legend(struct request *request, const char *text);
/* Those of the verbs that print what is read at length. */
#define OPTION_NO_PAGER \
	{ "no-pager", 0, NULL, "print to the terminal itself", take_no_pager }
#define OPTION_NO_LEGEND \
	{ "no-legend", 0, NULL, "print no headings", take_no_legend }
bool take_count(struct request *request, const char *text);
#define TAKES_COUNT	"a whole number from 1"
#define TAKES_FILE	"the name of a file"
#define OPTION_COUNT \
	{ "count", 'n', TAKES("N", TAKES_COUNT), "stop after N events", take_count }

#define NONCE_DIGITS_MIN 16
bool take_nonce(struct request *request, const char *text);
bool read_nonce(const char *hex, uint8_t nonce[SHADOW_BOX_NONCE_SIZE]);
#define OPTION_NONCE(help) \
	{ "nonce", 'n', TAKES("HEX", "16 to 64 hexadecimal digits, an even number"), help, take_nonce }

/* Reads a whole decimal number without sign; false if @text is none or it is too large. */
bool take_number(uint64_t *number, const char *text);

/**
 * parse_options() - read the arguments of @verb
 * @argv: the verb's name and what follows it
 *
 * Return: -1 to go on, or the exit status when all is done (--help, or wrong usage, said).
 */
int parse_options(const struct verb *verb, int argc, char **argv, struct request *request);

/* Inserts the module and launches; says how that went and returns the exit status. */
int load_module(const struct request *request);

/* Says that @word is wrong; returns the exit status. */
int wrong_usage(const struct verb *verb, const char *what, const char *word);

void print_verb_help(const struct verb *verb);

#endif

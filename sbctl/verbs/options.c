// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command-line options: parsing and help, both made from the table of each verb.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/say.h"
#include "verbs/verb.h"

/* More options than any verb has. */
#define MAX_OPTIONS	16
/* getopt_long() answers with this plus the index of the option in the verb's table. */
#define FIRST_OPTION	256

static bool take_help(struct request *request, const char *text)
{
	(void)request;
	(void)text;
	return true;
}

static const struct option_spec option_help = {
	"help", 'h', NULL, "print this help", take_help,
};

bool take_json(struct request *request, const char *text)
{
	(void)text;
	request->json = true;
	return true;
}

bool take_no_pager(struct request *request, const char *text)
{
	(void)text;
	request->no_pager = true;
	return true;
}

bool take_no_legend(struct request *request, const char *text)
{
	(void)text;
	request->no_legend = true;
	return true;
}

bool take_number(uint64_t *number, const char *text)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

bool take_count(struct request *request, const char *text)
{
	return take_number(&request->count, text) && request->count > 0;
}

static void print_option(const struct option_spec *option)
{
	char left[40];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
		 option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
		 option->argument ? "=" : "", option->argument ? option->argument->name : "");
	printf("  %-24s %s\n", left, option->help);
}

void print_verb_help(const struct verb *verb)
{
	const struct option_spec *option;

	printf("Usage: sbctl %s %s%s[options]\n\n%s\n\nOptions:\n", verb->name,
	       verb->operands ? verb->operands : "", verb->operands ? " " : "", verb->about);
	for (option = verb->options; option->name; option++)
		print_option(option);
	print_option(&option_help);
	printf("\nThe manual page sbctl(8) tells more.\n");
}

static void add_option(struct option *option, char **letters, const struct option_spec *spec,
		       int index)
{
	option->name = spec->name;
	option->has_arg = spec->argument ? required_argument : no_argument;
	option->val = FIRST_OPTION + index;
	if (!spec->letter)
		return;
	*(*letters)++ = spec->letter;
	if (spec->argument)
		*(*letters)++ = ':';
}

/* Index into the verb's table of what getopt_long() found; the number of entries for help. */
static int find_option(const struct verb *verb, int found)
{
	int i;

	if (found >= FIRST_OPTION)
		return found - FIRST_OPTION;
	for (i = 0; verb->options[i].name; i++)
		if (verb->options[i].letter == found)
			break;
	return i;
}

int wrong_usage(const struct verb *verb, const char *what, const char *word)
{
	say("%s: %s '%s'; 'sbctl %s --help' lists what is possible", verb->name, what, word,
	    verb->name);
	return verb->usage_status;
}

static int wrong_argument(const struct verb *verb, const struct option_spec *option,
			  const char *word)
{
	const struct argument *argument = option->argument;

	say("%s: --%s=%s does not take '%s'; %s is %s", verb->name, option->name, argument->name,
	    word, argument->name, argument->values);
	return verb->usage_status;
}

static int missing_argument(const struct verb *verb, const struct option_spec *option,
			    const char *word)
{
	const struct argument *argument = option->argument;

	say("%s: argument missing after '%s'; the form is --%s=%s, and %s is %s", verb->name, word,
	    option->name, argument->name, argument->name, argument->values);
	return verb->usage_status;
}

static int wrong_option(const struct verb *verb, int found, char **argv)
{
	char letter[3] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt < FIRST_OPTION;
	const char *word = is_letter ? letter : argv[optind - 1];

	/* A long option that is known, but has an argument too many or too few. */
	if (optopt >= FIRST_OPTION && strchr(word, '='))
		return wrong_usage(verb, "superfluous argument in", word);
	if (found == ':')
		return missing_argument(verb, &verb->options[find_option(verb, optopt)], word);
	return wrong_usage(verb, "unknown option", word);
}

int parse_options(const struct verb *verb, int argc, char **argv, struct request *request)
{
	struct option table[MAX_OPTIONS + 2] = { 0 };
	char letters[2 * MAX_OPTIONS + 4] = ":";
	char *end = letters + 1;
	int n, index, found;

	for (n = 0; n < MAX_OPTIONS && verb->options[n].name; n++)
		add_option(&table[n], &end, &verb->options[n], n);
	if (verb->options[n].name) {
		say("%s: this verb has more options than sbctl has room for", verb->name);
		return SBCTL_FAILED;
	}
	add_option(&table[n], &end, &option_help, n);

	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (found == '?' || found == ':')
			return wrong_option(verb, found, argv);
		index = find_option(verb, found);
		if (index == n) {
			print_verb_help(verb);
			return SBCTL_OK;
		}
		if (!verb->options[index].take(request, optarg))
			return wrong_argument(verb, &verb->options[index], optarg);
	}
	if (optind < argc && !verb->operands)
		return wrong_usage(verb, "superfluous argument", argv[optind]);
	request->operand = argv + optind;
	request->n_operand = argc - optind;
	return -1;
}

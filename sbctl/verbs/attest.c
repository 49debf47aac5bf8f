// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl attest" and "sbctl witness": a statement of the host for another machine, and the key under
 * which it is made. "sbctl verify" is the other end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "link/keyfile.h"
#include "link/netlink.h"
#include "link/report.h"
#include "render/json.h"
#include "render/statement.h"
#include "verbs/verb.h"

static bool take_records(struct request *request, const char *text)
{
	(void)text;
	request->records = true;
	return true;
}

static const struct option_spec attest_options[] = {
	OPTION_NONCE("put HEX into the statement, instead of random bytes"),
	{ "records", 'r', NULL, "add the records of the violations still held", take_records },
	{ 0 }
};

static void set_records(json_t *document, const struct event_list *list)
{
	char text[HEX_SIZE(SHADOW_BOX_RECORD_SIZE)];
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < list->n_event; i++) {
		if (!HAVE(&list->event[i], SHADOW_BOX_EVENT_RECORD))
			continue;
		hex_write(list->event[i].record, SHADOW_BOX_RECORD_SIZE, text);
		json_array_append_new(array, json_string(text));
	}
	json_object_set_new(document, "records", array);
}

static void print(const struct request *request, const struct shadow_box_statement *statement,
		  const struct event_list *list)
{
	json_t *document = json_document("attest");

	json_set_statement(document, statement);
	if (request->records)
		set_records(document, list);
	json_print(document);
}

/* Records that come after the statement are of the next one; the other way round some would be missing. */
static int attest(struct channel *channel, const void *context, struct failure *failure)
{
	const struct request *request = context;
	struct shadow_box_statement statement;
	struct event_list list = { 0 };
	uint8_t nonce[SHADOW_BOX_NONCE_SIZE];
	int status;

	if (request->nonce)
		read_nonce(request->nonce, nonce);
	else if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
		return fail(failure, SBCTL_FAILED, "attest: no random bytes: %s", strerror(errno));
	status = channel_witness(channel, nonce, &statement, failure);
	if (!status && request->records)
		status = channel_events(channel, 0, SHADOW_BOX_EVENT_VIOLATION, &list, failure);
	if (!status && !statement_is_sound(&statement, failure))
		status = -1;
	if (!status)
		print(request, &statement, &list);
	event_list_free(&list);
	return status ? status : SBCTL_OK;
}

static int run_attest(const struct request *request)
{
	return with_channel(attest, request);
}

const struct verb verb_attest = {
	.name = "attest",
	.summary = "have the host state what it knows, for 'sbctl verify' elsewhere",
	.about = "Print, as a line of JSON, a statement of the host: modes, lock, launch, counts\n"
		 "and a running hash of all violations, with a MAC that only the host and who has\n"
		 "the witness key can make. Nothing that runs here can forge it; 'sbctl verify' on\n"
		 "another machine says whether it is genuine, and what it tells.",
	.options = attest_options,
	.usage_status = SBCTL_USAGE,
	.run = run_attest,
};

static const struct option_spec witness_options[] = {
	OPTION_JSON,
	{ 0 }
};

/* Is it this one that the witness has? */
static bool has_key(struct channel *channel, const uint8_t *key)
{
	struct shadow_box_statement statement;
	uint8_t nonce[SHADOW_BOX_NONCE_SIZE] = { 0 };
	struct failure ignored;

	return !channel_witness(channel, nonce, &statement, &ignored) &&
	       statement_is_genuine(&statement, key);
}

static void report(const struct request *request, bool already)
{
	json_t *document;

	if (!request->json) {
		printf("The witness has %s key.\n", already ? "this" : "its");
		return;
	}
	document = json_document("witness");
	json_object_set_new(document, "result", json_string(already ? "already-given" : "given"));
	json_print_pretty(document);
}

struct job {
	const struct request *request;
	const uint8_t *key;
};

static int witness(struct channel *channel, const void *context, struct failure *failure)
{
	const struct job *job = context;
	int already = channel_witness_key(channel, job->key, failure);

	if (already < 0)
		return -1;
	if (already && !has_key(channel, job->key))
		return fail(failure, SBCTL_BUSY,
			    "witness: another key was given already; there is one for each launch");
	report(job->request, already);
	return SBCTL_OK;
}

static int run_witness(const struct request *request)
{
	uint8_t key[SHADOW_BOX_KEY_SIZE];
	struct job job = { request, key };
	struct failure failure;
	int status;

	if (request->n_operand != 1) {
		say("witness: one argument is needed, the file with the key, or '-'");
		return SBCTL_USAGE;
	}
	if (keyfile_read(request->operand[0], key, &failure))
		return say_failure(&failure);
	status = with_channel(witness, &job);
	explicit_bzero(key, sizeof(key));
	return status;
}

const struct verb verb_witness = {
	.name = "witness",
	.summary = "give the host the key for statements, before the lock",
	.operands = "FILE",
	.about = "Give the host the witness key, with which it makes statements ('sbctl attest'):\n"
		 "32 bytes, or 64 hexadecimal digits, from FILE or, if that is '-', from standard\n"
		 "input. Once for each launch and before the lock; from then on it is in the\n"
		 "host's memory only, if FILE is gone or sealed.",
	.options = witness_options,
	.usage_status = SBCTL_USAGE,
	.run = run_witness,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl verify": are statements of another machine genuine, and what do they tell? Needs the
 * witness key, and neither module nor privilege.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/keyfile.h"
#include "link/state.h"
#include "render/json.h"
#include "render/statement.h"
#include "verbs/verb.h"

static bool take_key(struct request *request, const char *text)
{
	request->key_file = text;
	return *text != '\0';
}

static bool take_state(struct request *request, const char *text)
{
	request->state = text;
	return *text != '\0';
}

static bool take_records(struct request *request, const char *text)
{
	request->record_file = text;
	return *text != '\0';
}

/* Digits that are too few stand for zeros at the end. */
bool read_nonce(const char *hex, uint8_t nonce[SHADOW_BOX_NONCE_SIZE])
{
	size_t length = strlen(hex);

	memset(nonce, 0, SHADOW_BOX_NONCE_SIZE);
	return length >= NONCE_DIGITS_MIN && length <= 2 * SHADOW_BOX_NONCE_SIZE &&
	       length % 2 == 0 && hex_read(hex, nonce, length / 2);
}

bool take_nonce(struct request *request, const char *text)
{
	uint8_t nonce[SHADOW_BOX_NONCE_SIZE];

	request->nonce = text;
	return read_nonce(text, nonce);
}

static const struct option_spec options[] = {
	{ "key-file", 'k', TAKES("FILE", TAKES_FILE), "the witness key of that machine", take_key },
	OPTION_NONCE("the statement must answer HEX"),
	{ "records", 'r', TAKES("FILE", TAKES_FILE),
	  "all violations must be in FILE (JSON)",
	  take_records },
	{ "state", 's', TAKES("FILE", TAKES_FILE),
	  "the last statement, and where to keep this one", take_state },
	OPTION_JSON,
	{ 0 }
};

/**
 * struct job - statements that are being verified
 * @last: the newest genuine one so far, if @has_last
 * @before: number of the one in the state file, 0 if there was none of this launch
 * @seen: all @n_seen numbers of this launch since then
 * @records: from files and from the statements' documents; looked at if @has_records
 * @status: the worst so far
 */
struct job {
	const struct request *request;
	uint8_t key[SHADOW_BOX_KEY_SIZE];
	uint8_t nonce[SHADOW_BOX_NONCE_SIZE];
	struct shadow_box_statement last;
	bool has_last;
	bool is_changed;
	uint64_t before;
	uint64_t *seen;
	size_t n_seen;
	struct record_list records;
	bool has_records;
	int status;
};

static int out_of_memory(struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "out of memory");
}

static int add_record(struct job *job, const json_t *value, struct failure *failure)
{
	uint8_t record[SHADOW_BOX_RECORD_SIZE];

	if (!json_is_string(value) || !hex_read(json_string_value(value), record, sizeof(record)))
		return fail(failure, SBCTL_FORGED, "verify: what should be a record is none");
	return record_list_add(&job->records, record) ? 0 : out_of_memory(failure);
}

/* Of an event as sbctl prints it, or of an entry of the journal; others have none. */
static int add_record_of(struct job *job, const json_t *object, struct failure *failure)
{
	const json_t *record = json_object_get(object, "record");

	if (!record)
		record = json_object_get(object, "SHADOW_BOX_RECORD");
	return record && !json_is_null(record) ? add_record(job, record, failure) : 0;
}

/* The next JSON document of @file: 1; 0 at its end; -1 with @failure filled. */
static int next_document(FILE *file, const char *name, json_t **document,
			 struct failure *failure)
{
	json_error_t error;
	int c;

	do {
		c = getc(file);
	} while (isspace(c));
	if (c == EOF)
		return ferror(file) ? fail(failure, SBCTL_FAILED, "cannot read %s: %s", name,
					   strerror(errno)) : 0;
	ungetc(c, file);
	*document = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error);
	return *document ? 1 : fail(failure, SBCTL_FORGED, "verify: %s is not as sbctl prints it: %s",
				    name, error.text);
}

static int read_records(struct job *job, const char *name, struct failure *failure)
{
	FILE *file = fopen(name, "re");
	const json_t *event;
	json_t *document;
	int more;
	size_t i;

	if (!file)
		return fail(failure, SBCTL_FAILED, "cannot open %s: %s", name, strerror(errno));
	job->has_records = true;
	while ((more = next_document(file, name, &document, failure)) > 0) {
		int error = add_record_of(job, document, failure);

		json_array_foreach(json_object_get(document, "violations"), i, event)
			error = error ? error : add_record_of(job, event, failure);
		json_decref(document);
		if (error) {
			more = error;
			break;
		}
	}
	fclose(file);
	return more;
}

/* The state is the last statement, in hexadecimal digits. */
static int read_state(struct job *job, struct failure *failure)
{
	char text[STATEMENT_HEX_SIZE + 2] = "";
	FILE *file = fopen(job->request->state, "re");

	if (!file)
		return errno == ENOENT ? 0 : fail(failure, SBCTL_FAILED, "cannot open %s: %s",
						  job->request->state, strerror(errno));
	if (fgets(text, sizeof(text), file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	job->has_last = hex_read(text, &job->last, sizeof(job->last)) &&
			statement_is_sound(&job->last, failure);
	job->before = job->last.number;
	return job->has_last ? 0 : fail(failure, SBCTL_FAILED,
					"verify: %s holds no state: remove it to begin anew",
					job->request->state);
}

static int write_state(const struct job *job, struct failure *failure)
{
	char text[STATEMENT_HEX_SIZE];

	hex_write(&job->last, sizeof(job->last), text);
	if (!file_replace(job->request->state, text, 0600))
		return 0;
	return fail(failure, SBCTL_FAILED, "cannot write %s: %s", job->request->state,
		    file_error(errno));
}

/* Of a launch, what was seen; a number that was not, and is below the last, came late. */
static bool see(struct job *job, const struct shadow_box_statement *now, bool *came_late,
		struct failure *failure)
{
	uint64_t *grown;
	size_t i;

	if (job->has_last && job->last.launch != now->launch)
		job->before = job->n_seen = 0;
	*came_late = job->has_last && now->number < job->last.number && now->number > job->before;
	for (i = 0; i < job->n_seen; i++)
		*came_late = *came_late && job->seen[i] != now->number;
	grown = reallocarray(job->seen, job->n_seen + 1, sizeof(*grown));
	if (!grown)
		return !out_of_memory(failure);
	job->seen = grown;
	job->seen[job->n_seen++] = now->number;
	return true;
}

static void print_json(const struct shadow_box_statement *s, uint64_t violations,
		       const struct findings *findings, const char *error)
{
	json_t *document = json_document("verify"), *array = json_array();
	size_t i;

	json_object_set_new(document, "genuine", json_boolean(!error));
	json_object_set_new(document, "error", error ? json_string(error) : json_null());
	for (i = 0; i < findings->n; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "finding",
						       finding_name[findings->found[i].what],
						       "text", findings->found[i].text));
	json_object_set_new(document, "findings", array);
	if (!error) {
		json_object_set_new(document, "new_violations",
				    json_integer((json_int_t)violations));
		json_set_statement(document, s);
	}
	json_print(document);
}

static void print_text(const struct shadow_box_statement *s, uint64_t violations,
		       const struct findings *findings)
{
	size_t i;

	printf("Statement %llu of launch 0x%llx is genuine: %slocked, %u of %u CPUs, %llu violations, %llu of them new.\n",
	       s->number, s->launch, s->flags & SHADOW_BOX_STATEMENT_LOCKED ? "" : "not ",
	       s->cpus_active, s->cpus, s->records, (unsigned long long)violations);
	for (i = 0; i < findings->n; i++)
		printf("%s: %s.\n", finding_name[findings->found[i].what],
		       findings->found[i].text);
}

/* A statement that is not genuine tells nothing. */
static int judge(struct job *job, const struct shadow_box_statement *now,
		 struct findings *findings, struct failure *failure)
{
	const struct shadow_box_statement *last = job->has_last ? &job->last : NULL;
	bool came_late;

	if (!statement_is_sound(now, failure))
		return -1;
	if (!statement_is_genuine(now, job->key))
		return fail(failure, SBCTL_FORGED,
			    "verify: the MAC does not fit: the host did not make this statement, or it has another key");
	if (job->request->nonce && memcmp(now->nonce, job->nonce, sizeof(job->nonce)))
		return fail(failure, SBCTL_FORGED,
			    "verify: the statement does not answer this nonce: it is an old one, or another's");
	if (!see(job, now, &came_late, failure))
		return -1;
	statement_compare(last, now, came_late, findings);
	if (job->has_records)
		statement_check_records(last, now, &job->records, findings);
	return 0;
}

static void keep(struct job *job, const struct shadow_box_statement *now)
{
	if (job->has_last && !statement_is_newer(&job->last, now))
		return;
	job->last = *now;
	job->has_last = job->is_changed = true;
}

static void worst(struct job *job, int status)
{
	/* Not genuine is worse than anything that a genuine one says. */
	if (job->status != SBCTL_FORGED && status != SBCTL_OK)
		job->status = status;
}

static int verify_one(struct job *job, const struct shadow_box_statement *now,
		      struct failure *failure)
{
	struct findings findings = { .n = 0 };
	uint64_t violations;

	if (judge(job, now, &findings, failure)) {
		if (failure->code != SBCTL_FORGED)
			return -1;
		if (job->request->json)
			print_json(now, 0, &findings, failure->text);
		worst(job, say_failure(failure));
		return 0;
	}
	violations = statement_is_newer(job->has_last ? &job->last : NULL, now) ?
		     statement_new_records(job->has_last ? &job->last : NULL, now) : 0;
	if (job->request->json)
		print_json(now, violations, &findings, NULL);
	else
		print_text(now, violations, &findings);
	worst(job, findings.n ? SBCTL_FINDINGS : SBCTL_OK);
	keep(job, now);
	return 0;
}

static int verify_document(struct job *job, const json_t *document, struct failure *failure)
{
	const char *text = json_string_value(json_object_get(document, "statement"));
	struct shadow_box_statement statement;
	const json_t *record;
	size_t i;

	if (!text || !hex_read(text, &statement, sizeof(statement)))
		return fail(failure, SBCTL_FORGED, "verify: there is no statement in it");
	job->has_records |= json_is_array(json_object_get(document, "records"));
	json_array_foreach(json_object_get(document, "records"), i, record)
		if (add_record(job, record, failure))
			return -1;
	record_list_tidy(&job->records);
	return verify_one(job, &statement, failure);
}

static int verify_file(struct job *job, const char *name, struct failure *failure)
{
	bool is_stdin = !strcmp(name, "-");
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	size_t n = 0;
	json_t *document;
	int more;

	if (!file)
		return fail(failure, SBCTL_FAILED, "cannot open %s: %s", name, strerror(errno));
	while ((more = next_document(file, name, &document, failure)) > 0) {
		int error = verify_document(job, document, failure);

		json_decref(document);
		n++;
		if (error) {
			more = error;
			break;
		}
	}
	if (!is_stdin)
		fclose(file);
	if (!more && !n)
		return fail(failure, SBCTL_FORGED, "verify: there is no statement in it");
	return more;
}

static int verify(struct job *job, struct failure *failure)
{
	const struct request *request = job->request;
	int error;

	if (request->nonce)
		read_nonce(request->nonce, job->nonce);
	if (keyfile_read(request->key_file, job->key, failure) ||
	    (request->state && read_state(job, failure)) ||
	    (request->record_file && read_records(job, request->record_file, failure)))
		return -1;
	error = verify_file(job, request->n_operand ? request->operand[0] : "-", failure);
	/* What was genuine before something was not was seen all the same. */
	if (request->state && job->is_changed && write_state(job, failure))
		return -1;
	return error;
}

static int run(const struct request *request)
{
	struct job job = { .request = request, .status = SBCTL_OK };
	struct failure failure;

	if (!request->key_file) {
		say("verify: --key-file=FILE is needed, the witness key of that machine");
		return SBCTL_USAGE;
	}
	if (request->n_operand > 1)
		return wrong_usage(&verb_verify, "superfluous argument", request->operand[1]);
	if (verify(&job, &failure))
		job.status = say_failure(&failure);
	explicit_bzero(job.key, sizeof(job.key));
	record_list_free(&job.records);
	free(job.seen);
	return job.status;
}

const struct verb verb_verify = {
	.name = "verify",
	.summary = "say whether statements of another machine are genuine, and what they tell",
	.operands = "[FILE]",
	.about = "Verify what 'sbctl attest' printed on another machine, from FILE or standard\n"
		 "input, one statement or several. Exit status 14 if one is not genuine: forged,\n"
		 "altered, or no answer to the nonce; 15 if one is genuine and tells of something:\n"
		 "replayed, reordered or dropped statements, another launch, no lock, weaker\n"
		 "policies, reports that are missing or altered. Needs no module, no privilege.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

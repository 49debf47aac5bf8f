// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl ack": the administrator knows of the violations and losses so far. "sbctl check" is critical
 * until then.
 */
#include <inttypes.h>
#include <stdio.h>

#include "link/ledger.h"
#include "link/report.h"
#include "render/json.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	OPTION_JSON,
	{ 0 }
};

/**
 * struct job - what is to be acknowledged
 * @all: everything so far, not just violations up to number @seq
 */
struct job {
	const struct request *request;
	bool all;
	uint64_t seq;
};

/*
 * How many violations are numbered up to @seq. If the rings dropped some and these may have come
 * later, it is those that are surely not: who acknowledges what he did not see does so without @seq.
 */
static uint64_t count_known(const struct report *report, uint64_t seq)
{
	const struct event_list *list = &report->list;
	uint64_t held = 0;
	size_t i;

	for (i = 0; i < list->n_event; i++)
		held += list->event[i].seq <= seq;
	return report_is_complete(list, seq + 1) ? held + report->lost : held;
}

static void print(const struct job *job, const struct ledger *ledger)
{
	struct tally open = ledger_open(ledger);
	json_t *document;

	if (!job->request->json) {
		printf("Acknowledged: %" PRIu64 " violations and %" PRIu64 " lost events of this launch, those before #%" PRIu64 ". Open: %" PRIu64 " and %" PRIu64 ".\n",
		       ledger->acknowledged.violations, ledger->acknowledged.lost,
		       ledger->next_seq, open.violations + ledger->earlier.violations,
		       open.lost + ledger->earlier.lost);
		return;
	}
	document = json_document("ack");
	json_object_set_new(document, "launch_id", json_sprintf("0x%" PRIx64, ledger->launch));
	json_object_set_new(document, "next_seq", json_integer((json_int_t)ledger->next_seq));
	json_object_set_new(document, "violations",
			    json_integer((json_int_t)ledger->acknowledged.violations));
	json_object_set_new(document, "events_lost",
			    json_integer((json_int_t)ledger->acknowledged.lost));
	json_object_set_new(document, "open_violations",
			    json_integer((json_int_t)open.violations +
					 (json_int_t)ledger->earlier.violations));
	json_object_set_new(document, "open_events_lost",
			    json_integer((json_int_t)open.lost +
					 (json_int_t)ledger->earlier.lost));
	json_print_pretty(document);
}

static int fail_seq(const struct job *job, const struct report *report, struct failure *failure)
{
	if (!report->info.events)
		return fail(failure, SBCTL_FAILED, "ack: nothing has happened yet");
	return fail(failure, SBCTL_FAILED,
		    "ack: there is no #%" PRIu64 " yet, the last event is #%" PRIu64, job->seq,
		    report->info.events - 1);
}

static int acknowledge(const struct job *job, const struct report *report,
		       struct failure *failure)
{
	struct tally known = { 0 };
	struct ledger ledger;
	uint64_t next = report->info.events;

	if (job->all) {
		known = (struct tally){ report->info.violations, report->info.events_lost };
	} else if (job->seq >= report->info.events) {
		return fail_seq(job, report, failure);
	} else {
		known.violations = count_known(report, job->seq);
		next = job->seq + 1;
	}
	if (ledger_acknowledge(&ledger, &report->info, next, &known, job->all, failure))
		return -1;
	print(job, &ledger);
	return SBCTL_OK;
}

static int ack(struct channel *channel, const void *context, struct failure *failure)
{
	struct report report = { 0 };
	int status = report_read(channel, &report, failure);

	if (!status)
		status = acknowledge(context, &report, failure);
	event_list_free(&report.list);
	return status;
}

static int run(const struct request *request)
{
	struct job job = { .request = request, .all = !request->n_operand };

	if (request->n_operand > 1)
		return wrong_usage(&verb_ack, "superfluous argument", request->operand[1]);
	if (!job.all && !take_number(&job.seq, request->operand[0]))
		return wrong_usage(&verb_ack, "no number of a violation:", request->operand[0]);
	return with_channel(ack, &job);
}

const struct verb verb_ack = {
	.name = "ack",
	.summary = "acknowledge violations and lost events, for 'sbctl check'",
	.operands = "[SEQ]",
	.about = "Acknowledge the violations up to number SEQ, or without SEQ all so far, those of\n"
		 "earlier launches and lost events too. 'sbctl check' is critical until then, also\n"
		 "over restarts of the machine; what comes later makes it critical again.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};

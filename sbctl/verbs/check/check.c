// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check": can this machine run Shadow-box, how well, and if it does, is there anything to see
 * to? One line for each thing that matters, the verdict as a monitoring plugin gives it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "link/netlink.h"
#include "render/json.h"
#include "render/pager.h"
#include "render/text.h"
#include "verbs/check/examine.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	OPTION_JSON,
	OPTION_NO_PAGER,
	{ 0 }
};

static void check_protection(struct examination *e)
{
	char modes[MODES_SIZE];

	find(e, "policies", VERDICT_OK, "%s",
	     text_modes(modes, sizeof(modes), &e->snapshot.policies));
	if (e->snapshot.info.locked)
		find(e, "lock", VERDICT_OK,
		     "policies are locked until the machine restarts: they can only be tightened");
	else
		find(e, "lock", VERDICT_OK,
		     "policies are not locked: whoever becomes root can weaken them or unload Shadow-box; 'sbctl lock' ends that");
}

static void check_active(struct examination *e)
{
	uint32_t unprotected = snapshot_unprotected(&e->snapshot);
	char cpus[64];

	text_cpus(cpus, sizeof(cpus), &e->snapshot.info);
	if (unprotected)
		find(e, "module", VERDICT_WARN,
		     "active, but on %s only: on %" PRIu32 " more Linux runs on the bare machine, the kernel log may say why",
		     cpus, unprotected);
	else
		find(e, "module", VERDICT_OK, "active on %s", cpus);
}

/* Where it is to run, monitoring shall tell that it does not. */
static enum verdict absence(const struct examination *e)
{
	return e->enabled ? VERDICT_FAIL : VERDICT_OK;
}

static void check_running(struct examination *e)
{
	const struct info *info = &e->snapshot.info;
	size_t faults = snapshot_faults(&e->snapshot);

	if (faults)
		find(e, "module", VERDICT_FAIL,
		     "the host stopped on %zu of %" PRIu32 " CPUs after a fault of its own; 'sbctl monitor --backlog' shows it",
		     faults, info->cpus);
	else if (!e->active)
		find(e, "module", absence(e), "loaded, not active; 'sbctl load' launches it");
	else
		check_active(e);
	if (info->test_build)
		find(e, "build", VERDICT_WARN,
		     "the loaded module is a test build (SHADOW_BOX_TEST=1); not for production");
	if (e->active && e->snapshot.policies.n_policy)
		check_protection(e);
}

static void check_module(struct examination *e)
{
	if (e->answers)
		check_running(e);
	else if (!e->loaded)
		find(e, "module", absence(e), "not loaded%s; 'sbctl load' loads and launches it",
		     e->enabled ? ", though shadow-box.service is enabled ('systemctl status shadow-box' says why)" : "");
	else if (e->failure.code == SBCTL_PRIVILEGE || e->failure.code == SBCTL_NAMESPACE)
		find(e, "module", VERDICT_UNKNOWN, "loaded; %s", e->failure.text);
	else
		find(e, "module", VERDICT_FAIL, "%s", e->failure.text);
}

void examine_machine(struct examination *e)
{
	struct channel *channel = channel_open(&e->failure);

	e->loaded = machine_module_loaded();
	e->answers = channel && !channel_snapshot(channel, &e->snapshot, &e->failure);
	channel_close(channel);
	e->active = e->answers && e->snapshot.info.state == SHADOW_BOX_STATE_ACTIVE;
	e->enabled = machine_service_enabled();
	e->installed = !module_find(&e->file, &e->file_failure);
	machine_processor(&e->processor);
	health_look(&e->health, e->answers ? &e->snapshot : NULL);
	examine_processor(e);
	examine_kernel(e);
	check_module(e);
	examine_health(e);
}

/* The first line is what Nagios and its kin show: the word, and what is the matter. */
static void print_headline(const struct examination *e)
{
	static const char *const word[] = {
		[VERDICT_OK] = "OK", [VERDICT_WARN] = "WARNING", [VERDICT_FAIL] = "CRITICAL",
		[VERDICT_UNKNOWN] = "UNKNOWN",
	};
	const struct finding *first = findings_first(e);

	printf("SHADOW-BOX %s - ", word[findings_worst(e)]);
	if (first)
		printf("%s: %s\n", first->about, first->text);
	else if (e->active)
		printf("active, and there is nothing to see to\n");
	else
		printf("this machine can run Shadow-box\n");
}

static void print_text(const struct examination *e)
{
	size_t i;

	print_headline(e);
	for (i = 0; i < e->n_finding; i++)
		printf("%-8s %-13s %s\n", verdict_name(e->finding[i].verdict),
		       e->finding[i].about, e->finding[i].text);
}

static void print_json(const struct examination *e)
{
	json_t *document = json_document("check"), *list = json_array(), *object;
	size_t i;

	json_object_set_new(document, "result", json_string(verdict_name(findings_worst(e))));
	for (i = 0; i < e->n_finding; i++) {
		object = json_object();
		json_object_set_new(object, "about", json_string(e->finding[i].about));
		json_object_set_new(object, "result",
				    json_string(verdict_name(e->finding[i].verdict)));
		json_object_set_new(object, "text", json_string(e->finding[i].text));
		json_array_append_new(list, object);
	}
	json_object_set_new(document, "checks", list);
	json_print_pretty(document);
}

static int run(const struct request *request)
{
	struct examination examination = { 0 };

	examine_machine(&examination);
	pager_open(!request->no_pager);
	if (request->json)
		print_json(&examination);
	else
		print_text(&examination);
	snapshot_free(&examination.snapshot);
	return findings_worst(&examination);
}

const struct verb verb_check = {
	.name = "check",
	.summary = "tell whether this machine can run Shadow-box, and whether all is well",
	.about = "Tell whether this machine can run Shadow-box, and how well: processor, firmware,\n"
		 "other hypervisors, installed module, signing, state, policies; and whether there\n"
		 "is something to see to: violations and lost events that are not acknowledged\n"
		 "('sbctl ack'), policies weaker than configured, a kernel without its module, a\n"
		 "service that did not launch. The exit status is that of a monitoring plugin:\n"
		 "0 ok, 1 warning, 2 critical, 3 unknown.",
	.options = options,
	.usage_status = VERDICT_UNKNOWN,
	.run = run,
};

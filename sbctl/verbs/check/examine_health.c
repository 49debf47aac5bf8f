// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check" on what somebody should see to: violations, losses, policies that are weaker than
 * they should be, kernels that would start without protection.
 */
#include <inttypes.h>
#include <string.h>

#include "link/boot.h"
#include "render/text.h"
#include "verbs/check/examine.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void check_violations(struct examination *e)
{
	const struct ledger *ledger = &e->health.ledger;
	uint64_t open = ledger_open(ledger).violations;

	if (open && ledger->next_seq)
		find(e, "violations", VERDICT_FAIL,
		     "%" PRIu64 " violation%s since #%" PRIu64 " was acknowledged; 'sbctl violations --since %" PRIu64 "' lists what is held of them, 'sbctl ack' acknowledges them",
		     open, plural(open), ledger->next_seq - 1, ledger->next_seq);
	else if (open)
		find(e, "violations", VERDICT_FAIL,
		     "%" PRIu64 " violation%s, not acknowledged; 'sbctl violations' lists what is held of them, 'sbctl ack' acknowledges them",
		     open, plural(open));
	else if (e->active)
		find(e, "violations", VERDICT_OK, "none that is not acknowledged");
}

static void check_earlier(struct examination *e)
{
	const struct tally *earlier = &e->health.ledger.earlier;

	if (earlier->violations || earlier->lost)
		find(e, "violations", VERDICT_FAIL,
		     "of earlier launches: %" PRIu64 " violation%s and %" PRIu64 " lost event%s that nobody acknowledged; the journal may have them, 'sbctl ack' acknowledges them",
		     earlier->violations, plural(earlier->violations), earlier->lost,
		     plural(earlier->lost));
}

static void check_lost(struct examination *e)
{
	uint64_t lost = ledger_open(&e->health.ledger).lost;

	if (lost)
		find(e, "events", VERDICT_FAIL,
		     "%" PRIu64 " event%s lost before Linux passed them on: what happened then is not known; 'sbctl ack' acknowledges it",
		     lost, lost == 1 ? " was" : "s were");
	else if (e->active)
		find(e, "events", VERDICT_OK, "none was lost");
}

static void check_ledger(struct examination *e)
{
	const struct failure *failure = &e->health.ledger_failure;

	if (failure->code)
		find(e, "acknowledged",
		     failure->code == SBCTL_PRIVILEGE ? VERDICT_UNKNOWN : VERDICT_FAIL, "%s",
		     failure->text);
	if (failure->code == SBCTL_PRIVILEGE)
		return;
	check_violations(e);
	check_earlier(e);
	check_lost(e);
}

static void check_configured(struct examination *e)
{
	char names[NAMES_SIZE];

	if (!e->active)
		return;
	if (e->health.policy_failure.code)
		find(e, "configuration", VERDICT_FAIL, "%s", e->health.policy_failure.text);
	else if (e->health.weaker)
		find(e, "configuration", VERDICT_FAIL,
		     "weaker than " POLICY_FILE " wants: %s; 'sbctl policy apply " POLICY_FILE "' sets them",
		     settings_names(names, sizeof(names), e->health.weaker));
	else
		find(e, "configuration", VERDICT_OK,
		     "no policy is weaker than " POLICY_FILE " wants");
}

/* An idle machine whose CPUs all sleep deeply stops the timers of sweeps: that is no fault, but to be known. */
static void check_sweeps(struct examination *e)
{
	const struct info *info = &e->snapshot.info;
	char wait[32];

	if (!e->active || !HAVE(info, SHADOW_BOX_INFO_SWEEP_WAIT))
		return;
	if (info_sweeps_late(info))
		find(e, "sweeps", VERDICT_WARN,
		     "none has come to its end for %s, though one is due each %" PRIu32 " ms: detections find nothing; 'sbctl sweep' asks for one",
		     text_duration(wait, sizeof(wait), info->sweep_wait), info->sweep_period);
	else
		find(e, "sweeps", VERDICT_OK, "detections look each %" PRIu32 " ms",
		     info->sweep_period);
}

/* Whether the module that is there for another kernel will load. Which keys it will know is not known now. */
static void check_kernel(struct examination *e, const char *release)
{
	struct module_file file;
	struct failure failure;
	char options[64];

	kernel_options(release, options, sizeof(options));
	if (module_find_for(release, &file, &failure))
		find(e, "kernels", VERDICT_FAIL, "%s", failure.text);
	else if (strcmp(file.built_for, release))
		find(e, "kernels", VERDICT_FAIL,
		     "%s has a module that was built for %s and will not load; 'dkms install --force shadow-box/%s -k %s' builds it anew",
		     release, *file.built_for ? file.built_for : "no kernel", SBCTL_VERSION, release);
	else if (!file.is_signed && machine_signed_only() == ANSWER_YES)
		find(e, "kernels", VERDICT_FAIL,
		     "%s has a module that is not signed, and signed modules only are taken here; run 'dkms generate_mok' and 'dkms install --force shadow-box/%s -k %s'",
		     release, SBCTL_VERSION, release);
	else
		find(e, "kernels", VERDICT_OK, "%s has module %s, built for it, %s%s%s%s", release,
		     *file.version ? file.version : "(version unknown)",
		     !file.is_signed ? "not signed" : "signed by ",
		     !file.is_signed ? "" : *file.signer ? file.signer : "an unnamed key",
		     *options ? "; this kernel brings " : "", options);
}

/* The next start may be one of them. */
static void check_kernels(struct examination *e)
{
	const struct kernels *kernels = &e->health.kernels;
	unsigned int i;

	if (kernels->lacking == 1 && *kernels->why)
		find(e, "kernels", VERDICT_FAIL, "%s", kernels->why);
	else if (kernels->lacking)
		find(e, "kernels", VERDICT_FAIL,
		     "%u installed kernel%s no module and would start without Shadow-box: %s; install their headers, or remove them",
		     kernels->lacking, kernels->lacking == 1 ? " has" : "s have", kernels->names);
	else
		find(e, "kernels", VERDICT_OK, "no other installed kernel lacks the module");
	for (i = 0; i < kernels->n_having && i < KERNELS_MAX; i++)
		check_kernel(e, kernels->having[i]);
	if (kernels->n_having > i)
		find(e, "kernels", VERDICT_OK, "%u more have a module, which was not looked at",
		     kernels->n_having - i);
}

/* While it launches: as likely the launch that does not come back. */
static void check_boot(struct examination *e)
{
	enum boot_state next = boot_next(boot_state());
	struct failure failure;

	if (e->active || (next != BOOT_HUNG && next != BOOT_BAD))
		return;
	fail_skipped(next, &failure);
	find(e, "boot", VERDICT_FAIL, "%s", failure.text);
}

void examine_health(struct examination *e)
{
	check_boot(e);
	check_ledger(e);
	check_configured(e);
	check_sweeps(e);
	check_kernels(e);
}

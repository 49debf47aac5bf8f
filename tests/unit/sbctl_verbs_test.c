// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's verbs before a model of the module: what they ask for, print, and return.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "link/follow.h"
#include "sbctl_module.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

static char path[] = "/tmp/sbctl_verbs_test.XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect(const struct verb *verb, const char *line, int status, const char *out)
{
	const struct output *output = run_verb(verb, line);

	require(output->status == status, "'%s' ended with %d: %s", line, output->status,
		output->error);
	assert_string_equal(output->out, out);
	if (status == SBCTL_OK)
		assert_string_equal(output->error, "");
}

/* Fails with one sentence that has the words in @want, and prints nothing. */
static void expect_failure(const struct verb *verb, const char *line, int status,
			   const char *want)
{
	const struct output *output = run_verb(verb, line);

	require(output->status == status, "'%s' ended with %d: %s", line, output->status,
		output->error);
	require(strstr(output->error, want) != NULL, "no '%s' in '%s'", want, output->error);
	assert_ptr_equal(strchr(output->error, '\n'),
			 output->error + strlen(output->error) - 1);
	assert_string_equal(output->out, "");
}

/* The one document that "sbctl @line" prints. */
static json_t *document(const struct verb *verb, const char *line, const char *schema)
{
	const struct output *output = run_verb(verb, line);
	json_error_t error;
	json_t *json = json_loads(output->out, 0, &error);

	require(json != NULL, "'%s' printed '%s': %s", line, output->out, error.text);
	assert_string_equal(json_string_value(json_object_get(json, "schema")), schema);
	return json;
}

static const char *text_of(const json_t *json, const char *list, size_t at, const char *key)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(json, list), at),
						 key));
}

static void policies_are_shown(void **state)
{
	const struct output *output;
	json_t *json;

	(void)state;
	module.policies.policy[0].violations = 12345678901;
	module.policies.policy[1].have = 1u << SHADOW_BOX_POLICY_ID | 1u << SHADOW_BOX_POLICY_MODE;
	module.policies.policy[10].mode = SHADOW_BOX_MODE_ENFORCE;
	output = run_verb(&verb_policy, "policy show");
	assert_int_equal(output->status, SBCTL_OK);
	assert_non_null(strstr(output->out, "NAME             MODE      VIOLATIONS  PREVENTED  PATCHES  PROTECTS\n"
				"kernel-text      off      12345678901          0        0  code of the kernel, but for verified patches\n"
				"kernel-rodata    off                -          -        -  constants"));
	assert_non_null(strstr(output->out, "\nbpf              deny               0 "));
	json = document(&verb_policy, "policy show --json", "shadow-box.policy/1");
	assert_int_equal(json_array_size(json_object_get(json, "policies")), SHADOW_BOX_POLICIES);
	assert_string_equal(text_of(json, "policies", 7, "mode"), "enforce");
	assert_string_equal(text_of(json, "policies", 8, "mode"), "allow");
	json_decref(json);
}

static void a_sweep_tells_what_it_looked_at(void **state)
{
	const struct output *output;
	size_t i;
	json_t *json;

	(void)state;
	for (i = 0; i < module.policies.n_policy; i++)
		if (policy_class(module.policies.policy[i].id) != SHADOW_BOX_CLASS_DETECTION)
			module.policies.policy[i].have &= ~(1u << SHADOW_BOX_POLICY_LOOKED);
	module.policies.policy[SHADOW_BOX_POLICY_TASKS].looked = 1234567;
	output = run_verb(&verb_sweep, "sweep");
	assert_int_equal(output->status, SBCTL_OK);
	assert_int_equal(module.info.sweeps, 1);
	assert_non_null(strstr(output->out, "POLICY    LOOKED-AT  SUSPECTED\nglobals           0          0\n"));
	assert_non_null(strstr(output->out, "\ntasks       1234567          0\n"));
	assert_null(strstr(output->out, "idt"));
	module.policies.policy[SHADOW_BOX_POLICY_TASKS].odd = 2;
	output = run_verb(&verb_sweep, "sweep");
	assert_int_equal(output->status, SBCTL_SUSPECTS);
	assert_non_null(strstr(output->out, "\n2 suspected: "));
	json = document(&verb_sweep, "sweep --json", "shadow-box.sweep/1");
	assert_int_equal(json_integer_value(json_object_get(json, "sweep")), 3);
	assert_string_equal(text_of(json, "policies", 2, "name"), "tasks");
	json_decref(json);
	module.info.sweep_period = 100;
	assert_null(strstr(run_verb(&verb_status, "status --once")->out, "\nLate: "));
	module.info.sweep_wait = 63301000000;
	assert_non_null(strstr(run_verb(&verb_status, "status --once")->out,
			       "\nLate: no sweep has come to its end for 1 min 03 s, detections"));
	module.no_detection = true;
	expect_failure(&verb_sweep, "sweep", SBCTL_FAILED, "no detection is on");
}

static void a_policy_of_a_newer_module_is_shown(void **state)
{
	struct policy policy = { .have = ~0u, .id = 42, .mode = 5 };
	json_t *json;

	(void)state;
	assert_true(policy_list_add(&module.policies, &policy));
	assert_non_null(strstr(run_verb(&verb_policy, "policy show")->out,
			       "\nnumber 42        number 5 "));
	assert_non_null(strstr(run_verb(&verb_policy, "policy show --conf")->out,
			       "\n# policy 42 in mode 5: unknown to this sbctl\n"));
	json = document(&verb_policy, "policy show --json", "shadow-box.policy/1");
	assert_string_equal(text_of(json, "policies", SHADOW_BOX_POLICIES, "name"), "unknown-42");
	json_decref(json);
}

static void one_policy_is_got(void **state)
{
	json_t *json;

	(void)state;
	expect(&verb_policy, "policy get host-memory", SBCTL_OK, "enforce\n");
	expect(&verb_policy, "policy get bpf", SBCTL_OK, "allow\n");
	json = document(&verb_policy, "policy get idt --json", "shadow-box.policy/1");
	assert_int_equal(json_array_size(json_object_get(json, "policies")), 1);
	assert_string_equal(text_of(json, "policies", 0, "name"), "idt");
	json_decref(json);
	module.policies.n_policy = 3;
	expect_failure(&verb_policy, "policy get idt", SBCTL_UNSUPPORTED, "has no policy idt");
}

static void policies_are_set_in_one_request(void **state)
{
	json_t *json;

	(void)state;
	expect(&verb_policy, "policy set kprobes deny kernel-text enforce idt off", SBCTL_OK,
	       "kernel-text: off -> enforce\nkprobes: allow -> deny\n");
	assert_int_equal(module.n_set, 1);
	assert_int_equal(module.set.n_setting, 3);
	assert_int_equal(module.set.setting[0].policy, SHADOW_BOX_POLICY_KERNEL_TEXT);
	assert_int_equal(module.set.setting[2].mode, SHADOW_BOX_MODE_ENFORCE);
	json = document(&verb_policy, "policy set idt log --json", "shadow-box.policy-change/1");
	assert_true(json_is_true(json_object_get(json, "applied")));
	assert_string_equal(text_of(json, "changes", 0, "from"), "off");
	assert_string_equal(text_of(json, "changes", 0, "to"), "log");
	json_decref(json);
	assert_int_equal(module.n_set, 2);
	expect(&verb_policy, "policy set idt log --dry-run", SBCTL_OK, "idt: off -> log\n");
	assert_int_equal(module.n_set, 2);
	/* Silence would leave open whether something was set. */
	expect(&verb_policy, "policy set idt off", SBCTL_OK, "-- nothing to change\n");
	expect(&verb_policy, "policy all off -n", SBCTL_OK, "-- nothing to change\n");
	expect(&verb_policy, "policy set idt off --no-legend", SBCTL_OK, "");
	json = document(&verb_policy, "policy set idt off --json", "shadow-box.policy-change/1");
	assert_int_equal(json_array_size(json_object_get(json, "changes")), 0);
	json_decref(json);
}

static struct event logged(uint64_t seq, uint32_t policy)
{
	struct event event = module_event(seq, SHADOW_BOX_EVENT_VIOLATION, 1);

	event.policy = policy;
	event.action = SHADOW_BOX_ACTION_LOGGED;
	return event;
}

/* By what enforce does: not to what it did already, nor to what a sweep finds. */
static void what_enforce_would_do_is_said(void **state)
{
	struct event event = logged(5, SHADOW_BOX_POLICY_KPROBES);
	char line[128];
	json_t *json;

	(void)state;
	expect(&verb_policy, "policy diff --against-log", SBCTL_OK,
	       "-- nothing that was reported would have been prevented\n");
	module_happens(&event);
	event = logged(6, SHADOW_BOX_POLICY_IDT);
	module_happens(&event);
	event.seq = 7;
	event.action = SHADOW_BOX_ACTION_BLOCKED;
	module_happens(&event);
	event = logged(8, SHADOW_BOX_POLICY_MAPPING);
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_OBSERVER);
	event.observer = SHADOW_BOX_OBSERVER_SWEEP;
	module_happens(&event);
	assert_int_equal(run_verb(&verb_policy, "policy diff -l")->status, SBCTL_DIFFERS);
	json = document(&verb_policy, "policy diff -l --json", "shadow-box.violation-groups/1");
	assert_int_equal(json_array_size(json_object_get(json, "groups")), 2);
	json_decref(json);
	write_file("kprobes deny\nidt log\n");
	snprintf(line, sizeof(line), "policy diff --against-log %s --json", path);
	json = document(&verb_policy, line, "shadow-box.violation-groups/1");
	assert_int_equal(json_array_size(json_object_get(json, "groups")), 1);
	json_decref(json);
	write_file("idt log\n");
	snprintf(line, sizeof(line), "policy diff --against-log %s", path);
	assert_int_equal(run_verb(&verb_policy, line)->status, SBCTL_OK);
}

/* A dry run is there to find out what would be refused. */
static void a_dry_run_knows_of_the_lock(void **state)
{
	static const char sentence[] = "sbctl: policy: this would be refused, as policies are locked: until the machine restarts idt, bpf can only be tightened\n";
	char line[128];
	const struct output *output;
	json_t *json;

	(void)state;
	module.policies.policy[SHADOW_BOX_POLICY_IDT].mode = SHADOW_BOX_MODE_ENFORCE;
	module.policies.policy[SHADOW_BOX_POLICY_BPF].mode = SHADOW_BOX_MODE_LOG;
	module.info.locked = true;
	output = run_verb(&verb_policy, "policy set idt log bpf allow kprobes deny --dry-run");
	assert_int_equal(output->status, SBCTL_LOCKED);
	assert_string_equal(output->out, "idt: enforce -> log\nkprobes: allow -> deny\nbpf: log -> allow\n");
	assert_string_equal(output->error, sentence);
	write_file("idt log\nbpf allow\n");
	snprintf(line, sizeof(line), "policy diff %s", path);
	output = run_verb(&verb_policy, line);
	assert_int_equal(output->status, SBCTL_DIFFERS);
	assert_string_equal(output->out, "idt: enforce -> log\nbpf: log -> allow\n");
	assert_string_equal(output->error, sentence);
	snprintf(line, sizeof(line), "policy diff %s --json", path);
	json = document(&verb_policy, line, "shadow-box.policy-change/1");
	assert_int_equal(json_array_size(json_object_get(json, "refused")), 2);
	json_decref(json);
	/* What is tightened is not refused, and without the lock nothing is. */
	expect(&verb_policy, "policy set bpf deny -n", SBCTL_OK, "bpf: log -> deny\n");
	module.info.locked = false;
	json = document(&verb_policy, "policy set idt log -n --json", "shadow-box.policy-change/1");
	assert_int_equal(json_array_size(json_object_get(json, "refused")), 0);
	json_decref(json);
	assert_int_equal(module.n_set, 0);
}

static void all_are_the_protections(void **state)
{
	uint32_t policy;
	size_t n = 0;

	(void)state;
	assert_int_equal(run_verb(&verb_policy, "policy all enforce")->status, SBCTL_OK);
	assert_int_equal(module.n_set, 1);
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		if (!policy_is_protection(policy) || policy_is_optional(policy))
			continue;
		assert_int_equal(module.set.setting[n].policy, policy);
		assert_int_equal(module.set.setting[n++].mode, SHADOW_BOX_MODE_ENFORCE);
	}
	assert_int_equal(module.set.n_setting, n);
	assert_true(n >= 7);
	expect_failure(&verb_policy, "policy all deny", SBCTL_USAGE,
		       "policy all: protections have no mode 'deny'; their modes are off, log and enforce\n");
}

static void times_have_units(void **state)
{
	static const char *const wrong[] = { "0", "0s", "s", "1.5s", "60x", "-1", "86401", "25h",
					     "1441min", "1441m", "18446744073709551616s" };
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(line, sizeof(line), "policy set idt log --revert-after=%s", wrong[i]);
		expect_failure(&verb_policy, line, SBCTL_USAGE, "--revert-after=TIME does not take");
		require(strstr(run_verb(&verb_policy, line)->error,
			       "; TIME is a number with s, min or h, from 1s to 24h\n") != NULL, "%s", line);
	}
	/* Nothing would change: there is nothing to be tried. */
	expect(&verb_policy, "policy set idt off --revert-after=24h", SBCTL_OK, "-- nothing to change\n");
	expect(&verb_policy, "policy set idt off -r 1440min", SBCTL_OK, "-- nothing to change\n");
	expect(&verb_policy, "policy set idt off -r 1440m", SBCTL_OK, "-- nothing to change\n");
	/* Nothing could be set back. */
	module.info.locked = true;
	expect(&verb_policy, "policy set idt off -r 60", SBCTL_OK, "-- nothing to change\n");
	expect_failure(&verb_policy, "policy set idt log -r 60", SBCTL_LOCKED, "leave out --revert-after");
}

/* What "show --conf" prints is what "apply" and "diff" read. */
static void all_is_a_name_too(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(run_verb(&verb_policy, "policy all log")->status, SBCTL_OK);
	n = module.set.n_setting;
	assert_int_equal(run_verb(&verb_policy, "policy set bpf deny all log")->status, SBCTL_OK);
	assert_int_equal(module.set.n_setting, n + 1);
	assert_int_equal(module.set.setting[7].policy, SHADOW_BOX_POLICY_BPF);
	expect_failure(&verb_policy, "policy set all log idt enforce", SBCTL_USAGE, "idt is set twice");
	expect_failure(&verb_policy, "policy set all deny", SBCTL_USAGE,
		       "policy set: protections have no mode 'deny'");
}

static void the_file_makes_a_round_trip(void **state)
{
	char line[128];
	const struct output *output;

	(void)state;
	module.policies.policy[2].mode = SHADOW_BOX_MODE_LOG;
	module.policies.policy[9].mode = SHADOW_BOX_MODE_ENFORCE;
	write_file(run_verb(&verb_policy, "policy show --conf")->out);
	snprintf(line, sizeof(line), "policy diff %s", path);
	expect(&verb_policy, line, SBCTL_OK, "");
	module.policies.policy[2].mode = SHADOW_BOX_MODE_OFF;
	module.policies.policy[9].mode = SHADOW_BOX_MODE_OFF;
	output = run_verb(&verb_policy, line);
	assert_int_equal(output->status, SBCTL_DIFFERS);
	assert_string_equal(output->out, "module-text: off -> log\nftrace: allow -> deny\n");
	assert_string_equal(output->error, "");
	assert_int_equal(module.n_set, 0);
	snprintf(line, sizeof(line), "policy apply --dry-run %s", path);
	expect(&verb_policy, line, SBCTL_OK, "module-text: off -> log\nftrace: allow -> deny\n");
	assert_int_equal(module.n_set, 0);
	snprintf(line, sizeof(line), "policy apply %s", path);
	expect(&verb_policy, line, SBCTL_OK, "module-text: off -> log\nftrace: allow -> deny\n");
	assert_int_equal(module.n_set, 1);
	assert_int_equal(module.set.n_setting, SHADOW_BOX_POLICIES);
}

static void refusals_are_passed_on(void **state)
{
	(void)state;
	fail(&module.refusal, SBCTL_LOCKED, "locked");
	expect_failure(&verb_policy, "policy set idt off", SBCTL_LOCKED, "sbctl: locked\n");
	module.info.state = SHADOW_BOX_STATE_IDLE;
	expect_failure(&verb_policy, "policy show", SBCTL_NOT_RUNNING, "not active");
	expect_failure(&verb_lock, "lock --yes", SBCTL_NOT_RUNNING, "not active");
	expect_failure(&verb_violations, "violations", SBCTL_NOT_RUNNING, "not active");
	module.absent = true;
	expect_failure(&verb_policy, "policy show", SBCTL_NOT_RUNNING, "not loaded");
}

static void wrong_usage_asks_nothing_of_the_module(void **state)
{
	(void)state;
	module.absent = true;
	expect_failure(&verb_policy, "policy", 2, "what shall be done?");
	expect_failure(&verb_policy, "policy list", 2, "there is no action 'list'");
	expect_failure(&verb_policy, "policy get", 2, "'sbctl policy get NAME'");
	expect_failure(&verb_policy, "policy get idt bpf", 2, "superfluous argument 'bpf'");
	expect_failure(&verb_policy, "policy get ldt", 2, "there is no policy 'ldt'");
	expect_failure(&verb_policy, "policy set idt", 2, "argument missing");
	expect_failure(&verb_policy, "policy set idt log bpf", 2, "mode for bpf is missing");
	expect_failure(&verb_policy, "policy set idt log idt off", 2, "idt is set twice");
	expect_failure(&verb_policy, "policy set host-memory off", 2, "always enforced");
	expect_failure(&verb_policy, "policy show --dry-run", 2, "--dry-run");
	expect_failure(&verb_policy, "policy diff x --dry-run", 2, "--dry-run");
	expect_failure(&verb_policy, "policy show --conf --json", 2, "--conf");
	expect_failure(&verb_policy, "policy set idt log --conf", 2, "--conf");
	expect_failure(&verb_policy, "policy show --revert-after 60", 2, "--revert-after");
	expect_failure(&verb_policy, "policy diff x --revert-after 60", 2, "--revert-after");
	expect_failure(&verb_policy, "policy set idt log --dry-run -r 60s", 2,
		       "--dry-run and --revert-after exclude each other\n");
	expect_failure(&verb_policy, "policy set idt log --revert-after", 2,
		       "argument missing after '--revert-after'; the form is --revert-after=TIME, and TIME is a number");
	expect_failure(&verb_policy, "policy set idt log -r", 2,
		       "argument missing after '-r'; the form is --revert-after=TIME, ");
	expect_failure(&verb_policy, "policy confirm now", 2, "superfluous argument 'now'");
	expect_failure(&verb_policy, "policy apply /nonexistent", 1, "cannot open /nonexistent");
	expect_failure(&verb_violations, "violations --count 0", 2, "N is a whole number from 1\n");
	expect_failure(&verb_violations, "violations --since -1", 2, "--since=FROM");
	expect_failure(&verb_violations, "violations 7", 2, "superfluous argument '7'");
}

static void a_lock_is_asked_for_once(void **state)
{
	json_t *json;

	(void)state;
	expect(&verb_lock, "lock --yes", SBCTL_OK,
	       "Policies are locked until the machine restarts.\n");
	assert_int_equal(module.n_lock, 1);
	module.info.locked = true;
	expect(&verb_lock, "lock --yes", SBCTL_OK,
	       "Policies are already locked until the machine restarts.\n");
	assert_int_equal(module.n_lock, 1);
	json = document(&verb_lock, "lock --yes --json", "shadow-box.lock/1");
	assert_string_equal(json_string_value(json_object_get(json, "result")), "already-locked");
	json_decref(json);
}

static void status_tells_of_policies(void **state)
{
	const struct output *output;
	json_t *json;

	(void)state;
	module.info.locked = true;
	module.info.violations = 3;
	module.info.features = SHADOW_BOX_FEATURE_MBEC;
	module.policies.policy[0].mode = SHADOW_BOX_MODE_ENFORCE;
	module.policies.policy[0].blocked = 2;
	module.policies.policy[3].mode = SHADOW_BOX_MODE_LOG;
	output = run_verb(&verb_status, "status --once");
	assert_int_equal(output->status, SBCTL_OK);
	assert_non_null(strstr(output->out,
			       "\nPolicies: enforce kernel-text, host-memory; log idt; off kernel-rodata,\n"
			       "          module-text, descriptor-regs, control-regs, syscall-msrs"));
	assert_non_null(strstr(output->out, " bpf\n"
			       "Locked: yes, until the machine restarts\n"
			       "Violations: 3, 2 prevented\n"));
	module.info.features = 0;
	output = run_verb(&verb_status, "status --once");
	assert_non_null(strstr(output->out, " bpf\n"
			       "Impossible: code-integrity, as this CPU has no mode-based execute control (MBEC)\n"
			       "Locked: "));
	json = document(&verb_status, "status --json", "shadow-box.status/1");
	assert_true(json_is_true(json_object_get(json, "locked")));
	assert_int_equal(json_integer_value(json_object_get(json, "violations")), 3);
	assert_string_equal(text_of(json, "policies", 3, "mode"), "log");
	assert_true(json_is_null(json_object_get(json, "cpus_online")));
	json_decref(json);
	/* An older module. */
	policy_list_free(&module.policies);
	module.info.have &= ~(1u << SHADOW_BOX_INFO_VIOLATIONS);
	assert_null(strstr(run_verb(&verb_status, "status --once")->out, "Locked"));
	json = document(&verb_status, "status --json", "shadow-box.status/1");
	assert_true(json_is_null(json_object_get(json, "locked")));
	json_decref(json);
}

static void what_is_not_protected_is_said(void **state)
{
	(void)state;
	module.info.cpus = 4;
	module.info.cpus_active = module.info.cpus_online = 3;
	assert_non_null(strstr(run_verb(&verb_status, "status --once")->out,
			       ": active on 3 of 4 CPUs (1 offline) for "));
	module.info.state = SHADOW_BOX_STATE_IDLE;
	policy_list_free(&module.policies);
	expect(&verb_status, "status --once", SBCTL_NOT_RUNNING,
	       "Shadow-box 1.2.3: loaded, not active; 'sbctl load' launches it\n");
}

static void legends_can_be_left_out(void **state)
{
	struct cpu cpu = { .have = ~0u, .id = 0, .state = SHADOW_BOX_CPU_ACTIVE };

	(void)state;
	module.policies.n_policy = 1;
	expect(&verb_policy, "policy show --no-legend", SBCTL_OK,
	       "kernel-text  off  0  0  0  code of the kernel, but for verified patches\n");
	module.cpu = &cpu;
	module.n_cpu = 1;
	expect(&verb_status, "status --once --no-legend", SBCTL_OK,
	       "  0  active  0  0  0  0  0  0  0  0  0  0  0\n"
	       "all       -  0  0  0  0  0  0  0  0  0  0  0\n");
	assert_null(strstr(run_verb(&verb_counters, "counters --no-legend")->out, "COUNTER"));
	assert_non_null(strstr(run_verb(&verb_counters, "counters")->out, "COUNTER"));
	expect(&verb_violations, "violations --no-legend", SBCTL_OK, "");
}

/* A newer module has a reason and a policy without a name here. */
static void metrics_are_bounded(void **state)
{
	struct exit_count exits[] = { { 10, 1234567890123 }, { 31, 0 }, { 500, 3 }, { 501, 4 } };
	struct cpu cpu[] = {
		{ .have = ~0u, .id = 0, .state = SHADOW_BOX_CPU_ACTIVE, .exit = exits, .n_exit = 4 },
		{ .have = 1u << SHADOW_BOX_CPU_ID, .id = 7, .state = SHADOW_BOX_CPU_OFF },
	};
	struct policy newer = { .have = ~0u, .id = 42 };
	const char *out;

	(void)state;
	module.cpu = cpu;
	module.n_cpu = 2;
	assert_true(policy_list_add(&module.policies, &newer));
	module.policies.policy[3].violations = 9;
	module.policies.policy[3].blocked = 7;
	out = run_verb(&verb_metrics, "metrics")->out;
#define IN(text)	require(strstr(out, text) != NULL, "no '%s' in '%s'", text, out)
#define NOT_IN(text)	require(strstr(out, text) == NULL, "'%s' in '%s'", text, out)
	IN("# TYPE shadow_box info\n"
	   "# HELP shadow_box Versions of module and sbctl.\n"
	   "shadow_box_info{version=\"1.2.3\",sbctl=\"1.2.3\"} 1\n");
	IN("# TYPE shadow_box_vm_exits counter\n"
	   "# HELP shadow_box_vm_exits VM exits by CPU and basic exit reason.\n"
	   "shadow_box_vm_exits_total{cpu=\"0\",reason=\"CPUID\"} 1234567890123\n"
	   "shadow_box_vm_exits_total{cpu=\"0\",reason=\"unknown\"} 7\n"
	   "# TYPE");
	IN("# UNIT shadow_box_uptime_seconds seconds\n");
	IN("shadow_box_violations_total{policy=\"idt\",action=\"logged\"} 2\n"
	   "shadow_box_violations_total{policy=\"idt\",action=\"prevented\"} 7\n");
	IN("shadow_box_cpus{state=\"off\"} 1\n");
	IN("\n# EOF\n");
	/* What the module did not tell is no zero. */
	NOT_IN("nmis_total{cpu=\"7\"}");
	NOT_IN("42");
	out = run_verb(&verb_metrics, "metrics --format=prometheus")->out;
	IN("# TYPE shadow_box_vm_exits_total counter\n");
	IN("# TYPE shadow_box_info gauge\n");
	NOT_IN("# UNIT");
	NOT_IN("# EOF");
	expect_failure(&verb_metrics, "metrics --format=json", SBCTL_USAGE, "--format=FORMAT");
	expect_failure(&verb_metrics, "metrics --output=/nonexistent/x", SBCTL_FAILED,
		       "cannot write /nonexistent/x: No such file");
	module.absent = true;
	out = run_verb(&verb_metrics, "metrics")->out;
	IN("# TYPE shadow_box_loaded gauge\n"
	   "# HELP shadow_box_loaded 1 if the module is loaded.\n"
	   "shadow_box_loaded 0\n");
	IN("\nshadow_box_violations_unacknowledged 0\n");
	NOT_IN("shadow_box_active");
#undef IN
#undef NOT_IN
}

static void the_journal_needs_its_program(void **state)
{
	(void)state;
	expect_failure(&verb_monitor, "monitor --journal", SBCTL_FAILED,
		       "cannot run /nonexistent/sbctl-journal: No such file");
	expect_failure(&verb_monitor, "monitor --journal --json", SBCTL_USAGE, "--json");
}

static void happen(uint64_t seq, uint32_t type, uint32_t cpu)
{
	struct event event = module_event(seq, type, cpu);

	module_happens(&event);
}

#define VIOLATION	SHADOW_BOX_EVENT_VIOLATION
#define NMI		SHADOW_BOX_EVENT_HOST_NMI
#define LINE(seq, cpu)	"-  #" #seq "  VM [" #cpu "] violation\n"

static void violations_are_listed_alone(void **state)
{
	json_t *json;

	(void)state;
	expect(&verb_violations, "violations", SBCTL_OK, "-- no violations\n");
	happen(0, SHADOW_BOX_EVENT_LAUNCH, 0);
	happen(3, VIOLATION, 1);
	happen(2, VIOLATION, 0);
	happen(9, NMI, 0);
	/* Numbers of other events are no gap. */
	expect(&verb_violations, "violations", SBCTL_OK, LINE(2, 0) LINE(3, 1));
	expect(&verb_violations, "violations --since 3", SBCTL_OK, LINE(3, 1));
	expect(&verb_violations, "violations --since 4", SBCTL_OK, "-- no violations\n");
	expect(&verb_violations, "violations --count 1", SBCTL_OK, LINE(3, 1));
	expect(&verb_violations, "violations -n 2", SBCTL_OK, LINE(2, 0) LINE(3, 1));
	expect(&verb_violations, "violations -n 3 --since 3", SBCTL_OK, LINE(3, 1));
	json = document(&verb_violations, "violations --json", "shadow-box.violations/1");
	assert_int_equal(json_integer_value(json_object_get(json, "total")), 2);
	assert_int_equal(json_integer_value(json_object_get(json, "lost")), 0);
	assert_int_equal(json_integer_value(json_object_get(json, "next_seq")), 10);
	assert_string_equal(text_of(json, "violations", 0, "schema"), "shadow-box.event/1");
	assert_string_equal(text_of(json, "violations", 0, "type"), "violation");
	json_decref(json);
}

static void add_violation(uint64_t seq, uint32_t policy, uint32_t action, uint64_t time)
{
	struct event event = module_event(seq, VIOLATION, 0);

	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_TIME) | HAVE_BIT(SHADOW_BOX_EVENT_POLICY_ID) |
		      HAVE_BIT(SHADOW_BOX_EVENT_ACTION);
	event.policy = policy;
	event.action = action;
	event.time = time * 1000000000;
	module_happens(&event);
}

/* Numbers of the violations that "sbctl violations OPTIONS" lists. */
static const char *listed(const char *options)
{
	static char numbers[64];
	char line[128];
	json_t *json, *event;
	size_t i;

	numbers[0] = '\0';
	snprintf(line, sizeof(line), "violations --json %s", options);
	json = document(&verb_violations, line, "shadow-box.violations/1");
	json_array_foreach(json_object_get(json, "violations"), i, event)
		sprintf(numbers + strlen(numbers), "%s%d", i ? " " : "",
			(int)json_integer_value(json_object_get(event, "seq")));
	json_decref(json);
	return numbers;
}

static void violations_are_picked(void **state)
{
	json_t *json, *groups;

	(void)state;
	setenv("TZ", "UTC", 1);
	add_violation(1, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_ACTION_LOGGED, 1000000000);
	add_violation(2, SHADOW_BOX_POLICY_MSRS, SHADOW_BOX_ACTION_BLOCKED, 1000003600);
	add_violation(3, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_ACTION_BLOCKED, 1000007200);
	add_violation(4, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_ACTION_BLOCKED, 1000090000);
	assert_string_equal(listed(""), "1 2 3 4");
	assert_string_equal(listed("--policy idt"), "1 3 4");
	assert_string_equal(listed("-p idt,msrs -a blocked"), "2 3 4");
	assert_string_equal(listed("--action=logged,refused"), "1");
	assert_string_equal(listed("--since 2 --until 3"), "2 3");
	/* 1000000000 is 2001-09-09 01:46:40. */
	assert_string_equal(listed("--since 2001-09-09T02:46:40"), "2 3 4");
	assert_string_equal(listed("--since 2001-09-09T02:46:41"), "3 4");
	assert_string_equal(listed("-s 2001-09-10"), "4");
	assert_string_equal(listed("--until 2001-09-09T02:46:40"), "1 2");
	assert_string_equal(listed("--since 2001-09-10 -p msrs"), "");
	assert_string_equal(listed("-p idt -n 2"), "3 4");
	assert_string_equal(listed("--since -1h"), "");
	expect(&verb_violations, "violations --group --since -1h", SBCTL_OK, "-- no violations\n");
	assert_string_equal(run_verb(&verb_violations, "violations --group -p idt")->out,
		"     1x  2001-09-09 01:46:40  #1  to 2001-09-09 01:46:40  #1  violation of idt, logged\n"
		"     2x  2001-09-09 03:46:40  #3  to 2001-09-10 02:46:40  #4  violation of idt, blocked\n");
	json = document(&verb_violations, "violations --group --json",
			"shadow-box.violation-groups/1");
	groups = json_object_get(json, "groups");
	assert_int_equal(json_array_size(groups), 3);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(groups, 2), "count")), 2);
	json_decref(json);
}

static void lost_violations_are_said(void **state)
{
	json_t *json;

	(void)state;
	happen(20, VIOLATION, 0);
	happen(21, VIOLATION, 1);
	happen(30, VIOLATION, 0);
	module.info.violations += 5;
	expect(&verb_violations, "violations", SBCTL_OK,
	       "-- 5 violations are no longer held by the module\n" LINE(20, 0) LINE(21, 1) LINE(30, 0));
	json = document(&verb_violations, "violations --json", "shadow-box.violations/1");
	assert_int_equal(json_integer_value(json_object_get(json, "lost")), 5);
	json_decref(json);
	/* Each CPU still holds an older one: since then none is missing. */
	expect(&verb_violations, "violations --since 25", SBCTL_OK, LINE(30, 0));
	expect(&verb_violations, "violations -n 1", SBCTL_OK, LINE(30, 0));
	/* CPU 1 may have dropped some after 21. */
	expect(&verb_violations, "violations -n 2", SBCTL_OK,
	       "-- 5 violations are no longer held by the module\n" LINE(21, 1) LINE(30, 0));
	expect(&verb_violations, "violations --since 21", SBCTL_OK,
	       "-- 5 violations are no longer held by the module\n" LINE(21, 1) LINE(30, 0));
}

/* It takes the place of the oldest. */
static void comes_meanwhile(void)
{
	module.held.n_event = 0;
	happen(1, VIOLATION, 0);
}

static void a_list_that_changes_is_read_again(void **state)
{
	(void)state;
	happen(0, VIOLATION, 0);
	module.meanwhile = comes_meanwhile;
	expect(&verb_violations, "violations", SBCTL_OK,
	       "-- 1 violation is no longer held by the module\n" LINE(1, 0));
}

static struct step *step(size_t at, enum feed_state feed_state)
{
	module.step[at].state = feed_state;
	return &module.step[at];
}

static void add(struct step *step, uint64_t seq, uint32_t type)
{
	step->event[step->n_event++] = module_event(seq, type, 0);
}

static void following_goes_on_after_the_list(void **state)
{
	(void)state;
	happen(0, NMI, 0);
	happen(1, VIOLATION, 0);
	add(step(0, FEED_OK), 1, VIOLATION);
	add(step(0, FEED_OK), 2, NMI);
	add(step(1, FEED_OK), 4, VIOLATION);
	add(step(1, FEED_OK), 3, VIOLATION);
	add(step(2, FEED_OK), 5, VIOLATION);
	expect(&verb_violations, "violations --follow --count 3", SBCTL_OK,
	       LINE(1, 0) LINE(3, 0) LINE(4, 0) LINE(5, 0));
}

static void the_end_of_the_module_ends_following(void **state)
{
	const struct output *output;

	(void)state;
	step(0, FEED_GONE);
	output = run_verb(&verb_violations, "violations --follow");
	assert_int_equal(output->status, SBCTL_NOT_RUNNING);
	assert_string_equal(output->error, "sbctl: the shadow_box module was unloaded; there will be no more events\n");
}

static void an_nmi_comes(void)
{
	happen(0, NMI, 0);
}

/* The socket overflowed: what the module still holds is fetched, what it does not is said. */
static void an_overrun_is_said(void **state)
{
	(void)state;
	module.meanwhile = an_nmi_comes;
	step(0, FEED_OVERRUN);
	expect(&verb_monitor, "monitor --count 1", SBCTL_OK, "-  #0  VM [0] INT NMI callback\n");
	module_reset();
	add(step(0, FEED_OVERRUN), 7, NMI);
	expect(&verb_monitor, "monitor --count 1", SBCTL_OK,
	       "-- 7 events lost: #0 to #6\n-  #7  VM [0] INT NMI callback\n");
}

static int refuse_event(const struct event *event)
{
	return -ECONNREFUSED;
}

static void a_sink_that_fails_ends_following(void **state)
{
	static const struct sink sink = { refuse_event, NULL };
	struct follow follow = { .from = FOLLOW_HELD, .sink = &sink };
	struct failure failure;

	(void)state;
	happen(0, NMI, 0);
	happen(1, NMI, 0);
	assert_int_equal(follow_events(NULL, &follow, &failure), -1);
	assert_int_equal(failure.code, SBCTL_FAILED);
	assert_string_equal(failure.text, "cannot pass the events on: Connection refused");
}

/* Two violations and much else come; the module counts @violations. */
static void violations_with_a_gap(uint64_t violations)
{
	add(step(0, FEED_OK), 0, VIOLATION);
	add(step(0, FEED_OK), 9, VIOLATION);
	module.step[0].counted = violations;
}

/* Lost NMIs are nothing to who follows violations, as long as the module's count proves it. */
static void a_gap_without_violations_is_not_said(void **state)
{
	(void)state;
	violations_with_a_gap(2);
	expect(&verb_violations, "violations --follow --count 2", SBCTL_OK, LINE(0, 0) LINE(9, 0));
}

static void a_gap_with_a_violation_is_said(void **state)
{
	const struct output *output;
	const char *line;
	json_t *json;

	(void)state;
	violations_with_a_gap(3);
	expect(&verb_violations, "violations --follow --count 2", SBCTL_OK,
	       LINE(0, 0) "-- 8 events lost: #1 to #8\n" LINE(9, 0));
	module_reset();
	violations_with_a_gap(3);
	output = run_verb(&verb_violations, "violations --follow --count 2 --json");
	assert_int_equal(output->status, SBCTL_OK);
	line = strchr(output->out, '\n');
	assert_non_null(line);
	/* An object a line. */
	json = json_loads(line + 1, JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "schema")),
			    "shadow-box.lost/1");
	assert_int_equal(json_integer_value(json_object_get(json, "first_seq")), 1);
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 8);
	json_decref(json);
}

static void a_violation_is_whole_in_json(void **state)
{
	struct event event = module_event(5, VIOLATION, 1);
	json_t *json, *array, *violation;

	(void)state;
	event.have = ~0u;
	event.time = 1700000000123456789;
	event.policy = SHADOW_BOX_POLICY_SYSCALL_MSRS;
	event.action = SHADOW_BOX_ACTION_BLOCKED;
	event.why = SHADOW_BOX_WHY_REGISTER;
	event.code = 0xc0000082;
	event.rip = 0x1234;
	event.pid = 77;
	strcpy(event.comm, "evil\\x1b");
	event.new = (struct bytes){ { 0xab, 0x01 }, 8 };
	module_happens(&event);
	json = document(&verb_violations, "violations --json", "shadow-box.violations/1");
	array = json_object_get(json, "violations");
	violation = json_array_get(array, 0);
#define IS(key, want) \
	assert_string_equal(json_string_value(json_object_get(violation, key)), want)
	IS("time", "2023-11-14T22:13:20.123456789Z");
	IS("policy", "syscall-msrs");
	IS("action", "blocked");
	IS("why", "register");
	IS("register", "LSTAR");
	IS("rip", "0x1234");
	IS("comm", "evil\\x1b");
	IS("new", "ab01000000000000");
#undef IS
	assert_true(json_is_null(json_object_get(violation, "old")));
	assert_true(json_is_null(json_object_get(violation, "rip_symbol")));
	assert_int_equal(json_integer_value(json_object_get(violation, "pid")), 77);
	json_decref(json);
}

/* What a sweep found: null is whatever would accuse a thread. */
static void a_finding_has_no_offender_in_json(void **state)
{
	static const char *const offender[] = { "rip", "rip_symbol", "pid", "comm" };
	struct event event = module_event(5, VIOLATION, 1);
	json_t *json, *violation;
	size_t i;

	(void)state;
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_OBSERVER) | HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT) |
		      HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_ID) |
		      HAVE_BIT(SHADOW_BOX_EVENT_SUBJECT_NAME);
	event.observer = SHADOW_BOX_OBSERVER_SWEEP;
	event.subject = SHADOW_BOX_SUBJECT_TASK;
	event.subject_id = 77;
	strcpy(event.subject_name, "evil");
	module_happens(&event);
	json = document(&verb_violations, "violations --json", "shadow-box.violations/1");
	violation = json_array_get(json_object_get(json, "violations"), 0);
#define IS(key, want) \
	assert_string_equal(json_string_value(json_object_get(violation, key)), want)
	IS("observer", "sweep");
	IS("subject", "task");
	IS("subject_name", "evil");
#undef IS
	assert_int_equal(json_integer_value(json_object_get(violation, "subject_id")), 77);
	for (i = 0; i < sizeof(offender) / sizeof(offender[0]); i++)
		assert_true(json_is_null(json_object_get(violation, offender[i])));
	json_decref(json);
}

/* Whose hook it is, and the process, where the module tells; null where it does not. */
static void whose_a_hook_is_in_json(void **state)
{
	struct event event = module_event(5, VIOLATION, 1);
	json_t *json, *violation, *object;

	(void)state;
	event.have |= HAVE_BIT(SHADOW_BOX_EVENT_OWNER) | HAVE_BIT(SHADOW_BOX_EVENT_OWNER_SYMBOL) |
		      HAVE_BIT(SHADOW_BOX_EVENT_UID) | HAVE_BIT(SHADOW_BOX_EVENT_EXE);
	event.owner = SHADOW_BOX_OWNER_MODULE;
	strcpy(event.owner_symbol, "hook+0x0 [evil]");
	strcpy(event.exe, "/sbin/insmod");
	module_happens(&event);
	event = module_event(6, VIOLATION, 1);
	module_happens(&event);
	json = document(&verb_violations, "violations --json", "shadow-box.violations/1");
	violation = json_array_get(json_object_get(json, "violations"), 0);
	object = json_object_get(violation, "owner");
	assert_string_equal(json_string_value(json_object_get(object, "kind")), "module");
	assert_string_equal(json_string_value(json_object_get(object, "module")), "evil");
	assert_string_equal(json_string_value(json_object_get(object, "function")), "hook+0x0 [evil]");
	assert_true(json_is_null(json_object_get(object, "program")));
	object = json_object_get(violation, "process");
	assert_string_equal(json_string_value(json_object_get(object, "exe")), "/sbin/insmod");
	assert_int_equal(json_integer_value(json_object_get(object, "uid")), 0);
	assert_true(json_is_null(json_object_get(object, "cgroup")));
	violation = json_array_get(json_object_get(json, "violations"), 1);
	assert_true(json_is_null(json_object_get(violation, "owner")));
	assert_true(json_is_null(json_object_get(violation, "process")));
	json_decref(json);
}

static int reset(void **state)
{
	(void)state;
	module_reset();
	return 0;
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(policies_are_shown),
		TEST(a_sweep_tells_what_it_looked_at),
		TEST(a_policy_of_a_newer_module_is_shown),
		TEST(one_policy_is_got),
		TEST(policies_are_set_in_one_request),
		TEST(what_enforce_would_do_is_said),
		TEST(a_dry_run_knows_of_the_lock),
		TEST(all_are_the_protections),
		TEST(all_is_a_name_too),
		TEST(times_have_units),
		TEST(what_is_not_protected_is_said),
		TEST(legends_can_be_left_out),
		TEST(metrics_are_bounded),
		TEST(the_journal_needs_its_program),
		TEST(the_file_makes_a_round_trip),
		TEST(refusals_are_passed_on),
		TEST(wrong_usage_asks_nothing_of_the_module),
		TEST(a_lock_is_asked_for_once),
		TEST(status_tells_of_policies),
		TEST(violations_are_listed_alone),
		TEST(violations_are_picked),
		TEST(lost_violations_are_said),
		TEST(a_list_that_changes_is_read_again),
		TEST(following_goes_on_after_the_list),
		TEST(the_end_of_the_module_ends_following),
		TEST(an_overrun_is_said),
		TEST(a_sink_that_fails_ends_following),
		TEST(a_gap_without_violations_is_not_said),
		TEST(a_gap_with_a_violation_is_said),
		TEST(a_violation_is_whole_in_json),
		TEST(a_finding_has_no_offender_in_json),
		TEST(whose_a_hook_is_in_json),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	module_reset();
	policy_list_free(&module.policies);
	run_verb(&verb_policy, "policy");
	return failed;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings on trial: kept when they are confirmed, set back when they are not, whatever becomes of
 * sbctl or of the process that keeps watch. The module is a model that all processes share.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link/trial.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

#define IDT	SHADOW_BOX_POLICY_IDT
#define BPF	SHADOW_BOX_POLICY_BPF

/* The trial's folder is below this one, see sbctl_tests.mk. */
static char directory[] = "/tmp/shadow-box-test.XXXXXX";

/**
 * struct shared - the module, as sbctl and its keeper see it
 * @mode: of each policy
 * @n_set: how often policies were set
 * @refused: setting them is refused
 * @silent: it does not answer
 * @logged: what the keeper says to the system's log
 */
static struct shared {
	uint32_t mode[SHADOW_BOX_POLICIES];
	int n_set;
	bool locked;
	bool refused;
	bool silent;
	char logged[256];
} *shared;

/* The process that keeps watch: trial.c's last fork(). */
static pid_t keeper;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

void __wrap_syslog(int priority, const char *format, ...);

void __wrap_syslog(int priority, const char *format, ...)
{
	va_list args;

	(void)priority;
	va_start(args, format);
	vsnprintf(shared->logged, sizeof(shared->logged), format, args);
	va_end(args);
}

pid_t __wrap_fork(void)
{
	keeper = __real_fork();
	return keeper;
}

struct channel *channel_open(struct failure *failure)
{
	if (!shared->silent)
		return (struct channel *)shared;
	fail(failure, SBCTL_NOT_RUNNING, "the module does not answer");
	return NULL;
}

void channel_close(struct channel *channel)
{
	(void)channel;
}

int channel_info(struct channel *channel, struct info *info, struct failure *failure)
{
	(void)channel;
	(void)failure;
	*info = (struct info){ .have = ~0u, .state = SHADOW_BOX_STATE_ACTIVE, .locked = shared->locked };
	return 0;
}

int channel_active_info(struct channel *channel, struct info *info, struct failure *failure)
{
	return channel_info(channel, info, failure);
}

int channel_policies(struct channel *channel, struct policy_list *list, struct failure *failure)
{
	struct policy policy = { .have = ~0u };

	(void)channel;
	(void)failure;
	*list = (struct policy_list){ 0 };
	for (policy.id = 0; policy.id < SHADOW_BOX_POLICIES; policy.id++) {
		policy.mode = shared->mode[policy.id];
		if (!policy_list_add(list, &policy))
			abort();
	}
	return 0;
}

int channel_set_policies(struct channel *channel, const struct setting_list *settings,
			 struct failure *failure)
{
	size_t i;

	(void)channel;
	if (shared->refused)
		return fail(failure, SBCTL_IMPOSSIBLE, "refused");
	for (i = 0; i < settings->n_setting; i++)
		shared->mode[settings->setting[i].policy] = settings->setting[i].mode;
	shared->n_set++;
	return 0;
}

/* Two policies from off to log. */
static const struct setting_list wanted = {
	.setting = { { IDT, SHADOW_BOX_MODE_LOG }, { BPF, SHADOW_BOX_MODE_LOG } }, .n_setting = 2,
};
static const struct change_list changes = {
	.change = { { IDT, SHADOW_BOX_MODE_OFF, SHADOW_BOX_MODE_LOG, true },
		    { BPF, SHADOW_BOX_MODE_OFF, SHADOW_BOX_MODE_LOG, true } }, .n_change = 2,
};

static struct trial trial_of(uint64_t seconds)
{
	return (struct trial){ "policy", &wanted, &changes, seconds };
}

static void begin(const struct trial *trial)
{
	struct failure failure = { 0 };

	require(!trial_begin((struct channel *)shared, trial, &failure), "%s", failure.text);
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_LOG);
	assert_int_equal(shared->mode[BPF], SHADOW_BOX_MODE_LOG);
}

/* Runs @run in a process of its own; returns its status. */
static int in_a_child(int (*run)(void))
{
	int status;
	pid_t child = __real_fork();

	if (!child)
		_exit(run());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int confirm(void)
{
	struct failure failure = { 0 };

	return trial_confirm(&failure) ? (int)failure.code : 0;
}

static int begin_another(void)
{
	struct trial trial = trial_of(60);
	struct failure failure = { 0 };

	return trial_begin((struct channel *)shared, &trial, &failure) ? (int)failure.code : 0;
}

/* An sbctl that is gone as soon as it has set the policies. */
static int begin_and_die(void)
{
	struct trial trial = trial_of(60);
	struct failure failure = { 0 };

	return trial_begin((struct channel *)shared, &trial, &failure);
}

static void expect_outcome(const struct outcome *outcome, enum trial_result result,
			   enum exit_code code, const char *text)
{
	require(outcome->result == result && outcome->failure.code == code &&
		!strcmp(outcome->failure.text, text), "result %d, code %d: %s", outcome->result,
		outcome->failure.code, outcome->failure.text);
}

static void a_confirmation_keeps_them(void **state)
{
	struct trial trial = trial_of(60);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	assert_int_equal(in_a_child(confirm), 0);
	trial_wait(&trial, &outcome);
	assert_int_equal(outcome.result, TRIAL_KEPT);
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_LOG);
	assert_int_equal(shared->n_set, 1);
	assert_int_equal(access(TRIAL_DIRECTORY "/trial", F_OK), -1);
}

static void time_sets_them_back(void **state)
{
	struct trial trial = trial_of(1);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	trial_wait(&trial, &outcome);
	expect_outcome(&outcome, TRIAL_REVERTED, SBCTL_REVERTED,
		       "policy: not confirmed, the policies were set back");
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_OFF);
	assert_int_equal(shared->mode[BPF], SHADOW_BOX_MODE_OFF);
	assert_string_equal(shared->logged, outcome.failure.text);
	assert_int_equal(outcome.reversal.undone.n_change, 2);
	assert_int_equal(outcome.reversal.undone.change[0].to, SHADOW_BOX_MODE_OFF);
}

static void what_others_changed_is_left(void **state)
{
	struct trial trial = trial_of(1);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	shared->mode[BPF] = SHADOW_BOX_MODE_ENFORCE;
	trial_wait(&trial, &outcome);
	expect_outcome(&outcome, TRIAL_REVERTED, SBCTL_REVERTED,
		       "policy: not confirmed, the policies were set back, but for bpf, which somebody else changed meanwhile");
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_OFF);
	assert_int_equal(shared->mode[BPF], SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(outcome.reversal.left, 1u << BPF);
}

static void a_lock_meanwhile_is_said(void **state)
{
	struct trial trial = trial_of(1);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	shared->locked = true;
	trial_wait(&trial, &outcome);
	expect_outcome(&outcome, TRIAL_REVERTED, SBCTL_LOCKED,
		       "policy: not confirmed, but the policies were locked meanwhile: idt, bpf cannot be set back until the machine restarts");
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_LOG);
	assert_int_equal(outcome.reversal.stuck, 1u << IDT | 1u << BPF);
}

static void a_module_that_does_not_answer_is_said(void **state)
{
	struct trial trial = trial_of(1);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	shared->silent = true;
	trial_wait(&trial, &outcome);
	expect_outcome(&outcome, TRIAL_FAILED, SBCTL_NOT_RUNNING,
		       "policy: not confirmed, but the policies could not be set back: the module does not answer");
	assert_int_equal(outcome.reversal.undone.n_change, 0);
}

static void locked_policies_are_not_tried(void **state)
{
	struct trial trial = trial_of(60);
	struct failure failure = { 0 };

	(void)state;
	shared->locked = true;
	assert_int_equal(trial_begin((struct channel *)shared, &trial, &failure), -1);
	assert_int_equal(failure.code, SBCTL_LOCKED);
	assert_int_equal(shared->n_set, 0);
	assert_int_equal(keeper, 0);
}

/* Nothing waits afterwards, and the next may begin. */
static void a_refusal_ends_it(void **state)
{
	struct trial trial = trial_of(60);
	struct failure failure = { 0 };

	(void)state;
	shared->refused = true;
	assert_int_equal(trial_begin((struct channel *)shared, &trial, &failure), -1);
	assert_string_equal(failure.text, "refused");
	assert_int_equal(shared->n_set, 0);
	/* It was waited for. */
	assert_int_equal(kill(keeper, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(in_a_child(confirm), SBCTL_FAILED);
}

static void there_is_one_at_a_time(void **state)
{
	struct trial trial = trial_of(60);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	assert_int_equal(in_a_child(begin_another), SBCTL_BUSY);
	assert_int_equal(shared->n_set, 1);
	assert_int_equal(in_a_child(confirm), 0);
	trial_wait(&trial, &outcome);
	assert_int_equal(outcome.result, TRIAL_KEPT);
}

static void without_one_there_is_nothing_to_confirm(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	assert_int_equal(trial_confirm(&failure), -1);
	assert_int_equal(failure.code, SBCTL_FAILED);
	assert_string_equal(failure.text, "policy confirm: no settings wait for a confirmation");
}

static void a_killed_keeper_is_replaced(void **state)
{
	struct trial trial = trial_of(60);
	struct outcome outcome;

	(void)state;
	begin(&trial);
	assert_int_equal(kill(keeper, SIGKILL), 0);
	trial_wait(&trial, &outcome);
	expect_outcome(&outcome, TRIAL_REVERTED, SBCTL_REVERTED,
		       "policy: not confirmed, the policies were set back");
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_OFF);
}

/* sbctl does not die of it, but tells the keeper. */
static void a_signal_is_a_no(void **state)
{
	struct trial trial = trial_of(60);
	sigset_t set;
	struct outcome outcome;

	(void)state;
	begin(&trial);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	trial_wait(&trial, &outcome);
	assert_int_equal(outcome.result, TRIAL_REVERTED);
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_OFF);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigwaitinfo(&set, NULL), SIGTERM);
}

static void an_sbctl_that_is_gone_is_a_no(void **state)
{
	int tenths;

	(void)state;
	assert_int_equal(in_a_child(begin_and_die), 0);
	for (tenths = 0; tenths < 100 && shared->n_set < 2; tenths++)
		usleep(100000);
	assert_int_equal(shared->n_set, 2);
	assert_int_equal(shared->mode[IDT], SHADOW_BOX_MODE_OFF);
	assert_int_equal(shared->mode[BPF], SHADOW_BOX_MODE_OFF);
}

/* The folder stays locked while a process has it open, as this one does: each test makes it anew. */
static int reset(void **state)
{
	(void)state;
	memset(shared, 0, sizeof(*shared));
	keeper = 0;
	unlink(TRIAL_DIRECTORY "/trial");
	return rmdir(TRIAL_DIRECTORY) && errno != ENOENT;
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_confirmation_keeps_them),
		TEST(time_sets_them_back),
		TEST(what_others_changed_is_left),
		TEST(a_lock_meanwhile_is_said),
		TEST(a_module_that_does_not_answer_is_said),
		TEST(locked_policies_are_not_tried),
		TEST(a_refusal_ends_it),
		TEST(there_is_one_at_a_time),
		TEST(without_one_there_is_nothing_to_confirm),
		TEST(a_killed_keeper_is_replaced),
		TEST(a_signal_is_a_no),
		TEST(an_sbctl_that_is_gone_is_a_no),
	};
	int failed;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Nobody is asked: standard input is no terminal. */
	if (shared == MAP_FAILED || !mkdtemp(directory) || chdir(directory) ||
	    !freopen("/dev/null", "r", stdin))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	reset(NULL);
	rmdir(directory);
	return failed;
}

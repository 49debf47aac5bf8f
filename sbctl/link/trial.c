// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings on trial: they are set back unless they are confirmed in time, whatever becomes of sbctl
 * or of the user's connection.
 *
 * A second process, the keeper, in a session of its own, sets them back: when the time is up, when
 * it is told to, when it is told to end, or when sbctl is gone. Should the keeper be killed, sbctl
 * does it. A confirmation comes from the terminal, or through a socket that "policy confirm" knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "link/trial.h"
#include "model/say.h"

/* One of their own for the unit tests, which may not write there. */
#ifndef TRIAL_DIRECTORY
#define TRIAL_DIRECTORY	"/run/sbctl"
#endif
#define TRIAL_SOCKET	TRIAL_DIRECTORY "/trial"

/* One byte on the line between sbctl and its keeper, or to who confirms. */
#define WORD_READY	'r'
#define WORD_KEEP	'k'
#define WORD_REVERT	'x'

/* What sbctl has of a trial: the line to the keeper, the signals that end it, the locked folder. */
static struct {
	pid_t keeper;
	int line;
	int signals;
	int directory;
} sbctl;

/* What the keeper has: its line, the socket for confirmations, the timer, signals that end it. */
struct keeper {
	const struct trial *trial;
	int line;
	int door;
	int timer;
	int signals;
};

static int fail_system(const struct trial *trial, const char *what, struct failure *failure)
{
	return fail(failure, errno == EACCES || errno == EPERM ? SBCTL_PRIVILEGE : SBCTL_FAILED,
		    "%s: cannot %s: %s", trial->verb, what, strerror(errno));
}

static void say_word(int fd, char word)
{
	/* If nobody is there any more, that is noticed when reading. */
	(void)!send(fd, &word, sizeof(word), MSG_NOSIGNAL);
}

/* The word, or 0 when the other end is gone. */
static char hear_word(int fd)
{
	char word;

	return recv(fd, &word, sizeof(word), 0) == sizeof(word) ? word : 0;
}

/* From here on they are read from a descriptor; both processes take them for a "no". */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* What happened, in one sentence. */
static void conclude(const char *verb, struct outcome *outcome)
{
	const struct reversal *reversal = &outcome->reversal;
	char names[NAMES_SIZE];

	outcome->result = TRIAL_REVERTED;
	if (reversal->stuck)
		fail(&outcome->failure, SBCTL_LOCKED,
		     "%s: not confirmed, but the policies were locked meanwhile: %s cannot be set back until the machine restarts",
		     verb, settings_names(names, sizeof(names), reversal->stuck));
	else if (reversal->left)
		fail(&outcome->failure, SBCTL_REVERTED,
		     "%s: not confirmed, the policies were set back, but for %s, which somebody else changed meanwhile",
		     verb, settings_names(names, sizeof(names), reversal->left));
	else
		fail(&outcome->failure, SBCTL_REVERTED,
		     "%s: not confirmed, the policies were set back", verb);
}

static int set_back(struct channel *channel, const struct trial *trial, struct outcome *outcome,
		    struct failure *failure)
{
	struct policy_list policies;
	struct info info;

	if (channel_active_info(channel, &info, failure) ||
	    channel_policies(channel, &policies, failure))
		return -1;
	settings_reverse(trial->changes, &policies, info.locked, &outcome->reversal);
	policy_list_free(&policies);
	return channel_set_policies(channel, &outcome->reversal.settings, failure);
}

/* By a connection of its own: the module may have been loaded anew meanwhile. */
static void revert(const struct trial *trial, struct outcome *outcome)
{
	struct failure failure;
	struct channel *channel = channel_open(&failure);
	int error = channel ? set_back(channel, trial, outcome, &failure) : -1;

	channel_close(channel);
	if (!error) {
		conclude(trial->verb, outcome);
		return;
	}
	outcome->result = TRIAL_FAILED;
	outcome->reversal = (struct reversal){ 0 };
	fail(&outcome->failure, failure.code,
	     "%s: not confirmed, but the policies could not be set back: %.300s", trial->verb,
	     failure.text);
}

/* Waits for the end; true if it is a confirmation. */
static bool keeper_waits(const struct keeper *keeper)
{
	struct pollfd fds[] = {
		{ .fd = keeper->line, .events = POLLIN },
		{ .fd = keeper->door, .events = POLLIN },
		{ .fd = keeper->timer, .events = POLLIN },
		{ .fd = keeper->signals, .events = POLLIN },
	};
	int client;

	while (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
		;
	if (fds[0].revents)
		return hear_word(keeper->line) == WORD_KEEP;
	if (!fds[1].revents)
		return false;
	client = accept(keeper->door, NULL, NULL);
	if (client < 0)
		return false;
	say_word(client, WORD_KEEP);
	return true;
}

/* The keeper's life. */
__attribute__((noreturn))
static void keep(const struct keeper *keeper)
{
	struct outcome outcome = { .result = TRIAL_KEPT };
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	/* Who reads sbctl's output shall not wait for the keeper. */
	if (nowhere >= 0) {
		dup2(nowhere, STDIN_FILENO);
		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
	}
	say_word(keeper->line, WORD_READY);
	if (!keeper_waits(keeper)) {
		unlink(TRIAL_SOCKET);
		close(keeper->door);
		revert(keeper->trial, &outcome);
		openlog("sbctl", LOG_PID, LOG_AUTHPRIV);
		syslog(LOG_NOTICE, "%s", outcome.failure.text);
	} else {
		unlink(TRIAL_SOCKET);
	}
	(void)!send(keeper->line, &outcome, sizeof(outcome), MSG_NOSIGNAL);
	_exit(0);
}

/* One trial at a time: the folder stays locked as long as sbctl or its keeper live. */
static int lock_directory(const struct trial *trial, struct failure *failure)
{
	int directory;

	if (mkdir(TRIAL_DIRECTORY, 0700) && errno != EEXIST)
		return fail_system(trial, "create " TRIAL_DIRECTORY, failure);
	directory = open(TRIAL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fail_system(trial, "open " TRIAL_DIRECTORY, failure);
	sbctl.directory = directory;
	if (!flock(directory, LOCK_EX | LOCK_NB))
		return 0;
	close(directory);
	return fail(failure, SBCTL_BUSY,
		    "%s: other settings wait for their confirmation; 'sbctl policy confirm' keeps those",
		    trial->verb);
}

static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = TRIAL_SOCKET };

static int open_door(const struct trial *trial, struct failure *failure)
{
	int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Left behind by a keeper that was killed. */
	unlink(TRIAL_SOCKET);
	if (door >= 0 && !bind(door, (const struct sockaddr *)&address, sizeof(address)) &&
	    !listen(door, 1))
		return door;
	fail_system(trial, "listen on " TRIAL_SOCKET, failure);
	if (door >= 0)
		close(door);
	return -1;
}

/* Time goes on while the machine sleeps. */
static int start_timer(uint64_t seconds)
{
	struct itimerspec time = { .it_value = { .tv_sec = (time_t)seconds } };
	int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

	timerfd_settime(timer, 0, &time, NULL);
	return timer;
}

/* A process that outlives this one, its terminal and its session. */
static int start_keeper(const struct trial *trial, struct failure *failure)
{
	struct keeper keeper = { .trial = trial };
	int line[2];

	if (lock_directory(trial, failure))
		return -1;
	keeper.door = open_door(trial, failure);
	if (keeper.door < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line))
		return fail_system(trial, "make a socket", failure);
	/* Before the fork, so that none is ever deadly. */
	keeper.signals = sbctl.signals = take_signals();
	keeper.timer = start_timer(trial->seconds);
	fflush(stdout);
	sbctl.keeper = fork();
	if (sbctl.keeper < 0)
		return fail_system(trial, "start a process", failure);
	keeper.line = line[1];
	sbctl.line = line[0];
	close(line[sbctl.keeper ? 1 : 0]);
	if (!sbctl.keeper)
		keep(&keeper);
	close(keeper.door);
	if (hear_word(sbctl.line) == WORD_READY)
		return 0;
	return fail(failure, SBCTL_FAILED, "%s: the process that would set the policies back died",
		    trial->verb);
}

static void end_keeper(void)
{
	close(sbctl.line);
	close(sbctl.signals);
	close(sbctl.directory);
	waitpid(sbctl.keeper, NULL, 0);
}

int trial_begin(struct channel *channel, const struct trial *trial, struct failure *failure)
{
	struct info info;

	if (channel_info(channel, &info, failure))
		return -1;
	if (info.locked)
		return fail(failure, SBCTL_LOCKED,
			    "%s: the policies are locked until the machine restarts, so that nothing could be set back; leave out --revert-after",
			    trial->verb);
	if (start_keeper(trial, failure))
		return -1;
	if (!channel_set_policies(channel, trial->wanted, failure))
		return 0;
	/* None of them was set. */
	say_word(sbctl.line, WORD_KEEP);
	end_keeper();
	return -1;
}

/* In the background, reading would stop this process, not get an answer. */
bool trial_can_ask(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static char answer(void)
{
	char text[64];
	ssize_t length = read(STDIN_FILENO, text, sizeof(text));

	return length > 0 && (text[0] == 'y' || text[0] == 'Y') ? WORD_KEEP : WORD_REVERT;
}

/*
 * Until the keeper speaks: passes on an answer, and that this process shall end or has no reader.
 * True if there was an answer.
 */
static bool wait_for_keeper(bool ask)
{
	struct pollfd fds[] = {
		{ .fd = sbctl.line, .events = POLLIN },
		{ .fd = sbctl.signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO },
		{ .fd = ask ? STDIN_FILENO : -1, .events = POLLIN },
	};
	const size_t n = sizeof(fds) / sizeof(fds[0]);
	bool answered = false;
	size_t i;

	for (;;) {
		if (poll(fds, n, -1) <= 0)
			continue;
		if (fds[0].revents)
			return answered;
		answered = fds[n - 1].revents;
		say_word(sbctl.line, answered ? answer() : WORD_REVERT);
		/* It was said; only the keeper's word is of interest now. */
		for (i = 1; i < n; i++)
			fds[i].fd = -1;
	}
}

/* The time was up before this process, stopped for long, had set anything. */
static bool found_nothing(const struct outcome *outcome)
{
	const struct reversal *reversal = &outcome->reversal;

	return outcome->result == TRIAL_REVERTED && !reversal->undone.n_change &&
	       !reversal->left && !reversal->stuck;
}

void trial_wait(const struct trial *trial, struct outcome *outcome)
{
	bool ask = trial_can_ask();

	if (ask)
		fprintf(stderr, "Keep the policies so? In %" PRIu64 " s they are set back. [y/N] ",
			trial->seconds);
	if (!wait_for_keeper(ask) && ask)
		fputc('\n', stderr);
	trial_finish(trial, outcome);
}

bool trial_is_over(void)
{
	struct pollfd fd = { .fd = sbctl.line, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

void trial_keep(void)
{
	struct pollfd fd = { .fd = sbctl.line, .events = POLLIN };

	say_word(sbctl.line, WORD_KEEP);
	while (poll(&fd, 1, -1) <= 0)
		;
}

void trial_finish(const struct trial *trial, struct outcome *outcome)
{
	if (recv(sbctl.line, outcome, sizeof(*outcome), 0) != sizeof(*outcome) ||
	    found_nothing(outcome)) {
		*outcome = (struct outcome){ 0 };
		revert(trial, outcome);
	}
	end_keeper();
}

static int fail_confirm(int error, struct failure *failure)
{
	if (error == EACCES)
		return fail(failure, SBCTL_PRIVILEGE,
			    "policy confirm: permission denied; run sbctl as root");
	return fail(failure, SBCTL_FAILED, "policy confirm: no settings wait for a confirmation");
}

int trial_confirm(struct failure *failure)
{
	int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;
	char word = 0;

	if (connect(line, (const struct sockaddr *)&address, sizeof(address)))
		error = errno;
	else
		word = hear_word(line);
	close(line);
	if (error)
		return fail_confirm(error, failure);
	if (word != WORD_KEEP)
		return fail(failure, SBCTL_REVERTED,
			    "policy confirm: too late, the policies were set back");
	return 0;
}

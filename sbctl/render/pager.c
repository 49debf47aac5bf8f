// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pager: what people read on a terminal goes through $SBCTL_PAGER, $PAGER or less.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/say.h"
#include "render/pager.h"
#include "render/terminal.h"

/* exit status of a shell that does not find the command */
#define NOT_FOUND	127

static const char less[] = "if command -v less >/dev/null; then exec less; else exec cat; fi";

static pid_t pager;

/* NULL if the user wants none: a variable that is set to nothing, or to cat. */
static const char *pager_command(void)
{
	const char *command = getenv("SBCTL_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return less;
	return *command && strcmp(command, "cat") ? command : NULL;
}

/* A pager needs keys, which it reads from the controlling terminal: a start-up script has none. */
static bool has_keys(void)
{
	int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC);

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

/* On a terminal that less does not know it asks for a key at every start. */
static bool can_page(void)
{
	return isatty(STDOUT_FILENO) && has_keys() && terminal_drawable();
}

/* Quit if it fits on the screen, pass colours, leave the screen alone; no shell for guests of sudo. */
static void run_pager(const char *command, int input)
{
	dup2(input, STDIN_FILENO);
	setenv("LESS", "FRX", 0);
	setenv("LESSSECURE", "1", 1);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(NOT_FOUND);
}

void pager_open(bool wanted)
{
	const char *command = pager_command();
	int end[2];

	if (!wanted || !command || !can_page() || pipe2(end, O_CLOEXEC))
		return;
	fflush(stdout);
	pager = fork();
	if (!pager)
		run_pager(command, end[0]);
	if (pager > 0) {
		dup2(end[1], STDOUT_FILENO);
		/* Ctrl-C is the pager's, and a user may leave it before the end. */
		signal(SIGINT, SIG_IGN);
		output_may_be_left();
	}
	close(end[0]);
	close(end[1]);
}

int pager_close(int status)
{
	int end = 0;

	if (pager <= 0)
		return status;
	while (waitpid(pager, &end, 0) < 0)
		;
	if (!WIFEXITED(end) || WEXITSTATUS(end) != NOT_FOUND)
		return status;
	say("there is no pager '%s'; --no-pager does without", pager_command());
	return SBCTL_FAILED;
}

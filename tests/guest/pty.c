// SPDX-License-Identifier: GPL-2.0-only
/*
 * pty SECONDS KEYS COMMAND...: runs COMMAND on a terminal of 80x24, after SECONDS types KEYS one by
 * one, shows what the terminal got, and ends with COMMAND's status (128 + signal if one ended it).
 */
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/*
 * In seconds. A key is typed when the last one's picture is whole, which is when the terminal has
 * been quiet for KEY_PAUSE: a program that is busy (reading the kernel's symbols takes seconds in
 * the emulator) would take several keys in one go, and never draw what lies between. KEY_LIMIT is
 * for keys that draw nothing.
 */
#define KEY_PAUSE	0.4
#define KEY_LIMIT	30

/* Copies what @terminal gets until it is closed; types @keys from @when on. */
static void attend(int terminal, const char *keys, double when)
{
	struct pollfd input = { .fd = terminal, .events = POLLIN };
	bool typed = false;
	char buffer[4096];
	ssize_t length;

	for (;;) {
		if (*keys && now() >= when) {
			if (write(terminal, keys++, 1) < 0)
				return;
			typed = true;
			when = now() + KEY_LIMIT;
		}
		if (!poll(&input, 1, 100))
			continue;
		length = read(terminal, buffer, sizeof(buffer));
		if (length <= 0)
			return;
		fwrite(buffer, 1, (size_t)length, stdout);
		if (typed)
			when = now() + KEY_PAUSE;
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int terminal, status;
	pid_t child;

	if (argc < 4) {
		fprintf(stderr, "usage: pty SECONDS KEYS COMMAND...\n");
		return 2;
	}
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child < 0) {
		perror("pty");
		return 1;
	}
	if (!child) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	attend(terminal, argv[2], now() + atof(argv[1]));
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

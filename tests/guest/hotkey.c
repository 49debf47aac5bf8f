// SPDX-License-Identifier: GPL-2.0-only
/*
 * hotkey KEY WORK COMMAND...: runs COMMAND on a terminal of its own, which is shown on this one and gets all keys typed here but KEY:
 * for that the shell does WORK, unseen. Ends with COMMAND's status (128 + signal if one ended it).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A grandchild, whom nobody has to wait for. */
static void do_unseen(const char *work)
{
	pid_t child = fork();
	int null;

	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (!fork())
		execl("/bin/sh", "sh", "-c", work, NULL);
	_exit(0);
}

/* Returns -1 when there is no more to copy. */
static int pass_on(int from, int to, int key, const char *work)
{
	char buffer[4096];
	ssize_t length = read(from, buffer, sizeof(buffer)), i, first = 0;

	if (length <= 0)
		return length < 0 && errno == EINTR ? 0 : -1;
	for (i = 0; i < length && key; i++) {
		if (buffer[i] != key)
			continue;
		if (write(to, buffer + first, i - first) < 0)
			return -1;
		first = i + 1;
		do_unseen(work);
	}
	return write(to, buffer + first, length - first) < 0 ? -1 : 0;
}

static void attend(int terminal, int key, const char *work)
{
	struct pollfd inputs[] = { { .fd = 0, .events = POLLIN }, { .fd = terminal, .events = POLLIN } };

	for (;;) {
		if (poll(inputs, 2, -1) < 0)
			continue;
		if (inputs[1].revents && pass_on(terminal, 1, 0, NULL))
			return;
		if (inputs[0].revents && pass_on(0, terminal, key, work))
			return;
	}
}

int main(int argc, char **argv)
{
	struct termios before, raw;
	struct winsize size;
	int terminal, status;
	pid_t child;

	if (argc < 4 || !argv[1][0] || argv[1][1]) {
		fprintf(stderr, "usage: hotkey KEY WORK COMMAND...\n");
		return 2;
	}
	if (tcgetattr(0, &before) || ioctl(0, TIOCGWINSZ, &size)) {
		perror("hotkey: the terminal");
		return 1;
	}
	child = forkpty(&terminal, NULL, &before, &size);
	if (child < 0) {
		perror("hotkey");
		return 1;
	}
	if (!child) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	raw = before;
	cfmakeraw(&raw);
	tcsetattr(0, TCSANOW, &raw);
	attend(terminal, argv[1][0], argv[2]);
	tcsetattr(0, TCSANOW, &before);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

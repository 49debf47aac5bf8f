// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words to the user: one sentence on standard error when something fails, and standard output
 * that is never lost silently.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/say.h"

/* errno of the first failed write, which stdio itself does not keep. */
static int write_error;
/* A reader that leaves early has read what it wants. */
static bool may_be_left;

/* A sentence quotes words of files and of the command line, which must not talk to the terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

int fail(struct failure *failure, enum exit_code code, const char *format, ...)
{
	va_list args;

	failure->code = code;
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	make_printable(failure->text);
	return -1;
}

void say(const char *format, ...)
{
	va_list args;

	fputs("sbctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int say_failure(const struct failure *failure)
{
	say("%s", failure->text);
	return failure->code;
}

/*
 * A closed descriptor would be given to the next file or socket that is opened, and output would
 * go there: hold the low three.
 */
bool output_ready(void)
{
	bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	if (closed)
		say("standard output is closed");
	return !closed;
}

void output_may_be_left(void)
{
	signal(SIGPIPE, SIG_IGN);
	may_be_left = true;
}

bool output_flush(void)
{
	if (!write_error && (fflush(stdout) || ferror(stdout)))
		write_error = errno ? errno : EIO;
	return !write_error;
}

int output_finish(int status)
{
	output_flush();
	/* Some file systems report a full disk only here. */
	if (fclose(stdout) && !write_error)
		write_error = errno;
	if (!write_error || (write_error == EPIPE && may_be_left))
		return status;
	say("cannot write to standard output: %s", strerror(write_error));
	return SBCTL_FAILED;
}

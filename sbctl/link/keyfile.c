// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness key in a file: its 32 bytes, or 64 hexadecimal digits and the end of a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "link/keyfile.h"
#include "model/statement.h"

#define HEX_DIGITS	(2 * SHADOW_BOX_KEY_SIZE)
/* One byte more than any form has, so that more is seen. */
#define ROOM		(HEX_DIGITS + 2)

/* Not by stdio, whose buffers would keep it. Return: bytes, or -1. */
static ssize_t read_all(int fd, char *text)
{
	size_t used = 0;
	ssize_t got;

	while (used < ROOM) {
		got = read(fd, text + used, ROOM - used);
		if (got < 0)
			return -1;
		if (!got)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

static bool understand(char *text, size_t size, uint8_t *key)
{
	if (size == SHADOW_BOX_KEY_SIZE) {
		memcpy(key, text, SHADOW_BOX_KEY_SIZE);
		return true;
	}
	if (size == HEX_DIGITS + 1 && text[HEX_DIGITS] == '\n')
		size--;
	text[size] = '\0';
	return size == HEX_DIGITS && hex_read(text, key, SHADOW_BOX_KEY_SIZE);
}

static int fail_read(const char *path, struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "cannot read the witness key %s: %s", path,
		    strerror(errno));
}

int keyfile_read(const char *path, uint8_t key[SHADOW_BOX_KEY_SIZE], struct failure *failure)
{
	bool is_stdin = !strcmp(path, "-"), understood;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char text[ROOM + 1];
	ssize_t size;

	if (fd < 0)
		return fail_read(path, failure);
	size = read_all(fd, text);
	if (size < 0)
		fail_read(path, failure);
	understood = size >= 0 && understand(text, (size_t)size, key);
	explicit_bzero(text, sizeof(text));
	if (!is_stdin)
		close(fd);
	if (size >= 0 && !understood)
		fail(failure, SBCTL_USAGE,
		     "%s holds no witness key: that is 32 bytes, or 64 hexadecimal digits", path);
	return understood ? 0 : -1;
}

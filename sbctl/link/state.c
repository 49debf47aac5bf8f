// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that must be whole, and on the disk, whatever happens next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/state.h"

int fail_state(const char *what, const char *name, struct failure *failure)
{
	return fail(failure, errno == EACCES || errno == EPERM ? SBCTL_PRIVILEGE : SBCTL_FAILED,
		    "cannot %s " STATE_DIRECTORY "/%s: %s", what, name, strerror(errno));
}

int state_lock(void)
{
	int folder;

	if (mkdir(STATE_DIRECTORY, 0755) && errno != EEXIST)
		return -1;
	folder = open(STATE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		flock(folder, LOCK_EX);
	return folder;
}

static int fill(int fd, const char *text)
{
	int error = dprintf(fd, "%s", text) < 0 || fsync(fd);

	return close(fd) || error ? -1 : 0;
}

int state_write(int lock, const char *name, const char *text, struct failure *failure)
{
	char path[128], whole[128];
	int fd;

	snprintf(path, sizeof(path), STATE_DIRECTORY "/%s.XXXXXX", name);
	snprintf(whole, sizeof(whole), STATE_DIRECTORY "/%s", name);
	fd = mkstemp(path);
	if (fd >= 0 && !fill(fd, text) && !rename(path, whole) && !fsync(lock))
		return 0;
	fail_state("write", name, failure);
	if (fd >= 0)
		unlink(path);
	return -1;
}

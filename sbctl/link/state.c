// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that must be whole, and on the disk, whatever happens next.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
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

static int fill(int fd, const char *text, mode_t mode)
{
	int error = dprintf(fd, "%s", text) < 0 || fchmod(fd, mode) || fsync(fd);

	return close(fd) || error ? -1 : 0;
}

/* To rename over a device or a link would take it away from whoever means it. */
static bool may_be_replaced(const char *path)
{
	struct stat now;

	return lstat(path, &now) || S_ISREG(now.st_mode);
}

/* Else the new name could be lost, though what it names is on the disk. */
static int sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	int folder = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int error = folder < 0 || fsync(folder) ? errno : 0;

	if (folder >= 0)
		close(folder);
	free(copy);
	errno = error;
	return error ? -1 : 0;
}

int file_replace(const char *path, const char *text, mode_t mode)
{
	char *fresh = NULL;
	int fd, error = 0;

	if (!may_be_replaced(path)) {
		errno = ENOTSUP;
		return -1;
	}
	if (asprintf(&fresh, "%s.XXXXXX", path) < 0)
		return -1;
	fd = mkstemp(fresh);
	if (fd < 0 || fill(fd, text, mode) || rename(fresh, path))
		error = errno;
	if (error && fd >= 0)
		unlink(fresh);
	free(fresh);
	errno = error;
	return error ? -1 : sync_folder_of(path);
}

const char *file_error(int error)
{
	return error == ENOTSUP ? "it is no plain file, and others are not replaced" :
				  strerror(error);
}

int state_write(const char *name, const char *text, struct failure *failure)
{
	char path[128];

	snprintf(path, sizeof(path), STATE_DIRECTORY "/%s", name);
	return file_replace(path, text, 0600) ? fail_state("write", name, failure) : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file in memory for what reads files.
 */
#ifndef TESTS_FUZZ_FILE_H
#define TESTS_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define check(condition, ...)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "fuzz: " __VA_ARGS__);			\
			fprintf(stderr, " (%s:%d)\n", __FILE__, __LINE__);	\
			abort();						\
		}								\
	} while (0)

/* Its path, with @data in it. The next call changes what is in it. */
static inline const char *file_of(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	check(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size, "no memory");
	return path;
}

/* What is printed as it is must not talk to the terminal. */
static inline void check_printable(const char *text, const char *what)
{
	for (; *text; text++)
		check((unsigned char)*text >= ' ' && *text != 127, "%s has the byte 0x%02x", what,
		      (unsigned char)*text);
}

#endif

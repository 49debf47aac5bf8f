/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that are installed, and whether they have the module: the machine may start any of
 * them next.
 */
#ifndef SBCTL_KERNELS_H
#define SBCTL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the names of some kernels. */
#define RELEASES_SIZE	256

/**
 * struct kernels - those without the module, but for the running one
 * @lacking: how many
 * @names: which, as many as there is room for, with ", " between them
 * @why: why it was not built for the last of them, if that is known
 */
struct kernels {
	unsigned int lacking;
	char names[RELEASES_SIZE];
	char why[RELEASES_SIZE];
};

void kernels_look(struct kernels *kernels);

/* The sentence that was kept when dkms could not build the module for @release (kmod/pre-build). */
bool kernel_unbuilt(const char *release, char *why, size_t size);

#endif

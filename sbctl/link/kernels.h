/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that are installed, and whether they have the module: the machine may start any of
 * them next.
 */
#ifndef SBCTL_KERNELS_H
#define SBCTL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "link/state.h"

#define MODULES_DIRECTORY	SBCTL_ROOT "/lib/modules"

/* Room for the names of some kernels. */
#define RELEASES_SIZE	256

/* More than anybody keeps. */
#define KERNELS_MAX	16

/**
 * struct kernels - those that are installed, but for the running one
 * @lacking: how many have no module
 * @names: which, as many as there is room for, with ", " between them
 * @why: why it was not built for the last of them, if that is known
 * @n_having: how many have one
 * @having: the first KERNELS_MAX of those
 */
struct kernels {
	unsigned int lacking;
	char names[RELEASES_SIZE];
	char why[RELEASES_SIZE];
	unsigned int n_having;
	char having[KERNELS_MAX][64];
};

void kernels_look(struct kernels *kernels);

/**
 * kernel_options() - what a kernel's configuration says about things that matter here
 * @release: which kernel
 * @text: gets those that it was built with, with ", " between them; empty: none, or it does not tell
 */
void kernel_options(const char *release, char *text, size_t size);

/* The sentence that was kept when dkms could not build the module for @release (kmod/pre-build). */
bool kernel_unbuilt(const char *release, char *why, size_t size);

#endif

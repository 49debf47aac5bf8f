/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel module as a file and as something to insert and remove, through libkmod.
 */
#ifndef SBCTL_MODULE_H
#define SBCTL_MODULE_H

#include "model/say.h"

/**
 * struct module_file - the module installed for a kernel
 * @path: where it is
 * @version: its version, or empty
 * @built_for: the release of the kernel whose headers it was built with, or empty
 * @signer: who signed it, or empty
 * @is_signed: it carries a signature
 * @disabled: its options, of modprobe.d and the kernel command line, forbid it to load
 */
struct module_file {
	char path[256];
	char version[64];
	char built_for[64];
	char signer[128];
	bool is_signed;
	bool disabled;
};

/* Looks for the module of the running kernel; -1 with @failure filled when there is none. */
int module_find(struct module_file *file, struct failure *failure);

/* Looks for that of another kernel, which may have been removed meanwhile. */
int module_find_for(const char *release, struct module_file *file, struct failure *failure);

/**
 * module_insert() - load the module, without launching
 *
 * Options from modprobe.d and the kernel command line apply as with modprobe.
 *
 * Return: 0; 1 when it was loaded already; -1 with @failure filled.
 */
int module_insert(struct failure *failure);

/**
 * module_remove() - unload the module; an active one first returns Linux to the bare machine
 *
 * Return: 0; 1 when it was not loaded; -1 with @failure filled.
 */
int module_remove(struct failure *failure);

#endif

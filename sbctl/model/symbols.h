/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for kernel addresses, from /proc/kallsyms: read when the first address is looked up, and
 * again when one is not found, for modules come and go.
 */
#ifndef SBCTL_SYMBOLS_H
#define SBCTL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the kernel tells its symbols. */
#define KALLSYMS	"/proc/kallsyms"

/* A name with offset and module; longer ones are cut. */
#define SYMBOL_SIZE	160

/**
 * struct symbols - a table of symbols
 */
struct symbols;

/**
 * symbols_new() - a table that will be read from @path; NULL when memory is short
 * @path: NULL for a table of what it learns only
 *
 * The file may be missing or tell no addresses (without privilege all are 0): then no address has
 * a name.
 */
struct symbols *symbols_new(const char *path);
void symbols_free(struct symbols *symbols);

/**
 * symbols_find() - the name of an address
 * @symbols: may be NULL
 * @text: receives "name+0x12" or "name+0x12 [module]"; what is not printable in it is "?"
 *
 * Return: false if it has none, @text then being empty.
 */
bool symbols_find(struct symbols *symbols, uint64_t address, char *text, size_t size);

/* From now on the address has that name, whatever the file says. @symbols may be NULL. */
void symbols_learn(struct symbols *symbols, uint64_t address, const char *name);

#endif

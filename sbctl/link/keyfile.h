/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness key in a file.
 */
#ifndef SBCTL_KEYFILE_H
#define SBCTL_KEYFILE_H

#include <stdint.h>

#include "model/say.h"
#include "uapi/shadow_box_statement.h"

/**
 * keyfile_read() - read a key
 * @path: "-" is standard input
 * @key: filled in; the caller wipes it
 *
 * Return: 0, or -1 with @failure filled: SBCTL_FAILED if it cannot be read, SBCTL_USAGE if it holds no
 * key.
 */
int keyfile_read(const char *path, uint8_t key[SHADOW_BOX_KEY_SIZE], struct failure *failure);

#endif

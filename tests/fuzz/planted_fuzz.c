// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes nothing, and finds a fault that is here on purpose.
 */
#include <string.h>

#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(size < 2 || memcmp(data, "ok", 2), "the planted fault");
	return 0;
}

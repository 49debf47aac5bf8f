/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the processor offers, as numbers: the leaves of CPUID and the MSRs by which the module chooses the
 * controls of VMX, in the format of the unit tests (tests/unit/capabilities), which thus take the
 * processor of a report as one more.
 */
#ifndef SBCTL_CAPABILITIES_H
#define SBCTL_CAPABILITIES_H

#include <stdio.h>

#include "model/say.h"

/**
 * capabilities_write() - write the line for this processor
 * @file: where to; there is nothing in it by which one machine could be told from another of its kind
 *
 * Return: 0, or -1 with @failure filled and nothing written: the MSRs cannot be read.
 */
int capabilities_write(FILE *file, struct failure *failure);

#endif

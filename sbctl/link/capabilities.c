// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capabilities of the processor: CPUID by the instruction, MSRs by the msr driver.
 */
#include <cpuid.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "link/capabilities.h"
#include "link/machine.h"

static const struct { uint32_t leaf, subleaf; } leaves[] = {
	{ 0x1, 0 }, { 0x7, 0 }, { 0x7, 1 }, { 0x7, 2 }, { 0xa, 0 }, { 0xd, 0 }, { 0xd, 1 }, { 0x12, 0 },
	{ 0x14, 0 }, { 0x19, 0 }, { 0x1b, 0 }, { 0x1c, 0 }, { 0x80000000, 0 }, { 0x80000001, 0 },
	{ 0x80000008, 0 },
};

/* Of CPUID leaf 1, EBX: the size of a cache line. The rest says which of the machine's CPUs this is. */
#define LINE_SIZE	0xff00

/* IA32_APIC_BASE, IA32_ARCH_CAPABILITIES, and IA32_VMX_BASIC to the last that the SDM lists. */
static const uint32_t msrs[] = {
	0x1b, 0x10a, 0x480, 0x481, 0x482, 0x483, 0x484, 0x485, 0x486, 0x487, 0x488, 0x489, 0x48a, 0x48b,
	0x48c, 0x48d, 0x48e, 0x48f, 0x490, 0x491, 0x492, 0x493,
};

#define N_LEAVES	(sizeof(leaves) / sizeof(leaves[0]))
#define N_MSRS		(sizeof(msrs) / sizeof(msrs[0]))
#define IA32_VMX_BASIC	0x480

static void write_leaves(FILE *file)
{
	unsigned int a, b, c, d;
	size_t i;

	for (i = 0; i < N_LEAVES; i++) {
		if (!__get_cpuid_count(leaves[i].leaf, leaves[i].subleaf, &a, &b, &c, &d))
			continue;
		if (leaves[i].leaf == 1)
			b &= LINE_SIZE;
		fprintf(file, "%sc:%x.%x=%x-%x-%x-%x", i ? " " : "", leaves[i].leaf,
			leaves[i].subleaf, a, b, c, d);
	}
}

/* A processor need not have all of them; Linux then answers with an error. */
static void write_msrs(FILE *file)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < N_MSRS; i++)
		if (!machine_read_msr(0, msrs[i], &value))
			fprintf(file, " m:%x=%" PRIx64, msrs[i], value);
}

int capabilities_write(FILE *file, struct failure *failure)
{
	unsigned int a = 0, b, c, d;
	uint64_t value;
	int error = machine_read_msr(0, IA32_VMX_BASIC, &value);

	if (error == -ENOENT)
		return fail(failure, SBCTL_FAILED, "the msr driver is not loaded; 'modprobe msr' loads it");
	if (error == -EACCES || error == -EPERM)
		return fail(failure, SBCTL_PRIVILEGE, "that needs root, and a kernel that is not locked down");
	if (error)
		return fail(failure, SBCTL_FAILED,
			    "this processor has no VMX, or Shadow-box, which is active, hides it; make the report before 'sbctl load'");
	__get_cpuid(1, &a, &b, &c, &d);
	fprintf(file, "%07X_reported\t1\t", a);
	write_leaves(file);
	write_msrs(file);
	fputc('\n', file);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What puts this machine to sleep: registers that the firmware's tables name (FADT), and the type of
 * sleep that is none, which switches it off.
 */
#include <linux/acpi.h>

#include "sleep.h"

#ifdef CONFIG_ACPI
/* The type of state S5 for the registers PM1a and PM1b. */
static void read_types(u8 off[2])
{
	if (ACPI_FAILURE(acpi_get_sleep_type_data(ACPI_STATE_S5, &off[0], &off[1])))
		off[0] = off[1] = SB_SLEEP_NONE;
}

/* A register in memory is not guarded, and none is where the address is 0. */
static void note(struct sb_facts *facts, const struct acpi_generic_address *at, u32 byte, u8 off)
{
	u64 port = at->address + byte;

	if (at->address && at->space_id == ACPI_ADR_SPACE_SYSTEM_IO && port <= 0xffff)
		facts->sleep_port[facts->nr_sleep_ports++] = (struct sb_sleep_port){ port, off };
}

/**
 * sb_sleep_find() - note the ports that put the machine to sleep
 * @facts: nr_sleep_ports and sleep_port are filled in
 *
 * Context: may sleep, as the firmware's code says what the types are.
 */
void sb_sleep_find(struct sb_facts *facts)
{
	const struct acpi_table_fadt *fadt = &acpi_gbl_FADT;
	u8 off[2];

	if (acpi_disabled)
		return;
	read_types(off);
	note(facts, &fadt->xpm1a_control_block, 1, off[0]);
	note(facts, &fadt->xpm1b_control_block, 1, off[1]);
	note(facts, &fadt->sleep_control, 0, off[0]);
}

static bool is_in_memory(const struct acpi_generic_address *at)
{
	return at->address && at->space_id != ACPI_ADR_SPACE_SYSTEM_IO;
}

/* Is all that puts the machine to sleep at ports that sb_sleep_find() has found? */
bool sb_sleep_is_guarded(const struct sb_facts *facts)
{
	const struct acpi_table_fadt *fadt = &acpi_gbl_FADT;

	return facts->nr_sleep_ports && !is_in_memory(&fadt->xpm1a_control_block) &&
	       !is_in_memory(&fadt->xpm1b_control_block) && !is_in_memory(&fadt->sleep_control);
}
#else
void sb_sleep_find(struct sb_facts *facts)
{
}

bool sb_sleep_is_guarded(const struct sb_facts *facts)
{
	return false;
}
#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of modules: which module a page or an address belongs to. All under the host's lock.
 */
#include "module_table.h"

struct module *modules[MODULES];
u32 nr_modules;	/* one more than the highest number in use */

struct module *module_at(u64 number)
{
	return number < MODULES ? modules[number] : NULL;
}

/* Linear address of page number @i. */
u64 module_page_linear(const struct module *m, u32 i)
{
	u64 offset = i * SB_PAGE_SIZE, text_size = m->region.end - m->region.start;

	if (offset < text_size)
		return m->region.start + offset;
	offset -= text_size;
	if (offset < m->ro_size[0])
		return m->ro[0] + offset;
	return m->ro[1] + offset - m->ro_size[0];
}

u64 module_page_gpa(const struct module *m, u32 i)
{
	return (u64)m->pfn[i] * SB_PAGE_SIZE;
}

static bool has_reached(u32 owner, enum module_state state)
{
	const struct module *m = owner >= OWNER_MODULE ? module_at(owner - OWNER_MODULE) : NULL;

	return m && m->state >= state;
}

/* Its code may be executed still; who writes to it has got its memory. */
bool is_module_going(u32 owner)
{
	return has_reached(owner, GOING);
}

/* Its code is executed no more. */
bool is_module_closing(u32 owner)
{
	return has_reached(owner, CLOSING);
}

static bool has_code_at(const struct module *m, u64 address)
{
	return m && (m->state == READY || m->state == PROTECTED) &&
	       address - m->region.start < m->region.end - m->region.start;
}

/* Where the last search ended: one patch asks several times, and those of a module come in a row. */
static u32 recent;

static struct module *module_with(u64 address)
{
	u32 i;

	if (has_code_at(modules[recent], address))
		return modules[recent];
	for (i = 0; i < nr_modules; i++) {
		if (has_code_at(modules[i], address)) {
			recent = i;
			return modules[i];
		}
	}
	return NULL;
}

/*
 * The code in which @address lies, NULL if in no module's that is there; its pages may not be
 * protected yet.
 */
const struct sb_region *module_region(u64 address)
{
	struct module *m = module_with(address);

	return m ? &m->region : NULL;
}

/* Linear address, as the kernel knows it, of a module's page. */
u64 module_address(u32 owner, u64 gpa)
{
	struct module *m = module_at(owner - OWNER_MODULE);
	u32 i;

	for (i = 0; m && i < m->done; i++)
		if (m->pfn[i] == gpa / SB_PAGE_SIZE)
			return module_page_linear(m, i) + gpa % SB_PAGE_SIZE;
	return 0;
}

/* Physical address of @address in a module's code, 0 if there is none. */
u64 module_gpa(u64 address)
{
	struct module *m = module_with(address);
	u32 i = m ? (address - m->region.start) / SB_PAGE_SIZE : 0;

	return m && i < m->done ? module_page_gpa(m, i) + address % SB_PAGE_SIZE : 0;
}

bool is_module_code(u32 owner, u64 address)
{
	const struct module *m = module_at(owner - OWNER_MODULE);

	return m && address - m->region.start < m->region.end - m->region.start;
}

/* Whose code lies there, or lay there until a moment ago; NULL if no module's. */
const struct module *module_of_code(u64 address)
{
	u32 i;

	for (i = 0; i < nr_modules; i++)
		if (modules[i] && is_module_code(OWNER_MODULE + i, address))
			return modules[i];
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of modules lie anywhere in RAM, as vmalloc() has it; the table of sites is short, that of
 * functions has a bit set at each page.
 */
#include "module_model.h"

/* Pages that no test has used yet, neighbours far apart from each other. */
u64 unused_page(void)
{
	static u32 next;
	const u32 pages = (MODULE_RAM_END - MODULE_RAM) / SB_PAGE_SIZE;

	return MODULE_RAM + next++ * 1237ull % pages * SB_PAGE_SIZE;
}

u32 module_pages(const struct module_model *m)
{
	const struct sb_module_request *r = &m->request;

	return (r->text_size + r->ro_size[0] + r->ro_size[1]) / SB_PAGE_SIZE;
}

u64 module_page_address(const struct module_model *m, u32 page)
{
	u32 text = m->request.text_size / SB_PAGE_SIZE, ro = m->request.ro_size[0] / SB_PAGE_SIZE;

	if (page < text)
		return m->request.text + page * SB_PAGE_SIZE;
	if (page < text + ro)
		return m->request.ro[0] + (page - text) * SB_PAGE_SIZE;
	return m->request.ro[1] + (page - text - ro) * SB_PAGE_SIZE;
}

/* Maps its pages for the kernel: code to be executed, constants not, none to be written. */
void module_map(const struct module_model *m)
{
	u32 i;

	for (i = 0; i < module_pages(m); i++)
		guest_map(module_page_address(m, i), m->gpa[i], 1,
			  PTE_A | (i < m->request.text_size / SB_PAGE_SIZE ? 0 : PTE_NX));
}

/* An honest module at place @index of the module space, with a site in every page of its code. */
void module_make(struct module_model *m, u32 index, u32 text_pages, u32 ro_pages, u32 after_init)
{
	u64 place = MODULE_SPACE + 0x100000 + index * 0x400000ull;
	u32 i;

	*m = (struct module_model){
		.request = {
			.text = place,
			.text_size = text_pages * SB_PAGE_SIZE,
			.ro = { place + 0x200000, place + 0x300000 },
			.ro_size = { ro_pages * SB_PAGE_SIZE, after_init * SB_PAGE_SIZE },
			.nr_sites = text_pages, .nr_jumps = 1,
		},
		.number = ~0ull,
	};
	for (i = 0; i < module_pages(m); i++)
		m->gpa[i] = unused_page();
	module_map(m);
}

/* MODULE_ADD */
u64 module_send(struct module_model *m)
{
	memcpy(guest_ram(REQUEST), &m->request, sizeof(m->request));
	return m->number = hypercall(0, SB_HYPERCALL_MODULE_ADD, REQUEST, 0, 0);
}

/* The site of page P: a jump label of five bytes at 0x10 + 8 * P, to the start of the code. */
static u32 make_table(const struct module_model *m, u8 *table)
{
	struct sb_site *sites = (struct sb_site *)table;
	u32 functions = (m->request.text_size / SB_FUNCTION_ALIGN + 7) / 8, i;

	for (i = 0; i < m->request.nr_sites; i++)
		sites[i] = (struct sb_site){ (u32)SB_SITE_JUMP5 << SB_SITE_KIND_SHIFT |
					     (i * 4096 + 0x10 + 8 * (i % 100)), 0 };
	*(struct sb_jump *)&sites[i++] = (struct sb_jump){ 0, 0 };
	memset(&sites[i], 0x80, functions);
	return i * sizeof(*sites) + functions;
}

/* MODULE_TABLE, as often as it takes from byte @offset on for all but the last @missing bytes. */
u64 module_send_part(const struct module_model *m, u32 offset, u32 missing)
{
	static u8 table[1 << 20];
	u32 size = make_table(m, table) - missing;
	u64 answer = 0;

	for (; offset < size && !answer; offset += SB_PAGE_SIZE) {
		u32 part = size - offset < SB_PAGE_SIZE ? size - offset : SB_PAGE_SIZE;

		memcpy(guest_ram(TABLE), table + offset, part);
		answer = hypercall(0, SB_HYPERCALL_MODULE_TABLE, m->number, TABLE, part);
	}
	return answer;
}

u64 module_send_table(const struct module_model *m)
{
	return module_send_part(m, 0, 0);
}

/* MODULE_PROTECT, as often as it takes. */
u64 module_stage(u32 slot, const struct module_model *m, u64 stage)
{
	u64 answer;

	do
		answer = hypercall(slot, SB_HYPERCALL_MODULE_PROTECT, m->number, stage, 0);
	while (answer == SB_ANSWER_MORE);
	return answer;
}

/* All of it, as Linux does. */
u64 module_load(struct module_model *m)
{
	u64 answer = module_send(m);

	if (SB_IS_ERROR(answer))
		return answer;
	answer = module_send_table(m);
	if (!answer)
		answer = module_stage(0, m, 0);
	if (!answer)
		answer = module_stage(0, m, 1);
	sync_all();
	return answer;
}

u64 module_unload(const struct module_model *m)
{
	u64 answer = hypercall(0, SB_HYPERCALL_MODULE_GOING, m->number, 0, 0);

	while (!SB_IS_ERROR(answer)) {
		answer = hypercall(0, SB_HYPERCALL_MODULE_RELEASE, m->number, 0, 0);
		if (answer == SB_ANSWER_SYNC)
			sync_all();
		else if (answer != SB_ANSWER_MORE)
			break;
	}
	return answer;
}

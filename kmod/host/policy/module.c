// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules: from the moment one is live until its memory is freed. What Linux says of a module can
 * be a lie, but only ever about that module: pages are found through Linux's page tables once, kept
 * here, and must belong to nobody else. All under the host's lock.
 */
#include "feature.h"
#include "module_table.h"
#include "owner.h"
#include "patches.h"
#include "policy.h"
#include "../memory/pool.h"
#include "../verify/verifier.h"

/* Each call is one stay in the host, which is to be a short one. */
#define PROTECT_AT_ONCE	8
#define APPLY_AT_ONCE	16
#define RELEASE_AT_ONCE	32
#define SIZE_MAX	(64ull << 20)

static u64 functions_size(u64 text_size)
{
	return (text_size / SB_FUNCTION_ALIGN + 7) / 8;
}

static bool is_page_range(u64 start, u64 size)
{
	const struct sb_extent *space = &facts()->module_space;

	return !(start % SB_PAGE_SIZE) && !(size % SB_PAGE_SIZE) && size <= SIZE_MAX &&
	       (!size || (start >= space->start && start < space->end && size <= space->end - start));
}

static bool overlaps(u64 start, u64 end)
{
	u32 i;

	for (i = 0; i < nr_modules; i++)
		if (modules[i] && modules[i]->state <= PROTECTED &&
		    start < modules[i]->region.end && modules[i]->region.start < end)
			return true;
	return false;
}

static bool is_valid(const struct sb_module_request *r)
{
	return r->text_size && is_page_range(r->text, r->text_size) &&
	       is_page_range(r->ro[0], r->ro_size[0]) && is_page_range(r->ro[1], r->ro_size[1]) &&
	       r->nr_sites <= r->text_size / 2 && r->nr_jumps <= r->text_size / 2 &&
	       !overlaps(r->text, r->text + r->text_size);
}

static u32 pages_of(const struct sb_module_request *r)
{
	return (r->text_size + r->ro_size[0] + r->ro_size[1]) / SB_PAGE_SIZE;
}

static u32 table_size_of(const struct sb_module_request *r)
{
	return r->nr_sites * sizeof(struct sb_site) + r->nr_jumps * sizeof(struct sb_jump) +
	       functions_size(r->text_size);
}

/* Pages of the pool for struct module, its table, and its page frames on a boundary of 4. */
static u32 pool_pages_for(const struct sb_module_request *r)
{
	u32 size = sizeof(struct module) + table_size_of(r) + 3 + pages_of(r) * sizeof(u32);

	return (size + SB_PAGE_SIZE - 1) / SB_PAGE_SIZE;
}

static struct module *allocate(const struct sb_module_request *r)
{
	u32 pages = pool_pages_for(r), table_size = table_size_of(r);
	struct module *m = pool_pages(pages, SB_POOL_RESERVE);

	if (!m)
		return NULL;
	m->pages = pages;
	m->nr_pages = pages_of(r);
	m->table_size = table_size;
	m->region.sites = (u64)(m + 1);
	m->region.jumps = m->region.sites + r->nr_sites * sizeof(struct sb_site);
	m->region.functions = m->region.jumps + r->nr_jumps * sizeof(struct sb_jump);
	m->pfn = (u32 *)((m->region.sites + table_size + 3) & ~3ull);
	return m;
}

static void fill(struct module *m, const struct sb_module_request *r)
{
	m->region.start = r->text;
	m->region.end = r->text + r->text_size;
	m->region.nr_sites = r->nr_sites;
	m->region.nr_jumps = r->nr_jumps;
	m->address = r->address;
	copy_bytes(m->name, r->name, sizeof(m->name));
	m->is_new = true;
	m->ro[0] = r->ro[0];
	m->ro[1] = r->ro[1];
	m->ro_size[0] = r->ro_size[0];
	m->ro_size[1] = r->ro_size[1];
	m->stage_pages[0] = (r->text_size + r->ro_size[0]) / SB_PAGE_SIZE;
	m->stage_pages[1] = m->nr_pages;
}

static u32 free_number(void)
{
	u32 i = 0;

	while (i < MODULES && modules[i])
		i++;
	return i;
}

/* SB_HYPERCALL_MODULE_ADD */
u64 module_add(struct sb_cpu *cpu, u64 request)
{
	const struct sb_module_request *from = ram(request, sizeof(*from));
	struct sb_module_request r;
	u32 number = free_number();

	if (!from || request % 8)
		return SB_ERROR_ARGUMENT;
	copy_bytes(&r, from, sizeof(r));
	if (!is_valid(&r))
		return SB_ERROR_ARGUMENT;
	if (number == MODULES || pool_pages_for(&r) > POOL_RUN_MAX)
		return SB_ERROR_FULL;
	modules[number] = allocate(&r);
	if (!modules[number])
		return SB_ERROR_MEMORY;
	fill(modules[number], &r);
	if (number >= nr_modules)
		nr_modules = number + 1;
	status()->modules++;
	return number;
}

static void remove(u32 number)
{
	struct module *m = modules[number];

	modules[number] = NULL;
	while (nr_modules && !modules[nr_modules - 1])
		nr_modules--;
	pool_free(m, m->pages);
	status()->modules--;
}

/* SB_HYPERCALL_MODULE_TABLE */
u64 module_table(struct sb_cpu *cpu, u64 number, u64 page, u64 size)
{
	struct module *m = module_at(number);
	const void *from = size <= SB_PAGE_SIZE ? ram(page, size) : NULL;

	if (!m || m->state != FILLING || !from || size > m->table_size - m->filled)
		return SB_ERROR_ARGUMENT;
	copy_bytes((u8 *)m->region.sites + m->filled, from, size);
	m->filled += size;
	if (m->filled < m->table_size)
		return 0;
	if (!text_region_is_valid(&m->region))
		return SB_ERROR_ARGUMENT;
	m->state = READY;
	return 0;
}

static bool is_text_page(const struct module *m, u32 i)
{
	return i < (m->region.end - m->region.start) / SB_PAGE_SIZE;
}

/* Nobody's page, or one of a module that is gone and of which it is known only now. */
static bool is_free(const struct page *page)
{
	return page->present && (page->owner == OWNER_NONE || page->owner == OWNER_RELEASED ||
				page->owner == OWNER_DYNAMIC || is_module_going(page->owner));
}

static u64 protect_page(struct module *m, u32 number, u32 i)
{
	struct walk walk;
	struct page page;

	if (!guest_walk(module_page_linear(m, i), &walk) || !is_ram(walk.gpa, SB_PAGE_SIZE) ||
	    walk.gpa >> 12 >> 32)
		return SB_ERROR_ARGUMENT;
	page = page_at(walk.gpa);
	if (!is_free(&page))
		return SB_ERROR_ARGUMENT;
	if (!pages_can_split(walk.gpa, SB_PAGE_SIZE))
		return SB_ERROR_MEMORY;
	m->pfn[i] = walk.gpa / SB_PAGE_SIZE;
	pages_set(walk.gpa, SB_PAGE_SIZE, OWNER_MODULE + number,
		  rights_of_owner(OWNER_MODULE + number, is_text_page(m, i)));
	return 0;
}

/* SB_HYPERCALL_MODULE_PROTECT */
u64 module_protect(struct sb_cpu *cpu, u64 number, u64 stage)
{
	struct module *m = module_at(number);
	u64 error = 0;
	u32 i;

	if (!m || stage > 1 || (m->state != READY && m->state != PROTECTED))
		return SB_ERROR_ARGUMENT;
	if (!patches_init())
		return SB_ERROR_MEMORY;
	m->state = PROTECTED;
	for (i = 0; i < PROTECT_AT_ONCE && m->done < m->stage_pages[stage] && !error; i++) {
		error = protect_page(m, number, m->done);
		m->done += !error;
	}
	pages_changed(cpu);
	if (error)
		return error;
	return m->done < m->stage_pages[stage] ? SB_ANSWER_MORE : SB_ANSWER_DONE;
}

/* SB_HYPERCALL_MODULE_GOING: nothing of it is patched any more. */
u64 module_going(struct sb_cpu *cpu, u64 number)
{
	struct module *m = module_at(number);

	if (!m || m->state > PROTECTED)
		return SB_ERROR_ARGUMENT;
	m->state = GOING;
	m->nr_pages = m->done;
	m->done = 0;
	patches_forget(m->region.start, m->region.end);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_RELEASE,
						.policy = SHADOW_BOX_POLICY_MODULE_TEXT,
						.rip = vmread(VMCS_GUEST_RIP),
						.object = m->region.start });
	return 0;
}

/*
 * Changes a page if it is still this module's: Linux may have used a page of a module that is going
 * for something else since.
 */
static void set_page(const struct module *m, u32 number, u32 i, u32 owner, ept_rights rights)
{
	if (page_at(module_page_gpa(m, i)).owner == OWNER_MODULE + number)
		pages_set(module_page_gpa(m, i), SB_PAGE_SIZE, owner, rights);
}

/* Some more pages. Returns whether all are done. */
static bool set_pages(struct module *m, u32 number, u32 owner, ept_rights rights)
{
	u32 i;

	for (i = 0; i < RELEASE_AT_ONCE && m->done < m->nr_pages; i++, m->done++)
		set_page(m, number, m->done, owner, rights);
	return m->done == m->nr_pages;
}

/*
 * SB_HYPERCALL_MODULE_RELEASE, in two steps: first no CPU can execute the pages, and only when all
 * know it does any become writable.
 */
u64 module_release(struct sb_cpu *cpu, u64 number)
{
	struct module *m = module_at(number);

	if (!m || m->state < GOING)
		return SB_ERROR_ARGUMENT;
	if (m->state != CLOSED) {
		m->state = CLOSING;
		if (!set_pages(m, number, OWNER_MODULE + number, EPT_READ))
			return SB_ANSWER_MORE;
		m->state = CLOSED;
		m->done = 0;
		pages_changed(cpu);
		m->generation = status()->generation;
		return SB_ANSWER_SYNC;
	}
	if (cpus_behind(m->generation))
		return SB_ERROR_BUSY;
	if (!set_pages(m, number, OWNER_RELEASED, RIGHTS_DATA))
		return SB_ANSWER_MORE;
	remove(number);
	return SB_ANSWER_DONE;
}

/* Those that follow the policy. */
static u32 protected_pages(const struct module *m)
{
	if (!m || m->state > GOING)
		return 0;
	return m->state == GOING ? m->nr_pages : m->done;
}

/* Where giving modules' pages their rights goes on: a module and a page of it. */
static u32 next_module, next_page;

/* Gives some pages of modules the rights that the policy says. Returns whether all are done. */
static __used bool apply(void)
{
	u32 left = APPLY_AT_ONCE;

	for (; next_module < nr_modules; next_module++, next_page = 0) {
		struct module *m = modules[next_module];
		u32 owner = OWNER_MODULE + next_module, end = protected_pages(m);

		for (; next_page < end && left; next_page++, left--)
			set_page(m, next_module, next_page, owner,
				 rights_of_owner(owner, is_text_page(m, next_page)));
		if (next_page < end)
			return false;
	}
	return true;
}

/* After a change of policy all pages are gone through anew. */
static __used void restart(u32 policy, u32 mode)
{
	next_module = next_page = 0;
}

FEATURE(NONE, NONE, NONE, HOOK(apply), HOOK(restart), NONE);

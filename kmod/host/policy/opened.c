// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages whose protection gives way to an access: for a while in log mode, for good when a module's
 * memory is reused. All under the host's lock.
 */
#include "feature.h"
#include "opened.h"
#include "owner.h"

#define OPENED_MAX 16

/* Pages that log mode opened, for a write that could not be made for the guest. */
static u64 opened[OPENED_MAX];

static void close_page(u64 gpa)
{
	struct page page = page_at(gpa);

	if (page.owner > OWNER_RELEASED)
		pages_set(gpa, SB_PAGE_SIZE, page.owner, rights_of_page(page.owner, gpa));
}

/*
 * Lets a write in log mode happen that the host cannot make itself. The page is closed again by the
 * next SYNC; until then writes to it are not seen. With no room left the one opened longest is
 * closed at once. Returns false if the pool is used up.
 */
bool open_page(struct sb_cpu *cpu, u64 gpa)
{
	struct page page = page_at(gpa);
	u32 n = status()->opened;

	gpa &= ~(SB_PAGE_SIZE - 1);
	if (!pages_can_split(gpa, SB_PAGE_SIZE))
		return false;
	if (n == OPENED_MAX) {
		close_page(opened[0]);
		for (n = 0; n < OPENED_MAX - 1; n++)
			opened[n] = opened[n + 1];
		pages_changed(cpu);
	}
	opened[n] = gpa;
	WRITE_ONCE(status()->opened, n + 1);
	return pages_set(gpa, SB_PAGE_SIZE, page.owner, RIGHTS_ALL);
}

void close_pages(struct sb_cpu *cpu)
{
	u32 n = status()->opened;

	if (!n)
		return;
	while (n)
		close_page(opened[--n]);
	WRITE_ONCE(status()->opened, 0);
	pages_changed(cpu);
}

/* A module's page that was freed and is used for something else: no longer executable, then. */
void reuse_page(struct sb_cpu *cpu, u64 gpa)
{
	pages_set(gpa & ~(SB_PAGE_SIZE - 1), SB_PAGE_SIZE, OWNER_RELEASED, RIGHTS_DATA);
	pages_changed(cpu);
}

FEATURE(NONE, NONE, NONE, NONE, NONE, HOOK(close_pages));

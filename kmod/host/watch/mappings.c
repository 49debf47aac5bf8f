// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where addresses lead to: the tables that all address spaces share, which are protected; the top level of
 * each address space that is seen running, which is its own; and the pages of modules, whose tables Linux
 * changes all the time. All under the host's lock.
 */
#include "../memory/paging.h"
#include "../policy/mapping.h"
#include "../policy/module_table.h"
#include "watch.h"

/* What an entry of the second level maps is looked at in one go, for a step for each so many pages. */
#define PIECE			(2ull << 20)
#define ENTRIES_PER_STEP	64

/* Reading so many entries in a row costs as much as a step. */
#define PAGES_PER_STEP		64

#define KNOWN	8

/* What is wrong and was reported, until it is right: what @root, a top level, shows from @start on. */
static struct known {
	u64 root;
	u64 start;
} known[KNOWN];

static u32 next_known;

static struct known *known_at(u64 root, u64 start)
{
	u32 i;

	for (i = 0; i < KNOWN; i++)
		if (known[i].root == root && known[i].start == start)
			return &known[i];
	return NULL;
}

static bool is_kernels(u64 root)
{
	return root == facts()->kernel_cr3 || root == facts()->kernel_cr3 + SB_PAGE_SIZE;
}

static __noinline void report(struct slice *slice, u64 wrong, u32 pid, const char *name)
{
	violation(slice->cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_MAPPING, .why = SHADOW_BOX_WHY_REMAPPED,
		.subject = SHADOW_BOX_SUBJECT_MAPPING, .observer = SHADOW_BOX_OBSERVER_SWEEP,
		.subject_id = pid, .subject_name = name, .object = wrong });
}

/* The tables of a program are named by who runs. */
static void report_tables(struct slice *slice, u64 root, u64 wrong)
{
	const u64 *task = ram(slice->cpu->config.task, sizeof(*task));
	char name[SB_SUBJECT_NAME_SIZE] = { 0 };
	u32 pid = 0;

	if (task && !is_kernels(root)) {
		slice_read(slice, *task + facts()->task_pid, &pid, sizeof(pid));
		slice_read(slice, *task + facts()->task_comm, name, SB_COMM_SIZE - 1);
	}
	report(slice, wrong, pid, name);
}

/* No store of Linux's makes an entry wrong for a moment: what is wrong is reported at once. */
static void judge(struct slice *slice, u64 root, u64 start, bool right, u64 wrong)
{
	struct known *k = known_at(root, start);

	looked_at(SHADOW_BOX_POLICY_MAPPING, 1);
	if (!right)
		found_odd(SHADOW_BOX_POLICY_MAPPING);
	if (right && k) {
		*k = (struct known){ 0 };
	} else if (!right && !k) {
		known[next_known++ % KNOWN] = (struct known){ root, start };
		report_tables(slice, root, wrong);
	}
}

/*
 * A program's own tables end at those that all share. These are looked at once in a sweep, as are the
 * kernel's own.
 */
static void look_at_top(struct slice *slice, u64 root)
{
	struct look look = { .left = 4 * TABLE_ENTRIES, .trusts = true };
	bool right = true;
	u32 i;

	if (is_kernels(root))
		return;
	for (i = 0; i < facts()->nr_protected && right; i++) {
		const struct sb_protected *p = kept(i);

		look.kept = p;
		right = !p || tables_show(&look, root, p->start, p->start + p->size - 1);
	}
	judge(slice, root, 0, right, look.wrong);
	slice->left--;
}

/**
 * mappings_running() - look at the page tables with which this CPU runs
 * @slice: of this stay
 * @cr3: CR3 of the guest, which runs with the kernel's or the program's half of the two
 */
void mappings_running(struct slice *slice, u64 cr3)
{
	u64 root = cr3 & PTE_ADDRESS;

	if (!is_watched(SHADOW_BOX_POLICY_MAPPING) || !guest_in_ia32e_paging())
		return;
	if (!facts()->has_user_tables)
		return look_at_top(slice, root);
	look_at_top(slice, root & ~SB_PAGE_SIZE);
	look_at_top(slice, root | SB_PAGE_SIZE);
}

/* One piece, without trust, as the kernel's own tables and their copy for programs show it. */
static void look_at_piece(struct slice *slice, const struct sb_protected *p, u64 root, u64 start,
			  u64 last)
{
	struct look look = { .kept = p, .left = TABLE_ENTRIES, .takes = true };
	u32 before = nr_tables;
	bool right = tables_show(&look, root, start, last);

	protect_tables(slice->cpu, before);
	judge(slice, root, start, right, look.wrong);
	slice->left -= 1 + (TABLE_ENTRIES - look.left) / ENTRIES_PER_STEP;
}

/* Where the next stay goes on: in which pages of the kernel, and how far into them. */
static u32 next_kept;
static u64 next_start;

/**
 * mappings_look() - look at the tables that all address spaces share
 * @slice: of this stay
 *
 * Return: whether all has been looked at.
 */
bool mappings_look(struct slice *slice)
{
	if (!is_watched(SHADOW_BOX_POLICY_MAPPING))
		return true;
	for (; next_kept < facts()->nr_protected; next_kept++, next_start = 0) {
		const struct sb_protected *p = kept(next_kept);
		u64 start = next_start ? next_start : facts()->protected[next_kept].start, last;

		for (; p && start < p->start + p->size; start = last + 1) {
			next_start = start;
			if (slice->left <= 0)
				return false;
			last = start | (PIECE - 1);
			if (last >= p->start + p->size)
				last = p->start + p->size - 1;
			look_at_piece(slice, p, facts()->kernel_cr3, start, last);
			if (facts()->has_user_tables)
				look_at_piece(slice, p, facts()->kernel_cr3 + SB_PAGE_SIZE, start,
					      last);
		}
	}
	next_kept = 0;
	return true;
}

/**
 * struct leaf - an entry that maps pages of a module
 * @entry: the entry, NULL if there is none
 * @level: its level
 */
struct leaf {
	const u64 *entry;
	u32 level;
};

/* By the kernel's own tables. */
static struct leaf leaf_at(u64 linear)
{
	struct leaf leaf = { .level = facts()->levels };
	u64 phys = facts()->kernel_cr3;

	for (;; leaf.level--) {
		const u64 *table = ram(phys, SB_PAGE_SIZE);
		u64 entry;

		leaf.entry = table ? &table[linear / table_entry_size(leaf.level) % TABLE_ENTRIES] :
				     NULL;
		entry = table ? READ_ONCE(*leaf.entry) : 0;
		if (leaf.level == 1 || !(entry & PTE_PRESENT) || entry & PTE_LARGE)
			return leaf;
		phys = entry & PTE_ADDRESS;
	}
}

static bool leaf_shows(const struct leaf *leaf, u64 linear, u64 gpa)
{
	u64 entry = leaf->entry ? READ_ONCE(*leaf->entry) : 0, size = table_entry_size(leaf->level);

	return !(entry & PTE_PRESENT) || (entry & PTE_ADDRESS & ~(size - 1)) + linear % size == gpa;
}

/* Some pages of a module, from @page on. Returns where to go on. */
static u32 look_at_pages(struct slice *slice, const struct module *m, u32 page, bool *right)
{
	struct leaf leaf = { NULL, 0 };
	u64 linear = 0, last = 1;
	u32 end = page + PAGES_PER_STEP;

	for (; page < m->done && page < end && *right; page++, last = linear) {
		linear = module_page_linear(m, page);
		if (leaf.level == 1 && linear == last + SB_PAGE_SIZE && linear % PIECE)
			leaf.entry++;
		else
			leaf = leaf_at(linear);
		*right = leaf_shows(&leaf, linear, module_page_gpa(m, page));
	}
	slice->left--;
	return *right ? page : m->done;
}

/* In so many sweeps in a row; it is reported at the last of them. */
#define MOVED	2

static void judge_module(struct slice *slice, struct module *m, bool right)
{
	looked_at(SHADOW_BOX_POLICY_MAPPING, 1);
	if (!right)
		found_odd(SHADOW_BOX_POLICY_MAPPING);
	if (right) {
		m->moved = 0;
	} else if (m->moved < MOVED) {
		m->moved++;
		if (m->moved == MOVED)
			report(slice, m->region.start, 0, m->name);
	}
}

static u32 next_module, next_page;

/**
 * module_mappings_look() - look where the pages of modules are mapped
 * @slice: of this stay
 *
 * A module that is not live any more, or not yet, may be anywhere.
 *
 * Return: whether all has been looked at.
 */
bool module_mappings_look(struct slice *slice)
{
	if (!is_watched(SHADOW_BOX_POLICY_MAPPING))
		return true;
	for (; next_module < nr_modules; next_module++, next_page = 0) {
		struct module *m = modules[next_module];
		bool right = true;

		while (m && m->state == PROTECTED && next_page < m->done) {
			if (slice->left <= 0)
				return false;
			next_page = look_at_pages(slice, m, next_page, &right);
		}
		if (m && m->state == PROTECTED)
			judge_module(slice, m, right);
	}
	next_module = next_page = 0;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking page tables (SDM 4.5) and EPT (SDM 29.3.2). Reserved bits, a table outside the host's
 * memory and anything else on which a CPU would fault or misbehave fail the test.
 */
#include "blocks.h"
#include "unit.h"
#include "walk.h"

#define ADDRESS		0x000ffffffffff000ull
#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_US		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_NX		BIT(63)
#define EPT_R		BIT(0)
#define EPT_W		BIT(1)
#define EPT_X		BIT(2)
#define EPT_XU		BIT(10)
#define EPT_LARGE	BIT(7)

static u64 span(int level)
{
	return 4096ull << (9 * (level - 1));
}

static const u64 *table_at(u64 phys)
{
	const u64 *table = blocks_virt(phys);

	require(table, "a table lies at 0x%llx, outside the host's memory", phys);
	require(!(phys & 0xfff), "a table lies at 0x%llx, not at a page", phys);
	return table;
}

static bool is_leaf(u64 entry, int level)
{
	return level == 1 || entry & PTE_PS;
}

static void check_pte(u64 entry, int level)
{
	u64 size = is_leaf(entry, level) ? span(level) : span(1);
	u64 allowed = (ADDRESS & ~(size - 1)) | PTE_P | PTE_W | PTE_US | PTE_A | PTE_NX |
		      (is_leaf(entry, level) ? PTE_D : 0) |
		      (level == 2 || level == 3 ? PTE_PS : 0);

	require(!(entry & ~allowed), "level-%d entry 0x%llx has bits that do not belong there",
		level, entry);
	require(entry & PTE_A, "level-%d entry 0x%llx: the CPU would set the accessed bit", level,
		entry);
	require(!is_leaf(entry, level) || !(entry & PTE_W) || entry & PTE_D,
		"level-%d entry 0x%llx: the CPU would set the dirty bit", level, entry);
}

static u64 sign_extend(u64 virt, int levels)
{
	int unused = 64 - (12 + 9 * levels);

	return (u64)((long long)(virt << unused) >> unused);
}

static struct mapping step_into(struct mapping above, u64 entry, int level)
{
	check_pte(entry, level);
	above.write = above.write && entry & PTE_W;
	above.user = above.user && entry & PTE_US;
	above.exec = above.exec && !(entry & PTE_NX);
	above.phys = entry & ADDRESS;
	return above;
}

struct mapping walk_paging(u64 root, int levels, u64 virt)
{
	struct mapping m = { .phys = root, .write = true, .exec = true, .user = true };
	int level = levels;
	u64 entry;

	if (sign_extend(virt, levels) != virt)
		return (struct mapping){ 0 };
	for (;; level--) {
		entry = table_at(m.phys)[virt / span(level) % 512];
		if (!(entry & PTE_P))
			return (struct mapping){ 0 };
		m = step_into(m, entry, level);
		if (is_leaf(entry, level))
			break;
	}
	m.present = true;
	m.size = span(level);
	m.virt = virt & ~(m.size - 1);
	return m;
}

struct visitor {
	int levels;
	void (*visit)(const struct mapping *, void *);
	void *context;
};

static void walk_table(const struct visitor *v, struct mapping above, int level)
{
	const u64 *table = table_at(above.phys);
	u32 i;

	for (i = 0; i < 512; i++) {
		struct mapping m;

		if (!(table[i] & PTE_P)) {
			require(!table[i], "an entry that is not present is 0x%llx", table[i]);
			continue;
		}
		m = step_into(above, table[i], level);
		m.virt = above.virt + i * span(level);
		if (!is_leaf(table[i], level)) {
			walk_table(v, m, level - 1);
			continue;
		}
		m.virt = sign_extend(m.virt, v->levels);
		m.present = true;
		m.size = span(level);
		v->visit(&m, v->context);
	}
}

/* Visits every leaf, in the order of the addresses. */
void walk_all_paging(u64 root, int levels, void (*visit)(const struct mapping *, void *),
		     void *context)
{
	const struct visitor v = { levels, visit, context };
	const struct mapping top = { .phys = root, .write = true, .exec = true, .user = true };

	walk_table(&v, top, levels);
}

static void check_ept_table_entry(u64 entry)
{
	require((entry & ~ADDRESS) == (EPT_R | EPT_W | EPT_X | EPT_XU),
		"EPT entry 0x%llx has other rights than all", entry);
}

static void check_ept_leaf(u64 entry, int level)
{
	u32 type = entry >> 3 & 7;
	u64 allowed = (ADDRESS & ~(span(level) - 1)) | EPT_R | EPT_W | EPT_X | EPT_XU | 7 << 3 |
		      0x7ffull << 52 | (level > 1 ? EPT_LARGE : 0);

	require(!(entry & ~allowed),
		"EPT leaf 0x%llx at level %d has bits that do not belong there", entry, level);
	require(type <= 1 || (type >= 4 && type <= 6), "EPT leaf 0x%llx has memory type %u", entry,
		type);
	require(entry & EPT_R || !(entry & EPT_W), "EPT leaf 0x%llx is writable, not readable",
		entry);
	require(level <= 3, "EPT leaf 0x%llx at level %d", entry, level);
}

struct mapping walk_ept(u64 root, u64 gpa)
{
	struct mapping m = { .phys = root, .read = true, .write = true, .exec = true,
			     .user = true };
	int level;

	for (level = 4;; level--) {
		u64 entry = table_at(m.phys)[gpa / span(level) % 512];
		bool leaf = level == 1 || entry & EPT_LARGE;

		if (!(entry & (EPT_R | EPT_W | EPT_X)))
			return (struct mapping){ .size = span(level) };
		leaf ? check_ept_leaf(entry, level) : check_ept_table_entry(entry);
		m.read = m.read && entry & EPT_R;
		m.write = m.write && entry & EPT_W;
		m.exec = m.exec && entry & EPT_X;
		m.user = m.user && entry & EPT_XU;
		m.phys = entry & ADDRESS;
		if (!leaf)
			continue;
		m.present = true;
		m.virt = gpa & ~(span(level) - 1);
		m.size = span(level);
		m.type = entry >> 3 & 7;
		m.owner = entry >> 52 & 0x7ff;
		return m;
	}
}

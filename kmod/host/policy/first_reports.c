// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first violations of each policy, which stay for good. The rings hold the latest; a flood of
 * violations, whoever reads the rings or not, must not bury the report that tells how it began. So
 * repeats are counted where the first of their kind is, and nothing in this table is ever replaced.
 */
#include "../host.h"

/* A page, or what stands for it where there is none: a register, a hypercall. */
static u64 place_of(const struct sb_event *e)
{
	u64 address = e->object ? e->object : e->gpa;

	return address ? address / SB_PAGE_SIZE : e->code;
}

/* What a sweep found has no offender: the subject is who it is. */
static bool is_same_subject(const struct sb_event *a, const struct sb_event *b)
{
	u32 i;

	for (i = 0; i < SB_SUBJECT_NAME_SIZE; i++)
		if (a->subject_name[i] != b->subject_name[i])
			return false;
	return a->subject_id == b->subject_id && a->object == b->object;
}

/*
 * An offender is the code that did it, whoever ran it. Where a hook was set by the kernel's own code
 * it is the thread, which sets thousands at once: for these the place is no matter.
 */
static bool is_same_offender(const struct sb_event *a, const struct sb_event *b)
{
	if (a->rip != b->rip)
		return false;
	return a->why == SHADOW_BOX_WHY_POLICY ? a->pid == b->pid : place_of(a) == place_of(b);
}

static bool is_same_kind(const struct sb_event *a, const struct sb_event *b)
{
	if (a->action != b->action || a->why != b->why || a->observer != b->observer ||
	    a->subject != b->subject)
		return false;
	return a->observer == SHADOW_BOX_OBSERVER_EXIT ? is_same_offender(a, b) :
							 is_same_subject(a, b);
}

static struct sb_kind *kind_of(const struct sb_event *record)
{
	struct sb_kind *kind = kept_reports()->kind[record->policy];
	u32 i;

	for (i = 0; i < SB_KINDS && kind->count; i++, kind++)
		if (is_same_kind(&kind->first, record))
			break;
	return kind;
}

/* All but the number, which is the ring's; each word whole, for readers are at it. */
static void keep(struct sb_event *first, const struct sb_event *record)
{
	u64 *to = &first->seq;
	const u64 *from = &record->seq;
	u32 i;

	for (i = 0; i < sizeof(*record) / sizeof(*to) - 1; i++)
		WRITE_ONCE(to[i], from[i]);
}

/**
 * keep_report() - keep a violation if it is the first of its kind, else count it there
 * @record: its record, numbered and timed
 *
 * Context: under the lock of records.
 */
void keep_report(const struct sb_event *record)
{
	struct sb_kind *kind = kind_of(record);

	WRITE_ONCE(kind->changes, kind->changes + 1);
	barrier();
	if (!kind->count)
		keep(&kind->first, record);
	WRITE_ONCE(kind->count, kind->count + 1);
	WRITE_ONCE(kind->last_tsc, record->tsc);
	barrier();
	WRITE_ONCE(kind->changes, kind->changes + 1);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which writes to code are legitimate patches. Linux puts a breakpoint (INT3) over a site's first
 * byte, changes the rest behind it, then the first byte; the tables have to allow each step.
 */
#include "../insn.h"
#include "parts.h"

/**
 * struct change - a write to a site
 * @site: the site
 * @patch: the breakpoint that stands there, or NULL
 * @now: what the site holds
 * @next: what it would hold
 * @from: first byte that is written
 * @size: how many are
 */
struct change {
	struct site site;
	struct text_patch *patch;
	u8 now[TEXT_SITE_MAX];
	u8 next[TEXT_SITE_MAX];
	u32 from;
	u32 size;
};

/*
 * Is this write the first half of a change of a Jcc's distance? On CPUs without fast short REP MOVSB,
 * memcpy() writes the five bytes after a Jcc's first byte as two words that overlap. After the first
 * word the highest byte of the distance is still the old one, so that the site may hold any form that
 * differs from the new bytes in the highest byte only.
 */
static bool is_half_of_jcc(const struct text *text, const struct change *c)
{
	u8 bytes[TEXT_SITE_MAX];
	u32 top;

	if (c->site.kind != SB_SITE_JCC || c->from != 1 || c->size != 4)
		return false;
	copy_bytes(bytes, c->next, c->site.size);
	for (top = 0; top < 256; top++) {
		bytes[5] = top;
		if (!form_of_tail(text, &c->site, c->patch->saved, bytes).why)
			return true;
	}
	return false;
}

/* What a write to a site is counted as if no policy had a say. */
static u32 usual_policy(const struct site *site)
{
	return is_of_key(site) ? SHADOW_BOX_POLICY_STATIC_KEYS : SHADOW_BOX_POLICY_FTRACE;
}

/*
 * After a refusal the patch will not be finished: the site gets back what it held.
 *
 * If only its first byte had changed, that is a write of one byte. If the tail had changed too, one
 * write puts all back and lifts the breakpoint, without synchronising the other CPUs in between as
 * Linux would. It may, because the first byte is written last and stores are seen in their order
 * (SDM 9.2.2): a CPU that finds the old first byte finds the old tail behind it; one that finds
 * INT3 takes an exception, and fetches anew after IRET, which serializes; and none has executed the
 * new tail, for INT3 stood before it all the time.
 */
static void restore(struct text *text, struct change *c, struct text_verdict *verdict)
{
	struct text_patch *patch = c->patch;
	bool tail_is_old = equal(c->now + 1, patch->saved + 1, c->site.size - 1);

	verdict->restore.address = c->site.address;
	verdict->restore.size = tail_is_old ? 1 : c->site.size;
	copy_bytes(verdict->restore.bytes, patch->saved, verdict->restore.size);
	patch_remove(text, patch);
}

/*
 * When a policy denied a patch at its tail, Linux goes on and the rest of it still comes. That too
 * is the policy's matter: if it were called a write out of order, and kernel-text only logs those,
 * half a patch would be let through.
 */
static u32 denied_before(const struct text *text, const struct change *c)
{
	const struct site *site = &c->site;
	bool may_be_bpf = site->kind == SB_SITE_MCOUNT || is_bpf_site(site);
	struct form form;

	if (!equal(c->now + 1, c->next + 1, site->size - 1)) {
		form = c->next[0] == c->now[0] ? form_of_tail(text, site, c->now, c->next) :
						 form_of(text, site, c->now, c->next);
		return !form.why && is_denied(text, form.policy) ? form.policy : NO_POLICY;
	}
	if (!is_branch(site, c->now, c->next))
		return NO_POLICY;
	if (is_of_key(site) && is_denied(text, SHADOW_BOX_POLICY_STATIC_KEYS))
		return SHADOW_BOX_POLICY_STATIC_KEYS;
	if (site->kind == SB_SITE_MCOUNT && c->next[0] != JMP &&
	    is_denied(text, SHADOW_BOX_POLICY_FTRACE))
		return SHADOW_BOX_POLICY_FTRACE;
	return may_be_bpf && is_denied(text, SHADOW_BOX_POLICY_BPF) ? SHADOW_BOX_POLICY_BPF :
								      NO_POLICY;
}

/* What the policy static-keys has against a patch of this site, whatever it is. */
static u32 why_by_key(const struct text *text, const struct change *c)
{
	bool is_off = mode_of(text, SHADOW_BOX_POLICY_STATIC_KEYS) == SHADOW_BOX_MODE_OFF;

	return is_off || !is_of_key(&c->site) ? 0 : check_key(text, &c->site, c->now);
}

/*
 * No breakpoint stands yet: one may be put there, and nothing else. Where the site's key asks for no patch
 * there is none, so that nothing is to be undone.
 */
static void verify_first(struct text *text, struct change *c, struct text_verdict *verdict)
{
	u32 policy, why = why_by_key(text, c);

	if (why && is_denied(text, SHADOW_BOX_POLICY_STATIC_KEYS)) {
		verdict->policy = SHADOW_BOX_POLICY_STATIC_KEYS;
		refuse(verdict, why);
		return;
	}
	if (c->next[0] == INT3 && equal(c->now + 1, c->next + 1, c->site.size - 1)) {
		if (patch_save(text, c->site.address, c->now, c->site.size, false)) {
			allow(verdict, usual_policy(&c->site));
			verdict->why = why;
		} else {
			refuse(verdict, SHADOW_BOX_WHY_FULL);
		}
		return;
	}
	policy = denied_before(text, c);
	if (policy == NO_POLICY)
		refuse(verdict, SHADOW_BOX_WHY_ORDER);
	else
		deny(verdict, policy);
}

/*
 * A hook may be taken away whatever the policy says, and where others stay, what is called instead is
 * another hook of the same kind.
 */
static bool is_denied_form(const struct text *text, const struct site *site, const u8 *saved,
			   const struct form *form)
{
	struct form before;

	if (form->mode != SHADOW_BOX_MODE_ENFORCE)
		return false;
	before = form_of(text, site, saved, saved);
	return before.why || before.policy != form->policy ||
	       form->policy == SHADOW_BOX_POLICY_STATIC_KEYS;
}

/* A breakpoint stands and stays: the tail must be one that the site may have. */
static void verify_tail(struct text *text, struct change *c, struct text_verdict *verdict)
{
	const u8 *saved = c->patch->saved;
	struct form form;

	if (equal(c->next + 1, saved + 1, c->site.size - 1) || is_half_of_jcc(text, c)) {
		allow(verdict, usual_policy(&c->site));
		return;
	}
	form = form_of_tail(text, &c->site, saved, c->next);
	if (form.why)
		refuse(verdict, form.why);
	else if (is_denied_form(text, &c->site, saved, &form))
		deny(verdict, form.policy);
	else if (form.policy != NO_POLICY)
		allow_as(text, verdict, form.policy);
	else
		allow(verdict, usual_policy(&c->site));
	if (!verdict->allowed)
		restore(text, c, verdict);
}

/* The breakpoint is lifted: all of the site must be right. What stood there before always is. */
static void verify_last(struct text *text, struct change *c, struct text_verdict *verdict)
{
	const u8 *saved = c->patch->saved;
	bool is_back = equal(c->next, saved, c->site.size);
	struct form form = form_of(text, &c->site, saved, c->next);

	if (form.why && !is_back) {
		refuse(verdict, form.why);
		restore(text, c, verdict);
		return;
	}
	if (!form.why && !is_back && is_denied_form(text, &c->site, saved, &form)) {
		deny(verdict, form.policy);
		restore(text, c, verdict);
		return;
	}
	/* The log has it already, from when the tail was written. */
	allow(verdict, form.why || form.policy == NO_POLICY ? usual_policy(&c->site) : form.policy);
	if (form.mode == SHADOW_BOX_MODE_LOG && !is_back &&
	    equal(c->next + 1, saved + 1, c->site.size - 1))
		verdict->why = why_of(form.policy);
	patch_remove(text, c->patch);
}

static void verify_site(struct text *text, const struct site *site, const struct text_write *write,
			struct text_verdict *verdict)
{
	struct change c;

	c.site = *site;
	c.from = write->address - site->address;
	c.size = write->size;
	c.patch = patch_standing(text, site->address);
	if ((c.patch && c.patch->is_kprobe) ||
	    !text->read(text->context, site->address, c.now, site->size)) {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
		return;
	}
	copy_bytes(c.next, c.now, site->size);
	copy_bytes(c.next + c.from, write->bytes, write->size);
	if (equal(c.now, c.next, site->size))
		allow(verdict, usual_policy(site));
	else if (!c.patch)
		verify_first(text, &c, verdict);
	else if (c.next[0] == INT3)
		verify_tail(text, &c, verdict);
	else
		verify_last(text, &c, verdict);
}

/**
 * text_verify() - decide about a write to code, and keep account of what stands
 * @text: what the verifier stands on
 * @write: the bytes, as one instruction writes them
 * @policy: whose matter a refusal is: kernel-text or module-text
 * @verdict: what is to be done; the caller does it before the next call
 *
 * Context: under the host's lock.
 */
void text_verify(struct text *text, const struct text_write *write, u32 policy,
		 struct text_verdict *verdict)
{
	const struct sb_region *region = text->region_of(text->context, write->address);
	u64 end = write->address + write->size;
	struct site site;

	verdict->allowed = false;
	verdict->policy = policy;
	verdict->why = 0;
	verdict->restore.address = 0;
	verdict->restore.size = 0;
	if (!region || !write->size || write->size > TEXT_WRITE_MAX ||
	    write->address < region->start || write->address >= region->end ||
	    write->size > region->end - write->address) {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	} else if (site_within(region, write->address, end, &site)) {
		if (site.address <= write->address && end <= site.address + site.size)
			verify_site(text, &site, write, verdict);
		else
			refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	} else if (write->size == 1) {
		verify_byte(text, region, write, verdict);
	} else if (write->size == PROBE_SIZE - 1 && write->address > region->start) {
		verify_word(text, write, verdict);
	} else {
		refuse(verdict, SHADOW_BOX_WHY_NO_SITE);
	}
}

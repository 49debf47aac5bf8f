/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the verifier of patches (verifier.c, site.c, probe.c, breakpoint.c) share,
 * and nobody else needs.
 */
#ifndef SB_HOST_VERIFY_PARTS_H
#define SB_HOST_VERIFY_PARTS_H

#include "verifier.h"

#define INT3		0xcc
#define JMP		0xe9
#define PROBE_SIZE	5	/* an optimised kprobe's jump */
#define TEMPLATE_MAX	256	/* bytes of a copy that are compared with what it is made from */

#define NO_POLICY	SHADOW_BOX_POLICIES

/**
 * struct site - a place that the tables let be patched, with what its region says resolved
 * @address: linear address of its first byte
 * @kind: enum sb_site_kind
 * @size: bytes; 0 if there is no such kind
 * @operand: see struct sb_site
 * @target: jump labels and ftrace's calls: where they go if they do not go elsewhere
 * @key: jump labels: linear address of the static key
 * @key_flags: jump labels: %SB_KEY_BRANCH, %SB_KEY_FROZEN
 */
struct site {
	u64 address;
	u32 kind;
	u32 size;
	u32 operand;
	u64 target;
	u64 key;
	u32 key_flags;
};

/**
 * struct form - what bytes are, at a site
 * @why: 0 if the tables have them, or enum shadow_box_why
 * @policy: which policy has a say besides, or %NO_POLICY
 * @mode: its mode
 */
struct form {
	u32 why;
	u32 policy;
	u32 mode;
};

static inline bool equal(const u8 *a, const u8 *b, u32 size)
{
	while (size--)
		if (*a++ != *b++)
			return false;
	return true;
}

/* Where the instruction of @size bytes at @address branches to, by the 32 bits at its end. */
static inline u64 branch_target(const u8 *bytes, u64 address, u32 size)
{
	const u8 *r = bytes + size - 4;

	return address + size + (u64)(int)(r[0] | r[1] << 8 | r[2] << 16 | (u32)r[3] << 24);
}

static inline u32 mode_of(const struct text *text, u32 policy)
{
	return policy == NO_POLICY ? SHADOW_BOX_MODE_OFF : text->mode(text->context, policy);
}

static inline bool is_denied(const struct text *text, u32 policy)
{
	return mode_of(text, policy) == SHADOW_BOX_MODE_ENFORCE;
}

/* Verdicts. */

static inline void allow(struct text_verdict *verdict, u32 policy)
{
	verdict->allowed = true;
	if (policy != NO_POLICY)
		verdict->policy = policy;
}

static inline void refuse(struct text_verdict *verdict, u32 why)
{
	verdict->why = why;
}

/* Hooks are not wanted as such, static calls are not to go there. */
static inline u32 why_of(u32 policy)
{
	return policy == SHADOW_BOX_POLICY_STATIC_KEYS ? SHADOW_BOX_WHY_TARGET :
							 SHADOW_BOX_WHY_POLICY;
}

static inline void deny(struct text_verdict *verdict, u32 policy)
{
	verdict->policy = policy;
	verdict->why = why_of(policy);
}

/* Allowed, and to be logged if the policy is in mode log. */
static inline void allow_as(const struct text *text, struct text_verdict *verdict, u32 policy)
{
	allow(verdict, policy);
	if (mode_of(text, policy) == SHADOW_BOX_MODE_LOG)
		verdict->why = why_of(policy);
}

/* breakpoint.c */
struct text_patch *patch_standing(struct text *text, u64 address);
struct text_patch *patch_save(struct text *text, u64 address, const u8 *bytes, u32 size,
			      bool is_kprobe);
void patch_remove(struct text *text, struct text_patch *patch);

/* site.c */
bool site_within(const struct sb_region *region, u64 start, u64 end, struct site *site);
bool is_lock_site(const struct sb_region *region, u64 address);
bool is_outside(const struct text *text, u64 address, u32 size);
bool is_bpf_site(const struct site *site);
bool is_of_key(const struct site *site);
u32 check_key(const struct text *text, const struct site *site, const u8 *now);
bool is_branch(const struct site *site, const u8 *original, const u8 *bytes);
struct form form_of(const struct text *text, const struct site *site, const u8 *original,
		    const u8 *bytes);
struct form form_of_tail(const struct text *text, const struct site *site, const u8 *original,
			 const u8 *bytes);

/* probe.c */
void verify_byte(struct text *text, const struct sb_region *region, const struct text_write *write,
		 struct text_verdict *verdict);
void verify_word(struct text *text, const struct text_write *write, struct text_verdict *verdict);

#endif

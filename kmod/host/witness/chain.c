// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running hash: who knows it knows whether a record that he is shown is one that the host made,
 * and whether any is missing, long after the rings hold it no more.
 */
#include "../../crypto/sha256.h"
#include "chain.h"

static struct chain chain;
static bool is_on;

_Static_assert(sizeof(struct sb_event) - offsetof(struct sb_event, seq) == SHADOW_BOX_RECORD_SIZE,
	       "a record is what follows the number");

void chain_begin(u64 since)
{
	chain.since = since;
	is_on = true;
}

/* Without a witness nobody asks for it, and violations cost what they did. */
void chain_add(const struct sb_event *record)
{
	struct sha256 hash;

	if (!is_on)
		return;
	sha256_begin(&hash);
	sha256_add(&hash, chain.hash, sizeof(chain.hash));
	sha256_add(&hash, &record->seq, SHADOW_BOX_RECORD_SIZE);
	sha256_end(&hash, chain.hash);
	chain.records++;
}

const struct chain *chain_so_far(void)
{
	return &chain;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a sweep looks at and finds odd, for each policy, until it is over. All under the host's lock.
 */
#include "watch.h"

static u32 looked[SHADOW_BOX_POLICIES], odd[SHADOW_BOX_POLICIES];

/* This sweep has looked at so much for a policy. */
void looked_at(u32 policy, u32 objects)
{
	looked[policy] += objects;
}

/* Something is otherwise than it should be; whether it is reported is another matter. */
void found_odd(u32 policy)
{
	odd[policy]++;
}

void counts_begin(void)
{
	u32 policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		looked[policy] = odd[policy] = 0;
}

/* What was counted for a policy that only lends its walk to another is not its own. */
void counts_tell(void)
{
	u64 sum = 0;
	u32 policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		bool is_on = is_watched(policy);

		WRITE_ONCE(status()->looked[policy], is_on ? looked[policy] : 0);
		WRITE_ONCE(status()->odd[policy], is_on ? odd[policy] : 0);
		sum += looked[policy];
	}
	WRITE_ONCE(status()->sweep_objects, status()->sweep_objects + sum);
}

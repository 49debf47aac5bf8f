// SPDX-License-Identifier: GPL-2.0-only
/*
 * What class a policy has, as far as the host must know. A file of its own, so that unit tests can
 * try classes that no policy has yet.
 */
#include "../../uapi/shadow_box_names.h"
#include "policy.h"

/* A bit for each policy that finds what has happened, and so cannot prevent it. */
u32 detections(void)
{
	return DETECTION_POLICIES;
}

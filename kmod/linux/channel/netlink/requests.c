// SPDX-License-Identifier: GPL-2.0-only
/*
 * What requests may carry. Made from kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml by `make
 * describe`: what is changed here is lost.
 */
#include "requests.h"

const struct nla_policy sb_events_request[SHADOW_BOX_EVENT_TYPE + 1] = {
	[SHADOW_BOX_EVENT_SEQ] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_TYPE] = { .type = NLA_U32 },
};

const struct nla_policy sb_setting_request[SHADOW_BOX_POLICY_MODE + 1] = {
	[SHADOW_BOX_POLICY_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_POLICY_MODE] = { .type = NLA_U32 },
};

const struct nla_policy sb_policy_set_request[SHADOW_BOX_POLICY_SETTING + 1] = {
	[SHADOW_BOX_POLICY_SETTING] = NLA_POLICY_NESTED(sb_setting_request),
};

const struct nla_policy sb_witness_key_request[SHADOW_BOX_WITNESS_KEY + 1] = {
	[SHADOW_BOX_WITNESS_KEY] = NLA_POLICY_EXACT_LEN(32),
};

const struct nla_policy sb_witness_request[SHADOW_BOX_WITNESS_NONCE + 1] = {
	[SHADOW_BOX_WITNESS_NONCE] = NLA_POLICY_EXACT_LEN(32),
};

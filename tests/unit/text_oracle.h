/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sites of the small kernel (text_model.h) may hold, as lists of bytes: written down site
 * by site, without the tables and the code that the verifier uses.
 */
#ifndef SB_TESTS_UNIT_TEXT_ORACLE_H
#define SB_TESTS_UNIT_TEXT_ORACLE_H

#include "text_model.h"

#define ORACLE_SITES	(NR_KERNEL_SITES + 2 * NR_MODULE_SITES)
#define ORACLE_FORMS	24
#define ORACLE_NONE	SHADOW_BOX_POLICIES

/**
 * struct oracle_form - bytes that a site may hold
 * @bytes: all of the site
 * @policy: who may deny them, or %ORACLE_NONE
 * @module: 1 or 2: only while that module is loaded; 0: always
 */
struct oracle_form {
	u8 bytes[TEXT_SITE_MAX];
	u32 policy;
	u32 module;
};

/**
 * struct oracle_site - a site
 * @address: of its first byte
 * @size: bytes
 * @module: whose it is: 1 or 2, 0 for the kernel's
 * @bpf_opcode: branch that may also go to any place outside kernel and modules, or 0
 * @nr: how many @form
 * @form: what it may hold
 */
struct oracle_site {
	u64 address;
	u32 size;
	u32 module;
	u8 bpf_opcode;
	u32 nr;
	struct oracle_form form[ORACLE_FORMS];
};

extern struct oracle_site oracle_sites[ORACLE_SITES];

void oracle_start(void);
const struct oracle_site *oracle_site_of(u64 address);
const struct oracle_form *oracle_form_of(const struct text_model *model,
					 const struct oracle_site *site, const u8 *bytes);
bool oracle_is_outside(const struct text_model *model, u64 address);
bool oracle_is_slot(u64 address);

#endif

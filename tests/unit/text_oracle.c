// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lists. Each site is given the forms that Linux writes there, and nothing is worked out from
 * struct sb_site.
 */
#include <string.h>

#include "text_oracle.h"

struct oracle_site oracle_sites[ORACLE_SITES];

static struct oracle_site *site;	/* the one being written down */

static void begin(u64 address, u32 size)
{
	site = site ? site + 1 : oracle_sites;
	*site = (struct oracle_site){ .address = address, .size = size };
	site->module = address >= MODULE_B ? 2 : address >= MODULE_A ? 1 : 0;
}

static struct oracle_form *form(const void *bytes)
{
	struct oracle_form *f = &site->form[site->nr++];

	memcpy(f->bytes, bytes, site->size);
	f->policy = ORACLE_NONE;
	return f;
}

static struct oracle_form *branch(u8 opcode, u64 target)
{
	u8 bytes[5];

	model_branch(bytes, opcode, site->address, target);
	return form(bytes);
}

static void functions(u8 opcode, u32 policy)
{
	u32 i;

	for (i = 0; i < NR_FUNCTIONS; i++)
		branch(opcode, FUNCTION(i))->policy = policy;
	for (i = 1; i <= 2; i++) {
		u64 start = i == 1 ? MODULE_A : MODULE_B;
		struct oracle_form *f = branch(opcode, MODULE_FUNCTION(start));

		f->policy = policy;
		f->module = i;
	}
}

static void nop5(void)
{
	form("\x0f\x1f\x44\x00\x00");
}

static void jump5(u64 address, u64 target)
{
	begin(address, 5);
	nop5();
	branch(0xe9, target);
}

static void call(u64 address)
{
	begin(address, 5);
	nop5();
	form("\x2e\x2e\x2e\x31\xc0");
	functions(0xe8, ORACLE_NONE);
	branch(0xe8, ACCOUNTED_FUNCTION - 9);
}

static void tail(u64 address)
{
	begin(address, 5);
	form("\xc3\xcc\xcc\xcc\xcc");
	functions(0xe9, ORACLE_NONE);
}

static void jcc(u64 address)
{
	u32 i;

	begin(address, 6);
	for (i = 0; i < NR_FUNCTIONS + 2; i++) {
		u64 start = i == NR_FUNCTIONS ? MODULE_A : MODULE_B;
		u64 target = i < NR_FUNCTIONS ? FUNCTION(i) : MODULE_FUNCTION(start);
		u8 bytes[6] = { 0x0f };

		model_branch(bytes + 1, 0x85, address + 1, target);
		form(bytes)->module = i < NR_FUNCTIONS ? 0 : i - NR_FUNCTIONS + 1;
	}
}

/* A frame without the ENDBR64 or the accounting before it is one as well. */
static void bpf_trampolines(u8 opcode)
{
	static const u64 start[] = {
		BPF_PLAIN, BPF_ENDBR, BPF_ACCOUNTED, BPF_ACCOUNTED_OLD, BPF_ENDBR + 4,
		BPF_ACCOUNTED + 9, BPF_ACCOUNTED_OLD + 10,
	};
	u32 i;

	for (i = 0; i < sizeof(start) / sizeof(start[0]); i++)
		branch(opcode, start[i])->policy = SHADOW_BOX_POLICY_BPF;
}

static void mcount(u64 address)
{
	static const u64 ftrace[] = {
		FTRACE_CALLER, FTRACE_REGS_CALLER, TRAMPOLINE, REGS_TRAMPOLINE,
	};
	u32 i;

	begin(address, 5);
	nop5();
	for (i = 0; i < 4; i++)
		branch(0xe8, ftrace[i])->policy = SHADOW_BOX_POLICY_FTRACE;
	bpf_trampolines(0xe8);
	/* A direct call to a module. */
	for (i = 1; i <= 2; i++) {
		struct oracle_form *f = branch(0xe8, MODULE_FUNCTION(i == 1 ? MODULE_A : MODULE_B));

		f->policy = SHADOW_BOX_POLICY_FTRACE;
		f->module = i;
	}
}

static void module(u64 start)
{
	jump5(start + AT_MODULE_JUMP5, start + JUMP_TARGET);
	mcount(start + AT_MODULE_MCOUNT);
	call(start + AT_MODULE_CALL);
}

void oracle_start(void)
{
	site = NULL;
	begin(KERNEL + AT_JUMP2, 2);
	form("\x66\x90");
	form("\xeb\x11");
	jump5(KERNEL + AT_JUMP5, KERNEL + JUMP_TARGET);
	call(KERNEL + AT_CALL);
	call(KERNEL + AT_CALL_BESIDE);
	tail(KERNEL + AT_TAIL);
	jcc(KERNEL + AT_JCC);
	mcount(KERNEL + AT_MCOUNT);
	bpf_trampolines(0xe9);
	call(KERNEL + AT_CALL_BPF);
	site->bpf_opcode = 0xe8;
	tail(KERNEL + AT_TAIL_BPF);
	site->bpf_opcode = 0xe9;
	begin(KERNEL + AT_JUMP2_ACROSS, 2);
	form("\x66\x90");
	form("\xeb\xd2");
	jump5(KERNEL + AT_JUMP5_ACROSS, KERNEL + JUMP_TARGET);
	begin(KERNEL + AT_FTRACE, 5);
	branch(0xe8, FTRACE_STUB);
	functions(0xe8, SHADOW_BOX_POLICY_FTRACE);
	module(MODULE_A);
	module(MODULE_B);
}

const struct oracle_site *oracle_site_of(u64 address)
{
	u32 i;

	for (i = 0; i < ORACLE_SITES; i++)
		if (address - oracle_sites[i].address < oracle_sites[i].size)
			return &oracle_sites[i];
	return NULL;
}

bool oracle_is_outside(const struct text_model *model, u64 address)
{
	return address >= MODULE_SPACE && address < MODULE_SPACE_END &&
	       !(model->is_loaded[0] && address - MODULE_A < MODULE_SIZE) &&
	       !(model->is_loaded[1] && address - MODULE_B < MODULE_SIZE);
}

/* NULL if the site may not hold these bytes. */
const struct oracle_form *oracle_form_of(const struct text_model *model,
					 const struct oracle_site *s, const u8 *bytes)
{
	static const struct oracle_form bpf = { .policy = SHADOW_BOX_POLICY_BPF };
	int distance;
	u32 i;

	for (i = 0; i < s->nr; i++)
		if (!memcmp(s->form[i].bytes, bytes, s->size) &&
		    (!s->form[i].module || model->is_loaded[s->form[i].module - 1]))
			return &s->form[i];
	if (!s->bpf_opcode || bytes[0] != s->bpf_opcode)
		return NULL;
	memcpy(&distance, bytes + 1, 4);
	return oracle_is_outside(model, s->address + 5 + distance) ? &bpf : NULL;
}

bool oracle_is_slot(u64 address)
{
	return address == SLOT || address == CLAC_SLOT;
}

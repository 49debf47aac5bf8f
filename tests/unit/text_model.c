// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds the small kernel, lets the verifier read it, and commits what the verifier says.
 */
#include <string.h>

#include "text_model.h"

#define SITE(kind, offset, operand) \
	{ (u32)(kind) << SB_SITE_KIND_SHIFT | (offset), (u32)(operand) }

static const struct sb_site kernel_sites[NR_KERNEL_SITES] = {
	SITE(SB_SITE_JUMP2, AT_JUMP2, 0),
	SITE(SB_SITE_JUMP5, AT_JUMP5, 1),
	SITE(SB_SITE_CALL, AT_CALL, 0),
	SITE(SB_SITE_CALL, AT_CALL_BESIDE, 0),
	SITE(SB_SITE_TAIL, AT_TAIL, 0),
	SITE(SB_SITE_JCC, AT_JCC, 0),
	SITE(SB_SITE_MCOUNT, AT_MCOUNT, SB_SITE_JMP),
	SITE(SB_SITE_CALL, AT_CALL_BPF, SB_SITE_BPF),
	SITE(SB_SITE_TAIL, AT_TAIL_BPF, SB_SITE_BPF),
	SITE(SB_SITE_JUMP2, AT_JUMP2_ACROSS, 2),
	SITE(SB_SITE_JUMP5, AT_JUMP5_ACROSS, 3),
	SITE(SB_SITE_FTRACE, AT_FTRACE, FTRACE_STUB - KERNEL),
};

static const struct sb_site module_sites[NR_MODULE_SITES] = {
	SITE(SB_SITE_JUMP5, AT_MODULE_JUMP5, 0),
	SITE(SB_SITE_MCOUNT, AT_MODULE_MCOUNT, 0),
	SITE(SB_SITE_CALL, AT_MODULE_CALL, 0),
};

static const struct sb_jump kernel_jumps[NR_JUMPS] = {
	{ JUMP_TARGET, KEY(0) - KERNEL }, { JUMP_TARGET, KEY(1) - KERNEL },
	{ 0x0fd3, (KEY(2) - KERNEL) | SB_KEY_BRANCH }, { JUMP_TARGET, KEY(3) - KERNEL },
};

static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

u8 *model_at(struct text_model *model, u64 address, u32 size)
{
	const struct {
		u64 start;
		u32 size;
		u8 *bytes;
	} area[] = {
		{ KERNEL, KERNEL_SIZE, model->kernel },
		{ RODATA, RODATA_SIZE, model->rodata },
		{ MODULE_A, MODULE_SIZE, model->module[0] },
		{ MODULE_B, MODULE_SIZE, model->module[1] },
		{ OUTSIDE, OUTSIDE_SIZE, model->outside },
	};
	u32 i;

	for (i = 0; i < sizeof(area) / sizeof(area[0]); i++)
		if (address >= area[i].start && address - area[i].start <= area[i].size &&
		    size <= area[i].size - (address - area[i].start))
			return area[i].bytes + (address - area[i].start);
	return NULL;
}

u8 *model_original(struct text_model *model, u64 address)
{
	if (address - KERNEL < KERNEL_SIZE)
		return model->original + (address - KERNEL);
	if (address - MODULE_A < MODULE_SIZE)
		return model->module_original[0] + (address - MODULE_A);
	return model->module_original[1] + (address - MODULE_B);
}

static bool read_model(void *context, u64 address, void *to, u32 size)
{
	const u8 *from = model_at(context, address, size);

	if (from)
		memcpy(to, from, size);
	return from;
}

static const struct sb_region *region_of(void *context, u64 address)
{
	struct text_model *model = context;
	u32 i;

	for (i = 0; i < 3; i++) {
		const struct sb_region *region = &model->region[i];

		if ((!i || model->is_loaded[i - 1]) &&
		    address - region->start < region->end - region->start)
			return region;
	}
	return NULL;
}

static u32 mode_of(void *context, u32 policy)
{
	return ((struct text_model *)context)->mode[policy];
}

u32 model_branch(u8 *bytes, u8 opcode, u64 from, u64 to)
{
	int distance = to - from - 5;

	bytes[0] = opcode;
	memcpy(bytes + 1, &distance, 4);
	return 5;
}

/* "sarq $5, %gs:0xffffffff83000010(%rip)" */
static void accounting(struct text_model *model, u64 address)
{
	u8 *code = model_at(model, address, 9);
	int distance = 0xffffffff83000010ull - address - 9;

	memcpy(code, "\x65\x48\xc1\x3d", 4);
	memcpy(code + 4, &distance, 4);
	code[8] = 5;
}

static void add_function(struct text_model *model, u32 region, u64 offset)
{
	u64 i = offset / SB_FUNCTION_ALIGN;

	model->functions[region][i / 8] |= 1 << i % 8;
}

/* No byte of it is INT3 or begins a branch, and neighbours differ. */
static void fill_code(u8 *code, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++)
		code[i] = 0x20 + i * 7 % 0x80;
}

static void copy_trampoline(struct text_model *model, u64 to, u64 from, u64 end, u64 accounted)
{
	memcpy(model_at(model, to, end - from), model_at(model, from, end - from), end - from);
	accounting(model, to + (accounted - from));
}

static void build_ftrace(struct text_model *model)
{
	accounting(model, FTRACE_CALLER + 0x10);
	accounting(model, FTRACE_REGS_CALLER_OP - 9);
	copy_trampoline(model, TRAMPOLINE, FTRACE_CALLER, FTRACE_CALLER_OP, FTRACE_CALLER + 0x10);
	copy_trampoline(model, REGS_TRAMPOLINE, FTRACE_REGS_CALLER, FTRACE_REGS_CALLER_OP,
			FTRACE_REGS_CALLER_OP - 9);
	copy_trampoline(model, BAD_TRAMPOLINE, FTRACE_CALLER, FTRACE_CALLER_OP,
			FTRACE_CALLER + 0x10);
	copy_trampoline(model, BAD_REGS_TRAMPOLINE, FTRACE_REGS_CALLER, FTRACE_REGS_CALLER_OP,
			FTRACE_REGS_CALLER_OP - 9);
	*model_at(model, BAD_TRAMPOLINE + (FTRACE_CALLER_OP - FTRACE_CALLER) - 1, 1) ^= 1;
	*model_at(model, BAD_REGS_TRAMPOLINE + (FTRACE_REGS_CALLER_OP - FTRACE_REGS_CALLER) - 4,
		  1) ^= 1;
}

static void build_bpf(struct text_model *model)
{
	static const u8 frame[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x40 };
	static const u8 big_frame[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x81, 0xec, 0x40 };
	static const u8 old[] = { 0x65, 0x48, 0xc1, 0x3c, 0x25, 0x10, 0x00, 0x03, 0x00, 0x05 };
	u8 *code = model->outside;

	memcpy(code + (BPF_PLAIN - OUTSIDE), frame, sizeof(frame));
	memcpy(code + (BPF_ENDBR - OUTSIDE), "\xf3\x0f\x1e\xfa", 4);
	memcpy(code + (BPF_ENDBR - OUTSIDE) + 4, frame, sizeof(frame));
	accounting(model, BPF_ACCOUNTED);
	memcpy(code + (BPF_ACCOUNTED - OUTSIDE) + 9, big_frame, sizeof(big_frame));
	memcpy(code + (BPF_ACCOUNTED_OLD - OUTSIDE), old, sizeof(old));
	memcpy(code + (BPF_ACCOUNTED_OLD - OUTSIDE) + 10, frame, sizeof(frame));
	memcpy(code + (BAD_BPF - OUTSIDE), frame, sizeof(frame) - 2);
}

static void build_slots(struct text_model *model)
{
	static const u64 slot[] = { SLOT, CLAC_SLOT, BAD_SLOT, BAD_CLAC_SLOT };
	u32 i;

	memcpy(model->rodata + OPTPROBE_CLAC, "\x0f\x1f\x00", 3);
	for (i = 0; i < 4; i++)
		memcpy(model->outside + (slot[i] - OUTSIDE), model->rodata, OPTPROBE_VAL);
	memcpy(model->outside + (CLAC_SLOT - OUTSIDE) + OPTPROBE_CLAC, "\x0f\x01\xca", 3);
	memcpy(model->outside + (BAD_CLAC_SLOT - OUTSIDE) + OPTPROBE_CLAC, "\x0f\x01\xcb", 3);
	model->outside[BAD_SLOT - OUTSIDE + OPTPROBE_VAL - 1] ^= 0x80;
}

static void build_sites(struct text_model *model)
{
	u8 *code = model->kernel;

	memcpy(code + AT_JUMP2, "\x66\x90", 2);
	memcpy(code + AT_JUMP5, nop5, 5);
	model_branch(code + AT_CALL, 0xe8, KERNEL + AT_CALL, FUNCTION(0));
	memcpy(code + AT_CALL_BESIDE, nop5, 5);
	model_branch(code + AT_TAIL, 0xe9, KERNEL + AT_TAIL, FUNCTION(1));
	code[AT_JCC] = 0x0f;
	model_branch(code + AT_JCC + 1, 0x85, KERNEL + AT_JCC + 1, FUNCTION(2));
	memcpy(code + AT_MCOUNT, nop5, 5);
	model_branch(code + AT_CALL_BPF, 0xe8, KERNEL + AT_CALL_BPF, FUNCTION(3));
	memcpy(code + AT_TAIL_BPF, "\xc3\xcc\xcc\xcc\xcc", 5);
	memcpy(code + AT_JUMP2_ACROSS, "\xeb\xd2", 2);
	memcpy(code + AT_JUMP5_ACROSS, nop5, 5);
	model_branch(code + AT_FTRACE, 0xe8, KERNEL + AT_FTRACE, FTRACE_STUB);
}

static void build_kernel(struct text_model *model)
{
	u32 i;

	fill_code(model->kernel, KERNEL_SIZE);
	fill_code(model->rodata, RODATA_SIZE);
	fill_code(model->outside, OUTSIDE_SIZE);
	accounting(model, ACCOUNTED_FUNCTION - 9);
	for (i = 0; i < NR_FUNCTIONS; i++)
		add_function(model, 0, FUNCTION(i) - KERNEL);
	build_sites(model);
	build_ftrace(model);
	build_bpf(model);
	build_slots(model);
	memcpy(model->original, model->kernel, KERNEL_SIZE);
	memcpy(model->sites, kernel_sites, sizeof(kernel_sites));
	memcpy(model->jumps, kernel_jumps, sizeof(kernel_jumps));
	memset(model->rodata + (KEY(0) - RODATA), 0, NR_JUMPS * 8);
	model->region[0] = (struct sb_region){
		.start = KERNEL, .end = KERNEL + KERNEL_SIZE, .nr_sites = NR_KERNEL_SITES,
		.nr_jumps = NR_JUMPS, .sites = (u64)model->sites, .jumps = (u64)model->jumps,
		.functions = (u64)model->functions[0],
	};
}

void model_load(struct text_model *model, u32 module)
{
	u64 start = module ? MODULE_B : MODULE_A;
	u8 *code = model->module[module];

	fill_code(code, MODULE_SIZE);
	memcpy(code + AT_MODULE_JUMP5, nop5, 5);
	memcpy(code + AT_MODULE_MCOUNT, nop5, 5);
	model_branch(code + AT_MODULE_CALL, 0xe8, start + AT_MODULE_CALL, MODULE_FUNCTION(start));
	memcpy(model->module_original[module], code, MODULE_SIZE);
	memcpy(model->module_sites, module_sites, sizeof(module_sites));
	model->module_jumps[0] = (struct sb_jump){ JUMP_TARGET, (u32)(KEY(0) - start) };
	add_function(model, module + 1, MODULE_FUNCTION(0));
	model->region[module + 1] = (struct sb_region){
		.start = start, .end = start + MODULE_SIZE, .nr_sites = NR_MODULE_SITES,
		.nr_jumps = 1, .sites = (u64)model->module_sites,
		.jumps = (u64)model->module_jumps, .functions = (u64)model->functions[module + 1],
	};
	model->is_loaded[module] = true;
}

void model_unload(struct text_model *model, u32 module)
{
	model->is_loaded[module] = false;
	text_forget(&model->text, model->region[module + 1].start, model->region[module + 1].end);
}

void model_start(struct text_model *model)
{
	memset(model, 0, sizeof(*model));
	build_kernel(model);
	model_load(model, 0);
	model_load(model, 1);
	model->text = (struct text){
		.read = read_model, .region_of = region_of, .mode = mode_of, .context = model,
		.module_space = MODULE_SPACE, .module_space_end = MODULE_SPACE_END,
		.ftrace_caller = FTRACE_CALLER, .ftrace_caller_op = FTRACE_CALLER_OP,
		.ftrace_regs_caller = FTRACE_REGS_CALLER,
		.ftrace_regs_caller_op = FTRACE_REGS_CALLER_OP,
		.optprobe = RODATA, .optprobe_clac = OPTPROBE_CLAC, .optprobe_val = OPTPROBE_VAL,
		.patch = model->patch,
	};
}

/* As the host does it: what is allowed is written, or else what is to be restored. */
bool model_write(struct text_model *model, u64 address, const void *bytes, u32 size,
		 struct text_verdict *verdict)
{
	struct text_write write = { .address = address, .size = size };
	const struct text_write *commit = &write;

	memcpy(write.bytes, bytes, size <= TEXT_WRITE_MAX ? size : TEXT_WRITE_MAX);
	text_verify(&model->text, &write, SHADOW_BOX_POLICY_KERNEL_TEXT, verdict);
	if (!verdict->allowed)
		commit = &verdict->restore;
	if (commit->size)
		memcpy(model_at(model, commit->address, commit->size), commit->bytes,
		       commit->size);
	return verdict->allowed;
}

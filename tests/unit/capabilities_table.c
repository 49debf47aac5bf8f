// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of docs/processors.md: what the processors of each generation offer.
 */
#include "capabilities.h"
#include "linux/machine/controls.h"
#include "unit.h"

extern const struct capability_set *this_processor;

/* Models of family 6, by CPUID leaf 1; rows are in this order. */
static const struct { u8 model; const char *generation; } models[] = {
	{ 0x17, "Penryn" }, { 0x1d, "Penryn" }, { 0x1a, "Nehalem" }, { 0x1e, "Nehalem" },
	{ 0x2e, "Nehalem" }, { 0x25, "Westmere" }, { 0x2c, "Westmere" }, { 0x2f, "Westmere" },
	{ 0x2a, "Sandy Bridge" }, { 0x2d, "Sandy Bridge" },
	{ 0x3a, "Ivy Bridge" }, { 0x3e, "Ivy Bridge" },
	{ 0x3c, "Haswell" }, { 0x3f, "Haswell" }, { 0x45, "Haswell" }, { 0x46, "Haswell" },
	{ 0x3d, "Broadwell" }, { 0x47, "Broadwell" }, { 0x4f, "Broadwell" }, { 0x56, "Broadwell" },
	{ 0x4e, "Skylake (client)" }, { 0x5e, "Skylake (client)" },
	{ 0x55, "Skylake, Cascade Lake (server)" },
	{ 0x8e, "Kaby, Coffee, Comet Lake" }, { 0x9e, "Kaby, Coffee, Comet Lake" },
	{ 0xa5, "Kaby, Coffee, Comet Lake" }, { 0xa6, "Kaby, Coffee, Comet Lake" },
	{ 0x66, "Cannon Lake" }, { 0x7e, "Ice Lake (client)" },
	{ 0x6a, "Ice Lake (server)" }, { 0x6c, "Ice Lake (server)" },
	{ 0xa7, "Rocket Lake" }, { 0x8c, "Tiger Lake" }, { 0x8d, "Tiger Lake" },
	{ 0x8a, "Lakefield" }, { 0x97, "Alder Lake" }, { 0x9a, "Alder Lake" }, { 0xbe, "Alder Lake" },
	{ 0xb7, "Raptor, Bartlett Lake" }, { 0xba, "Raptor, Bartlett Lake" },
	{ 0xbf, "Raptor, Bartlett Lake" }, { 0xd7, "Raptor, Bartlett Lake" },
	{ 0xaa, "Meteor Lake" }, { 0xb5, "Arrow Lake" }, { 0xc5, "Arrow Lake" },
	{ 0xc6, "Arrow Lake" }, { 0xbd, "Lunar Lake" }, { 0xd5, "Wildcat Lake" },
	{ 0x8f, "Sapphire, Emerald Rapids" }, { 0xcf, "Sapphire, Emerald Rapids" },
	{ 0xad, "Granite Rapids" },
	{ 0x37, "Silvermont, Airmont" }, { 0x4c, "Silvermont, Airmont" },
	{ 0x4d, "Silvermont, Airmont" }, { 0x5c, "Goldmont" }, { 0x5f, "Goldmont" },
	{ 0x7a, "Goldmont Plus" }, { 0x96, "Tremont" }, { 0x9c, "Tremont" },
};

/* A column: bits of an MSR, as the SDM (appendix A) numbers them. */
static const struct { const char *title; u32 msr; u64 bits; } columns[] = {
	{ "EPT 1 GB", 0x48c, 1ull << 17 },
	{ "VPID", 0x48b, 1ull << 37 },
	{ "INVEPT one, all", 0x48c, 3ull << 25 },
	{ "descriptor exits", 0x48b, 1ull << 34 },
	{ "wait-for-SIPI", 0x485, 1ull << 8 },
	{ "MBEC", 0x48b, 1ull << 54 },
	{ "PT guest-physical", 0x48b, 1ull << 56 },
	{ "PT in VMX", 0x485, 1ull << 14 },
	{ "timer", 0x481, 1ull << 38 },
	{ "EPT accessed, dirty", 0x48c, 1ull << 21 },
	{ "CET", 0x484, 1ull << 52 },
};

static const char *generation(const struct capability_set *set)
{
	u32 reg[4], model, i;

	capability_cpuid_of(set, 1, 0, reg);
	model = (reg[0] >> 4 & 0xf) | (reg[0] >> 12 & 0xf0);
	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (models[i].model == model)
			return models[i].generation;
	return NULL;
}

static const char *answer(u32 yes, u32 sets)
{
	return yes == sets ? "yes" : yes ? "some" : "no";
}

static void print_row(FILE *out, const char *name)
{
	u32 sets = 0, accepted = 0, yes[ARRAY_SIZE(columns)] = { 0 }, i, c;
	struct sb_controls controls;

	for (i = 0; i < nr_capability_sets; i++) {
		const char *of = generation(&capability_sets[i]);

		if (!of || strcmp(of, name))
			continue;
		this_processor = &capability_sets[i];
		sets++;
		accepted += !sb_controls_negotiate(&controls);
		for (c = 0; c < ARRAY_SIZE(columns); c++)
			yes[c] += (capability_msr_of(this_processor, columns[c].msr) &
				   columns[c].bits) == columns[c].bits;
	}
	if (!sets)
		return;
	fprintf(out, "| %s | %u | %s |", name, sets, answer(accepted, sets));
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		fprintf(out, " %s |", answer(yes[c], sets));
	fprintf(out, "\n");
}

char *capabilities_table(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	u32 i;

	fprintf(out, "| generation | sets | launches |");
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(out, " %s |", columns[i].title);
	fprintf(out, "\n|---|---|---|");
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(out, "---|");
	fprintf(out, "\n");
	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (!i || strcmp(models[i].generation, models[i - 1].generation))
			print_row(out, models[i].generation);
	fclose(out);
	return text;
}

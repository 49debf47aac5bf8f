// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparing layouts with BTF: a small one made here, and damaged ones.
 */
#include <linux/btf.h>

#include "unit.h"
#include "linux/kernel/btf.h"

#define STRINGS_MAX 512

/* BTF that is being made: types, then strings. */
static struct {
	struct btf_header header;
	u32 types[256];
	char strings[STRINGS_MAX];
} btf;
static u32 nr_words, nr_strings;

static u32 string(const char *text)
{
	u32 at = nr_strings;

	strcpy(btf.strings + at, text);
	nr_strings += strlen(text) + 1;
	return at;
}

static void word(u32 value)
{
	btf.types[nr_words++] = value;
}

static void type(const char *name, u32 kind, u32 vlen, u32 size)
{
	word(string(name));
	word(kind << 24 | vlen);
	word(size);
}

static void member(const char *name, u32 offset)
{
	word(string(name));
	word(1);
	word(offset * 8);
}

static const struct sb_layout layouts[] = {
	{ "first", 16, { { "a", 0 }, { "b", 8 } } },
	{ "second", 32, { { "c", 24 } } },
};

/* Every kind of type that precedes a structure has to be skipped by its size. */
static void all_other_kinds(void)
{
	static const struct { u32 kind, vlen, words; } other[] = {
		{ BTF_KIND_INT, 0, 1 }, { BTF_KIND_PTR, 0, 0 }, { BTF_KIND_ARRAY, 0, 3 },
		{ BTF_KIND_UNION, 2, 6 }, { BTF_KIND_ENUM, 3, 6 }, { BTF_KIND_FWD, 0, 0 },
		{ BTF_KIND_TYPEDEF, 0, 0 }, { BTF_KIND_VOLATILE, 0, 0 }, { BTF_KIND_CONST, 0, 0 },
		{ BTF_KIND_RESTRICT, 0, 0 }, { BTF_KIND_FUNC, 1, 0 }, { BTF_KIND_FUNC_PROTO, 2, 4 },
		{ BTF_KIND_VAR, 0, 1 }, { BTF_KIND_DATASEC, 2, 6 }, { BTF_KIND_FLOAT, 0, 0 },
		{ BTF_KIND_DECL_TAG, 0, 1 }, { BTF_KIND_TYPE_TAG, 0, 0 }, { BTF_KIND_ENUM64, 1, 3 },
	};
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		type("", other[i].kind, other[i].vlen, 4);
		for (n = 0; n < other[i].words; n++)
			word(BTF_KIND_STRUCT << 24);
	}
}

static void finish(void)
{
	btf.header = (struct btf_header){
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(btf.header),
		.type_len = nr_words * 4, .str_off = sizeof(btf.types), .str_len = nr_strings,
	};
}

static void make(u32 size_of_first, u32 offset_of_b, const char *name_of_c)
{
	memset(&btf, 0, sizeof(btf));
	nr_words = 0;
	nr_strings = 1;
	all_other_kinds();
	type("first", BTF_KIND_STRUCT, 2, size_of_first);
	member("a", 0);
	member("b", offset_of_b);
	type("second", BTF_KIND_STRUCT, 1, 32);
	member(name_of_c, 24);
	finish();
}

static const char *differs(void)
{
	const struct sb_layout *layout = sb_btf_differs(&btf, sizeof(btf), layouts, 2);

	return layout ? layout->type : "none";
}

static void expect(const char *name)
{
	require(!strcmp(differs(), name), "%s differs, not %s", differs(), name);
}

static void test_same(void **state)
{
	make(16, 8, "c");
	expect("none");
}

static void test_other_size(void **state)
{
	make(24, 8, "c");
	expect("first");
}

static void test_other_offset(void **state)
{
	make(16, 12, "c");
	expect("first");
}

static void test_other_name(void **state)
{
	make(16, 8, "d");
	expect("second");
}

/* A bit field's offset has its width above it. */
static void test_bit_fields(void **state)
{
	make(16, 8, "c");
	nr_words -= 6;	/* the structure that comes again */
	type("second", BTF_KIND_STRUCT, 1, 32);
	btf.types[nr_words - 2] |= 1u << 31;
	member("c", 24);
	btf.types[nr_words - 1] |= 5 << 24;
	finish();
	expect("none");
	btf.types[nr_words - 1] += 8;
	expect("second");
}

/* Of several structures of a name one that fits is enough. */
static void test_same_name(void **state)
{
	make(24, 8, "c");
	type("first", BTF_KIND_STRUCT, 2, 16);
	member("a", 0);
	member("b", 8);
	finish();
	expect("none");
}

static void test_absent(void **state)
{
	make(24, 8, "c");
	nr_words = 0;
	all_other_kinds();
	finish();
	expect("none");
}

/* What cannot be read is not judged; nothing beyond the end is read (the sanitizers would tell). */
static void test_unreadable(void **state)
{
	make(24, 8, "c");
	btf.header.magic = 0;
	expect("none");
	make(24, 8, "c");
	btf.header.version = 9;
	expect("none");
	make(24, 8, "c");
	btf.header.type_len = sizeof(btf);
	expect("none");
	make(24, 8, "c");
	btf.header.str_len = sizeof(btf);
	expect("none");
	make(24, 8, "c");
	btf.types[1] = 31u << 24;
	expect("none");
	require(!sb_btf_differs(&btf, 4, layouts, 2), "four bytes are judged");
}

static void test_cut_off(void **state)
{
	u32 words, all;

	make(24, 8, "c");
	all = nr_words;
	for (words = 0; words < all; words++) {
		btf.header.type_len = words * 4;
		differs();
	}
	btf.header.type_len = all * 4;
	expect("first");
}

static void test_random(void **state)
{
	int round;

	random_seed(7);
	for (round = 0; round < 20000; round++) {
		make(24, 8, "c");
		((u8 *)&btf)[random_below(sizeof(btf.header) + nr_words * 4)] = random_u64();
		differs();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_other_size),
		cmocka_unit_test(test_other_offset),
		cmocka_unit_test(test_other_name),
		cmocka_unit_test(test_bit_fields),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading BTF, in which the kernel describes its own types (Documentation/bpf/btf.rst). One pass
 * over it suffices to compare some structures. The kernel's own functions would first check and
 * index all of it, and unit tests could not compile them.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif
#include <linux/btf.h>

#include "btf.h"

/* Structures are compared in one pass, a bit for each. */
#define LAYOUTS_MAX 32

/**
 * struct reader - BTF that is being read
 * @types: the type at which the reader is
 * @end: end of the types
 * @strings: names, by offset
 * @nr_strings: bytes of @strings, the last of which is 0
 */
struct reader {
	const void *types;
	const void *end;
	const char *strings;
	u32 nr_strings;
};

/* Finds the parts of BTF. False: it is of a kind that is not known here. */
static bool open_btf(struct reader *r, const void *btf, u64 size)
{
	const struct btf_header *h = btf;
	const void *body = btf + (size < sizeof(*h) ? 0 : h->hdr_len);

	if (size < sizeof(*h) || h->magic != BTF_MAGIC || h->version != BTF_VERSION ||
	    (h->hdr_len | h->type_off) % sizeof(u32) ||
	    (u64)h->hdr_len + h->type_off + h->type_len > size ||
	    (u64)h->hdr_len + h->str_off + h->str_len > size || !h->str_len)
		return false;
	*r = (struct reader){ body + h->type_off, body + h->type_off + h->type_len,
			      body + h->str_off, h->str_len };
	return !r->strings[r->nr_strings - 1];
}

static const char *name_at(const struct reader *r, u32 offset)
{
	return offset < r->nr_strings ? r->strings + offset : "";
}

/* Bytes that follow the head of a type of this kind; a negative number for an unknown kind. */
static long size_of_rest(const struct btf_type *type)
{
	u32 nr = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG: return 0;
	case BTF_KIND_INT: return sizeof(u32);
	case BTF_KIND_ARRAY: return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return nr * sizeof(struct btf_member);
	case BTF_KIND_ENUM: return nr * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO: return nr * sizeof(struct btf_param);
	case BTF_KIND_VAR: return sizeof(struct btf_var);
	case BTF_KIND_DATASEC: return nr * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG: return sizeof(struct btf_decl_tag);
	case BTF_KIND_ENUM64: return nr * sizeof(struct btf_enum64);
	default: return -1;
	}
}

/* The next type, or NULL at the end and where the rest cannot be understood. */
static const struct btf_type *next_type(struct reader *r)
{
	const struct btf_type *type = r->types;
	u64 left = r->end - r->types;
	long rest;

	if (left < sizeof(*type))
		return NULL;
	rest = size_of_rest(type);
	if (rest < 0 || left < sizeof(*type) + rest)
		return NULL;
	r->types += sizeof(*type) + rest;
	return type;
}

/* Bit offset of a member by its name; -1: the structure itself has none of that name. */
static long member_offset(const struct reader *r, const struct btf_type *type, const char *name)
{
	const struct btf_member *member = (const void *)(type + 1);
	u32 i;

	for (i = 0; i < BTF_INFO_VLEN(type->info); i++)
		if (!strcmp(name_at(r, member[i].name_off), name))
			return BTF_INFO_KFLAG(type->info) ?
			       BTF_MEMBER_BIT_OFFSET(member[i].offset) : member[i].offset;
	return -1;
}

static bool fits(const struct reader *r, const struct btf_type *type,
		 const struct sb_layout *layout)
{
	u32 i;

	if (type->size != layout->size)
		return false;
	for (i = 0; layout->member[i].name; i++)
		if (member_offset(r, type, layout->member[i].name) !=
		    layout->member[i].offset * 8L)
			return false;
	return true;
}

/**
 * sb_btf_differs() - look for a structure that the kernel lays out differently
 * @btf: the kernel's BTF
 * @size: its bytes
 * @layout: structures as they are known here
 * @nr: how many, 32 at most
 *
 * The kernel may have several structures of a name, each private to a file: one that fits is enough.
 * A structure that BTF does not have is not compared.
 *
 * Return: the first one that differs; NULL if there is none, or if BTF cannot be read.
 */
const struct sb_layout *sb_btf_differs(const void *btf, u64 size, const struct sb_layout *layout,
				       u32 nr)
{
	u32 seen = 0, fitting = 0, i;
	const struct btf_type *type;
	struct reader r;

	if (nr > LAYOUTS_MAX || !open_btf(&r, btf, size))
		return NULL;
	while ((type = next_type(&r))) {
		if (BTF_INFO_KIND(type->info) != BTF_KIND_STRUCT)
			continue;
		for (i = 0; i < nr; i++) {
			if (strcmp(name_at(&r, type->name_off), layout[i].type))
				continue;
			seen |= 1u << i;
			if (fits(&r, type, &layout[i]))
				fitting |= 1u << i;
		}
	}
	for (i = 0; i < nr; i++)
		if (seen & ~fitting & 1u << i)
			return &layout[i];
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of modules, and what is looked up there. Entries are made and removed by module.c.
 */
#ifndef SB_HOST_POLICY_MODULE_TABLE_H
#define SB_HOST_POLICY_MODULE_TABLE_H

#include "../memory/ept.h"

#define MODULES		1024

enum module_state { FILLING, READY, PROTECTED, GOING, CLOSING, CLOSED };

/**
 * struct module - one module; its tables follow in the same pages
 * @state: enum module_state
 * @pages: of the pool, all of it
 * @filled: bytes of the table that are there
 * @table_size: bytes of the table: sites and functions
 * @done: pages protected; when released, pages done of the present step
 * @nr_pages: pages of code and constants in all
 * @stage_pages: pages of each stage of protection
 * @generation: that every CPU must have taken in before pages become writable
 * @region: code and its sites
 * @ro: linear addresses of constants
 * @ro_size: their sizes
 * @address: linear address of Linux's structure
 * @name: its name, cut off
 * @is_new, @is_met, @missed: of watch/modules.c: announced since a walk of the kernel's list began, met by
 *	it, and how many walks in a row have not met it
 * @moved: of watch/mappings.c: how many sweeps in a row have found other memory at its addresses
 * @pfn: page frames, in the order of code, ro[0], ro[1]
 */
struct module {
	u32 state;
	u32 pages;
	u32 filled;
	u32 table_size;
	u32 done;
	u32 nr_pages;
	u32 stage_pages[2];
	u64 generation;
	struct sb_region region;
	u64 ro[2];
	u64 ro_size[2];
	u64 address;
	char name[SB_SUBJECT_NAME_SIZE];
	bool is_new;
	bool is_met;
	u8 missed;
	u8 moved;
	u32 *pfn;
};

extern struct module *modules[MODULES];
extern u32 nr_modules;

struct module *module_at(u64 number);
u64 module_page_linear(const struct module *m, u32 i);
u64 module_page_gpa(const struct module *m, u32 i);
bool is_module_going(u32 owner);
bool is_module_closing(u32 owner);
const struct sb_region *module_region(u64 address);
u64 module_address(u32 owner, u64 gpa);
bool is_module_code(u32 owner, u64 address);
u64 module_gpa(u64 address);
const struct module *module_of_code(u64 address);

#endif

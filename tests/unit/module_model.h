/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modules as Linux describes them to the host, honestly or not, and the hypercalls about them.
 */
#ifndef SB_TESTS_MODULE_MODEL_H
#define SB_TESTS_MODULE_MODEL_H

#include "host_model.h"

#define MODULE_PAGES_MAX 300

/* Where Linux puts requests, and tables page by page. */
#define REQUEST		(MODEL_MID + 0x9000)
#define TABLE		(MODEL_MID + 0xa000)

/**
 * struct module_model - a module
 * @request: what Linux says of it
 * @number: the host's answer
 * @gpa: physical addresses of its pages: code, ro[0], ro[1]
 */
struct module_model {
	struct sb_module_request request;
	u64 number;
	u64 gpa[MODULE_PAGES_MAX];
};

void module_make(struct module_model *m, u32 index, u32 text_pages, u32 ro_pages, u32 after_init);
void module_map(const struct module_model *m);
u32 module_pages(const struct module_model *m);
u64 module_page_address(const struct module_model *m, u32 page);
u64 module_send(struct module_model *m);
u64 module_send_table(const struct module_model *m);
u64 module_send_part(const struct module_model *m, u32 offset, u32 missing);
u64 module_stage(u32 slot, const struct module_model *m, u64 stage);
u64 module_load(struct module_model *m);
u64 module_unload(const struct module_model *m);
u64 unused_page(void);

#endif

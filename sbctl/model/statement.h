/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statements of the host: reading one, whether it is genuine, and what it says against the last one
 * that was seen. Nothing here needs a module: it is what another machine does.
 */
#ifndef SBCTL_STATEMENT_H
#define SBCTL_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/say.h"
#include "uapi/shadow_box_statement.h"

/* Digits of a statement or a record in hexadecimal, with a NUL. */
#define HEX_SIZE(bytes)		(2 * (bytes) + 1)
#define STATEMENT_HEX_SIZE	HEX_SIZE(sizeof(struct shadow_box_statement))

void hex_write(const void *bytes, size_t size, char *text);
/* Exactly @size bytes, nothing before or after them. */
bool hex_read(const char *text, void *bytes, size_t size);

/**
 * struct record_list - the host's records of violations, as somebody passed them on
 */
struct record_list {
	uint8_t (*record)[SHADOW_BOX_RECORD_SIZE];
	size_t n_record;
	size_t n_allocated;
};

bool record_list_add(struct record_list *list, const uint8_t *record);
/* Rising by number; of two that are the same one stays. */
void record_list_tidy(struct record_list *list);
void record_list_free(struct record_list *list);

/**
 * enum finding - what a statement can say against the machine or against who passed it on
 * @FINDING_REPLAYED: it was seen before
 * @FINDING_REORDERED: one with a higher number came before it
 * @FINDING_DROPPED: some before it never arrived
 * @FINDING_RESET: of another launch than the last one
 * @FINDING_UNLOCKED: the policies are not locked
 * @FINDING_WEAKENED: a policy is weaker than in the last one
 * @FINDING_UNPROTECTED: a CPU is not in the guest world
 * @FINDING_MISSING: reports are missing
 * @FINDING_ALTERED: reports are not those that the host made
 */
enum finding {
	FINDING_REPLAYED,
	FINDING_REORDERED,
	FINDING_DROPPED,
	FINDING_RESET,
	FINDING_UNLOCKED,
	FINDING_WEAKENED,
	FINDING_UNPROTECTED,
	FINDING_MISSING,
	FINDING_ALTERED,
	N_FINDINGS
};

/* "replayed" and so on. */
extern const char *const finding_name[N_FINDINGS];

/**
 * struct findings - those of one statement, a sentence for each
 */
struct findings {
	struct {
		enum finding what;
		char text[SENTENCE_SIZE];
	} found[N_FINDINGS];
	size_t n;
};

/* It has the form of a statement that this tool knows; else @failure says what is wrong. */
bool statement_is_sound(const struct shadow_box_statement *statement, struct failure *failure);

/* Its MAC was made with @key, of %SHADOW_BOX_KEY_SIZE bytes. */
bool statement_is_genuine(const struct shadow_box_statement *statement, const uint8_t *key);

/**
 * statement_compare() - a genuine statement against the last one that was seen
 * @last: NULL if it is the first
 * @came_late: it is numbered below @last, and was not seen before
 */
void statement_compare(const struct shadow_box_statement *last,
		       const struct shadow_box_statement *now, bool came_late,
		       struct findings *findings);

/* It is one that follows @last, or the first of its launch. */
bool statement_is_newer(const struct shadow_box_statement *last,
			const struct shadow_box_statement *now);

/* Violations since @last, which may be NULL or of another launch. */
uint64_t statement_new_records(const struct shadow_box_statement *last,
			       const struct shadow_box_statement *now);

/**
 * statement_check_records() - are these the violations between two statements, each as the host made it?
 * @list: tidy; others than those may be there, too
 */
void statement_check_records(const struct shadow_box_statement *last,
			     const struct shadow_box_statement *now,
			     const struct record_list *list, struct findings *findings);

#endif

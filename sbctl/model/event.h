/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events in words: a line for lists, and the parts of a violation for those who show it at length.
 * Addresses that have no name are hexadecimal.
 */
#ifndef SBCTL_EVENT_H
#define SBCTL_EVENT_H

#include "model/model.h"

/* Room for any line. */
#define EVENT_TEXT_SIZE	1024
/* Room for event_subject(). */
#define SUBJECT_SIZE	(SYMBOL_SIZE + 24)
/* Room for bytes_text(). */
#define BYTES_SIZE	(3 * EVENT_BYTES + 1)
/* Room for changed_bits_text(). */
#define BITS_SIZE	512

/*
 * The event in words, such as "INT NMI callback", without CPU and time; what is missing in
 * @event is left out. Returns the length as snprintf() does.
 */
int event_text(const struct event *event, char *text, size_t size);

/* What was violated: an address, a register, a hypercall. False if it is not told. */
bool event_subject(const struct event *event, char *text, size_t size);
/* Likewise, of what has a number or name of its own: "task 77 (evil)". */
bool event_named_subject(const struct event *event, char *text, size_t size);

/* Room for event_owner(). */
#define OWNER_SIZE	(SYMBOL_SIZE + PROGRAM_NAME_SIZE + 64)

/* Whose hook it is: "evil_hook+0x0 [evil]", "BPF program 7 (name, tag ...)". False if it is not told. */
bool event_owner(const struct event *event, char *text, size_t size);
/* The name of the module that a symbol ends with, in @text; "" if there is none. Returns @text. */
char *symbol_module(const char *symbol, char *text, size_t size);

/* @symbol; hexadecimal in @text if that is empty. */
const char *symbol_or_address(const char *symbol, uint64_t address, char *text, size_t size);

/* "0f 1f 44"; the value if they are a register's; "?" if unknown. Returns @text. */
char *bytes_text(const struct event *event, const struct bytes *bytes, char *text, size_t size);

/* The named bits of a register that change: "SMEP cleared, UMIP set". False if there are none. */
bool changed_bits_text(const struct event *event, char *text, size_t size);

/* @name, or "number N" in @text if it is NULL. */
const char *number_or_name(const char *name, uint32_t number, char *text, size_t size);

/* Name of the event's policy. */
const char *event_policy_text(const struct event *event, char *text, size_t size);

#endif

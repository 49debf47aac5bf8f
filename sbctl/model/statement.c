// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statements of the host: reading one, whether it is genuine, and what it says against the last one
 * that was seen.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "model/model.h"
#include "model/statement.h"

const char *const finding_name[N_FINDINGS] = {
	[FINDING_REPLAYED] = "replayed", [FINDING_REORDERED] = "reordered",
	[FINDING_DROPPED] = "dropped", [FINDING_RESET] = "reset",
	[FINDING_UNLOCKED] = "unlocked", [FINDING_WEAKENED] = "weakened",
	[FINDING_UNPROTECTED] = "unprotected", [FINDING_MISSING] = "missing",
	[FINDING_ALTERED] = "altered",
};

void hex_write(const void *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *byte = bytes;
	size_t i;

	for (i = 0; i < size; i++) {
		text[2 * i] = digits[byte[i] >> 4];
		text[2 * i + 1] = digits[byte[i] & 15];
	}
	text[2 * size] = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_read(const char *text, void *bytes, size_t size)
{
	uint8_t *byte = bytes;
	size_t i;

	if (strlen(text) != 2 * size)
		return false;
	for (i = 0; i < size; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		byte[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool record_list_add(struct record_list *list, const uint8_t *record)
{
	if (list->n_record == list->n_allocated) {
		size_t n = list->n_allocated ? 2 * list->n_allocated : 64;
		void *grown = reallocarray(list->record, n, sizeof(*list->record));

		if (!grown)
			return false;
		list->record = grown;
		list->n_allocated = n;
	}
	memcpy(list->record[list->n_record++], record, SHADOW_BOX_RECORD_SIZE);
	return true;
}

/* A record begins with its number. */
static uint64_t number_of(const uint8_t *record)
{
	uint64_t number;

	memcpy(&number, record, sizeof(number));
	return number;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = number_of(a), y = number_of(b);

	return x == y ? memcmp(a, b, SHADOW_BOX_RECORD_SIZE) : x < y ? -1 : 1;
}

void record_list_tidy(struct record_list *list)
{
	size_t i, kept = 0;

	if (!list->n_record)
		return;
	qsort(list->record, list->n_record, sizeof(*list->record), by_number);
	for (i = 1; i < list->n_record; i++)
		if (by_number(list->record[kept], list->record[i]))
			memmove(list->record[++kept], list->record[i], SHADOW_BOX_RECORD_SIZE);
	list->n_record = kept + 1;
}

void record_list_free(struct record_list *list)
{
	free(list->record);
	*list = (struct record_list){ 0 };
}

__attribute__((format(printf, 3, 4)))
static void find(struct findings *findings, enum finding what, const char *format, ...)
{
	va_list args;

	findings->found[findings->n].what = what;
	va_start(args, format);
	vsnprintf(findings->found[findings->n].text, SENTENCE_SIZE, format, args);
	va_end(args);
	findings->n++;
}

bool statement_is_sound(const struct shadow_box_statement *s, struct failure *failure)
{
	static const char magic[] = SHADOW_BOX_STATEMENT_MAGIC;

	if (memcmp(s->magic, magic, sizeof(s->magic) - 1)) {
		fail(failure, SBCTL_FORGED, "it is no statement of Shadow-box's");
		return false;
	}
	if (memcmp(s->magic, magic, sizeof(s->magic)) ||
	    s->policies > SHADOW_BOX_STATEMENT_POLICIES) {
		fail(failure, SBCTL_FORGED,
		     "the statement is of a version that this sbctl does not know");
		return false;
	}
	return true;
}

bool statement_is_genuine(const struct shadow_box_statement *s, const uint8_t *key)
{
	struct hmac_sha256 hmac;
	uint8_t mac[SHA256_SIZE];

	hmac_sha256_key(&hmac, key, SHADOW_BOX_KEY_SIZE);
	hmac_sha256(&hmac, s, offsetof(struct shadow_box_statement, mac), mac);
	return !memcmp(mac, s->mac, sizeof(mac));
}

static bool same_launch(const struct shadow_box_statement *last,
			const struct shadow_box_statement *now)
{
	return last && last->launch == now->launch;
}

bool statement_is_newer(const struct shadow_box_statement *last,
			const struct shadow_box_statement *now)
{
	return !same_launch(last, now) || now->number > last->number;
}

static void compare_numbers(const struct shadow_box_statement *last,
			    const struct shadow_box_statement *now, bool came_late,
			    struct findings *findings)
{
	uint64_t expected;

	if (!last)
		return;
	expected = same_launch(last, now) ? last->number + 1 : 1;
	if (!same_launch(last, now))
		find(findings, FINDING_RESET,
		     "it is of launch 0x%llx, the last one was of 0x%llx: the machine, or Shadow-box, was started anew",
		     now->launch, last->launch);
	if (statement_is_newer(last, now)) {
		if (now->number > expected)
			find(findings, FINDING_DROPPED,
			     "%llu statements before number %llu did not arrive",
			     now->number - (unsigned long long)expected, now->number);
	} else if (came_late) {
		find(findings, FINDING_REORDERED, "statement %llu comes after statement %llu",
		     now->number, last->number);
	} else {
		find(findings, FINDING_REPLAYED,
		     "statement %llu is no new one, the last one was %llu", now->number, last->number);
	}
}

static const char *mode_word(uint32_t policy, uint32_t mode)
{
	const char *name = mode_name(policy, mode);

	return name ? name : "unknown";
}

/* One sentence names all of them. */
static void compare_modes(const struct shadow_box_statement *last,
			  const struct shadow_box_statement *now, struct findings *findings)
{
	char text[SENTENCE_SIZE] = "";
	uint32_t policy, n = last->policies < now->policies ? last->policies : now->policies;
	size_t used = 0;

	for (policy = 0; policy < n; policy++) {
		const char *name = policy_name(policy);

		if (now->mode[policy] >= last->mode[policy] || used >= sizeof(text))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s (%s, not %s)",
					 used ? ", " : "", name ? name : "an unknown policy",
					 mode_word(policy, now->mode[policy]),
					 mode_word(policy, last->mode[policy]));
	}
	if (used)
		find(findings, FINDING_WEAKENED, "weaker than in the last statement: %.900s", text);
}

void statement_compare(const struct shadow_box_statement *last,
		       const struct shadow_box_statement *now, bool came_late,
		       struct findings *findings)
{
	compare_numbers(last, now, came_late, findings);
	/* What an old one says is old. */
	if (!statement_is_newer(last, now))
		return;
	if (!(now->flags & SHADOW_BOX_STATEMENT_LOCKED))
		find(findings, FINDING_UNLOCKED,
		     "the policies are not locked: who is root can weaken them and unload Shadow-box");
	if (last)
		compare_modes(last, now, findings);
	if (now->cpus_active < now->cpus)
		find(findings, FINDING_UNPROTECTED, "%u of %u CPUs are not in the guest world",
		     now->cpus - now->cpus_active, now->cpus);
}

uint64_t statement_new_records(const struct shadow_box_statement *last,
			       const struct shadow_box_statement *now)
{
	return now->records - (same_launch(last, now) ? last->records : 0);
}

static void hash_on(uint8_t *chain, const uint8_t *record)
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, chain, SHADOW_BOX_HASH_SIZE);
	sha256_add(&hash, record, SHADOW_BOX_RECORD_SIZE);
	sha256_end(&hash, chain);
}

void statement_check_records(const struct shadow_box_statement *last,
			     const struct shadow_box_statement *now,
			     const struct record_list *list, struct findings *findings)
{
	uint64_t from = same_launch(last, now) ? last->events : now->since;
	uint64_t wanted = statement_new_records(last, now), n = 0;
	uint8_t chain[SHADOW_BOX_HASH_SIZE] = { 0 };
	size_t i;

	if (!statement_is_newer(last, now))
		return;
	if (same_launch(last, now))
		memcpy(chain, last->chain, sizeof(chain));
	for (i = 0; i < list->n_record; i++) {
		uint64_t number = number_of(list->record[i]);

		if (number < from || number >= now->events)
			continue;
		hash_on(chain, list->record[i]);
		n++;
	}
	if (n < wanted)
		find(findings, FINDING_MISSING,
		     "%" PRIu64 " of %" PRIu64 " reports since the last statement are missing",
		     wanted - n, wanted);
	else if (n > wanted || memcmp(chain, now->chain, sizeof(chain)))
		find(findings, FINDING_ALTERED,
		     "the reports since the last statement are not those that the host made: some were altered, or exchanged");
}

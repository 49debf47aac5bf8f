// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl verify": statements that a model of the host makes, as an honest machine passes them on and as a
 * dishonest one does, with up to a thousand reports; and input that is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/sha256.h"
#include "model/statement.h"
#include "sbctl_module.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

#define RECORDS		1000
#define VERIFY		"verify --key-file key --state state input"
#define WITH_RECORDS	"verify --key-file key --state state --records records input"

static uint8_t key[SHADOW_BOX_KEY_SIZE];

/* The host: what it states next, and all records that it made. */
static struct shadow_box_statement host;
static uint8_t record[RECORDS][SHADOW_BOX_RECORD_SIZE];

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static int new_host(void **state)
{
	uint32_t i;

	random_seed(16);
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)random_u64();
	write_file("key", key, sizeof(key));
	unlink("state");
	memset(&host, 0, sizeof(host));
	memcpy(host.magic, SHADOW_BOX_STATEMENT_MAGIC, sizeof(host.magic));
	host.launch = 0x1a0c4;
	host.since = host.events = 5;
	host.flags = SHADOW_BOX_STATEMENT_LOCKED;
	host.cpus = host.cpus_active = 2;
	host.policies = SHADOW_BOX_POLICIES;
	memset(host.mode, SHADOW_BOX_MODE_ENFORCE, SHADOW_BOX_POLICIES);
	return 0;
}

/* A violation, and an event of another kind before every third. */
static void violate(void)
{
	uint8_t *r = record[host.records];
	struct sha256 hash;
	uint32_t i;

	host.events += host.records % 3 == 0;
	for (i = 0; i < SHADOW_BOX_RECORD_SIZE; i++)
		r[i] = (uint8_t)random_u64();
	memcpy(r, &host.events, sizeof(host.events));
	sha256_begin(&hash);
	sha256_add(&hash, host.chain, sizeof(host.chain));
	sha256_add(&hash, r, SHADOW_BOX_RECORD_SIZE);
	sha256_end(&hash, host.chain);
	host.events++;
	host.records++;
}

static struct shadow_box_statement state(void)
{
	struct hmac_sha256 hmac;

	host.number++;
	hmac_sha256_key(&hmac, key, sizeof(key));
	hmac_sha256(&hmac, &host, offsetof(struct shadow_box_statement, mac), host.mac);
	return host;
}

/* As "sbctl attest" prints them, one after the other. */
static void pass_on(const struct shadow_box_statement *statement, size_t n)
{
	char text[STATEMENT_HEX_SIZE];
	FILE *file = fopen("input", "w");
	size_t i;

	for (i = 0; i < n; i++) {
		hex_write(&statement[i], sizeof(*statement), text);
		fprintf(file, "{\"schema\": \"shadow-box.attest/1\", \"statement\": \"%s\"}\n", text);
	}
	fclose(file);
}

/* As the journal has them, but for number @without. */
static void write_records(uint32_t without)
{
	char text[HEX_SIZE(SHADOW_BOX_RECORD_SIZE)];
	FILE *file = fopen("records", "w");
	uint32_t i;

	for (i = 0; i < host.records; i++) {
		hex_write(record[i], SHADOW_BOX_RECORD_SIZE, text);
		if (i != without)
			fprintf(file, "{\"MESSAGE\": \"x\", \"SHADOW_BOX_RECORD\": \"%s\"}\n", text);
	}
	fprintf(file, "{\"MESSAGE\": \"another one\"}\n");
	fclose(file);
}

static const struct output *expect(const char *command, int status, const char *word)
{
	const struct output *output = run_verb(&verb_verify, command);

	require(output->status == status, "status %d, not %d: %s%s", output->status, status,
		output->out, output->error);
	require(strstr(status == SBCTL_OK || status == SBCTL_FINDINGS ? output->out : output->error,
		       word), "no '%s' in '%s%s'", word, output->out, output->error);
	return output;
}

static const struct output *expect_of(struct shadow_box_statement statement, int status,
				      const char *word)
{
	pass_on(&statement, 1);
	return expect(VERIFY, status, word);
}

static void an_honest_machine(void **unused)
{
	expect_of(state(), SBCTL_OK, "Statement 1 of launch 0x1a0c4 is genuine: locked, 2 of 2 CPUs, 0 violations, 0 of them new.\n");
	violate();
	expect_of(state(), SBCTL_OK, "1 violations, 1 of them new");
	expect_of(state(), SBCTL_OK, "1 violations, 0 of them new");
}

static void what_was_altered_is_not_genuine(void **unused)
{
	struct shadow_box_statement s = state();
	uint8_t *byte = (uint8_t *)&s;
	size_t i;

	for (i = sizeof(s.magic); i < sizeof(s); i++) {
		byte[i] ^= 1;
		pass_on(&s, 1);
		expect(VERIFY, SBCTL_FORGED, "");
		byte[i] ^= 1;
	}
	expect_of(s, SBCTL_OK, "genuine");
}

static void replayed_reordered_dropped(void **unused)
{
	struct shadow_box_statement s[6];
	size_t i;

	for (i = 0; i < 6; i++)
		s[i] = state();
	expect_of(s[0], SBCTL_OK, "genuine");
	expect_of(s[0], SBCTL_FINDINGS, "replayed: statement 1 is no new one, the last one was 1");
	expect_of(s[2], SBCTL_FINDINGS, "dropped: 1 statements before number 3 did not arrive");
	expect_of(s[1], SBCTL_FINDINGS, "replayed: statement 2 is no new one, the last one was 3");
	pass_on((struct shadow_box_statement[]){ s[3], s[5], s[4], s[4] }, 4);
	expect(VERIFY, SBCTL_FINDINGS, "dropped: 1 statements before number 6 did not arrive");
	assert_non_null(strstr(run_verb(&verb_verify, VERIFY)->out, "replayed: "));
	unlink("state");
	assert_non_null(strstr(expect(VERIFY, SBCTL_FINDINGS, "genuine")->out,
			       "reordered: statement 5 comes after statement 6"));
	host.launch++;
	host.number = 0;
	expect_of(state(), SBCTL_FINDINGS, "reset: it is of launch 0x1a0c5, the last one was of 0x1a0c4");
	expect_of(state(), SBCTL_OK, "genuine");
}

static void weaker(void **unused)
{
	expect_of(state(), SBCTL_OK, "genuine");
	host.mode[SHADOW_BOX_POLICY_IDT] = SHADOW_BOX_MODE_OFF;
	host.mode[SHADOW_BOX_POLICY_BPF] = SHADOW_BOX_MODE_LOG;
	expect_of(state(), SBCTL_FINDINGS,
		  "weakened: weaker than in the last statement: idt (off, not enforce), bpf (log, not deny).\n");
	expect_of(state(), SBCTL_OK, "genuine");
	host.flags = 0;
	expect_of(state(), SBCTL_FINDINGS, "unlocked: ");
	host.flags = SHADOW_BOX_STATEMENT_LOCKED;
	host.cpus_active--;
	expect_of(state(), SBCTL_FINDINGS, "unprotected: 1 of 2 CPUs are not in the guest world");
}

static void a_report_of_a_thousand(void **unused)
{
	struct shadow_box_statement first = state(), second;
	uint32_t i;

	for (i = 0; i < RECORDS; i++)
		violate();
	second = state();
	for (i = 0; i <= RECORDS; i += i < RECORDS - 125 ? 125 : RECORDS - i ? RECORDS - i : 1) {
		unlink("state");
		expect_of(first, SBCTL_OK, "genuine");
		pass_on(&second, 1);
		write_records(i);
		expect(WITH_RECORDS, i < RECORDS ? SBCTL_FINDINGS : SBCTL_OK, i < RECORDS ?
		       "missing: 1 of 1000 reports since the last statement are missing" : "genuine");
	}
	unlink("state");
	record[500][60] ^= 1;
	write_records(RECORDS);
	expect(WITH_RECORDS, SBCTL_FINDINGS, "altered: ");
}

static void a_nonce_is_answered(void **unused)
{
	memcpy(host.nonce, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
	pass_on((struct shadow_box_statement[]){ state() }, 1);
	expect("verify -k key -n 0123456789abcdef input", SBCTL_OK, "genuine");
	expect("verify -k key -n 0123456789abcdee input", SBCTL_FORGED, "does not answer this nonce");
	assert_int_equal(run_verb(&verb_verify, "verify -k key -n 0123456789abcde input")->status, SBCTL_USAGE);
	assert_int_equal(run_verb(&verb_verify, "verify -k key -n 01234567 input")->status, SBCTL_USAGE);
}

static void keys(void **unused)
{
	char text[2 * SHADOW_BOX_KEY_SIZE + 3];

	hex_write(key, sizeof(key), text);
	strcat(text, "\n");
	pass_on((struct shadow_box_statement[]){ state() }, 1);
	write_file("key", text, strlen(text) - 1);
	expect("verify -k key input", SBCTL_OK, "genuine");
	write_file("key", text, strlen(text));
	expect("verify -k key input", SBCTL_OK, "genuine");
	text[5] = 'x';
	write_file("key", text, strlen(text));
	expect("verify -k key input", SBCTL_USAGE, "holds no witness key");
	write_file("key", key, sizeof(key) - 1);
	expect("verify -k key input", SBCTL_USAGE, "holds no witness key");
	expect("verify -k nokey input", SBCTL_FAILED, "cannot read the witness key nokey");
	expect("verify input", SBCTL_USAGE, "--key-file");
}

/* Cut anywhere, and with a byte changed anywhere: a sentence, and the status of what is not genuine. */
static void what_is_no_statement(void **unused)
{
	static const char *const none[] = {
		"", "x", "{}", "[]", "[1]", "\"statement\"", "{\"statement\": 1}", "{\"statement\": \"\"}",
		"{\"statement\": \"zz\"}", "{\"statement\": null, \"records\": 3}", "\xff\xfe", "{\"statement\": \"00\"}",
	};
	char text[4096];
	size_t i, size;
	FILE *file;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		write_file("input", none[i], strlen(none[i]));
		expect(VERIFY, SBCTL_FORGED, "sbctl: ");
	}
	pass_on((struct shadow_box_statement[]){ state() }, 1);
	file = fopen("input", "r");
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	for (i = 0; i + 2 < size; i += is_long_run() ? 1 : 7) {
		write_file("input", text, i);
		expect(VERIFY, SBCTL_FORGED, "sbctl: ");
		text[i] ^= 0x15;
		write_file("input", text, size);
		/* In the name of the schema it does not matter. */
		if (i > 40)
			expect(VERIFY, SBCTL_FORGED, "sbctl: ");
		text[i] ^= 0x15;
	}
	write_file("input", text, size);
	write_file("state", "nonsense", 8);
	expect(VERIFY, SBCTL_FAILED, "holds no state: remove it to begin anew");
	unlink("state");
	write_file("records", "{\"record\": \"12\"}", 16);
	expect(WITH_RECORDS, SBCTL_FORGED, "what should be a record is none");
	expect(VERIFY, SBCTL_OK, "genuine");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(an_honest_machine),
		TEST(what_was_altered_is_not_genuine),
		TEST(replayed_reordered_dropped),
		TEST(weaker),
		TEST(a_report_of_a_thousand),
		TEST(a_nonce_is_answered),
		TEST(keys),
		TEST(what_is_no_statement),
	};
	char folder[] = "/tmp/sbctl-statement.XXXXXX";
	int failed;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink("input");
	unlink("key");
	unlink("state");
	unlink("records");
	rmdir(folder);
	return failed;
}

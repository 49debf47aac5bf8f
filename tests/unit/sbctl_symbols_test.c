// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for kernel addresses: a table as /proc/kallsyms has it, tables that tell nothing, and ones
 * that are wrong.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/symbols.h"

#include "unit.h"

#define PATH	"/tmp/sbctl_symbols_test.XXXXXX"

static time_t seconds = 1;

/* Instead of the C library's: time passes when the test says so. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){ .tv_sec = seconds };
	return 0;
}

/* A table in a file of its own. */
static struct symbols *table(const char *text, char *path)
{
	int fd = mkstemp(strcpy(path, PATH));
	size_t length = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
	return symbols_new(path);
}

static void drop(struct symbols *symbols, const char *path)
{
	symbols_free(symbols);
	unlink(path);
}

/* @want is NULL for an address without a name. */
static void expect(struct symbols *symbols, uint64_t address, const char *want)
{
	char text[SYMBOL_SIZE];

	assert_int_equal(symbols_find(symbols, address, text, sizeof(text)), want != NULL);
	assert_string_equal(text, want ? want : "");
}

static const char usual[] =
	"0000000000000000 A fixed_percpu_data\n"
	"0000000000001000 A cpu_debug_store\n"
	"ffffffff81000000 T startup_64\n"
	"ffffffff81000000 T _stext\n"
	"ffffffff81001000 T do_one\n"
	"ffffffff81030000 t last_text\n"
	"ffffffff82000000 D sys_call_table\n"
	"ffffffff82001000 B _end\n"
	"ffffffffc0002000 t later\t[one]\n"
	"ffffffffc0000000 t init\t[one]\n"
	"ffffffffc0000100 t clean\t[one]\n"
	"ffffffffc0010000 t other\t[two]\n"
	"ffffffffc0020000 t bpf_prog_1\t[bpf]\n";

static void addresses_have_names(void **state)
{
	char path[sizeof(PATH)];
	struct symbols *symbols = table(usual, path);

	(void)state;
	/* Of two names for one address the first, as the kernel itself prints. */
	expect(symbols, 0xffffffff81000000, "startup_64+0x0");
	expect(symbols, 0xffffffff81000fff, "startup_64+0xfff");
	expect(symbols, 0xffffffff81001000, "do_one+0x0");
	/* The kernel is in one piece, however long its functions are. */
	expect(symbols, 0xffffffff8102ffff, "do_one+0x2efff");
	expect(symbols, 0xffffffff82000018, "sys_call_table+0x18");
	expect(symbols, 0xffffffff82001fff, "_end+0xfff");
	expect(symbols, 0xffffffffc0000120, "clean+0x20 [one]");
	expect(symbols, 0xffffffffc0010000, "other+0x0 [two]");
	expect(symbols, 0xffffffffc0020010, "bpf_prog_1+0x10 [bpf]");
	drop(symbols, path);
}

/* What hides between or after modules does not get the name of its neighbour. */
static void what_hides_has_no_name(void **state)
{
	char path[sizeof(PATH)];
	struct symbols *symbols = table(usual, path);

	(void)state;
	expect(symbols, 0xffffffff82002000, NULL);
	expect(symbols, 0xffffffffc0001200, NULL);
	expect(symbols, 0xffffffffc0008000, NULL);
	expect(symbols, 0xffffffffc0021000, NULL);
	expect(symbols, UINT64_MAX, NULL);
	/* Neither have the direct map, per-CPU offsets, user space. */
	expect(symbols, 0xffff888000001000, NULL);
	expect(symbols, 0x1000, NULL);
	expect(symbols, 0, NULL);
	drop(symbols, path);
}

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The table is read again for an address without a name, but not all the time. */
static void modules_that_come_later_are_found(void **state)
{
	char path[sizeof(PATH)];
	struct symbols *symbols = table(usual, path);

	(void)state;
	expect(symbols, 0xffffffffc0030000, NULL);
	append(path, "ffffffffc0030000 t new\t[three]\n");
	seconds += 9;
	expect(symbols, 0xffffffffc0030000, NULL);
	/* What is below the kernel is no reason, however late. */
	seconds += 2;
	expect(symbols, 0xffff888000001000, NULL);
	append(path, "ffffffffc0040000 t newer\t[four]\n");
	expect(symbols, 0xffffffffc0030004, "new+0x4 [three]");
	expect(symbols, 0xffffffffc0040000, "newer+0x0 [four]");
	/* In vain: from then on half as often. */
	seconds += 11;
	expect(symbols, 0xffffffffc0050000, NULL);
	append(path, "ffffffffc0050000 t newest\t[five]\n");
	seconds += 11;
	expect(symbols, 0xffffffffc0050000, NULL);
	seconds += 11;
	expect(symbols, 0xffffffffc0050000, "newest+0x0 [five]");
	drop(symbols, path);
}

static void without_privilege_there_are_no_names(void **state)
{
	char path[sizeof(PATH)];
	struct symbols *symbols = table("0000000000000000 T _stext\n"
					"0000000000000000 t init\t[one]\n", path);

	(void)state;
	expect(symbols, 0xffffffff81000000, NULL);
	expect(symbols, 0, NULL);
	drop(symbols, path);
	symbols = symbols_new("/nonexistent/kallsyms");
	expect(symbols, 0xffffffff81000000, NULL);
	symbols_free(symbols);
	expect(NULL, 0xffffffff81000000, NULL);
	symbols_free(NULL);
}

static void wrong_lines_are_skipped(void **state)
{
	char path[sizeof(PATH)];
	struct symbols *symbols = table("\n"
					"ffffffff81000000\n"
					"ffffffff81000000 \n"
					"ffffffff81000000 T\n"
					"ffffffff81000000 T \n"
					"not a line\n"
					"ffffffff81000000 T x\x1b[31mred\t[\x07mod]\n"
					"ffffffff81000100 T end", path);

	(void)state;
	/* A module's names do not talk to the terminal. */
	expect(symbols, 0xffffffff81000001, "x?[31mred+0x1 [?mod]");
	expect(symbols, 0xffffffff81000100, "end+0x0");
	drop(symbols, path);
}

/* As many as a kernel has, in any order. */
static void a_large_table_is_searched(void **state)
{
	enum { N = 150000 };
	char path[sizeof(PATH)], want[64];
	int fd = mkstemp(strcpy(path, PATH));
	FILE *file = fdopen(fd, "w");
	struct symbols *symbols;
	uint64_t i;

	(void)state;
	assert_non_null(file);
	for (i = 0; i < N; i++)
		fprintf(file, "%llx t symbol_%llu\n",
			(unsigned long long)(0xffffffff81000000 + i * 7919 % N * 64),
			(unsigned long long)(i * 7919 % N));
	fclose(file);
	symbols = symbols_new(path);
	for (i = 0; i < 1000; i++) {
		uint64_t symbol = random_below(N);

		snprintf(want, sizeof(want), "symbol_%llu+0x3f", (unsigned long long)symbol);
		expect(symbols, 0xffffffff81000000 + symbol * 64 + 63, want);
	}
	drop(symbols, path);
}

/* No table, whatever it holds, does harm. */
static void garbage_does_no_harm(void **state)
{
	static const char letters[] = "0123456789abcdef  \t\n[]Tt\xff\x01";
	char path[sizeof(PATH)], text[SYMBOL_SIZE], garbage[400];
	struct symbols *symbols;
	int round, i, fd;

	(void)state;
	for (round = 0; round < 300; round++) {
		fd = mkstemp(strcpy(path, PATH));
		for (i = 0; i < (int)sizeof(garbage); i++)
			garbage[i] = i % 40 < 16 ? 'f' : letters[random_below(sizeof(letters))];
		assert_int_equal(write(fd, garbage, sizeof(garbage)), sizeof(garbage));
		close(fd);
		symbols = symbols_new(path);
		symbols_find(symbols, UINT64_MAX, text, 1 + random_below(sizeof(text)));
		drop(symbols, path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_names),
		cmocka_unit_test(what_hides_has_no_name),
		cmocka_unit_test(modules_that_come_later_are_found),
		cmocka_unit_test(without_privilege_there_are_no_names),
		cmocka_unit_test(wrong_lines_are_skipped),
		cmocka_unit_test(a_large_table_is_searched),
		cmocka_unit_test(garbage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

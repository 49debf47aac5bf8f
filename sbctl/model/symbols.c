// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for kernel addresses, from /proc/kallsyms: read when the first address is looked up, and
 * again when one is not found, for modules come and go.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/symbols.h"

/* The kernel's half of the address space; below are offsets within per-CPU areas. */
#define KERNEL_START	0x8000000000000000ull
/*
 * kallsyms has no sizes. The kernel is in one piece; but between what belongs to modules something
 * may lie that hides, and must not get its neighbour's name: nothing there is taken to be longer.
 */
#define MODULE_SYMBOL_SIZE	4096
/* At once, for files in /proc have small blocks. */
#define READ_SIZE	(1 << 16)
/* A table is not read again sooner, in seconds; after each time in vain, not in twice that time. */
#define READ_PAUSE	10
#define READ_PAUSE_MAX	3600

/**
 * struct symbol - one line of kallsyms
 * @name: offset in the table's text
 * @owner: offset of the module's name there, 0 for the kernel itself
 */
struct symbol {
	uint64_t address;
	uint32_t name;
	uint32_t owner;
};

/* An address and its name, offset and all. */
struct learned {
	uint64_t address;
	char name[SYMBOL_SIZE];
};

/**
 * struct symbols - a table of symbols
 * @symbol: @n_symbol of them, rising by address
 * @text: names, each with its NUL; the first is empty
 * @last_owner: where the owner of the line before stands in @text: modules' lines come together
 * @was_read: when, in seconds; 0 if never
 * @pause: before it is read again, in seconds
 * @learned: @n_learned names of single addresses
 */
struct symbols {
	const char *path;
	struct symbol *symbol;
	size_t n_symbol;
	size_t n_allocated;
	char *text;
	size_t text_length;
	size_t text_allocated;
	uint32_t last_owner;
	time_t was_read;
	time_t pause;
	struct learned *learned;
	size_t n_learned;
};

struct symbols *symbols_new(const char *path)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (symbols) {
		symbols->path = path;
		symbols->pause = READ_PAUSE;
	}
	return symbols;
}

static void forget(struct symbols *symbols)
{
	free(symbols->symbol);
	symbols->symbol = NULL;
	symbols->n_symbol = symbols->n_allocated = 0;
	free(symbols->text);
	symbols->text = NULL;
	symbols->text_length = symbols->text_allocated = 0;
	symbols->last_owner = 0;
	symbols->was_read = 0;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	forget(symbols);
	free(symbols->learned);
	free(symbols);
}

/* Appends @word to the text; its offset, or 0 when memory is short. */
static uint32_t add_text(struct symbols *symbols, const char *word, size_t length)
{
	size_t need = symbols->text_length + length + 1, offset = symbols->text_length, i;

	if (need > symbols->text_allocated) {
		size_t more = need > 1 << 16 ? 2 * need : 1 << 17;
		char *grown = more < UINT32_MAX ? realloc(symbols->text, more) : NULL;

		if (!grown)
			return 0;
		symbols->text = grown;
		symbols->text_allocated = more;
	}
	/* A module chooses its names: none may talk to the terminal. */
	for (i = 0; i < length; i++)
		symbols->text[offset + i] = word[i] > ' ' && word[i] < 127 ? word[i] : '?';
	symbols->text[offset + length] = '\0';
	symbols->text_length = need;
	return (uint32_t)offset;
}

static bool grow(struct symbols *symbols)
{
	size_t more = symbols->n_allocated ? 2 * symbols->n_allocated : 1 << 14;
	struct symbol *grown;

	if (symbols->n_symbol < symbols->n_allocated)
		return true;
	grown = realloc(symbols->symbol, more * sizeof(*grown));
	if (!grown)
		return false;
	symbols->symbol = grown;
	symbols->n_allocated = more;
	return true;
}

static uint32_t add_owner(struct symbols *symbols, const char *owner, size_t length)
{
	const char *last = symbols->text + symbols->last_owner;

	if (strlen(last) != length || memcmp(last, owner, length))
		symbols->last_owner = add_text(symbols, owner, length);
	return symbols->last_owner;
}

/* "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]"; false when memory is short. */
static bool take_line(struct symbols *symbols, const char *line)
{
	char *end;
	uint64_t address = strtoull(line, &end, 16);
	const char *name, *owner;
	size_t length;
	struct symbol symbol = { .address = address };

	if (address < KERNEL_START || end[0] != ' ' || !end[1] || end[2] != ' ')
		return true;
	name = end + 3;
	length = strcspn(name, "\t\n");
	if (!length)
		return true;
	if (!grow(symbols))
		return false;
	owner = name + length + strspn(name + length, "\t[");
	if (name[length] == '\t')
		symbol.owner = add_owner(symbols, owner, strcspn(owner, "]\n"));
	symbol.name = add_text(symbols, name, length);
	symbols->symbol[symbols->n_symbol++] = symbol;
	return symbol.name;
}

/* Of several names for an address, the one that kallsyms has first comes last. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address > y->address ? 1 : -1;
	return (x->name < y->name) - (x->name > y->name);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	/* Never 0, which means never. */
	return time.tv_sec + 1;
}

static void read_table(struct symbols *symbols)
{
	FILE *file = symbols->path ? fopen(symbols->path, "re") : NULL;
	char *line = NULL;
	size_t size = 0;

	forget(symbols);
	symbols->was_read = now();
	if (file)
		setvbuf(file, NULL, _IOFBF, READ_SIZE);
	/* Offset 0 is the empty name. */
	add_text(symbols, "", 0);
	while (file && symbols->text && getline(&line, &size, file) > 0)
		if (!take_line(symbols, line))
			break;
	free(line);
	if (file)
		fclose(file);
	if (symbols->n_symbol)
		qsort(symbols->symbol, symbols->n_symbol, sizeof(*symbols->symbol), by_address);
}

/* How many symbols begin at @address or before. */
static size_t count_up_to(const struct symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->n_symbol;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The symbol in which @address lies, or NULL. */
static const struct symbol *look_up(const struct symbols *symbols, uint64_t address)
{
	size_t after = count_up_to(symbols, address);
	const struct symbol *symbol;

	if (!after)
		return NULL;
	symbol = &symbols->symbol[after - 1];
	if (after < symbols->n_symbol && !symbol->owner && !symbols->symbol[after].owner)
		return symbol;
	return address - symbol->address < MODULE_SYMBOL_SIZE ? symbol : NULL;
}

/* Modules lie above the kernel: a new one may explain an address there, below nothing is new. */
static bool may_be_new(const struct symbols *symbols, uint64_t address)
{
	return symbols->n_symbol && address > symbols->symbol[0].address &&
	       now() - symbols->was_read >= symbols->pause;
}

static const struct symbol *find(struct symbols *symbols, uint64_t address)
{
	const struct symbol *symbol;

	if (!symbols->was_read)
		read_table(symbols);
	symbol = look_up(symbols, address);
	if (symbol || !may_be_new(symbols, address))
		return symbol;
	read_table(symbols);
	symbol = look_up(symbols, address);
	if (!symbol && symbols->pause < READ_PAUSE_MAX)
		symbols->pause *= 2;
	return symbol;
}

static struct learned *find_learned(const struct symbols *symbols, uint64_t address)
{
	size_t i;

	for (i = 0; i < symbols->n_learned; i++)
		if (symbols->learned[i].address == address)
			return &symbols->learned[i];
	return NULL;
}

void symbols_learn(struct symbols *symbols, uint64_t address, const char *name)
{
	struct learned *learned;
	char *c;

	if (!symbols)
		return;
	learned = find_learned(symbols, address);
	if (!learned) {
		learned = realloc(symbols->learned,
				  (symbols->n_learned + 1) * sizeof(*learned));
		if (!learned)
			return;
		symbols->learned = learned;
		learned += symbols->n_learned++;
	}
	learned->address = address;
	snprintf(learned->name, sizeof(learned->name), "%s", name);
	for (c = learned->name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

bool symbols_find(struct symbols *symbols, uint64_t address, char *text, size_t size)
{
	const struct learned *learned;
	const struct symbol *symbol;
	const char *owner;

	*text = '\0';
	if (!symbols || address < KERNEL_START)
		return false;
	learned = find_learned(symbols, address);
	if (learned) {
		snprintf(text, size, "%s", learned->name);
		return true;
	}
	symbol = find(symbols, address);
	if (!symbol)
		return false;
	owner = symbols->text + symbol->owner;
	snprintf(text, size, "%s+0x%" PRIx64 "%s%s%s", symbols->text + symbol->name,
		 address - symbol->address, *owner ? " [" : "", owner, *owner ? "]" : "");
	return true;
}

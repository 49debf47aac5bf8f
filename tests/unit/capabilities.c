// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the files in capabilities/, the format of which is in its README.md.
 */
#include <glob.h>

#include "capabilities.h"
#include "unit.h"

struct capability_set *capability_sets;
u32 nr_capability_sets;

static void read_value(struct capability_set *set, const char *word)
{
	u32 leaf, subleaf, r[4], number;
	u64 value;

	if (sscanf(word, "c:%x.%x=%x-%x-%x-%x", &leaf, &subleaf, &r[0], &r[1], &r[2], &r[3]) == 6) {
		require(set->n_cpuid < CAPABILITY_VALUES, "%s: too many leaves", set->name);
		set->cpuid[set->n_cpuid].leaf = leaf;
		set->cpuid[set->n_cpuid].subleaf = subleaf;
		memcpy(set->cpuid[set->n_cpuid++].reg, r, sizeof(r));
	} else if (sscanf(word, "m:%x=%llx", &number, &value) == 2) {
		require(set->n_msr < CAPABILITY_VALUES, "%s: too many MSRs", set->name);
		set->msr[set->n_msr].number = number;
		set->msr[set->n_msr++].value = value;
	} else {
		require(false, "%s: '%s' is neither a leaf of CPUID nor an MSR", set->name, word);
	}
}

static void read_line(struct capability_set *set, char *line, const char *path)
{
	char *values, *word, *end;

	require(sscanf(line, "%63[^\t]\t%*u", set->name) == 1, "%s: no name in '%.40s'", path, line);
	values = strrchr(line, '\t');
	for (word = strtok_r(values, "\t \n", &end); word; word = strtok_r(NULL, "\t \n", &end))
		read_value(set, word);
	require(set->n_msr, "%s: %s has no MSR", path, set->name);
}

static void read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	require(file, "%s cannot be read", path);
	while (getline(&line, &size, file) > 0) {
		if (*line == '#')
			continue;
		capability_sets = realloc(capability_sets,
					  (nr_capability_sets + 1) * sizeof(*capability_sets));
		memset(&capability_sets[nr_capability_sets], 0, sizeof(*capability_sets));
		read_line(&capability_sets[nr_capability_sets++], line, path);
	}
	free(line);
	fclose(file);
}

void capabilities_read(void)
{
	glob_t files;
	size_t i;

	require(!glob(CAPABILITIES "/*.tsv", 0, NULL, &files), "no files in " CAPABILITIES);
	for (i = 0; i < files.gl_pathc; i++)
		read_file(files.gl_pathv[i]);
	globfree(&files);
}

u64 capability_msr_of(const struct capability_set *set, u32 number)
{
	u32 i;

	for (i = 0; i < set->n_msr; i++)
		if (set->msr[i].number == number)
			return set->msr[i].value;
	return 0;
}

void capability_cpuid_of(const struct capability_set *set, u32 leaf, u32 subleaf, u32 reg[4])
{
	u32 i;

	memset(reg, 0, 4 * sizeof(*reg));
	for (i = 0; i < set->n_cpuid; i++)
		if (set->cpuid[i].leaf == leaf && set->cpuid[i].subleaf == subleaf)
			memcpy(reg, set->cpuid[i].reg, 4 * sizeof(*reg));
}

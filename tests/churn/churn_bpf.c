// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF comes and goes in the kernel's code: programs at the entry and the exit of a function, attached,
 * counted on and detached; and an XDP program, for which the kernel patches its dispatcher. Without libbpf.
 *
 * usage: churn_bpf ROUNDS
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Nobody calls it meanwhile but this program. */
#define FUNCTION	"sched_getaffinity"
#define CALLS		3

#define REGISTER(r, op, s, i) ((struct bpf_insn){ .code = op, .dst_reg = r, .src_reg = s, .imm = i })

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return -1;
}

/* Bytes that follow a type in BTF, by its kind. */
static size_t tail_of(const struct btf_type *type)
{
	unsigned int n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_ENUM64:
		return n * 3 * 4;
	default:
		return 0;
	}
}

/* The number of a function in the kernel's BTF, 0 if it has none. */
static unsigned int find_function(const char *btf, const char *name)
{
	const struct btf_header *header = (const void *)btf;
	const char *types = btf + header->hdr_len + header->type_off, *end = types + header->type_len;
	const char *strings = btf + header->hdr_len + header->str_off;
	unsigned int id;

	for (id = 1; types < end; id++) {
		const struct btf_type *type = (const void *)types;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && !strcmp(strings + type->name_off, name))
			return id;
		types += sizeof(*type) + tail_of(type);
	}
	return 0;
}

static unsigned int function_id(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	unsigned int id = 0;
	size_t have = 0;
	struct stat st;
	ssize_t n = 1;
	char *btf;

	if (fd < 0 || fstat(fd, &st) || !(btf = malloc(st.st_size)))
		return 0;
	while (have < (size_t)st.st_size && n > 0) {
		n = read(fd, btf + have, st.st_size - have);
		have += n > 0 ? n : 0;
	}
	close(fd);
	if (have == (size_t)st.st_size)
		id = find_function(btf, FUNCTION);
	free(btf);
	return id;
}

static int create_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static long read_map(int map)
{
	unsigned int key = 0;
	long value = -1;
	union bpf_attr attr = {
		.map_fd = map, .key = (unsigned long)&key, .value = (unsigned long)&value,
	};

	return bpf(BPF_MAP_LOOKUP_ELEM, &attr) ? -1 : value;
}

static int load(union bpf_attr *attr, const struct bpf_insn *insns, unsigned int n)
{
	static char log[4096];
	int fd;

	attr->insns = (unsigned long)insns;
	attr->insn_cnt = n;
	attr->license = (unsigned long)"GPL";
	fd = bpf(BPF_PROG_LOAD, attr);
	if (fd >= 0)
		return fd;
	attr->log_level = 1;
	attr->log_buf = (unsigned long)log;
	attr->log_size = sizeof(log);
	bpf(BPF_PROG_LOAD, attr);
	fprintf(stderr, "%s\n", log);
	return complain("BPF program");
}

/* Adds one to the map's value. */
static int load_counter(int map, unsigned int id, enum bpf_attach_type type)
{
	const struct bpf_insn insns[] = {
		REGISTER(1, BPF_LD | BPF_DW | BPF_IMM, BPF_PSEUDO_MAP_VALUE, map),
		{ 0 },
		REGISTER(2, BPF_ALU64 | BPF_MOV | BPF_K, 0, 1),
		REGISTER(1, BPF_STX | BPF_DW | BPF_ATOMIC, 2, BPF_ADD),
		REGISTER(0, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0),
		REGISTER(0, BPF_JMP | BPF_EXIT, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING, .expected_attach_type = type, .attach_btf_id = id,
	};

	return load(&attr, insns, sizeof(insns) / sizeof(insns[0]));
}

static int attach(int program)
{
	union bpf_attr attr = { .raw_tracepoint.prog_fd = program };

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static void call_function(void)
{
	unsigned long cpus[16];
	int i;

	for (i = 0; i < CALLS; i++)
		syscall(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus);
}

/* How often the map counts when the function is called. */
static long counted(int map)
{
	long before = read_map(map);

	call_function();
	return read_map(map) - before;
}

/* One program, both, one, none: the trampoline is made, changed, and goes. */
static int round_of_tracing(int map, int entry, int exit)
{
	int first = attach(entry), second;

	if (first < 0)
		return complain("attach");
	if (counted(map) != CALLS)
		return -1;
	second = attach(exit);
	if (second < 0)
		return complain("attach");
	if (counted(map) != 2 * CALLS)
		return -1;
	close(first);
	if (counted(map) != CALLS)
		return -1;
	close(second);
	return counted(map) ? -1 : 0;
}

static int trace(int rounds)
{
	unsigned int id = function_id();
	int map, entry, exit, i;

	if (!id) {
		fprintf(stderr, "BTF does not know " FUNCTION "\n");
		return -1;
	}
	map = create_map();
	if (map < 0)
		return complain("map");
	entry = load_counter(map, id, BPF_TRACE_FENTRY);
	exit = load_counter(map, id, BPF_TRACE_FEXIT);
	if (entry < 0 || exit < 0)
		return -1;
	for (i = 0; i < rounds; i++)
		if (round_of_tracing(map, entry, exit))
			return -1;
	printf("%d calls counted at entry and exit of " FUNCTION "\n", (int)read_map(map));
	return 0;
}

/* A test run puts the program into the dispatcher, and takes it out again. */
static int dispatch(int rounds)
{
	const struct bpf_insn insns[] = {
		REGISTER(0, BPF_ALU64 | BPF_MOV | BPF_K, 0, XDP_PASS),
		REGISTER(0, BPF_JMP | BPF_EXIT, 0, 0),
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP };
	int program = load(&attr, insns, sizeof(insns) / sizeof(insns[0])), i;
	static char packet[64];

	if (program < 0)
		return -1;
	for (i = 0; i < rounds; i++) {
		union bpf_attr run = { .test = {
			.prog_fd = program, .data_in = (unsigned long)packet,
			.data_size_in = sizeof(packet), .repeat = 1,
		} };

		if (bpf(BPF_PROG_TEST_RUN, &run))
			return complain("test run");
		if (run.test.retval != XDP_PASS)
			return -1;
	}
	printf("%d runs by the XDP dispatcher\n", rounds);
	return 0;
}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0;

	if (rounds <= 0) {
		fprintf(stderr, "usage: churn_bpf ROUNDS\n");
		return 2;
	}
	return trace(rounds) || dispatch(rounds);
}

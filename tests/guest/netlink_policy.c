// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: netlink_policy FAMILY
 * Prints what the kernel says that requests of a generic-netlink family may carry, a line for each
 * attribute: "COMMAND do|dump ATTRIBUTE TYPE [MIN MAX]", of values or bytes. An attribute of a nest is
 * NEST.ATTRIBUTE.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLICIES	64
#define ATTRIBUTES	64
#define NEXT_PTR(a)	((struct nlattr *)((char *)(a) + NLA_ALIGN((a)->nla_len)))
#define FOR_EACH(a, from, end) \
	for (a = (from); (char *)a + NLA_HDRLEN <= (char *)(end) && a->nla_len >= NLA_HDRLEN; a = NEXT_PTR(a))

static struct attribute {
	uint32_t type, nested;
	uint64_t min, max;
} policies[POLICIES][ATTRIBUTES];

static struct operation {
	int command, is_dump;
	uint32_t policy;
} operations[POLICIES];
static int n_operations;

static int type_of(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

static struct nlattr *payload(const struct nlattr *a)
{
	return (struct nlattr *)((char *)a + NLA_HDRLEN);
}

static void *end_of(const struct nlattr *a)
{
	return (char *)a + a->nla_len;
}

static uint64_t number(const struct nlattr *a)
{
	uint64_t value = 0;

	memcpy(&value, payload(a), a->nla_len - NLA_HDRLEN > 8 ? 8 : a->nla_len - NLA_HDRLEN);
	return value;
}

static void take_attribute(struct attribute *attribute, const struct nlattr *nest)
{
	struct nlattr *a;

	FOR_EACH(a, payload(nest), end_of(nest)) {
		switch (type_of(a)) {
		case NL_POLICY_TYPE_ATTR_TYPE: attribute->type = number(a); break;
		case NL_POLICY_TYPE_ATTR_MIN_LENGTH:
		case NL_POLICY_TYPE_ATTR_MIN_VALUE_U: attribute->min = number(a); break;
		case NL_POLICY_TYPE_ATTR_MAX_LENGTH:
		case NL_POLICY_TYPE_ATTR_MAX_VALUE_U: attribute->max = number(a); break;
		case NL_POLICY_TYPE_ATTR_POLICY_IDX: attribute->nested = number(a); break;
		}
	}
}

static void take_policies(const struct nlattr *nest)
{
	struct nlattr *policy, *a;

	FOR_EACH(policy, payload(nest), end_of(nest))
		FOR_EACH(a, payload(policy), end_of(policy))
			if (type_of(policy) < POLICIES && type_of(a) < ATTRIBUTES)
				take_attribute(&policies[type_of(policy)][type_of(a)], a);
}

static void take_operations(const struct nlattr *nest)
{
	struct nlattr *operation, *a;

	FOR_EACH(operation, payload(nest), end_of(nest))
		FOR_EACH(a, payload(operation), end_of(operation))
			if (n_operations < POLICIES)
				operations[n_operations++] = (struct operation){
					type_of(operation), type_of(a) == CTRL_ATTR_POLICY_DUMP, number(a) };
}

static void take(const struct nlmsghdr *message)
{
	struct nlattr *a, *first = (struct nlattr *)((char *)NLMSG_DATA(message) + GENL_HDRLEN);

	FOR_EACH(a, first, (char *)message + message->nlmsg_len) {
		if (type_of(a) == CTRL_ATTR_POLICY)
			take_policies(a);
		else if (type_of(a) == CTRL_ATTR_OP_POLICY)
			take_operations(a);
	}
}

static void print(const struct operation *o, uint32_t policy, const char *prefix)
{
	static const char *const names[] = { [NL_ATTR_TYPE_FLAG] = "flag", [NL_ATTR_TYPE_U32] = "u32",
		[NL_ATTR_TYPE_BINARY] = "binary", [NL_ATTR_TYPE_U64] = "u64", [NL_ATTR_TYPE_STRING] = "string", [NL_ATTR_TYPE_NESTED] = "nest" };
	char nest[32];
	int i;

	for (i = 1; policy < POLICIES && i < ATTRIBUTES; i++) {
		const struct attribute *a = &policies[policy][i];

		if (!a->type)
			continue;
		printf("%d %s %s%d %s", o->command, o->is_dump ? "dump" : "do", prefix, i,
		       a->type < sizeof(names) / sizeof(names[0]) && names[a->type] ? names[a->type] : "?");
		if (a->type == NL_ATTR_TYPE_U32 || a->type == NL_ATTR_TYPE_U64 || a->type == NL_ATTR_TYPE_BINARY)
			printf(" %llu %llu", (unsigned long long)a->min, (unsigned long long)a->max);
		printf("\n");
		if (a->type == NL_ATTR_TYPE_NESTED && !*prefix) {
			snprintf(nest, sizeof(nest), "%d.", i);
			print(o, a->nested, nest);
		}
	}
}

static int ask(int fd, const char *family)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
		struct nlattr a;
		char name[GENL_NAMSIZ];
	} request = {
		.n = { sizeof(request), GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		.g = { .cmd = CTRL_CMD_GETPOLICY, .version = 2 },
		.a = { NLA_HDRLEN + strlen(family) + 1, CTRL_ATTR_FAMILY_NAME },
	};

	if (strlen(family) >= sizeof(request.name))
		return -1;
	strcpy(request.name, family);
	request.n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(request.a.nla_len);
	return send(fd, &request, request.n.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* Returns 1 at the end of the answer, -1 if it is an error. */
static int read_some(int fd)
{
	static char buffer[65536] __attribute__((aligned(8)));
	int left = recv(fd, buffer, sizeof(buffer), 0);
	struct nlmsghdr *message;

	if (left <= 0)
		return -1;
	for (message = (struct nlmsghdr *)buffer; NLMSG_OK(message, (unsigned int)left);
	     message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR)
			return -1;
		take(message);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), i, status = 0;

	if (argc != 2 || fd < 0 || ask(fd, argv[1]))
		return 1;
	while (!status)
		status = read_some(fd);
	for (i = 0; i < n_operations; i++)
		print(&operations[i], operations[i].policy, "");
	close(fd);
	return status < 0;
}

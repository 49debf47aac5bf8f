// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's line to the module, with libnl as it is and a model of the kernel at the other end: what
 * is asked, and what becomes of answers, errors, the kernel's sentences and dumps that break.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "link/netlink.h"

#include "unit.h"

#define FAMILY	0x21
#define GROUP	7

/**
 * struct datagram - what the kernel sends
 * @error: instead of it, the errno of recvmsg()
 */
struct datagram {
	unsigned char data[4096];
	size_t size;
	int error;
};

/**
 * struct kernel - the other end
 * @answer: @n_answer datagrams, of which @n_read were read
 * @command: the commands that were asked for, one after the other
 * @flags: of the last request
 * @request: the last request
 * @sender: port of who sends: 0 is the kernel itself
 */
static struct kernel {
	struct datagram answer[32];
	size_t n_answer;
	size_t n_read;
	uint8_t command[32];
	size_t n_command;
	unsigned char request[1024];
	uint32_t group;
	uint32_t sender;
	bool loaded;
	bool foreign_netns;
	bool capable;
} kernel;

/* These come before those of libc, also for libnl. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct iovec *part = message->msg_iov;
	const struct nlmsghdr *header = part->iov_base;

	(void)fd;
	(void)flags;
	assert_true(part->iov_len <= sizeof(kernel.request));
	assert_true(kernel.n_command < ARRAY_SIZE(kernel.command));
	memcpy(kernel.request, part->iov_base, part->iov_len);
	kernel.command[kernel.n_command++] = ((struct genlmsghdr *)NLMSG_DATA(header))->cmd;
	return (ssize_t)part->iov_len;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	(void)fd;
	(void)size;
	if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP)
		kernel.group = *(const uint32_t *)value;
	return 0;
}

/* An answer has number and port of the request. */
static void address_messages(void *data, int left)
{
	const struct nlmsghdr *request = (const struct nlmsghdr *)kernel.request;
	struct nlmsghdr *header = data;

	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		header->nlmsg_seq = request->nlmsg_seq;
		header->nlmsg_pid = request->nlmsg_pid;
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct sockaddr_nl *from = message->msg_name;
	struct iovec *room = message->msg_iov;
	struct datagram *datagram = &kernel.answer[kernel.n_read];
	size_t size;

	(void)fd;
	if (kernel.n_read == kernel.n_answer) {
		errno = EAGAIN;
		return -1;
	}
	if (datagram->error) {
		kernel.n_read++;
		errno = datagram->error;
		return -1;
	}
	size = datagram->size < room->iov_len ? datagram->size : room->iov_len;
	*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_pid = kernel.sender };
	message->msg_namelen = sizeof(*from);
	message->msg_controllen = 0;
	message->msg_flags = datagram->size > room->iov_len ? MSG_TRUNC : 0;
	memcpy(room->iov_base, datagram->data, size);
	address_messages(room->iov_base, (int)size);
	if (!(flags & MSG_PEEK))
		kernel.n_read++;
	return (ssize_t)(flags & MSG_TRUNC ? datagram->size : size);
}

bool machine_module_loaded(void)
{
	return kernel.loaded;
}

bool machine_foreign_netns(void)
{
	return kernel.foreign_netns;
}

bool machine_capable(int capability)
{
	(void)capability;
	return kernel.capable;
}

uint32_t machine_online_cpus(void)
{
	return 3;
}

static struct datagram *next_answer(void)
{
	assert_true(kernel.n_answer < ARRAY_SIZE(kernel.answer));
	return &kernel.answer[kernel.n_answer++];
}

/* Frees @message. */
static void put_message(struct nl_msg *message)
{
	struct datagram *datagram = next_answer();

	datagram->size = nlmsg_hdr(message)->nlmsg_len;
	assert_true(datagram->size <= sizeof(datagram->data));
	memcpy(datagram->data, nlmsg_hdr(message), datagram->size);
	nlmsg_free(message);
}

static struct nl_msg *new_answer(int family, uint8_t command, int flags)
{
	struct nl_msg *message = nlmsg_alloc();

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, 0, 0, family, 0, flags, command, 1));
	return message;
}

/* With the kernel's sentence, if there is one; the request comes back whole if it is not @capped. */
static void put_error(int error, const char *sentence, bool capped)
{
	struct nl_msg *message = nlmsg_alloc();
	struct nlmsgerr *body;
	size_t back = capped ? 0 : 8;
	int flags = (capped ? NLM_F_CAPPED : 0) | (sentence ? NLM_F_ACK_TLVS : 0);

	assert_non_null(nlmsg_put(message, 0, 0, NLMSG_ERROR, (int)(sizeof(*body) + back), flags));
	body = nlmsg_data(nlmsg_hdr(message));
	memset(body, 0, sizeof(*body) + back);
	body->error = -error;
	body->msg.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + back);
	if (sentence)
		assert_int_equal(nla_put_string(message, NLMSGERR_ATTR_MSG, sentence), 0);
	put_message(message);
}

static void put_ack(void)
{
	put_error(0, NULL, true);
}

/* The end of a dump. */
static void put_done(int error, const char *sentence, int flags)
{
	struct nl_msg *message = nlmsg_alloc();
	int status = -error;

	assert_non_null(nlmsg_put(message, 0, 0, NLMSG_DONE, 0,
				  NLM_F_MULTI | flags | (sentence ? NLM_F_ACK_TLVS : 0)));
	assert_int_equal(nlmsg_append(message, &status, sizeof(status), NLMSG_ALIGNTO), 0);
	if (sentence)
		assert_int_equal(nla_put_string(message, NLMSGERR_ATTR_MSG, sentence), 0);
	put_message(message);
}

static void put_family(uint32_t version, const char *group)
{
	struct nl_msg *message = new_answer(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, 0);
	struct nlattr *groups = nla_nest_start(message, CTRL_ATTR_MCAST_GROUPS), *entry;

	entry = nla_nest_start(message, 1);
	nla_put_string(message, CTRL_ATTR_MCAST_GRP_NAME, group);
	nla_put_u32(message, CTRL_ATTR_MCAST_GRP_ID, GROUP);
	nla_nest_end(message, entry);
	nla_nest_end(message, groups);
	nla_put_u16(message, CTRL_ATTR_FAMILY_ID, FAMILY);
	nla_put_u32(message, CTRL_ATTR_VERSION, version);
	put_message(message);
	put_ack();
}

static void put_info(uint32_t state)
{
	struct nl_msg *message = new_answer(FAMILY, SHADOW_BOX_CMD_INFO, 0);

	nla_put_string(message, SHADOW_BOX_INFO_VERSION, "1.2.3");
	nla_put_u32(message, SHADOW_BOX_INFO_STATE, state);
	nla_put_u32(message, SHADOW_BOX_INFO_CPUS, 2);
	put_message(message);
	put_ack();
}

static void put_cpu(uint32_t id, uint64_t exits, int flags)
{
	struct nl_msg *message = new_answer(FAMILY, SHADOW_BOX_CMD_COUNTERS, NLM_F_MULTI | flags);
	struct nlattr *nest;

	nla_put_u32(message, SHADOW_BOX_CPU_ID, id);
	nla_put_u64(message, SHADOW_BOX_CPU_EXITS, exits);
	nest = nla_nest_start(message, SHADOW_BOX_CPU_EXIT);
	nla_put_u32(message, SHADOW_BOX_EXIT_REASON, 10);
	nla_put_u64(message, SHADOW_BOX_EXIT_COUNT, exits);
	nla_nest_end(message, nest);
	put_message(message);
}

static void put_policy(uint32_t id, uint32_t mode)
{
	struct nl_msg *message = new_answer(FAMILY, SHADOW_BOX_CMD_POLICIES, NLM_F_MULTI);

	nla_put_u32(message, SHADOW_BOX_POLICY_ID, id);
	nla_put_u32(message, SHADOW_BOX_POLICY_MODE, mode);
	put_message(message);
}

static void put_event(uint64_t seq, int family, int flags)
{
	struct nl_msg *message = new_answer(family, SHADOW_BOX_CMD_EVENTS, flags);

	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, seq);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, SHADOW_BOX_EVENT_VIOLATION);
	put_message(message);
}

static struct channel *open_channel(void)
{
	struct failure failure = { 0 };
	struct channel *channel;

	put_family(SHADOW_BOX_FAMILY_VERSION, SHADOW_BOX_MCGRP_EVENTS);
	channel = channel_open(&failure);
	require(channel != NULL, "%s", failure.text);
	return channel;
}

/* Opening fails with @code and a sentence that has @words. */
static void expect_no_channel(enum exit_code code, const char *words)
{
	struct failure failure = { 0 };

	assert_null(channel_open(&failure));
	require(failure.code == code, "code %d: %s", failure.code, failure.text);
	require(strstr(failure.text, words) != NULL, "'%s' has no '%s'", failure.text, words);
	assert_int_equal(kernel.n_read, kernel.n_answer);
}

static void expect_failure(int result, const struct failure *failure, enum exit_code code,
			   const char *text)
{
	require(result == -1 && failure->code == code && !strcmp(failure->text, text),
		"%d, code %d: %s", result, failure->code, failure->text);
	assert_int_equal(kernel.n_read, kernel.n_answer);
}

static void the_family_is_asked_for_by_name(void **state)
{
	struct nlmsghdr *request = (struct nlmsghdr *)kernel.request;
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	(void)state;
	channel_close(open_channel());
	assert_int_equal(request->nlmsg_type, GENL_ID_CTRL);
	assert_int_equal(kernel.command[0], CTRL_CMD_GETFAMILY);
	assert_int_equal(genlmsg_parse(request, 0, a, CTRL_ATTR_MAX, NULL), 0);
	assert_string_equal(nla_get_string(a[CTRL_ATTR_FAMILY_NAME]), "shadow_box");
	assert_int_equal(kernel.n_command, 1);
}

static void why_there_is_no_family_is_said(void **state)
{
	(void)state;
	put_error(ENOENT, NULL, true);
	expect_no_channel(SBCTL_NOT_RUNNING, "the shadow_box module is not loaded; 'sbctl load'");
	kernel.loaded = true;
	put_error(ENOENT, NULL, false);
	expect_no_channel(SBCTL_NOT_RUNNING, "it is being loaded or unloaded just now");
	kernel.foreign_netns = true;
	put_error(ENOENT, NULL, true);
	expect_no_channel(SBCTL_NAMESPACE, "answers only in the initial network namespace");
	put_error(EPERM, NULL, true);
	expect_no_channel(SBCTL_PRIVILEGE, "cannot reach the module: permission denied; run sbctl as root");
	put_family(SHADOW_BOX_FAMILY_VERSION + 1, SHADOW_BOX_MCGRP_EVENTS);
	expect_no_channel(SBCTL_UNSUPPORTED, "the loaded module speaks version 2 of the interface");
}

/* A kernel that says nothing must not make sbctl wait for ever, nor a packet of noise. */
static void no_answer_is_an_error(void **state)
{
	(void)state;
	expect_no_channel(SBCTL_UNSUPPORTED, "the answer of the module cannot be understood");
	next_answer()->size = 3;
	expect_no_channel(SBCTL_UNSUPPORTED, "the answer of the module cannot be understood");
	next_answer()->error = ENOBUFS;
	expect_no_channel(SBCTL_FAILED, "Cannot allocate memory");
}

static void information_is_read(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct info info;

	(void)state;
	put_info(SHADOW_BOX_STATE_ACTIVE);
	assert_int_equal(channel_active_info(channel, &info, &failure), 0);
	assert_string_equal(info.version, "1.2.3");
	assert_int_equal(info.cpus, 2);
	assert_int_equal(info.cpus_online, 3);
	assert_int_equal(((struct nlmsghdr *)kernel.request)->nlmsg_type, FAMILY);
	put_info(SHADOW_BOX_STATE_IDLE);
	expect_failure(channel_active_info(channel, &info, &failure), &failure, SBCTL_NOT_RUNNING,
		       "the shadow_box module is loaded, not active; 'sbctl load' launches it");
	/* An acknowledgement, but no information before it. */
	put_ack();
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_UNSUPPORTED,
		       "cannot read the state: the answer of the module cannot be understood; 'sbctl version' shows whether module and tool fit");
	channel_close(channel);
}

static void errors_have_sentences(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct info info;

	(void)state;
	put_error(EPERM, NULL, true);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_PRIVILEGE,
		       "cannot read the state: permission denied; run sbctl as root (it needs CAP_NET_ADMIN)");
	put_error(ENOENT, NULL, false);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_NOT_RUNNING,
		       "cannot read the state: the shadow_box module was unloaded");
	put_error(EOPNOTSUPP, NULL, true);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_UNSUPPORTED,
		       "cannot read the state: the loaded module does not know this request; 'sbctl version' shows whether module and tool fit");
	/* The kernel's own sentence, behind a request that came back, and behind none. */
	put_error(EBUSY, "the host is asleep", false);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_FAILED,
		       "cannot read the state: the host is asleep");
	put_error(EBUSY, "the host is away", true);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_FAILED,
		       "cannot read the state: the host is away");
	/* That of the request before does not stay. */
	put_error(EBUSY, NULL, true);
	expect_failure(channel_info(channel, &info, &failure), &failure, SBCTL_FAILED,
		       "cannot read the state: Device or resource busy");
	channel_close(channel);
}

/* All that a snapshot asks for: information, counters, policies. */
static void put_snapshot(int flags)
{
	put_info(SHADOW_BOX_STATE_ACTIVE);
	put_cpu(1, 20, 0);
	put_cpu(0, 10, flags);
	put_done(0, NULL, 0);
	put_policy(1, SHADOW_BOX_MODE_LOG);
	put_policy(0, SHADOW_BOX_MODE_ENFORCE);
	put_done(0, NULL, 0);
}

static void a_snapshot_is_put_together(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct snapshot snapshot;

	(void)state;
	put_snapshot(0);
	assert_int_equal(channel_snapshot(channel, &snapshot, &failure), 0);
	assert_false(snapshot.torn);
	assert_int_equal(snapshot.n_cpu, 2);
	assert_int_equal(snapshot.cpu[0].exits, 10);
	assert_int_equal(snapshot.cpu[1].exit[0].count, 20);
	assert_int_equal(snapshot.policies.n_policy, 2);
	assert_int_equal(snapshot.policies.policy[0].mode, SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(kernel.command[2], SHADOW_BOX_CMD_COUNTERS);
	assert_true(((struct nlmsghdr *)kernel.request)->nlmsg_flags & NLM_F_DUMP);
	snapshot_free(&snapshot);
	channel_close(channel);
}

/* A dump that CPUs came or went in is asked for again, and after three times shown as it is. */
static void a_torn_dump_is_repeated(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct snapshot snapshot;
	int i;

	(void)state;
	put_snapshot(NLM_F_DUMP_INTR);
	put_snapshot(0);
	assert_int_equal(channel_snapshot(channel, &snapshot, &failure), 0);
	assert_false(snapshot.torn);
	assert_int_equal(snapshot.n_cpu, 2);
	assert_int_equal(kernel.n_read, kernel.n_answer);
	snapshot_free(&snapshot);
	kernel.n_answer = kernel.n_read = 0;
	for (i = 0; i < 3; i++)
		put_snapshot(NLM_F_DUMP_INTR);
	assert_int_equal(channel_snapshot(channel, &snapshot, &failure), 0);
	assert_true(snapshot.torn);
	assert_int_equal(snapshot.n_cpu, 2);
	assert_int_equal(kernel.n_read, kernel.n_answer);
	snapshot_free(&snapshot);
	channel_close(channel);
}

/* Nothing is shown of a dump that ends with an error, or before its end. */
static void a_partial_dump_is_an_error(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct snapshot snapshot;
	struct policy_list list;

	(void)state;
	put_info(SHADOW_BOX_STATE_ACTIVE);
	put_cpu(0, 10, 0);
	put_done(ENODEV, "the host went away", 0);
	expect_failure(channel_snapshot(channel, &snapshot, &failure), &failure, SBCTL_FAILED,
		       "cannot read the counters: the host went away");
	assert_int_equal(snapshot.n_cpu, 0);
	put_policy(0, SHADOW_BOX_MODE_LOG);
	expect_failure(channel_policies(channel, &list, &failure), &failure, SBCTL_UNSUPPORTED,
		       "cannot read the policies: the answer of the module cannot be understood; 'sbctl version' shows whether module and tool fit");
	assert_int_equal(list.n_policy, 0);
	channel_close(channel);
	/* One message of it makes no sense. */
	channel = open_channel();
	put_policy(0, SHADOW_BOX_MODE_LOG);
	put_cpu(0, 10, 0);
	kernel.answer[kernel.n_answer - 1].data[NLMSG_HDRLEN + GENL_HDRLEN + 2] = 99;
	expect_failure(channel_policies(channel, &list, &failure), &failure, SBCTL_UNSUPPORTED,
		       "cannot read the policies: the answer of the module cannot be understood; 'sbctl version' shows whether module and tool fit");
	assert_int_equal(list.n_policy, 0);
	channel_close(channel);
}

static void an_older_module_has_no_policies(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct snapshot snapshot;

	(void)state;
	put_info(SHADOW_BOX_STATE_ACTIVE);
	put_cpu(0, 10, 0);
	put_done(0, NULL, 0);
	put_error(EOPNOTSUPP, NULL, true);
	assert_int_equal(channel_snapshot(channel, &snapshot, &failure), 0);
	assert_int_equal(snapshot.n_cpu, 1);
	assert_int_equal(snapshot.policies.n_policy, 0);
	snapshot_free(&snapshot);
	channel_close(channel);
}

static void events_are_asked_for_and_sorted(void **state)
{
	struct nlattr *a[SHADOW_BOX_EVENT_MAX + 1];
	struct channel *channel = open_channel();
	struct event_list list = { 0 };
	struct failure failure = { 0 };

	(void)state;
	put_event(9, FAMILY, NLM_F_MULTI);
	put_event(8, FAMILY, NLM_F_MULTI);
	put_done(0, NULL, 0);
	assert_int_equal(channel_events(channel, 8, SHADOW_BOX_EVENT_VIOLATION, &list, &failure), 0);
	assert_int_equal(list.n_event, 2);
	assert_int_equal(list.event[0].seq, 8);
	assert_int_equal(genlmsg_parse((struct nlmsghdr *)kernel.request, 0, a, SHADOW_BOX_EVENT_MAX,
				       NULL), 0);
	assert_int_equal(nla_get_u64(a[SHADOW_BOX_EVENT_SEQ]), 8);
	assert_int_equal(nla_get_u32(a[SHADOW_BOX_EVENT_TYPE]), SHADOW_BOX_EVENT_VIOLATION);
	event_list_free(&list);
	channel_close(channel);
}

/* All in one request, but host-memory, which has one mode only. */
static void settings_go_in_one_request(void **state)
{
	static const struct setting_list settings = {
		.setting = { { SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG },
			     { SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_MODE_ENFORCE },
			     { SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_ENFORCE } }, .n_setting = 3,
	};
	static const struct setting_list nothing = {
		.setting = { { SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_MODE_ENFORCE } }, .n_setting = 1,
	};
	static const uint32_t wanted[][2] = {
		{ SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG },
		{ SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_ENFORCE },
	};
	struct genlmsghdr *header = genlmsg_hdr((struct nlmsghdr *)kernel.request);
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	struct nlattr *nest;
	size_t n = 0;
	int rest;

	(void)state;
	assert_int_equal(channel_set_policies(channel, &nothing, &failure), 0);
	assert_int_equal(kernel.n_command, 1);
	put_ack();
	assert_int_equal(channel_set_policies(channel, &settings, &failure), 0);
	assert_int_equal(header->cmd, SHADOW_BOX_CMD_POLICY_SET);
	nla_for_each_attr(nest, genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0), rest) {
		struct nlattr *a[SHADOW_BOX_POLICY_ATTR_MAX + 1];

		assert_int_equal(nla_type(nest), SHADOW_BOX_POLICY_SETTING);
		assert_true(n < ARRAY_SIZE(wanted));
		assert_int_equal(nla_parse_nested(a, SHADOW_BOX_POLICY_ATTR_MAX, nest, NULL), 0);
		assert_int_equal(nla_get_u32(a[SHADOW_BOX_POLICY_ID]), wanted[n][0]);
		assert_int_equal(nla_get_u32(a[SHADOW_BOX_POLICY_MODE]), wanted[n][1]);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(wanted));
	channel_close(channel);
}

/* With the exit code of the reason: a lock is not a lack of privilege. */
static void refusals_have_codes(void **state)
{
	static const struct setting_list settings = { .setting = { { 0, 1 } }, .n_setting = 1 };
	static const struct {
		int error;
		const char *sentence;
		bool capable;
		enum exit_code code;
		const char *text;
	} cases[] = {
		{ EPERM, "locked", true, SBCTL_LOCKED, "cannot set the policies: locked" },
		{ EPERM, "not yours", false, SBCTL_PRIVILEGE, "cannot set the policies: not yours" },
		{ EOPNOTSUPP, "no ftrace", true, SBCTL_IMPOSSIBLE, "cannot set the policies: no ftrace" },
		{ EINVAL, "no such policy", true, SBCTL_UNSUPPORTED, "cannot set the policies: no such policy" },
		{ ENOMEM, "no memory", true, SBCTL_FAILED, "cannot set the policies: no memory" },
		{ ENODEV, NULL, true, SBCTL_NOT_RUNNING,
		  "the shadow_box module is loaded, not active; 'sbctl load' launches it" },
		{ EPERM, NULL, false, SBCTL_PRIVILEGE,
		  "cannot set the policies: permission denied; run sbctl as root (it needs CAP_NET_ADMIN)" },
	};
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		kernel.capable = cases[i].capable;
		put_error(cases[i].error, cases[i].sentence, i % 2);
		expect_failure(channel_set_policies(channel, &settings, &failure), &failure,
			       cases[i].code, cases[i].text);
	}
	put_error(EALREADY, "locked already", true);
	assert_int_equal(channel_lock(channel, &failure), 1);
	put_ack();
	assert_int_equal(channel_lock(channel, &failure), 0);
	channel_close(channel);
}

static void a_sweep_has_a_number(void **state)
{
	struct nl_msg *answer = new_answer(FAMILY, SHADOW_BOX_CMD_SWEEP, 0);
	struct channel *channel = open_channel();
	struct failure failure = { 0 };
	uint64_t number;

	(void)state;
	nla_put_u64(answer, SHADOW_BOX_INFO_SWEEPS, 77);
	put_message(answer);
	put_ack();
	assert_int_equal(channel_sweep(channel, &number, &failure), 0);
	assert_int_equal(number, 77);
	put_error(ENODATA, "no detection is on", true);
	expect_failure(channel_sweep(channel, &number, &failure), &failure, SBCTL_FAILED,
		       "cannot sweep: no detection is on");
	put_message(new_answer(FAMILY, SHADOW_BOX_CMD_SWEEP, 0));
	expect_failure(channel_sweep(channel, &number, &failure), &failure, SBCTL_UNSUPPORTED,
		       "cannot sweep: the answer of the module cannot be understood; 'sbctl version' shows whether module and tool fit");
	channel_close(channel);
}

static void a_launch_may_be_refused(void **state)
{
	struct channel *channel = open_channel();
	struct failure failure = { 0 };

	(void)state;
	put_ack();
	assert_int_equal(channel_start(channel, &failure), 0);
	put_error(EALREADY, NULL, true);
	assert_int_equal(channel_start(channel, &failure), 1);
	put_error(ENODEV, "this processor has no VT-x", false);
	expect_failure(channel_start(channel, &failure), &failure, SBCTL_IMPOSSIBLE,
		       "cannot launch: this processor has no VT-x");
	put_error(EBUSY, "VT-x is in use", false);
	expect_failure(channel_start(channel, &failure), &failure, SBCTL_BUSY,
		       "cannot launch: VT-x is in use");
	kernel.capable = true;
	put_error(EPERM, "disabled", false);
	expect_failure(channel_start(channel, &failure), &failure, SBCTL_DISABLED,
		       "cannot launch: disabled");
	channel_close(channel);
}

/* The answer to libnl's question for the group of the controller. */
static struct feed *open_feed(struct channel *channel)
{
	struct failure failure = { 0 };
	struct feed *feed;

	put_family(2, "notify");
	feed = feed_open(channel, &failure);
	require(feed != NULL, "%s", failure.text);
	assert_int_equal(kernel.group, GROUP);
	kernel.n_read = kernel.n_answer = 0;
	return feed;
}

static void put_removal(uint16_t family)
{
	struct nl_msg *message = new_answer(GENL_ID_CTRL, CTRL_CMD_DELFAMILY, 0);

	nla_put_u16(message, CTRL_ATTR_FAMILY_ID, family);
	put_message(message);
}

static void events_come_until_the_module_goes(void **state)
{
	struct channel *channel = open_channel();
	struct feed *feed = open_feed(channel);
	struct event_list list = { 0 };

	(void)state;
	put_event(5, FAMILY, 0);
	put_event(6, FAMILY + 1, 0);
	put_event(7, FAMILY, 0);
	put_removal(FAMILY + 1);
	assert_int_equal(feed_read(feed, &list), FEED_OK);
	assert_int_equal(list.n_event, 2);
	assert_int_equal(list.event[0].seq, 5);
	assert_int_equal(list.event[1].seq, 7);
	put_event(8, FAMILY, 0);
	put_removal(FAMILY);
	assert_int_equal(feed_read(feed, &list), FEED_GONE);
	assert_int_equal(list.n_event, 3);
	event_list_free(&list);
	feed_close(feed);
	channel_close(channel);
}

static void only_the_kernel_is_believed(void **state)
{
	struct channel *channel = open_channel();
	struct feed *feed = open_feed(channel);
	struct event_list list = { 0 };

	(void)state;
	kernel.sender = 4711;
	put_event(5, FAMILY, 0);
	put_removal(FAMILY);
	assert_int_equal(feed_read(feed, &list), FEED_OK);
	assert_int_equal(list.n_event, 0);
	assert_int_equal(kernel.n_read, 2);
	feed_close(feed);
	channel_close(channel);
}

static void an_overrun_is_told(void **state)
{
	struct channel *channel = open_channel();
	struct feed *feed = open_feed(channel);
	struct event_list list = { 0 };

	(void)state;
	put_event(5, FAMILY, 0);
	next_answer()->error = ENOBUFS;
	assert_int_equal(feed_read(feed, &list), FEED_OVERRUN);
	assert_int_equal(list.n_event, 1);
	next_answer()->error = EBADF;
	assert_int_equal(feed_read(feed, &list), FEED_BROKEN);
	event_list_free(&list);
	feed_close(feed);
	channel_close(channel);
}

static void a_module_without_events_is_said(void **state)
{
	struct failure failure = { 0 };
	struct channel *channel;

	(void)state;
	put_family(SHADOW_BOX_FAMILY_VERSION, "others");
	channel = channel_open(&failure);
	assert_non_null(channel);
	assert_null(feed_open(channel, &failure));
	assert_int_equal(failure.code, SBCTL_UNSUPPORTED);
	assert_string_equal(failure.text, "the loaded module does not send events");
	channel_close(channel);
}

static int reset(void **state)
{
	(void)state;
	kernel = (struct kernel){ 0 };
	return 0;
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_family_is_asked_for_by_name),
		TEST(why_there_is_no_family_is_said),
		TEST(no_answer_is_an_error),
		TEST(information_is_read),
		TEST(errors_have_sentences),
		TEST(a_snapshot_is_put_together),
		TEST(a_torn_dump_is_repeated),
		TEST(a_partial_dump_is_an_error),
		TEST(an_older_module_has_no_policies),
		TEST(events_are_asked_for_and_sorted),
		TEST(settings_go_in_one_request),
		TEST(refusals_have_codes),
		TEST(a_sweep_has_a_number),
		TEST(a_launch_may_be_refused),
		TEST(events_come_until_the_module_goes),
		TEST(only_the_kernel_is_believed),
		TEST(an_overrun_is_told),
		TEST(a_module_without_events_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

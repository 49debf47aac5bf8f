// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line to the module: requests and the feed of events over generic netlink, each failure put
 * into the user's words.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "link/decode.h"
#include "link/machine.h"
#include "link/netlink.h"

/* A dump that CPU hotplug tore is asked for again so often before it is shown as torn. */
#define DUMP_ATTEMPTS	3
/* Enough for some 20,000 events of a storm. */
#define FEED_BUFFER	(8 << 20)
/* The kernel's errors are no greater. */
#define MAX_ERRNO	4095
/* One call of feed_read() takes at most so many datagrams, lest a storm starve the caller. */
#define FEED_BATCH	512

/**
 * struct channel - a connection for requests
 * @family: generic-netlink family number of this load of the module
 * @events_group: multicast group number of "events", 0 when the module has none
 * @done: the answer is complete
 * @error: errno of the answer, positive
 * @torn: NLM_F_DUMP_INTR was seen
 * @extack: the kernel's sentence, or empty
 */
struct channel {
	struct nl_sock *socket;
	struct nl_cb *callbacks;
	int family;
	int version;
	uint32_t events_group;
	bool done;
	int error;
	bool torn;
	char extack[256];
};

static void take_extack(struct channel *channel, struct nlattr *attributes, int length)
{
	struct nlattr *a[NLMSGERR_ATTR_MAX + 1];

	if (length > 0 && nla_parse(a, NLMSGERR_ATTR_MAX, attributes, length, NULL) >= 0 &&
	    a[NLMSGERR_ATTR_MSG])
		nla_strlcpy(channel->extack, a[NLMSGERR_ATTR_MSG], sizeof(channel->extack));
}

/* The errno in an answer, positive; EPROTO for a number that is none. */
static int error_number(int answered)
{
	return answered < 0 && answered >= -MAX_ERRNO ? -answered : EPROTO;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *header = (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	size_t skip = sizeof(*error), length = (size_t)nlmsg_datalen(header);
	struct channel *channel = arg;

	(void)from;
	channel->done = true;
	channel->error = error_number(error->error);
	/* The request may come back whole; how long it was is the answer's word, which may be wrong. */
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip = offsetof(struct nlmsgerr, msg) + (size_t)error->msg.nlmsg_len;
	skip = NLMSG_ALIGN(skip);
	if (header->nlmsg_flags & NLM_F_ACK_TLVS && skip < length)
		take_extack(channel, (struct nlattr *)((char *)error + skip), (int)(length - skip));
	return NL_STOP;
}

/* A dump that fails on the way says so in its last message, which libnl does not look at. */
static int on_finish(struct nl_msg *message, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct channel *channel = arg;
	int *status = nlmsg_data(header);

	channel->done = true;
	if (nlmsg_datalen(header) < (int)sizeof(*status) || *status >= 0)
		return NL_OK;
	channel->error = error_number(*status);
	if (header->nlmsg_flags & NLM_F_ACK_TLVS)
		take_extack(channel, (struct nlattr *)(status + 1),
			    nlmsg_datalen(header) - (int)sizeof(*status));
	return NL_OK;
}

static int on_ack(struct nl_msg *message, void *arg)
{
	struct channel *channel = arg;

	(void)message;
	channel->done = true;
	return NL_STOP;
}

static int on_torn(struct nl_msg *message, void *arg)
{
	struct channel *channel = arg;

	(void)message;
	channel->torn = true;
	return NL_OK;
}

/*
 * Sends @message and waits for the whole answer, each of whose messages goes to @take(). Frees
 * @message. Return: 0, or -1 with channel->error set.
 */
static int transact(struct channel *channel, struct nl_msg *message, nl_recvmsg_msg_cb_t take,
		    void *arg)
{
	int error;

	channel->done = false;
	channel->error = 0;
	channel->torn = false;
	channel->extack[0] = '\0';
	nl_cb_set(channel->callbacks, NL_CB_VALID, NL_CB_CUSTOM, take, arg);
	error = nl_send_auto(channel->socket, message);
	nlmsg_free(message);
	while (error >= 0 && !channel->done)
		error = nl_recvmsgs(channel->socket, channel->callbacks);
	if (error < 0 && !channel->error)
		channel->error = error == -NLE_NOMEM ? ENOMEM : EPROTO;
	return channel->error ? -1 : 0;
}

static struct nl_msg *new_message(int family, int flags, uint8_t command, uint8_t version)
{
	struct nl_msg *message = nlmsg_alloc();

	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, command,
				    version)) {
		nlmsg_free(message);
		message = NULL;
	}
	return message;
}

static int fail_memory(struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "out of memory");
}

/* Puts the error of the last transact() into words; @what is "cannot ...". */
static int fail_request(const struct channel *channel, const char *what, struct failure *failure)
{
	switch (channel->error) {
	case EPERM:
		return fail(failure, SBCTL_PRIVILEGE,
			    "%s: permission denied; run sbctl as root (it needs CAP_NET_ADMIN)",
			    what);
	case ENOENT:
		return fail(failure, SBCTL_NOT_RUNNING, "%s: the shadow_box module was unloaded",
			    what);
	case EOPNOTSUPP:
		return fail(failure, SBCTL_UNSUPPORTED,
			    "%s: the loaded module does not know this request; 'sbctl version' shows whether module and tool fit",
			    what);
	case EPROTO:
		return fail(failure, SBCTL_UNSUPPORTED,
			    "%s: the answer of the module cannot be understood; 'sbctl version' shows whether module and tool fit",
			    what);
	}
	return fail(failure, SBCTL_FAILED, "%s: %s", what,
		    channel->extack[0] ? channel->extack : strerror(channel->error));
}

static int on_family(struct nl_msg *message, void *arg)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1], *group;
	struct channel *channel = arg;
	int rest;

	if (genlmsg_parse(nlmsg_hdr(message), 0, a, CTRL_ATTR_MAX, NULL) < 0 ||
	    !a[CTRL_ATTR_FAMILY_ID] || !a[CTRL_ATTR_VERSION])
		return NL_SKIP;
	channel->family = nla_get_u16(a[CTRL_ATTR_FAMILY_ID]);
	channel->version = (int)nla_get_u32(a[CTRL_ATTR_VERSION]);
	if (!a[CTRL_ATTR_MCAST_GROUPS])
		return NL_OK;
	nla_for_each_nested(group, a[CTRL_ATTR_MCAST_GROUPS], rest) {
		struct nlattr *g[CTRL_ATTR_MCAST_GRP_MAX + 1];

		if (!nla_parse_nested(g, CTRL_ATTR_MCAST_GRP_MAX, group, NULL) &&
		    g[CTRL_ATTR_MCAST_GRP_NAME] && g[CTRL_ATTR_MCAST_GRP_ID] &&
		    !nla_strcmp(g[CTRL_ATTR_MCAST_GRP_NAME], SHADOW_BOX_MCGRP_EVENTS))
			channel->events_group = nla_get_u32(g[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return NL_OK;
}

/* Why the family is not there: in the order in which the user can do something about it. */
static int fail_no_family(struct failure *failure)
{
	if (!machine_module_loaded())
		return fail(failure, SBCTL_NOT_RUNNING,
			    "the shadow_box module is not loaded; 'sbctl load' loads and launches it");
	if (machine_foreign_netns())
		return fail(failure, SBCTL_NAMESPACE,
			    "the shadow_box module is loaded, but answers only in the initial network namespace; run sbctl there ('nsenter --net=/proc/1/ns/net sbctl ...')");
	return fail(failure, SBCTL_NOT_RUNNING,
		    "the shadow_box module is loaded, but does not answer: it is being loaded or unloaded just now; try again");
}

/* One request for number, version and group, where libnl's helpers would need three. */
static int resolve_family(struct channel *channel, struct failure *failure)
{
	struct nl_msg *message = new_message(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);

	if (!message || nla_put_string(message, CTRL_ATTR_FAMILY_NAME, SHADOW_BOX_FAMILY_NAME)) {
		nlmsg_free(message);
		return fail_memory(failure);
	}
	if (transact(channel, message, on_family, channel)) {
		if (channel->error == ENOENT)
			return fail_no_family(failure);
		return fail_request(channel, "cannot reach the module", failure);
	}
	if (channel->version != SHADOW_BOX_FAMILY_VERSION)
		return fail(failure, SBCTL_UNSUPPORTED,
			    "the loaded module speaks version %d of the interface and this sbctl version %d; install the two from the same release",
			    channel->version, SHADOW_BOX_FAMILY_VERSION);
	return 0;
}

static int connect_kernel(struct channel *channel, struct failure *failure)
{
	int error, one = 1;

	channel->socket = nl_socket_alloc();
	channel->callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	if (!channel->socket || !channel->callbacks)
		return fail_memory(failure);
	error = genl_connect(channel->socket);
	if (error < 0)
		return fail(failure, SBCTL_FAILED, "cannot open a netlink socket: %s",
			    nl_geterror(error));
	/* The kernel's sentences; without this option there are only numbers. */
	setsockopt(nl_socket_get_fd(channel->socket), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	nl_cb_err(channel->callbacks, NL_CB_CUSTOM, on_error, channel);
	nl_cb_set(channel->callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, channel);
	nl_cb_set(channel->callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_ack, channel);
	nl_cb_set(channel->callbacks, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_torn, channel);
	return 0;
}

struct channel *channel_open(struct failure *failure)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel) {
		fail_memory(failure);
		return NULL;
	}
	if (connect_kernel(channel, failure) || resolve_family(channel, failure)) {
		channel_close(channel);
		return NULL;
	}
	return channel;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	nl_cb_put(channel->callbacks);
	nl_socket_free(channel->socket);
	free(channel);
}

static struct nl_msg *module_message(struct channel *channel, int flags, uint8_t command)
{
	return new_message(channel->family, flags, command, SHADOW_BOX_FAMILY_VERSION);
}

static int on_info(struct nl_msg *message, void *arg)
{
	return decode_info(nlmsg_hdr(message), arg) ? NL_OK : -NLE_PARSE_ERR;
}

int channel_info(struct channel *channel, struct info *info, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_INFO);

	memset(info, 0, sizeof(*info));
	if (!message)
		return fail_memory(failure);
	if (!transact(channel, message, on_info, info) && HAVE(info, SHADOW_BOX_INFO_STATE)) {
		info->cpus_online = machine_online_cpus();
		return 0;
	}
	if (!channel->error)
		channel->error = EPROTO;
	return fail_request(channel, "cannot read the state", failure);
}

static int on_cpu(struct nl_msg *message, void *arg)
{
	struct snapshot *snapshot = arg;
	struct cpu *grown, cpu;

	if (!decode_cpu(nlmsg_hdr(message), &cpu))
		return -NLE_PARSE_ERR;
	grown = realloc(snapshot->cpu, (snapshot->n_cpu + 1) * sizeof(*grown));
	if (!grown) {
		free(cpu.exit);
		return -NLE_NOMEM;
	}
	snapshot->cpu = grown;
	snapshot->cpu[snapshot->n_cpu++] = cpu;
	return NL_OK;
}

int fail_not_active(struct failure *failure)
{
	return fail(failure, SBCTL_NOT_RUNNING,
		    "the shadow_box module is loaded, not active; 'sbctl load' launches it");
}

int channel_active_info(struct channel *channel, struct info *info, struct failure *failure)
{
	if (channel_info(channel, info, failure))
		return -1;
	return info->state == SHADOW_BOX_STATE_IDLE ? fail_not_active(failure) : 0;
}

static int on_policy(struct nl_msg *message, void *arg)
{
	struct policy policy;

	if (!decode_policy(nlmsg_hdr(message), &policy))
		return -NLE_PARSE_ERR;
	return policy_list_add(arg, &policy) ? NL_OK : -NLE_NOMEM;
}

int channel_policies(struct channel *channel, struct policy_list *list, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, NLM_F_DUMP, SHADOW_BOX_CMD_POLICIES);

	memset(list, 0, sizeof(*list));
	if (!message)
		return fail_memory(failure);
	if (!transact(channel, message, on_policy, list))
		return 0;
	policy_list_free(list);
	return fail_request(channel, "cannot read the policies", failure);
}

/* One attempt; @snapshot is left empty on failure. */
static int take_snapshot(struct channel *channel, struct snapshot *snapshot,
			 struct failure *failure)
{
	struct nl_msg *message = module_message(channel, NLM_F_DUMP, SHADOW_BOX_CMD_COUNTERS);

	memset(snapshot, 0, sizeof(*snapshot));
	if (!message)
		return fail_memory(failure);
	if (channel_info(channel, &snapshot->info, failure)) {
		nlmsg_free(message);
		return -1;
	}
	if (transact(channel, message, on_cpu, snapshot)) {
		snapshot_free(snapshot);
		return fail_request(channel, "cannot read the counters", failure);
	}
	snapshot->torn = channel->torn;
	/* An older module has no policies, which is no reason not to show the rest. */
	if (channel_policies(channel, &snapshot->policies, failure) &&
	    failure->code != SBCTL_UNSUPPORTED) {
		snapshot_free(snapshot);
		return -1;
	}
	return 0;
}

int channel_snapshot(struct channel *channel, struct snapshot *snapshot, struct failure *failure)
{
	int attempt;

	for (attempt = 0; ; attempt++) {
		if (take_snapshot(channel, snapshot, failure))
			return -1;
		if (!snapshot->torn || attempt + 1 == DUMP_ATTEMPTS)
			break;
		snapshot_free(snapshot);
	}
	snapshot_sort(snapshot);
	return 0;
}

static int on_event(struct nl_msg *message, void *arg)
{
	struct event event;

	if (!decode_event(nlmsg_hdr(message), &event))
		return -NLE_PARSE_ERR;
	return event_list_add(arg, &event) ? NL_OK : -NLE_NOMEM;
}

int channel_events(struct channel *channel, uint64_t from, uint32_t type,
		   struct event_list *list, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, NLM_F_DUMP, SHADOW_BOX_CMD_EVENTS);

	if (!message || nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, from) ||
	    (type && nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, type))) {
		nlmsg_free(message);
		return fail_memory(failure);
	}
	if (transact(channel, message, on_event, list))
		return fail_request(channel, "cannot read the events", failure);
	event_list_tidy(list);
	return 0;
}

/* Exit code of a refused launch; the errors are those documented at SHADOW_BOX_CMD_START. */
static enum exit_code start_code(int error)
{
	switch (error) {
	case ENODEV:
	case EACCES:
		return SBCTL_IMPOSSIBLE;
	case EBUSY:
		return SBCTL_BUSY;
	case EPERM:
		return machine_capable(CAP_SYS_ADMIN) ? SBCTL_DISABLED : SBCTL_PRIVILEGE;
	}
	return SBCTL_FAILED;
}

static int on_nothing(struct nl_msg *message, void *arg)
{
	(void)message;
	(void)arg;
	return NL_OK;
}

int channel_start(struct channel *channel, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_START);

	if (!message)
		return fail_memory(failure);
	if (!transact(channel, message, on_nothing, NULL))
		return 0;
	if (channel->error == EALREADY)
		return 1;
	/* Generic netlink itself refuses without a sentence; the module always gives one. */
	if (channel->extack[0])
		return fail(failure, start_code(channel->error), "cannot launch: %s",
			    channel->extack);
	return fail_request(channel, "cannot launch", failure);
}

/* Exit code of a refusal; the errors are documented at SHADOW_BOX_CMD_POLICY_SET and _LOCK. */
static enum exit_code policy_code(int error)
{
	switch (error) {
	case ENODEV:
		return SBCTL_NOT_RUNNING;
	case EOPNOTSUPP:
		return SBCTL_IMPOSSIBLE;
	case EINVAL:
		return SBCTL_UNSUPPORTED;
	case EPERM:
		return machine_capable(CAP_SYS_ADMIN) ? SBCTL_LOCKED : SBCTL_PRIVILEGE;
	}
	return SBCTL_FAILED;
}

/* Sends a command, whose answer goes to @take(). Return: as transact(), with the failure put into words. */
static int command_for(struct channel *channel, struct nl_msg *message, nl_recvmsg_msg_cb_t take,
		       void *arg, const char *what, struct failure *failure)
{
	if (!transact(channel, message, take, arg))
		return 0;
	if (channel->extack[0])
		return fail(failure, policy_code(channel->error), "%s: %s", what,
			    channel->extack);
	if (channel->error == ENODEV)
		return fail_not_active(failure);
	return fail_request(channel, what, failure);
}

static int command(struct channel *channel, struct nl_msg *message, const char *what,
		   struct failure *failure)
{
	return command_for(channel, message, on_nothing, NULL, what, failure);
}

static bool put_setting(struct nl_msg *message, const struct setting *setting)
{
	struct nlattr *nest = nla_nest_start(message, SHADOW_BOX_POLICY_SETTING | NLA_F_NESTED);

	if (!nest || nla_put_u32(message, SHADOW_BOX_POLICY_ID, setting->policy) ||
	    nla_put_u32(message, SHADOW_BOX_POLICY_MODE, setting->mode))
		return false;
	nla_nest_end(message, nest);
	return true;
}

int channel_set_policies(struct channel *channel, const struct setting_list *settings,
			 struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_POLICY_SET);
	size_t i, n = 0;

	for (i = 0; message && i < settings->n_setting; i++) {
		/* It has no other mode than enforce, and the module takes no request about it. */
		if (policy_class(settings->setting[i].policy) == SHADOW_BOX_CLASS_ALWAYS)
			continue;
		if (!put_setting(message, &settings->setting[i])) {
			nlmsg_free(message);
			message = NULL;
		}
		n++;
	}
	if (!message)
		return fail_memory(failure);
	if (n)
		return command(channel, message, "cannot set the policies", failure);
	nlmsg_free(message);
	return 0;
}

static int on_sweep(struct nl_msg *message, void *arg)
{
	struct nlattr *a[SHADOW_BOX_INFO_MAX + 1];
	uint64_t *number = arg;

	if (genlmsg_parse(nlmsg_hdr(message), 0, a, SHADOW_BOX_INFO_MAX, NULL) < 0 ||
	    !a[SHADOW_BOX_INFO_SWEEPS] ||
	    nla_len(a[SHADOW_BOX_INFO_SWEEPS]) != (int)sizeof(*number))
		return -NLE_PARSE_ERR;
	*number = nla_get_u64(a[SHADOW_BOX_INFO_SWEEPS]);
	return NL_OK;
}

int channel_sweep(struct channel *channel, uint64_t *number, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_SWEEP);

	*number = 0;
	if (!message)
		return fail_memory(failure);
	return command_for(channel, message, on_sweep, number, "cannot sweep", failure);
}

int channel_lock(struct channel *channel, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_LOCK);

	if (!message)
		return fail_memory(failure);
	if (!command(channel, message, "cannot lock", failure))
		return 0;
	return channel->error == EALREADY ? 1 : -1;
}

int channel_witness_key(struct channel *channel, const uint8_t *key, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_WITNESS_KEY);

	if (!message || nla_put(message, SHADOW_BOX_WITNESS_KEY, SHADOW_BOX_KEY_SIZE, key)) {
		nlmsg_free(message);
		return fail_memory(failure);
	}
	if (!command(channel, message, "cannot give the witness its key", failure))
		return 0;
	return channel->error == EALREADY ? 1 : -1;
}

static int on_statement(struct nl_msg *message, void *arg)
{
	struct nlattr *a[SHADOW_BOX_WITNESS_MAX + 1];
	struct shadow_box_statement *statement = arg;

	if (genlmsg_parse(nlmsg_hdr(message), 0, a, SHADOW_BOX_WITNESS_MAX, NULL) < 0 ||
	    !a[SHADOW_BOX_WITNESS_STATEMENT] ||
	    nla_len(a[SHADOW_BOX_WITNESS_STATEMENT]) != (int)sizeof(*statement))
		return -NLE_PARSE_ERR;
	memcpy(statement, nla_data(a[SHADOW_BOX_WITNESS_STATEMENT]), sizeof(*statement));
	return NL_OK;
}

int channel_witness(struct channel *channel, const uint8_t *nonce,
		    struct shadow_box_statement *statement, struct failure *failure)
{
	struct nl_msg *message = module_message(channel, 0, SHADOW_BOX_CMD_WITNESS);

	memset(statement, 0, sizeof(*statement));
	if (!message || nla_put(message, SHADOW_BOX_WITNESS_NONCE, SHADOW_BOX_NONCE_SIZE, nonce)) {
		nlmsg_free(message);
		return fail_memory(failure);
	}
	if (!transact(channel, message, on_statement, statement))
		return 0;
	if (channel->error == ENOKEY)
		return fail(failure, SBCTL_FAILED,
			    "attest: the witness has no key: 'sbctl witness FILE' gives it one, before the lock");
	if (channel->error == ENODEV)
		return fail_not_active(failure);
	return fail_request(channel, "cannot get a statement", failure);
}

int with_channel(int (*use)(struct channel *channel, const void *context,
			    struct failure *failure),
		 const void *context)
{
	struct failure failure;
	struct channel *channel = channel_open(&failure);
	int status = channel ? use(channel, context, &failure) : -1;

	channel_close(channel);
	return status < 0 ? say_failure(&failure) : status;
}

/**
 * struct feed - a subscription to the module's events
 * @family: whose removal ends the feed
 * @gone: the removal was announced
 * @list: where the events of this feed_read() go
 */
struct feed {
	struct nl_sock *socket;
	struct nl_cb *callbacks;
	int family;
	bool gone;
	struct event_list *list;
};

static void on_control(struct feed *feed, struct nlmsghdr *header)
{
	static const struct nla_policy sizes[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
	};
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	if (genlmsg_hdr(header)->cmd == CTRL_CMD_DELFAMILY &&
	    genlmsg_parse(header, 0, a, CTRL_ATTR_MAX, sizes) >= 0 && a[CTRL_ATTR_FAMILY_ID] &&
	    nla_get_u16(a[CTRL_ATTR_FAMILY_ID]) == feed->family)
		feed->gone = true;
}

static int on_notification(struct nl_msg *message, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct feed *feed = arg;
	struct event event;

	/* From the kernel only: root's other programs could send to this socket as well. */
	if (nlmsg_get_src(message)->nl_pid || !genlmsg_valid_hdr(header, 0))
		return NL_SKIP;
	if (header->nlmsg_type == GENL_ID_CTRL)
		on_control(feed, header);
	else if (header->nlmsg_type == feed->family &&
		 genlmsg_hdr(header)->cmd == SHADOW_BOX_CMD_EVENTS && decode_event(header, &event))
		event_list_add(feed->list, &event);
	return NL_OK;
}

static int no_sequence(struct nl_msg *message, void *arg)
{
	(void)message;
	(void)arg;
	return NL_OK;
}

static int subscribe(struct feed *feed, struct channel *channel, struct failure *failure)
{
	int size = FEED_BUFFER, fd, control, error;

	error = genl_connect(feed->socket);
	if (error < 0)
		return fail(failure, SBCTL_FAILED, "cannot open a netlink socket: %s",
			    nl_geterror(error));
	fd = nl_socket_get_fd(feed->socket);
	/* Beyond net.core.rmem_max where we may; else as much as is allowed. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/*
	 * The controller announces families that go: that is how the module's removal shows. Asked
	 * before events can come, which libnl would take for the answer.
	 */
	control = genl_ctrl_resolve_grp(feed->socket, "nlctrl", "notify");
	if (control >= 0)
		nl_socket_add_membership(feed->socket, control);
	error = nl_socket_add_membership(feed->socket, (int)channel->events_group);
	if (error == -NLE_PERM)
		return fail(failure, SBCTL_PRIVILEGE,
			    "cannot follow the events: permission denied; run sbctl as root (it needs CAP_NET_ADMIN)");
	if (error < 0)
		return fail(failure, SBCTL_FAILED, "cannot follow the events: %s",
			    nl_geterror(error));
	nl_socket_set_nonblocking(feed->socket);
	return 0;
}

struct feed *feed_open(struct channel *channel, struct failure *failure)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		goto no_memory;
	feed->family = channel->family;
	feed->socket = nl_socket_alloc();
	feed->callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	if (!feed->socket || !feed->callbacks)
		goto no_memory;
	if (!channel->events_group) {
		fail(failure, SBCTL_UNSUPPORTED, "the loaded module does not send events");
		goto failed;
	}
	nl_cb_set(feed->callbacks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_sequence, NULL);
	nl_cb_set(feed->callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_notification, feed);
	if (!subscribe(feed, channel, failure))
		return feed;
	goto failed;
no_memory:
	fail_memory(failure);
failed:
	feed_close(feed);
	return NULL;
}

void feed_close(struct feed *feed)
{
	if (!feed)
		return;
	nl_cb_put(feed->callbacks);
	nl_socket_free(feed->socket);
	free(feed);
}

int feed_fd(const struct feed *feed)
{
	return nl_socket_get_fd(feed->socket);
}

enum feed_state feed_read(struct feed *feed, struct event_list *list)
{
	int taken, i;

	feed->list = list;
	for (i = 0; i < FEED_BATCH; i++) {
		taken = nl_recvmsgs_report(feed->socket, feed->callbacks);
		if (taken == -NLE_NOMEM)
			return FEED_OVERRUN;
		if (taken == 0 || taken == -NLE_AGAIN || feed->gone)
			break;
		if (taken < 0)
			return FEED_BROKEN;
	}
	return feed->gone ? FEED_GONE : FEED_OK;
}

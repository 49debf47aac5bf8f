/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of messages in the journal: the table of MESSAGE_IDs and priorities. An id never changes
 * its meaning; systemd/shadow-box.catalog explains each. Made from kmod/uapi/shadow_box.yaml and
 * shadow_box_meaning.yaml by `make describe`: what is changed here is lost.
 */
#ifndef SBCTL_MESSAGES_H
#define SBCTL_MESSAGES_H

#include <syslog.h>

#include "uapi/shadow_box.h"

/**
 * struct message_class - a class of messages
 * @id: MESSAGE_ID
 * @priority: of syslog
 */
struct message_class {
	const char *id;
	int priority;
};

/* Violations by policy: an attack on the kernel, or a patch that the policy does not want. */
static const struct message_class violation_classes[SHADOW_BOX_POLICIES] = {
	[SHADOW_BOX_POLICY_KERNEL_TEXT] = {
		"60fd32bd7197498b80b7a2c988b1222b", LOG_CRIT },
	[SHADOW_BOX_POLICY_KERNEL_RODATA] = {
		"214428060928488ab297e15b66299daf", LOG_CRIT },
	[SHADOW_BOX_POLICY_MODULE_TEXT] = {
		"de38a21d6efc45078761a0cb0fac40d4", LOG_CRIT },
	[SHADOW_BOX_POLICY_IDT] = {
		"022fcc2f455d4af4b9dad3c02a56b7cc", LOG_CRIT },
	[SHADOW_BOX_POLICY_DESCRIPTOR_REGS] = {
		"b6539d5ed157453dbde519630cfbacaf", LOG_CRIT },
	[SHADOW_BOX_POLICY_CONTROL_REGS] = {
		"a1070b6666f34ccb82a121bd3a98d4e8", LOG_CRIT },
	[SHADOW_BOX_POLICY_SYSCALL_MSRS] = {
		"d4418c5bfe2a49efae2133b65012176e", LOG_CRIT },
	[SHADOW_BOX_POLICY_HOST_MEMORY] = {
		"2c44c702009d417fb92ea81de9d2e7ac", LOG_CRIT },
	[SHADOW_BOX_POLICY_KPROBES] = {
		"09dc89f4bef440c78d1e4ffeeaebeae4", LOG_WARNING },
	[SHADOW_BOX_POLICY_FTRACE] = {
		"e3bc80b8e67f4480b25e1d64b7ac1697", LOG_WARNING },
	[SHADOW_BOX_POLICY_BPF] = {
		"436e6a6351c44916bdd2ce37f705735e", LOG_WARNING },
	[SHADOW_BOX_POLICY_MSRS] = {
		"3f0c6d1ab9e84d57a2c47e5b8d90f1c6", LOG_CRIT },
	[SHADOW_BOX_POLICY_GLOBALS] = {
		"0b9d5c6f27e84d3c9a51f7e2c86d4a13", LOG_CRIT },
	[SHADOW_BOX_POLICY_MODULES] = {
		"7f2a91c4d06b4e6e8d15b3a4c9e07f52", LOG_CRIT },
	[SHADOW_BOX_POLICY_TASKS] = {
		"c58e30d2b7a94f1b8f60d9e27415ac38", LOG_CRIT },
	[SHADOW_BOX_POLICY_POINTERS] = {
		"5d1e8b3a94c7426fb0a2e61d7c38f905", LOG_CRIT },
	[SHADOW_BOX_POLICY_MAPPING] = {
		"9c1e52d7a0864fb3b17d3e68f24a95c0", LOG_CRIT },
	[SHADOW_BOX_POLICY_CODE_INTEGRITY] = {
		"9c4e70b1d2f34a68b5a90c1de8f7263a", LOG_CRIT },
	[SHADOW_BOX_POLICY_CREDS] = {
		"41d7f0a86c2b4b0f9e6ad35b7c80e214", LOG_CRIT },
	[SHADOW_BOX_POLICY_STATIC_KEYS] = {
		"b7d2e95c1f604a83a0c4f81e6d3927b5", LOG_CRIT },
};

/* All other events by type. */
static const struct message_class event_classes[] = {
	[SHADOW_BOX_EVENT_LAUNCH] = {
		"f34dd644522a4b279b5ba8c5d33385ef", LOG_INFO },
	[SHADOW_BOX_EVENT_LEAVE] = {
		"37bdf14e9d1a4b3c89c2818a4c71b8ce", LOG_NOTICE },
	[SHADOW_BOX_EVENT_HOST_NMI] = {
		"893eb335e87b4c7890741357aec9ee38", LOG_DEBUG },
	[SHADOW_BOX_EVENT_HOST_FAULT] = {
		"09773c74146743efaaba82d279872ef7", LOG_ALERT },
	[SHADOW_BOX_EVENT_UNMAPPED] = {
		"e80d811500ec47c6860de866b14cf0d6", LOG_INFO },
	[SHADOW_BOX_EVENT_MICROCODE] = {
		"58697d7d2e314467a612b2eb54674d4a", LOG_WARNING },
	[SHADOW_BOX_EVENT_POLICY] = {
		"352d2afd835f4bfb82b68619dd476691", LOG_NOTICE },
	[SHADOW_BOX_EVENT_LOCK] = {
		"578dc9eedbc348fc900fe14123149ca0", LOG_NOTICE },
	[SHADOW_BOX_EVENT_RELEASE] = {
		"235dd6542d2440d0bc9f4cccc66c42de", LOG_INFO },
	[SHADOW_BOX_EVENT_UNKNOWN_EXIT] = {
		"5b1c7d0e8f4a4c66b3d92a6de17f0c83", LOG_WARNING },
};

/* Events that this sbctl does not know, and violations of policies that it does not know. */
static const struct message_class unknown_class = {
	"382c211944ab4cec95c02b554eb8c30f", LOG_WARNING };

/* Events that were lost on their way. */
static const struct message_class lost_class = {
	"27a6fbc4f6564332b00096e8dee8b01e", LOG_WARNING };

#endif

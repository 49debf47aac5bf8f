/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit codes: what sbctl tells scripts. The numbers follow the LSB's for init scripts where it has
 * one, are documented in sbctl(8) and never change their meaning.
 */
#ifndef SBCTL_EXIT_H
#define SBCTL_EXIT_H

/**
 * enum exit_code - exit status of every verb but "check"
 * @SBCTL_OK: done
 * @SBCTL_FAILED: failed for a reason that has no code of its own; output could not be written
 * @SBCTL_USAGE: unknown verb or option, wrong or superfluous argument, an error in a policy file
 * @SBCTL_UNSUPPORTED: the module in the kernel and this sbctl do not fit together
 * @SBCTL_PRIVILEGE: needs root, or CAP_NET_ADMIN and CAP_SYS_ADMIN
 * @SBCTL_IMPOSSIBLE: the module is not installed, or this machine or kernel cannot run it
 * @SBCTL_DISABLED: switched off by the option disable=1, on the kernel command line or in modprobe.d
 * @SBCTL_NOT_RUNNING: the module is not loaded, or loaded, not active
 * @SBCTL_BUSY: VT-x is in use by another hypervisor, or the module itself is in use
 * @SBCTL_NAMESPACE: called in another network namespace than the initial one
 * @SBCTL_LOCKED: policies are locked until the machine restarts, and this would weaken them
 * @SBCTL_DIFFERS: "policy diff" found that policies are not set as the file wants
 * @SBCTL_REVERTED: settings on trial (--revert-after) were not confirmed and were set back
 * @SBCTL_SKIPPED: "boot start" did not launch, since an earlier boot with it went wrong
 * @SBCTL_FORGED: "verify": a statement is not genuine: forged, altered, or no answer to the nonce
 * @SBCTL_FINDINGS: "verify": a statement is genuine, and tells of something
 * @SBCTL_SUSPECTS: "sweep": something was found otherwise than it should be
 */
enum exit_code {
	SBCTL_OK		= 0,
	SBCTL_FAILED		= 1,
	SBCTL_USAGE		= 2,
	SBCTL_UNSUPPORTED	= 3,
	SBCTL_PRIVILEGE		= 4,
	SBCTL_IMPOSSIBLE	= 5,
	SBCTL_DISABLED		= 6,
	SBCTL_NOT_RUNNING	= 7,
	SBCTL_BUSY		= 8,
	SBCTL_NAMESPACE		= 9,
	SBCTL_LOCKED		= 10,
	SBCTL_DIFFERS		= 11,
	SBCTL_REVERTED		= 12,
	SBCTL_SKIPPED		= 13,
	SBCTL_FORGED		= 14,
	SBCTL_FINDINGS		= 15,
	SBCTL_SUSPECTS		= 16,
};

/**
 * enum verdict - result of one line of "sbctl check" and, the worst of them, its exit status
 *
 * The values are those of monitoring plugins (Nagios, Icinga). Usage errors of "check" are
 * VERDICT_UNKNOWN, as such plugins must answer.
 */
enum verdict {
	VERDICT_OK		= 0,
	VERDICT_WARN		= 1,
	VERDICT_FAIL		= 2,
	VERDICT_UNKNOWN		= 3,
};

#endif

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the emulated machine: load, attack with a policy off, logging and enforced, unload.
# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/check.sh
. /lib/check.sh
. attacks.sh

check 'load' sbctl load
attacks kernel-text <<'LIST'
	kernel code, CR0.WP clear    | text wp               | #GP | no-site
LIST
attacks kernel-rodata <<'LIST'
	entry of the system calls    | alias sys_call_table  | #GP | write
LIST
check 'unload' sbctl unload
done_checking

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The guest's part of tests/ftrace/run.
if grep -q mode=enforced /proc/cmdline; then
	modprobe shadow_box && sbctl policy all enforce || exit
fi
cd /ftrace && sh ./ftracetest --logdir /tmp/logs | sed 's/\x1b\[[0-9;]*m//g'
if grep -q mode=enforced /proc/cmdline; then
	sbctl violations
	echo "violations: $(sbctl violations --json | grep -c '"type": "violation"')"
	rmmod shadow_box
fi

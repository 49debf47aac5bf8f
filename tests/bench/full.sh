#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests/bench/run, on one CPU: every workload and every exit, without Shadow-box and with all policies off, log and enforce.
. bench.sh

measure() {
	# shellcheck disable=SC2046  # one argument each
	bench_run "$1" $(bench | grep -v nothing)
	bench_kernel_exits "$1"
}

set -e
bench_prepare
measure native
modprobe shadow_box
for config in off log enforce; do
	bench_policies $config >/dev/null
	measure $config
done
rmmod shadow_box

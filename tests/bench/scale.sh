#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests/bench/run, on one CPU, with any amount of memory: what loading, protecting and unloading takes; with "tasks" on the kernel's
# command line also with many tasks.
. bench.sh

set -e
bench_prepare
echo "load $(bench ticks modprobe shadow_box)"
echo "enforce $(bench ticks sbctl policy all enforce | grep ticks)"
sbctl status --json | sed -n 's/.*"host_memory_used_bytes": *\([0-9]*\).*/used \1/p'
echo "unload $(bench ticks rmmod shadow_box)"
grep -qw tasks /proc/cmdline || exit 0
for tasks in 100 1000 5000; do
	echo "tasks $tasks load $(bench tasks $tasks modprobe shadow_box)"
	echo "tasks $tasks enforce $(bench tasks $tasks sbctl policy all enforce | grep ticks)"
	echo "tasks $tasks unload $(bench tasks $tasks rmmod shadow_box)"
done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests/bench/run, with the module's test build, on any number of CPUs: what loading and unloading takes, memory, the leaves of the
# EPT, and how both go with more modules; on one CPU also how long the host stays, by exit reason and hypercall.
. bench.sh

call=/sys/module/hypercall/parameters
# ask NUMBER RBX: the answer of a test hypercall, on CPU 0
ask() {
	echo $((0x5b0c0000 + $1)) >$call/rax && echo "$2" >$call/rbx && echo 0 >$call/call && read -r answer <$call/answer
}

memory() {
	echo "memory $1 $(sbctl status --json | sed -n 's/.*"host_memory\(_used\|\)_bytes": *\([0-9]*\).*/\2/p' | tr '\n' ' ')"
	for level in 1 2 3; do
		ask 15 $level
		echo "leaves $1 $level $answer"
	done
}

# The last bucket of a kind is the one at which all stays are accounted for.
stays() {
	kind=0
	while [ $kind -lt 96 ]; do
		ask 14 $((kind << 16))
		count=$answer bucket=0
		if [ "$count" -gt 0 ]; then
			ask 14 $((kind << 16 | 1)) && least=$answer
			ask 14 $((kind << 16 | 2)) && most=$answer
			echo "stays $kind $count $least $most"
			while [ "$count" -gt 0 ] && [ $bucket -lt 96 ]; do
				ask 14 $((kind << 16 | 16 + bucket))
				[ "$answer" -eq 0 ] || echo "bucket $kind $bucket $answer"
				count=$((count - answer)) bucket=$((bucket + 1))
			done
		fi
		kind=$((kind + 1))
	done
}

set -e
bench_prepare
modprobe hypercall
echo "load $(bench ticks modprobe shadow_box)"
memory off
echo "enforce $(bench ticks sbctl policy all enforce | grep ticks)"
memory enforce
if [ "$(nproc)" -eq 1 ]; then
	for modules in 10 50 100 150; do
		bench modules $modules
		memory $modules
		# The policy concerns every page of every module.
		sbctl policy all off >/dev/null && sbctl policy all enforce >/dev/null
		# shellcheck disable=SC2046  # one argument each
		rmmod $(lsmod | sed -n 's/^\(churn_s[0-9]*\).*/\1/p')
	done
	bench_run profile tracepoint ftrace kprobe_break fork_exec_libc sgdt sldt cpuid signal
	bench_kernel_exits profile
	stays
fi
echo "unload $(bench ticks rmmod shadow_box)"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shadow-box from load to unload, on a machine with a little to do. Ends with the first step that fails.

step() {
	printf '\n# %s\n' "$*"
	"$@"
}

# What makes work for a hypervisor: processes, CPUID on all processors, and NMIs.
work() {
	for _ in $(seq 20); do
		cat /proc/cpuinfo >/dev/null &
	done
	wait
	modprobe nmi_torture mode=ack count=25
	rmmod nmi_torture
}

set -e
# A warning is worth a line, not the end.
step sbctl check || [ $? -eq 1 ]
step sbctl load
step work
step sbctl status --once
step sh -c "dmesg | grep 'shadow-box: '"
step sbctl unload

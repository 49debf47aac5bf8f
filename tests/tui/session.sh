#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A session to record, in the test machine: a little load, attacks with policies off, logging and enforced, NMIs, a CPU that goes and
# comes, the lock. What it prints between the two marks is tests/tui/session.jsonl:
#
#   tests/vm/run --overlay build/overlay/$(tests/vm/kernel series default) tests/tui/session.sh | sed '1,/^-- recording/d; /^-- end/,$d'

modprobe attack_tools
sbctl load
sbctl status --record /tmp/session.jsonl --interval 1 &
recorder=$!

# load CPU SECONDS
load() {
	taskset "$(printf %x $((1 << $1)))" timeout "$2" sh -c 'while :; do cat /proc/cpuinfo; done' >/dev/null
}
attack() {
	modprobe "attack_$1" "what=$2"
	rmmod "attack_$1"
	sleep 1
}
# attacks TEXT: kernel code is attacked through TEXT.
attacks() {
	attack text "$1"
	attack alias sys_call_table
	attack msr lstar
	attack control smep
	attack table lidt
}

sleep 3
load 0 3 &
load 1 6 &
sleep 4
attack text wp
sbctl policy all log
sbctl policy set ftrace log
load 0 12 &
attacks wp
modprobe nmi_torture mode=ack count=20
rmmod nmi_torture
load 1 6 &
sbctl policy all enforce
attacks direct
attack poke wrong_bytes
echo 1 >/sys/kernel/tracing/events/sched/enable
sleep 2
echo 0 >/sys/kernel/tracing/events/sched/enable
# Long enough for a snapshot without it, though Linux is slow to take a CPU off in the emulator.
echo 0 >/sys/devices/system/cpu/cpu1/online
sleep 8
echo 1 >/sys/devices/system/cpu/cpu1/online
sleep 3
sbctl lock --yes
sbctl policy set idt off
sleep 5
kill -INT "$recorder"
wait "$recorder"
echo "-- recording, status $?"
cat /tmp/session.jsonl
echo "-- end"

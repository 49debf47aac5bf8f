#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What Shadow-box is for: a rootkit that makes every user root, without it and with it. Then what it counts meanwhile, and how it goes.
# Ends with the first step that does not end as it should.
set -e

say() { printf '\n# %s\n' "$*"; }
run() {
	echo "\$ $*"
	"$@"
}
fail() {
	echo "demo: $*"
	exit 1
}

# rootkit WANT: it does what the suites of attacks do, and stays.
rootkit() {
	echo '$ modprobe rootkit'
	modprobe attack_rootkit
	result=$(cat /sys/module/attack_rootkit/parameters/result)
	echo "The rootkit is $result."
	[ "$result" = "$1" ] || fail "the rootkit should be $1"
}
# user UID: what an ordinary user is told when he asks who he is.
user() {
	run su user -c id | tee /tmp/id
	grep -q "^uid=$1(" /tmp/id || fail "the user should be $1"
}

# What makes work for a hypervisor: processes, CPUID on all processors, patches of the kernel's code, and NMIs.
work() {
	for _ in $(seq 20); do
		cat /proc/cpuinfo >/dev/null &
	done
	wait
	echo 1 >/sys/kernel/tracing/events/sched/enable
	echo 0 >/sys/kernel/tracing/events/sched/enable
	modprobe nmi_torture mode=ack count=25
	rmmod nmi_torture
	dmesg | sed -n 's/.*nmi_torture: sent \([0-9]*\) handled \([0-9]*\)$/NMIs: \1 sent, \2 handled by Linux/p'
}

# Meanwhile the kernel's log is not shown.
dmesg -n 1
dmesg -c >/dev/null
printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >/etc/passwd
chmod 1777 /tmp

say 'Without Shadow-box: a rootkit redirects two system calls, in the code of the kernel'
user 1000
rootkit installed
user 0
run rmmod attack_rootkit

say 'With Shadow-box, everything enforced: the same rootkit'
run sbctl load
run sbctl policy all enforce
rootkit 'stopped by #GP'
user 1000
run sbctl violations

say 'The machine is fine: it works, traces and patches its own code, and no NMI is lost'
work
run sbctl status --once
rmmod attack_rootkit attack_tools
run sbctl unload
if dmesg | grep -E 'BUG:|Oops|WARNING:'; then fail 'the kernel complains'; fi

say 'What the kernel log has of it'
dmesg | grep 'shadow-box: ' | grep -v 'NMI callback'

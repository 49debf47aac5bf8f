#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the test machine, for formats.host: what each verb prints, between markers, with policies on and real violations.
dmesg -n 1 # Nothing may come between the lines.
export NO_COLOR=1

# shown NAME COMMAND...: its standard output as part NAME; prints "part NAME: status N" if that is not 0.
shown() {
	name=$1 status=0
	shift
	echo "== begin $name"
	"$@" 2>/tmp/error || status=$?
	echo "== end $name"
	[ $status = 0 ] || echo "part $name: status $status: $(cat /tmp/error)"
}
# forge CPU: a hypercall that only Shadow-box may make.
forge() { echo "$1" >/sys/module/hypercall/parameters/call; }

# What journald needs of a system.
mount -t tmpfs run /run
mount -t cgroup2 cgroup /sys/fs/cgroup
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
mkdir -p /usr/libexec/shadow-box /run/systemd/journal
ln -s /bin/sbctl-journal /usr/libexec/shadow-box/
shown journal-missing sbctl monitor --journal
systemd-journald >/tmp/journald 2>&1 &
journald=$!

shown json sbctl check --json
shown json sbctl version --json
shown json sbctl unload --json
shown metrics-unloaded sbctl metrics
modprobe shadow_box launch=0
shown text-idle sbctl status --once
shown json sbctl status --json
shown metrics-idle sbctl metrics
shown json sbctl load --json
shown json sbctl load --json
printf 'idt log\nkprobes = deny\n' >/tmp/policy.conf
shown json sbctl policy diff /tmp/policy.conf --json
shown json sbctl policy apply /tmp/policy.conf --json
shown json sbctl policy set --revert-after=1s all enforce --json
(until sbctl policy confirm --json >/tmp/confirm 2>/dev/null; do sleep 0.2; done) &
shown json sbctl policy all enforce --revert-after=60s --json
wait $!
shown json cat /tmp/confirm
shown json sbctl policy show --json
shown json sbctl policy get idt --json
modprobe -a hypercall attack_tools
echo 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff >/tmp/key
shown json sbctl witness /tmp/key --json
shown json sbctl witness /tmp/key --json
echo $((0x5b0c0005)) >/sys/module/hypercall/parameters/rax
modprobe attack_msr what=lstar
modprobe attack_text what=direct
forge 0
forge 1
shown json sbctl violations --json
shown json sbctl violations --group --json
sbctl violations --follow --count 1 --json >/tmp/follow &
sleep 1
forge 1
wait $!
shown json cat /tmp/follow
seq 70 | while read -r _; do forge 0; done
shown json sh -c 'sbctl violations --follow --json | head -n 1'
shown json sbctl monitor --backlog --count 25 --json
shown json sbctl attest --records
sbctl attest >/tmp/statement
shown json sh -c 'sbctl verify --key-file /tmp/key --json /tmp/statement; [ $? = 15 ]'
sed 's/"statement":"\(.\{100\}\)../"statement":"\1ff/' /tmp/statement >/tmp/forged
shown json sh -c 'sbctl verify --key-file /tmp/key --json /tmp/forged; [ $? = 14 ]'
shown json sbctl counters --json
shown json sbctl status --json
shown text-status sbctl status --once
shown text-counters sbctl counters --cpu 1
shown text-policies sbctl policy show
shown text-policy-file sbctl policy show --conf
shown text-violations sh -c 'sbctl violations | tail -n 2'
mkdir -p /var/lib
shown json sbctl ack --json
sbctl policy set globals log tasks log
shown json sbctl sweep --json
sbctl policy set globals off tasks off
shown text-check sbctl check
shown text-version sbctl version
shown metrics sbctl metrics
shown prometheus sbctl metrics --format=prometheus
sbctl metrics --output /tmp/shadow-box.prom
shown file cat /tmp/shadow-box.prom
shown file-mode stat -c %a /tmp/shadow-box.prom

i=0
until [ -S /run/systemd/journal/socket ] || [ $((i += 1)) -gt 50 ]; do sleep 0.2; done
sbctl monitor --journal --count 1 &
sleep 1
forge 1
wait $!
shown journal-backlog sbctl monitor --journal --backlog --count 60
journalctl --sync || sleep 2
fields=MESSAGE,MESSAGE_ID,PRIORITY,SYSLOG_IDENTIFIER,SHADOW_BOX_TYPE,SHADOW_BOX_POLICY,SHADOW_BOX_ACTION,SHADOW_BOX_WHY,SHADOW_BOX_CPU,SHADOW_BOX_RIP_SYMBOL
shown journal journalctl --no-pager -o json --output-fields=$fields SYSLOG_IDENTIFIER=shadow-box
shown journald cat /tmp/journald
kill $journald
rmmod hypercall
shown json sbctl lock --yes --json
shown json sbctl lock --yes --json

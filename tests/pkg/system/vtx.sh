#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In Bochs, which has VT-x: the installed service from start to lock, an attack, and its report in every place where it has to be.
# shellcheck source-path=SCRIPTDIR source=../../lib/check.sh
. /check.sh

journal() { journalctl -q --no-pager "$@"; }

# shellcheck disable=SC2317  # called through check
is_active() { sbctl status --once | head -n 1 | grep "active on $(nproc) of $(nproc) CPUs"; }

# attack: writes to the kernel's code, on every CPU; prints how it ended.
attack() {
	modprobe attack_text what=wp
	tr ' ' '\n' </sys/module/attack_tools/parameters/verdict | uniq | paste -s -d ' ' -
	modprobe -r attack_text
}

# field NAME: of the last report in the journal.
field() { journal -o json --output-fields="$1" -n 1 SHADOW_BOX_TYPE=violation SHADOW_BOX_ACTION=blocked | jq -r ".$1"; }

scrape() {
	exec 5<>/dev/tcp/127.0.0.1/9100 || return
	printf 'GET /metrics?collect[]=textfile HTTP/1.0\r\n\r\n' >&5
	sed '1,/^\r*$/d' <&5
}

echo '# start'
systemctl enable -q shadow-box-monitor
check 'start' systemctl start shadow-box
expect_eq 'the service is active' "$(systemctl is-active shadow-box)" active
check 'the monitor came with it' wait_for 30 systemctl -q is-active shadow-box-monitor
check 'every CPU is in the guest world' is_active
check 'the policies are those of the file' sbctl policy diff /etc/shadow-box/policy.conf

echo '# attack'
modprobe attack_tools
expect_eq 'attack, logged' "$(attack)" 'done'
sed -i 's/^\(kernel-text *\)log/\1enforce/' /etc/shadow-box/policy.conf
check 'reload with a stricter file' systemctl reload shadow-box
expect_eq 'it is set' "$(sbctl policy get kernel-text)" enforce
expect_eq 'attack, blocked' "$(attack)" '#GP'
expect_eq 'sbctl violations: logged and blocked, on each CPU' \
	"$(sbctl violations --json | jq -r '.violations[] | select(.policy == "kernel-text") | "\(.action) \(.cpu)"' | sort -u | paste -s -d ,)" \
	"$(for action in blocked logged; do for cpu in $(seq 0 $(($(nproc) - 1))); do echo "$action $cpu"; done; done | paste -s -d ,)"

echo '# journal'
wait_for 20 sh -c "[ \$(journalctl -q -o cat SHADOW_BOX_ACTION=blocked | wc -l) -ge $(nproc) ]"
expect_eq 'a report for each CPU' "$(journal -o cat SHADOW_BOX_TYPE=violation SHADOW_BOX_ACTION=blocked | wc -l)" "$(nproc)"
expect_eq 'policy' "$(field SHADOW_BOX_POLICY)" kernel-text
expect_eq 'why' "$(field SHADOW_BOX_WHY)" no-site
expect_eq 'class of the message' "$(field MESSAGE_ID)" 60fd32bd7197498b80b7a2c988b1222b
expect_eq 'priority' "$(field PRIORITY)" 2
expect_match 'instruction' "$(field SHADOW_BOX_RIP)" '0xffffffff*'
expect_eq 'thread' "$(field SHADOW_BOX_COMM)" modprobe
expect_match 'sentence' "$(field MESSAGE)" 'VM \[*\] violation of kernel-text, blocked: *'
expect_eq 'unit' "$(field _SYSTEMD_UNIT)" shadow-box-monitor.service
check 'explained by the catalog' sh -c "journalctl -q -x -o short -n 1 SHADOW_BOX_ACTION=blocked | grep -q \"The kernel's code was attacked\""
check 'in the kernel log' sh -c 'journalctl -q -k -o cat | grep -q "^shadow-box: VM .* violation kernel-text blocked: "'

echo '# metrics'
check 'metrics are written' systemctl start shadow-box-metrics
check 'node_exporter runs' wait_for 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9100' 2>/dev/null
scrape >/tmp/metrics
expect_match 'node_exporter serves the violations' "$(grep '^shadow_box_violations_total.*kernel-text' /tmp/metrics | paste -s -d ' ')" \
	"*{action=\"prevented\",policy=\"kernel-text\"} $(nproc)*"
sed -n 's/^\(# \(HELP\|TYPE\) shadow_box\|shadow_box\)/metrics: &/p' /tmp/metrics

echo '# stop and lock'
check 'stop' systemctl stop shadow-box
expect_eq 'it is unloaded' "$(grep -c shadow_box /proc/modules)" 0
expect_eq 'the monitor went with it' "$(systemctl is-active shadow-box-monitor)" inactive
check 'start with the lock' systemctl start shadow-box-lock
expect_match 'locked' "$(sbctl status --json | jq -c .locked)" true
systemctl stop shadow-box
expect_match 'stop is refused in a sentence' "$(journal -u shadow-box -t sbctl -o cat -n 1)" 'sbctl: *locked*'
check 'it is still active' is_active
done_checking

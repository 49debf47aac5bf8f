#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In QEMU, which has no VT-x here: a whole Debian with the packages, as an administrator finds it. The service fails with one clear
# sentence and the system does not care. Then the tool is upgraded and all is purged, with systemd at work.
# shellcheck source-path=SCRIPTDIR source=../../lib/check.sh
. /check.sh

journal() { journalctl -q --no-pager -o cat "$@"; }

expect_eq 'the system is up' "$(timeout 120 systemctl is-system-running --wait)" running
expect_eq 'no service is enabled' "$(systemctl is-enabled shadow-box{,-lock,-witness,-monitor}.service shadow-box-{metrics,attest}.timer | sort -u)" disabled
expect_eq 'nothing is loaded' "$(grep -c shadow_box /proc/modules)" 0

check_not 'the service cannot start' systemctl start shadow-box
expect_eq 'it failed' "$(systemctl is-failed shadow-box)" failed
expect_eq 'it says why in one sentence' "$(journal -t sbctl -u shadow-box | wc -l)" 1
expect_match 'the sentence' "$(journal -t sbctl -u shadow-box)" 'sbctl: cannot launch: this CPU has no Intel VT-x *: use a machine*'
expect_eq 'nothing is left loaded' "$(grep -c shadow_box /proc/modules)" 0
expect_eq 'nothing else failed' "$(systemctl list-units --failed --no-legend --plain | awk '{ print $1 }')" shadow-box.service
check_not 'nor can the lock' systemctl start shadow-box-lock
systemctl start shadow-box-monitor
expect_eq 'the monitor has nothing to do' "$(systemctl show -P ActiveState,ConditionResult shadow-box-monitor | paste -s -d ' ')" 'inactive no'

check 'metrics are written' systemctl start shadow-box-metrics
check 'they say that it is not loaded' grep -qx 'shadow_box_loaded 0' /var/lib/prometheus/node-exporter/shadow-box.prom
check 'the timer starts' systemctl start shadow-box-metrics.timer

systemctl enable -q shadow-box shadow-box-monitor
check 'upgrade of the tool' dpkg -i /root/next/shadow-box_*.deb
expect_eq 'what was enabled still is' "$(systemctl is-enabled shadow-box)" enabled
expect_eq 'the timer still runs' "$(systemctl is-active shadow-box-metrics.timer)" active
check 'purge' dpkg --purge shadow-box shadow-box-dkms
expect_eq 'nothing of it runs' "$(systemctl list-units --no-legend --plain 'shadow-box*.timer' 'shadow-box*' --state=active)" ''
expect_eq 'nothing of it is enabled' "$(find /etc/systemd -name 'shadow-box*')" ''
expect_eq 'no metrics are left' "$(ls -A /var/lib/prometheus/node-exporter)" ''
done_checking

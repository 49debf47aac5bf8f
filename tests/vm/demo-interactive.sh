#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shadow-box's dashboard on a machine with a little to do; a shell when the user leaves the dashboard.
sbctl load || exec sh -l
while sleep 1; do cat /proc/cpuinfo; done >/dev/null &
sbctl status
cat <<'HELLO'
This is a shell in the machine; exit ends it. Try an attack with policies off, reporting and preventing:

    attack lstar; sbctl policy all log; attack lstar; sbctl policy all enforce; attack lstar; sbctl violations

attack lists what else there is, sbctl --help what sbctl can do, sbctl status is the dashboard.
HELLO
# The machine's less is a poor one.
export SBCTL_PAGER=
exec sh -l

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shadow-box's dashboard on a machine with a little to do, and a key that attacks it; a shell when the user leaves the dashboard.
sbctl load || exec sh -l
sbctl policy all log
while sleep 1; do cat /proc/cpuinfo; done >/dev/null &
cat <<'HELLO'

Next comes the dashboard. Each X attacks the kernel as a rootkit would, every time in another way; what was seen of it is in pane 4.
The policies, in pane 3, only report it: o, l and e there set one to off, log or enforce. q leaves the dashboard for a shell.
HELLO
printf 'Press Enter. '
read -r _
hotkey X 'attack next' sbctl status --writable
cat <<'HELLO'
This is a shell in the machine; exit ends it. Try an attack with policies off, reporting and preventing:

    sbctl policy all off; attack lstar; sbctl policy all log; attack lstar; sbctl policy all enforce; attack lstar; sbctl violations

attack lists what else there is, sbctl --help what sbctl can do, sbctl status is the dashboard.
HELLO
# The machine's less is a poor one.
export SBCTL_PAGER=
exec sh -l

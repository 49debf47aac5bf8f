# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The exits of a machine at work, from one reading of the counters to the next. Sourced by suites of guests.

# growth OLD NEW: by how much each exit reason of all CPUs together grew, "NUMBER NAME GROWTH" a line; not those that did not.
growth() {
	awk '$2 !~ /^[0-9]+$/ { next }
	     { name = $2; for (i = 3; i < NF; i++) name = name " " $i }
	     FNR == NR { sum[name] -= $NF; next }
	     { sum[name] += $NF }
	     END { for (name in sum) if (sum[name]) print name, sum[name] }' "$1" "$2" | sort -n
}

# window NAME TICKS CPUIDS: the counters before and after the workload, in NAME.before and NAME.after, and its words in NAME.said.
# From one reading to the next nobody starts a program but sbctl.
window() {
	mkfifo "$1.in" "$1.out"
	workload "$2" "$3" <"$1.in" >"$1.out" &
	exec 3>"$1.in" 4<"$1.out"
	read -r word <&4
	sbctl counters >"$1.before" && echo >&3
	while read -r word <&4; do
		case $word in
		'done' | failed) break ;;
		*) echo "$word" >>"$1.said" ;;
		esac
	done
	sbctl counters >"$1.after" || word=failed
	exec 3>&- 4<&-
	wait $!
	[ "$word" = 'done' ]
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs attacks in the guest, with a policy off, logging and enforced, and judges them: `. attacks.sh` after /lib/check.sh.
#
#   attacks POLICY <<LIST    each line of the list is an attack: TITLE | MODULE [WHAT] | END | WHY...
#   always POLICY <<LIST     the same for what no mode switches off
#   healthy                  prints what is wrong with the machine after an attack, and nothing if it works
#
# MODULE is one of tests/attacks/modules, without "attack_"; WHAT its parameter. END is how it must end where it is prevented: the
# exception that the attacker gets, "discarded" if it gets none, "refused" for a hypercall. WHY are the reasons that reports may give,
# at least one of them on each CPU. An attack does its deed on each CPU and says itself whether it took effect (modules/attack.h).
#
# Each attack is one check, whose name is its row of the table; tests/attacks/table makes a table of these lines.

trace=/sys/kernel/tracing
next_seq=0
cpus=$(nproc)
modprobe attack_tools
dmesg -c >/dev/null

# reports: a line "CPU POLICY ACTION WHY" for each violation since the last time, in $reports. Each program that starts is a million
# instructions: one reads all.
reports() {
	sbctl violations --since "$next_seq" --json >/tmp/violations || return
	reports=$(awk '
		function value() { gsub(/[",]/, "", $2); return $2 }
		/^  "next_seq":/ { print value() }
		/"cpu":/ { cpu = value() } /"policy":/ { policy = value() } /"action":/ { action = value() }
		/"why":/ { print cpu, policy, action, value() }' /tmp/violations)
	next_seq=${reports%%
*}
	reports=${reports#"$next_seq"}
	reports=${reports#
}
}

# attack MODULE [WHAT]: sets $verdict: the word of all CPUs, if they agree. A suite's functions before_MODULE and after_MODULE prepare it
# and clear up.
attack() {
	verdict=failed
	! type "before_$1" >/dev/null 2>&1 || "before_$1" || return
	modprobe "attack_$1" ${2:+"what=$2"} || return
	read -r words </sys/module/attack_tools/parameters/verdict
	verdict=''
	for word in $words; do
		[ "$word" = "${verdict##* }" ] || verdict=$verdict${verdict:+ }$word
	done
	rmmod "attack_$1"
	! type "after_$1" >/dev/null 2>&1 || "after_$1" || verdict=failed
}

# reported POLICY ACTION WHY...: prints what is wrong with $reports.
reported() {
	echo "$reports" | awk -v cpus="$cpus" -v what="$1 $2" -v whys="$*" '
		!NF { next }
		{ known = $2 " " $3 == what && index(" " whys " ", " " $4 " ") && NF == 4 }
		known { seen[$1] }
		!known { stray = stray "stray report: " $0 "\n" }
		END { for (cpu = 0; cpu < cpus; cpu++) if (!(cpu in seen)) print "no report of CPU " cpu; printf "%s", stray }'
}

# Fork and exec, a module, a patch of code, and what was left behind, in locks and in the kernel's log.
healthy() {
	# shellcheck disable=SC2116  # a program is to start
	[ "$(busybox echo alive)" = alive ] || echo 'no program starts'
	if modprobe attack_leftovers; then
		grep . /sys/module/attack_leftovers/parameters/leftovers
		rmmod attack_leftovers || echo 'no module can be unloaded'
	else
		echo 'no module can be loaded'
	fi
	# An oops has switched tracing off.
	echo 1 >$trace/tracing_on
	echo >$trace/trace
	echo 1 >$trace/events/sched/sched_process_fork/enable || echo 'no tracepoint can be enabled'
	(:)
	echo 0 >$trace/events/sched/sched_process_fork/enable || echo 'no tracepoint can be disabled'
	grep -q sched_process_fork $trace/trace || echo 'a tracepoint was enabled and does not trace'
	dmesg -c | grep -E 'BUG:|Oops|WARNING:|while atomic|invalid context|exited with|stall|lockup'
}

# judge MODE POLICY END WHY...: prints what is wrong after an attack, a line each.
judge() {
	judge_mode=$1 judge_policy=$2 judge_end=$3
	shift 3
	if [ "$judge_mode" = off ] || [ "$judge_mode" = log ]; then
		[ "$verdict" = 'done' ] || echo "it ended with '$verdict'"
	else
		[ "$verdict" = "$judge_end" ] || echo "it ended with '$verdict', not '$judge_end'"
		healthy
	fi
	case $judge_mode,$judge_end in
	off,*) [ -z "$reports" ] || echo "$reports" | sed 's/^/stray report: /' ;;
	log,*) reported "$judge_policy" logged "$@" ;;
	*,'#GP') reported "$judge_policy" blocked "$@" ;;
	*) reported "$judge_policy" "$judge_end" "$@" ;;
	esac
}

# What a mode did to an attack that ended as it must.
effect() {
	case $1 in
	off) echo 'off: succeeds' ;;
	log) echo 'log: succeeds, reported' ;;
	*) echo "$1: blocked ($2), reported, machine works" ;;
	esac
}

# try MODE POLICY ROW MODULE-AND-WHAT END WHYS: one attack; the file ROW gets what it did, ROW.wrong what is wrong with that.
try() {
	# shellcheck disable=SC2086  # they are words
	attack $4
	reports || reports='unreadable'
	if [ "$verdict" = skipped ]; then
		touch "$3.skipped"
		return
	fi
	# shellcheck disable=SC2086
	wrong=$(judge "$1" "$2" "$5" $6)
	[ -z "$wrong" ] || echo "$wrong" | sed "s/^/$1: /" >>"$3.wrong"
	effect "$1" "$5" >>"$3"
}

# try_all POLICY MODE...: the attacks in $list, mode by mode.
try_all() {
	policy=$1
	shift
	# What Linux said before is not about attacks: 6.12 warns when it readies a module's code for processors with the ITS bug.
	dmesg -c >/dev/null
	rm -rf /tmp/rows && mkdir /tmp/rows
	for mode; do
		[ "$mode" = always ] || sbctl policy set "$policy" "$mode" || return
		while IFS='|' read -r title what end whys; do
			try "$mode" "$policy" "/tmp/rows/$title" "$what" "$end" "$whys"
		done <<-LIST
			$list
		LIST
	done
	[ "$mode" = always ] || sbctl policy set "$policy" off
}

joined() { paste -s -d ';' "$1" | sed 's/;/; /g'; }

show_rows() {
	while IFS='|' read -r title what end whys; do
		row=/tmp/rows/$title
		if [ -e "$row.skipped" ]; then
			skip "$title [$policy]" 'this CPU has not got it'
		elif [ -s "$row.wrong" ]; then
			fail "$title [$policy]" "$(joined "$row.wrong")"
		else
			pass "$title [$policy]: $(joined "$row")"
		fi
	done <<-LIST
		$list
	LIST
}

attacks() {
	list=$(sed 's/^[ \t]*//; s/ *| */|/g')
	try_all "$1" off log enforce || fail "attacks on $1" 'the policy cannot be set'
	show_rows
}

always() {
	list=$(sed 's/^[ \t]*//; s/ *| */|/g')
	try_all "$1" always
	show_rows
}

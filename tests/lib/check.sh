# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Checks for test suites, for any POSIX shell: `. /lib/check.sh` in the guest, `. tests/lib/check.sh` on the host.
#
#   check NAME COMMAND...            passes when COMMAND succeeds; shows what COMMAND printed when it does not
#   check_not NAME COMMAND...        passes when COMMAND fails
#   expect_status NAME N COMMAND...  passes when COMMAND ends with status N
#   expect_eq NAME GOT WANT          passes when the two texts are equal
#   expect_match NAME GOT PATTERN    passes when the text matches the shell pattern
#   pass NAME, fail NAME REASON      for what fits none of these
#   skip NAME REASON                 counted neither as passed nor as failed
#   wait_for SECONDS COMMAND...      repeats COMMAND until it succeeds; its status is COMMAND's
#   is_long                          is this a long run (make check-long)?
#   amount N                         how often to do what takes long: N times in a long run, else a tenth of it
#   may_oops COMMAND...              runs COMMAND, in the guest, whose kernel oops is then not held against the run
#   done_checking                    must be a suite's last line: a suite that does not get there has failed
#
# Each prints one line "ok NAME", "not ok NAME: REASON" or "ok NAME # SKIP REASON".

checks_run=0 checks_failed=0

pass() {
	checks_run=$((checks_run + 1))
	echo "ok $1"
}

fail() {
	checks_run=$((checks_run + 1))
	checks_failed=$((checks_failed + 1))
	echo "not ok $1: $2"
}

skip() {
	checks_run=$((checks_run + 1))
	echo "ok $1 # SKIP $2"
}

check() {
	check_name=$1
	shift
	expect_status "$check_name" 0 "$@"
}

check_not() {
	check_name=$1
	shift
	if check_output=$("$@" 2>&1); then
		echo "$check_output" | sed '/^$/d; s/^/# /'
		fail "$check_name" "'$*' succeeded"
	else
		pass "$check_name"
	fi
}

expect_status() {
	check_name=$1 check_want=$2
	shift 2
	check_got=0
	check_output=$("$@" 2>&1) || check_got=$?
	if [ "$check_got" -eq "$check_want" ]; then
		pass "$check_name"
	else
		echo "$check_output" | sed '/^$/d; s/^/# /'
		fail "$check_name" "'$*' ended with status $check_got, not $check_want"
	fi
}

expect_eq() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got '$2', wanted '$3'"; fi
}

expect_match() {
	# shellcheck disable=SC2254  # a pattern is meant
	case $2 in
	$3) pass "$1" ;;
	*) fail "$1" "'$2' does not match '$3'" ;;
	esac
}

wait_for() {
	check_until=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$check_until" ] || return 1
		sleep 0.2
	done
}

is_long() { [ -n "${SHADOW_BOX_LONG:-}" ] || grep -qw long /proc/cmdline; }
amount() {
	if is_long; then echo "$1"; else echo $(($1 / 10)); fi
}

may_oops() {
	# Markers and oops reach the host on two serial ports: keep them well apart in time.
	echo "[vm] oops allowed"
	sleep 0.5
	check_status=0
	"$@" || check_status=$?
	sleep 0.5
	echo "[vm] oops forbidden"
	return "$check_status"
}

done_checking() {
	echo "1..$checks_run"
	[ "$checks_failed" -eq 0 ]
	exit
}

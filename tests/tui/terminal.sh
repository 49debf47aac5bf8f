# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# sbctl on a terminal that tests look at and type into: `. tests/tui/terminal.sh` after tests/lib/check.sh.
#
#   open_terminal COLUMNS LINES COMMAND...  runs COMMAND on a terminal of that size, in place of the one before
#   open_replay COLUMNS LINES FILE [SECONDS [OPTION...]]  the dashboard with a recording, which stands still there
#   type_keys KEY...                        types keys, named as tmux names them
#   screen [-e]                             prints what the terminal shows, with -e also its colours
#   shows TEXT                              passes when the screen has TEXT within some seconds
#   expect_screen NAME                      one check: within some seconds the screen is as tests/tui/screens/NAME.txt has it
#   resize COLUMNS LINES
#
# SCREENS=write makes expect_screen write the files instead: look at what `git diff` then says.

# A session in the test machine (session.sh), and the second of it that shows most.
RECORDING=tests/tui/session.jsonl
AT=${AT:-18.4}
readonly TUI_WAIT=${TUI_WAIT:-8}
tui_work=$(mktemp -d)
tui_terminals=0
screens=tests/tui/screens
trap close_terminal EXIT

tui() { LC_ALL=C.UTF-8 tmux -S "$tui_work/$tui_terminals" -f /dev/null "$@"; }

close_terminal() {
	tui kill-server 2>/dev/null
	rm -rf "$tui_work"
}

# Colours and braille as on a terminal of today; the same clock everywhere.
open_terminal() {
	local columns=$1 lines=$2
	shift 2
	tui kill-server 2>/dev/null
	# A server of its own each time: the one before may still be about to go.
	tui_terminals=$((tui_terminals + 1))
	tui new-session -d -x "$columns" -y "$lines" -e TZ=UTC -e LC_ALL=C.UTF-8 -e NO_COLOR="${NO_COLOR:-}" \
		"${*@Q}; echo \"status \$?\"; stty -a | grep -q ' echo ' && echo terminal restored; cat" \; \
		set-option -g status off \; set-option -g default-terminal tmux-256color \; set-option -s escape-time 0 \; resize-window -x "$columns" -y "$lines" >/dev/null
}

# The second in which a CPU is off.
offline_at() { jq -r 'select(.snapshot.info.cpus_active == 1) | .ms / 1000 + 0.1' $RECORDING | head -n 1; }

# snapshot_at N: when the Nth snapshot after $AT is, as the dashboard says it.
snapshot_at() {
	jq -rs --argjson at "$AT" --argjson n "$1" '[.[] | select(.snapshot) | .ms / 1000]
		| .[(map(select(. <= $at)) | length) - 1 + $n] | floor | "0:\(if . < 10 then "0" else "" end)\(.)"' $RECORDING
}

# Without --at the recording would go on while it is looked at.
open_replay() {
	open_terminal "$1" "$2" build/sbctl/sbctl status --replay "$3" --at "${4:-$AT}" "${@:5}"
	shows PAUSED
}

type_keys() { tui send-keys "$@"; }

# in_full: how text looks, in full wherever it changes, each line for itself and without blanks at its end: versions of tmux differ in
# how they say it.
in_full() {
	awk '
		function attribute(n) {
			if (n == 0) bold = dim = reverse = foreground = background = ""
			else if (n == 1) bold = ";1"
			else if (n == 2) dim = ";2"
			else if (n == 7) reverse = ";7"
			else if (n == 22) bold = dim = ""
			else if (n == 27) reverse = ""
			else if (n == 39) foreground = ""
			else if (n == 49) background = ""
			else if (n >= 30 && n <= 38 || n >= 90 && n <= 97) foreground = ";" n
			else if (n >= 40 && n <= 48 || n >= 100 && n <= 107) background = ";" n
			else foreground = "; not known: " n
		}
		function text(words) {
			if (words != "" && said != bold dim reverse foreground background) {
				said = bold dim reverse foreground background
				words = "\033[0" said "m" words
			}
			return words
		}
		{
			line = said = ""
			while (match($0, /\033\[[0-9;]*m/)) {
				line = line text(substr($0, 1, RSTART - 1))
				n = split(substr($0, RSTART + 2, RLENGTH - 3), attributes, ";")
				if (!n) attribute(0)
				for (i = 1; i <= n; i++) attribute(attributes[i] + 0)
				$0 = substr($0, RSTART + RLENGTH)
			}
			line = line text($0)
			sub(/(\033\[[0-9;]*m| )+$/, "", line)
			print line
		}'
}

screen() { tui capture-pane -p "$@" | if [[ ${1:-} = -e ]]; then in_full; else cat; fi; }

resize() { tui resize-window -x "$1" -y "$2"; }

tui_until() {
	local until=$((SECONDS + TUI_WAIT))
	until "$@"; do
		((SECONDS < until)) || return 1
		sleep 0.05
	done
}

screen_has() { screen | grep -qF -- "$1"; }
shows() { tui_until screen_has "$1"; }

screen_is() { screen "${@:2}" | cmp -s - "$1"; }

# Only when two looks show the same is it what a reader would see.
screen_rests() {
	local before=$1
	screen "${@:2}" >"$tui_work/now"
	cmp -s "$tui_work/now" "$before" && return
	cp "$tui_work/now" "$before"
	sleep 0.2
	return 1
}

# expect_screen NAME [-e]
expect_screen() {
	local file=$screens/$1.txt
	if [[ ${SCREENS:-} = write ]]; then
		sleep 0.3
		: >"$tui_work/before"
		tui_until screen_rests "$tui_work/before" "${@:2}"
		cp "$tui_work/now" "$file"
		pass "screen $1 (written)"
	elif tui_until screen_is "$file" "${@:2}"; then
		pass "screen $1"
	else
		diff -u "$file" <(screen "${@:2}") | sed 's/^/# /'
		fail "screen $1" "it is not as $file has it"
	fi
}

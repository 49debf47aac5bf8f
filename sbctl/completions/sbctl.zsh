#compdef sbctl
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of sbctl(8) for zsh. A test compares it with what the tool says of itself.

_sbctl_verbs() {
	local -a verbs=(
		'status:show state, VM exits and NMIs of each CPU'
		'counters:show every counter of each CPU'
		'policy:show or set what is protected, and how'
		'violations:list what violated a policy'
		'ack:acknowledge violations and lost events'
		'sweep:have the detections look at everything now'
		'monitor:follow the events'
		'metrics:print counters and state for Prometheus and its kin'
		'load:load the module and launch'
		'unload:return to the bare machine and unload the module'
		'lock:allow no weakening until the machine restarts'
		'boot:launch as the service does'
		'witness:give the host the key for statements'
		'attest:have the host state what it knows'
		'verify:say whether statements are genuine, and what they tell'
		'check:tell whether this machine can run Shadow-box, and whether all is well'
		'report:write one file for a bug report, with nothing personal in it'
		'version:show the versions of tool and module'
		'help:list the verbs, or tell about one'
	)
	_describe verb verbs
}

# The policies, and the modes of one (make describe).
# described: policies
_sbctl_policies() {
	compadd "$@" kernel-text kernel-rodata module-text idt descriptor-regs control-regs syscall-msrs host-memory kprobes ftrace bpf msrs globals modules tasks pointers mapping code-integrity creds static-keys
}
_sbctl_modes() {
	case $1 in
	kprobes | ftrace | bpf) compadd allow log deny ;;
	globals | modules | tasks | pointers | creds) compadd off log ;;
	host-memory) compadd enforce ;;
	*) compadd off log enforce ;;
	esac
}
# described end

# The operands of "policy": words[1] is the action here.
_sbctl_policy_operand() {
	case $words[1] in
	get) _sbctl_policies ;;
	set)
		if ((CURRENT % 2)); then
			_sbctl_modes $words[CURRENT-1]
		else
			_sbctl_policies
			compadd all
		fi
		;;
	all) _sbctl_modes ;;
	diff | apply) _files ;;
	esac
}

_sbctl_policy_action() {
	local -a actions=(
		'show:list all policies' 'get:print the mode of a policy' 'set:set the modes of policies' 'all:set all protections'
		'diff:what apply would change' 'apply:set what a file says' 'confirm:keep what was set with --revert-after'
	)
	_describe action actions
}

_sbctl() {
	local context state state_descr line
	typeset -A opt_args
	local -a json=('(-j --json)'{-j,--json}'[print JSON instead of text]')
	local -a print=($json '--no-pager[print to the terminal itself]')
	local -a table=($print '--no-legend[print no headings]')
	local -a help=('(- *)'{-h,--help}'[print a summary]')

	_arguments -C $help '(- *)'{-V,--version}'[show the versions]' '1:verb:_sbctl_verbs' '*::argument:->rest'
	[[ $state = rest ]] || return
	case $words[1] in
	status)
		_arguments $table $help '(-1 --once)'{-1,--once}'[print one snapshot]' '(-w --writable)'{-w,--writable}'[allow changes]' \
			'(-i --interval)'{-i,--interval=}'[time between two updates]:seconds:(0.5 1 2 5 10)' \
			'(-a --ascii)'{-a,--ascii}'[draw with ASCII only]' '(-r --record)'{-r,--record=}'[write a recording]:file:_files' \
			'(-p --replay)'{-p,--replay=}'[show a recording]:file:_files' '(-s --speed)'{-s,--speed=}'[speed of the replay]:factor:(0.5 1 2 5 10)' \
			'(-t --at)'{-t,--at=}'[stop the replay there]:seconds:'
		;;
	counters) _arguments $table $help '(-c --cpu)'{-c,--cpu=}'[only this CPU]:CPU:' ;;
	policy)
		_arguments $table $help '(-c --conf)'{-c,--conf}'[print a file for apply]' '(-n --dry-run)'{-n,--dry-run}'[only say what would change]' \
			'(-l --against-log)'{-l,--against-log}'[what of the reports would have been prevented]' \
			'(-r --revert-after)'{-r,--revert-after=}'[set back unless confirmed]:time:(60s 2min 10min)' \
			'1:action:_sbctl_policy_action' '*::operand:_sbctl_policy_operand'
		;;
	violations)
		_arguments $table $help '(-s --since)'{-s,--since=}'[only from this number or time on]:from:' \
			'(-u --until)'{-u,--until=}'[only up to this number or time]:to:' '(-p --policy)'{-p,--policy=}'[only of this policy]:policy:_sbctl_policies' \
			'(-a --action)'{-a,--action=}'[only with this action]:action:(logged blocked discarded refused)' '(-g --group)'{-g,--group}'[those of one kind as one]' \
			'(-f --follow)'{-f,--follow}'[go on with new ones]' '(-n --count)'{-n,--count=}'[only the last, or stop after so many]:count:'
		;;
	monitor)
		_arguments $json $help '(-b --backlog)'{-b,--backlog}'[first what the module holds]' \
			'(-n --count)'{-n,--count=}'[stop after so many]:count:' '(-J --journal)'{-J,--journal}'[write to the systemd journal]'
		;;
	metrics)
		_arguments $help '(-f --format)'{-f,--format=}'[format]:format:(openmetrics prometheus)' \
			'(-o --output)'{-o,--output=}'[replace this file]:file:_files'
		;;
	ack) _arguments $json $help '1:number of a violation:' ;;
	boot) _arguments $help '1:action:(start confirm)' ;;
	lock) _arguments $json $help '(-y --yes)'{-y,--yes}'[lock without asking]' ;;
	witness) _arguments $json $help '1:key file:_files' ;;
	attest)
		_arguments $help '(-n --nonce)'{-n,--nonce=}'[what the statement answers]:hexadecimal digits:' \
			'(-r --records)'{-r,--records}'[add the records of violations]'
		;;
	verify)
		_arguments $json $help '(-k --key-file)'{-k,--key-file=}'[the witness key]:file:_files' \
			'(-n --nonce)'{-n,--nonce=}'[what the statement must answer]:hexadecimal digits:' \
			'(-r --records)'{-r,--records=}'[all violations]:file:_files' \
			'(-s --state)'{-s,--state=}'[the last statement seen]:file:_files' '1:statements:_files'
		;;
	sweep | load | unload | version) _arguments $json $help ;;
	check) _arguments $print $help ;;
	report) _arguments $help '1:report:_files' ;;
	help) _arguments '1:verb:_sbctl_verbs' ;;
	esac
}

_sbctl "$@"

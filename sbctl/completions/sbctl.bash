# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of sbctl(8) for bash: what to offer depends on the verb, the option before, and the operands so far. A test compares it
# with what the tool says of itself.

_sbctl_verbs="status counters policy violations ack sweep monitor metrics load unload lock boot witness attest verify check report version help"

# The policies, and the modes of one (make describe).
# described: policies
_sbctl_policies="kernel-text kernel-rodata module-text idt descriptor-regs control-regs syscall-msrs host-memory kprobes ftrace bpf msrs globals modules tasks pointers mapping code-integrity creds static-keys"
_sbctl_modes() {
	case $1 in
	kprobes | ftrace | bpf) echo allow log deny ;;
	globals | modules | tasks | pointers | creds) echo off log ;;
	host-memory) echo enforce ;;
	*) echo off log enforce ;;
	esac
}
# described end

# The options of a verb.
_sbctl_options() {
	case $1 in
	status) echo "--once --interval --writable --ascii --record --replay --speed --at --json --no-pager --no-legend --help" ;;
	counters) echo "--cpu --json --no-pager --no-legend --help" ;;
	policy) echo "--conf --dry-run --revert-after --against-log --json --no-pager --no-legend --help" ;;
	violations) echo "--since --until --policy --action --group --follow --count --json --no-pager --no-legend --help" ;;
	monitor) echo "--backlog --count --journal --json --help" ;;
	metrics) echo "--format --output --help" ;;
	boot | report) echo "--help" ;;
	attest) echo "--nonce --records --help" ;;
	verify) echo "--key-file --nonce --records --state --json --help" ;;
	ack | sweep | load | unload | version | witness) echo "--json --help" ;;
	lock) echo "--yes --json --help" ;;
	check) echo "--json --no-pager --help" ;;
	esac
}

# What comes after the operands so far; FILE stands for any file.
_sbctl_operand() {
	local verb=$1 action=${2-} last
	shift
	case $verb in
	boot) (($# == 0)) && echo "start confirm" ;;
	help) (($# == 0)) && echo "$_sbctl_verbs" ;;
	witness | verify | report) (($# == 0)) && echo FILE ;;
	policy)
		last=${*: -1}
		case $action in
		'') echo "show get set all diff apply confirm" ;;
		get) (($# == 1)) && echo "$_sbctl_policies" ;;
		all) (($# == 1)) && _sbctl_modes idt ;;
		set) if (($# % 2)); then echo "$_sbctl_policies all"; else _sbctl_modes "$last"; fi ;;
		diff | apply) (($# == 1)) && echo FILE ;;
		esac
		;;
	esac
}

# The argument of an option of a verb: letters mean different things.
_sbctl_argument() {
	case $1:$2 in
	counters:-c | counters:--cpu) getconf _NPROCESSORS_CONF | awk '{ for (i = 0; i < $1; i++) print i }' ;;
	status:-i | status:--interval | status:-s | status:--speed) echo "0.5 1 2 5 10" ;;
	verify:-[krs] | verify:--key-file | verify:--records | verify:--state) echo FILE ;;
	status:-[rp] | status:--record | status:--replay | metrics:-o | metrics:--output) echo FILE ;;
	policy:-r | policy:--revert-after) echo "60s 2min 10min" ;;
	violations:-p | violations:--policy) echo "$_sbctl_policies" ;;
	violations:-a | violations:--action) echo "logged blocked discarded refused" ;;
	metrics:-f | metrics:--format) echo "openmetrics prometheus" ;;
	esac
}

_sbctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} words word i
	local -a operands=()
	# "--cpu=3" comes as three words.
	if [[ $cur = "=" ]]; then
		cur=
	elif [[ $prev = "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* && $word != "=" && -z $(_sbctl_takes "$verb" "${COMP_WORDS[i - 1]}") && ${COMP_WORDS[i - 1]} != "=" ]]; then
			operands+=("$word")
		fi
	done
	if ((COMP_CWORD == 1)); then
		words="$_sbctl_verbs --help --version"
	elif [[ -n $(_sbctl_takes "$verb" "$prev") ]]; then
		words=$(_sbctl_argument "$verb" "$prev")
	elif [[ $cur = -* ]]; then
		words=$(_sbctl_options "$verb")
	else
		words=$(_sbctl_operand "$verb" "${operands[@]}")
	fi
	if [[ $words = FILE ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		type compopt &>/dev/null && compopt -o filenames 2>/dev/null
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
	return 0
}

# Says yes if that option of the verb takes an argument.
_sbctl_takes() {
	case $1:$2 in
	status:-[irpst] | status:--interval | status:--record | status:--replay | status:--speed | status:--at) echo yes ;;
	counters:-c | counters:--cpu | policy:-r | policy:--revert-after) echo yes ;;
	violations:-s | violations:--since | violations:-u | violations:--until | violations:-n | violations:--count | monitor:-n | monitor:--count) echo yes ;;
	metrics:-f | metrics:--format | metrics:-o | metrics:--output) echo yes ;;
	attest:-n | attest:--nonce | verify:-[knrs] | verify:--key-file | verify:--nonce | verify:--records | verify:--state) echo yes ;;
	esac
}

complete -F _sbctl sbctl

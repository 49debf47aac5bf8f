#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# attack WHAT: what a rootkit would do, by a module, on each CPU. It is undone at once, so that the machine survives. attack next does
# one after another of those after which Linux goes on as before.

# Name, module and its parameter, what it is.
list='
code	text	vmap	write to the code of the kernel
patch	poke	wrong_bytes	have the kernel patch its code wrongly
syscall	alias	sys_call_table	exchange an entry of the system-call table
idt	alias	idt	exchange an entry of the interrupt-descriptor table
lidt	table	lidt	move the interrupt-descriptor table
smep	control	smep	let the kernel execute the memory of programs (CR4.SMEP)
lstar	msr	lstar	move the entry of system calls (LSTAR)
careless	reckless		as code, but if it is stopped, Linux kills it and its module stays'

tab=$(printf '\t')
if [ "${1:-}" = next ]; then
	turn=$(cat /run/attack-turn 2>/dev/null || echo 0)
	echo $((turn + 1)) >/run/attack-turn
	# shellcheck disable=SC2046  # words
	set -- $(echo "$list" | awk -F '\t' -v turn="$turn" '$3 { name[n++] = $1 } END { print name[turn % n] }')
fi
row=$(echo "$list" | grep "^${1:-?}$tab") || {
	echo 'usage: attack WHAT, which is one of'
	echo "$list" | awk -F '\t' 'NF { printf "  %-10s%s\n", $1, $4 }'
	exit 2
}
module=attack_$(echo "$row" | cut -f 2)
what=$(echo "$row" | cut -f 3)

if [ -d "/sys/module/$module" ]; then
	echo "The module of the last such attack is still there; only a restart removes it."
	exit 1
fi
modprobe attack_tools
if ! modprobe "$module" ${what:+"what=$what"}; then
	echo "CPU 0: stopped, by #GP, and the attacker killed; dmesg has the oops"
	exit 1
fi
cpu=0
tr ' ' '\n' </sys/module/attack_tools/parameters/verdict | while read -r verdict; do
	case $verdict in
	done) verdict='succeeded' ;;
	'#GP') verdict='stopped, by #GP' ;;
	discarded) verdict='had no effect' ;;
	esac
	echo "CPU $cpu: $verdict"
	cpu=$((cpu + 1))
done
rmmod "$module"

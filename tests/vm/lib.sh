# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034  # what is set here is used by those two
#
# The test machine: a stock Debian kernel and a small initramfs in an emulator. Sourced by `run` and `console`.
#
# The machine has two serial ports. Linux logs to the first (ttyS0), the script owns the second (ttyS1): were both on one port,
# kernel messages would land in the middle of the script's lines.

# Exit statuses that speak of the machine, not of the script. `run --help` documents them.
readonly E_USAGE=2 E_SETUP=120 E_EMULATOR=121 E_PANIC=122 E_OOPS=123 E_TIMEOUT=124 E_STALL=125 E_NO_EXIT=126

VM=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
TOP=$(realpath "$VM/../..")
BUILD=$TOP/build

# die STATUS SENTENCE: ends the program; the sentence is the last line on stderr.
die() {
	printf '%s: %s\n' "${0##*/}" "$2" >&2
	exit "$1"
}

# vm_options ARGS...: sets the machine's parameters; what follows the options is left in the array `operands`.
vm_options() {
	series=default cpus=2 memory=512 mips=50 emulator_version=3.0 model=corei7_skylake_x append='' overlay='' module=1 qemu=0 limit=600 log=/dev/null operands=() readers=() programs=()
	while (($#)); do
		case $1 in
		--kernel | --cpus | --memory | --mips | --bochs | --model | --append | --overlay | --program | --limit | --log)
			(($# > 1)) || die $E_USAGE "option $1 needs a value"
			;;&
		--kernel) series=$2 && shift ;;
		--cpus) cpus=$2 && shift ;;
		--memory) memory=$2 && shift ;;
		--mips) mips=$2 && shift ;;
		--bochs) emulator_version=$2 && shift ;;
		--model) model=$2 && shift ;;
		--append) append+=" $2" && shift ;;
		--overlay) overlay=$2 && shift ;;
		--program) programs+=("$2") && shift ;;
		--limit) limit=$2 && shift ;;
		--log) log=$2 && shift ;;
		--no-module) module=0 ;;
		--qemu) qemu=1 ;;
		--help) usage && exit 0 ;;
		--) shift && break ;;
		-*) die $E_USAGE "unknown option $1; --help lists the options" ;;
		*) break ;;
		esac
		shift
	done
	operands=("$@")

	vm_find_series
	[[ $cpus =~ ^[1-9][0-9]?$ ]] || die $E_USAGE "--cpus needs a number of processors, not '$cpus'"
	[[ $memory =~ ^[1-9][0-9]{1,4}$ ]] || die $E_USAGE "--memory needs a number of megabytes, not '$memory'"
	[[ $mips =~ ^[1-9][0-9]?$ ]] || die $E_USAGE "--mips needs a number of millions of instructions, not '$mips'"
	[[ $limit =~ ^[1-9][0-9]*$ ]] || die $E_USAGE "--limit needs a number of seconds, not '$limit'"
	((qemu)) || vm_find_bochs
	for name in "${programs[@]}"; do
		type -P "$name" >/dev/null || die $E_USAGE "there is no program '$name' for --program; try make setup"
	done
	[[ -z $overlay || -d $overlay ]] || die $E_USAGE "--overlay needs a directory, and '$overlay' is none"
}

# vm_find_series: from a name or a role in tests/vm/series, which must be one kernel's.
vm_find_series() {
	local found words
	found=$("$VM/kernel" series "$series" 2>&1) || die $E_USAGE "$found"
	read -ra words <<<"${found//$'\n'/ }"
	((${#words[@]} == 1)) || die $E_USAGE "--kernel needs one kernel; '$series' means ${words[*]}"
	series=${words[0]}
}

# vm_find_bochs: sets `bochs`, the program, and `bioses`, the directory of its BIOSes.
vm_find_bochs() {
	local dir models
	if [[ -n ${BOCHS:-} ]]; then
		bochs=$BOCHS bioses=${BXSHARE:-/usr/share/bochs}
	else
		[[ $emulator_version =~ ^(2\.7|3\.0)$ ]] || die $E_USAGE "no Bochs $emulator_version; there are 3.0 and 2.7"
		dir=$("$VM/bochs" "$emulator_version") || die $E_EMULATOR "cannot get Bochs $emulator_version; try make setup"
		bochs=$dir/bochs bioses=$dir/share
	fi
	type -P "$bochs" >/dev/null || die $E_EMULATOR "there is no Bochs '$bochs'; try make setup"
	models=$("$bochs" --help cpu 2>&1) || die $E_EMULATOR "'$bochs' does not run as a Bochs"
	grep -qx -- "$model" <<<"$models" || die $E_USAGE "$bochs has no processor model '$model'"
}

# vm_prepare SCRIPT...: makes all that the machine boots from, in the fresh directory $work.
vm_prepare() {
	trap vm_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	work=$(mktemp -d --tmpdir shadow-box-vm.XXXXXXXX)

	release=$("$VM/kernel" release "$series") || die $E_SETUP "cannot find a kernel of series $series"
	kernel=$("$VM/kernel" fetch "$release") || die $E_SETUP "cannot get the kernel $release"
	ko=${SHADOW_BOX_KO:-$BUILD/kmod/$series/shadow_box.ko}
	# Always ask make, so that nobody tests yesterday's module; the lock is for runs that start together.
	local goals=("$BUILD/sbctl/sbctl")
	[[ $module = 0 || -n ${SHADOW_BOX_KO:-} ]] || goals+=("$ko")
	mkdir -p "$BUILD"
	flock "$BUILD/.lock" make --no-print-directory -s -C "$TOP" "${goals[@]#"$TOP/"}" >&2 ||
		die $E_SETUP "cannot build ${goals[*]#"$TOP/"}"
	[[ $module = 0 || -r $ko ]] || die $E_SETUP "there is no module $ko"

	set -E
	trap 'die $E_SETUP "cannot prepare the machine; has make setup been run?"' ERR
	vm_root "$@"
	vm_medium
	trap - ERR
}

# End the emulator, and those who read from it, if they still run, and leave nothing behind.
vm_cleanup() {
	kill ${emulator_pid:+"$emulator_pid"} "${readers[@]}" 2>/dev/null || true
	wait
	[[ -z ${work:-} ]] || rm -rf "$work"
}

# vm_root SCRIPT...: the guest's root file system, as an initramfs in $work/initrd.
vm_root() {
	local root=$work/root name file
	mkdir -p "$root"/{bin,dev,etc,lib,proc,root,run,sys,tmp,usr/share/terminfo}
	cp /bin/busybox "$root/bin/"
	for name in $(/bin/busybox --list); do
		[[ $name = busybox ]] || ln -s busybox "$root/bin/$name"
	done
	ln -s bin "$root/sbin"
	install -m 755 "$VM/init" "$root/init"
	vm_add_scripts "$@"
	cp "$TOP/tests/lib/check.sh" "$root/lib/"

	vm_add_program "$BUILD/sbctl/sbctl"
	# sbctl loads it when it needs it, so ldd does not tell.
	vm_add_libraries "$(/sbin/ldconfig -p | grep -o '/[^ ]*/libkmod\.so\.2$' | head -n 1)"
	for name in "${programs[@]}"; do
		vm_add_program "$(type -P "$name")"
	done
	for name in linux vt100 xterm xterm-256color tmux-256color dumb "${TERM:-dumb}"; do
		# Debian 13 has no /lib/terminfo.
		file=$(find /lib/terminfo /usr/share/terminfo -name "$name" -print -quit 2>/dev/null || true)
		[[ -z $file ]] || install -D -m 644 "$file" "$root/usr/share/terminfo/${name::1}/$name"
	done

	# A user's terminal may show more than ASCII; what it shows is up to LANG.
	mkdir -p "$root/usr/lib/locale" && cp -r /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"

	[[ -z $overlay ]] || cp -a "$overlay/." "$root/"
	vm_add_modules

	# Not compressed: the emulated CPU would take seconds to unpack what its disk delivers in no time.
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/initrd"
	rm -rf "$root"
}

# vm_add_scripts SCRIPT...: they run in the order of their names there, and say their own.
vm_add_scripts() {
	local i=100 script name
	mkdir "$work/root/scripts"
	for script; do
		name=$(realpath "$script")
		name=${name#"$TOP/tests/"}
		name=${name%.guest}
		install -m 755 "$script" "$work/root/scripts/$((i++)).${name//\//:}"
	done
}

# vm_add_program FILE: a dynamically linked program and its libraries.
vm_add_program() {
	install -m 755 "$1" "$work/root/bin/"
	vm_add_libraries "$1"
}

# vm_add_libraries FILE: the libraries that FILE needs, and FILE itself if it is one.
vm_add_libraries() {
	local lib
	{
		[[ $1 != *.so.* ]] || echo "$1"
		ldd "$1" | grep -o '/[^ ]*'
	} | while read -r lib; do
		[[ -e $work/root$lib ]] || install -D -m 755 "$lib" "$work/root$lib"
	done
}

# The module under test, and those of the kernel's own that tests need, where the guest's modprobe and libkmod find them.
vm_add_modules() {
	local dir=$work/root/lib/modules/$release name file
	mkdir -p "$dir/updates/dkms"
	cp "$kernel/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$dir/"
	while read -r name; do
		[[ -n $name && $name != '#'* ]] || continue
		# Not every kernel has every module: then there is nothing to copy.
		{ modprobe -d "$kernel" -S "$release" --show-depends "$name" 2>/dev/null || true; } | sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done <"$VM/modules.list" | sort -u | while read -r file; do
		install -m 644 -D "$file" "$dir/${file#*"/$release/"}"
	done
	find "$dir" -name '*.ko.xz' -exec unxz {} +
	[[ $module = 0 ]] || install -m 644 "$ko" "$dir/updates/dkms/shadow_box.ko"
	depmod -b "$work/root" "$release"
}

# What the kernel is told. The emulators count instructions as time, which takes some explaining to Linux:
#   tsc_early_khz, tsc=reliable  CPUID of the models claims 3.5 GHz, where Bochs advances the TSC by --mips millions a
#                                second: believed, every sleep would take 70 times as long
#   idle=halt                    wake-ups from MWAIT get lost in Bochs 2.7; multi_cpu_stop then locks up
#   clearcpuid=fsrm              icelake and tigerlake hang early otherwise: Bochs leaves FSRM set when ERMS is not
#   pti=on                       models without the Meltdown bug would run without page-table isolation
#   panic=0                      stand still after a panic, for `run` to see
#   initcall_blacklist           what takes the emulator a fifth of the boot, and no test needs: a generator of random numbers tries its
#                                jitter out; certificates for the signatures of modules, which Shadow-box has not got there; BPF programs
#                                in the place of TCP's congestion control
vm_cmdline() {
	local line="console=ttyS0,115200 cryptomgr.notests quiet panic=0 pti=on"
	((qemu)) || line+=" tsc_early_khz=${mips}000 tsc=reliable idle=halt clearcpuid=fsrm"
	((qemu)) || line+=" initcall_blacklist=jent_mod_init,load_system_certificate_list,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init"
	echo "$line$append"
}

# vm_medium: the boot medium for Bochs, which has no loader of its own; QEMU takes the files as they are.
vm_medium() {
	local iso=$work/iso
	ln -s "$kernel/boot/vmlinuz-$release" "$work/vmlinuz"
	((!qemu)) || return 0
	mkdir -p "$iso/isolinux"
	cp "$work/vmlinuz" "$iso/isolinux/vmlinuz"
	mv "$work/initrd" "$iso/isolinux/initrd"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
	cat >"$iso/isolinux/isolinux.cfg" <<-CFG
		default linux
		prompt 0
		label linux
		 kernel vmlinuz
		 append initrd=initrd $(vm_cmdline)
	CFG
	genisoimage -quiet -o "$work/boot.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$iso"
	rm -r "$iso"
}

# vm_emulator COM1 COM2: sets the array `emulator`, the command that runs the machine. Each argument is MODE:FILE, MODE one of
# Bochs's (file, term).
vm_emulator() {
	if ((qemu)); then
		emulator=(qemu-system-x86_64 -accel tcg -cpu max -smp "$cpus" -m "$memory" -nodefaults -no-user-config -display none -no-reboot
			-kernel "$work/vmlinuz" -initrd "$work/initrd" -append "$(vm_cmdline)"
			-chardev "file,id=com1,path=${1#*:}" -serial chardev:com1
			-chardev "file,id=com2,path=${2#*:}" -serial chardev:com2)
		return
	fi
	cat >"$work/bochsrc" <<-RC
		cpu: model=$model, count=$cpus, ips=${mips}000000, quantum=16, reset_on_triple_fault=0, ignore_bad_msrs=1
		memory: guest=$memory, host=$((memory < 2048 ? memory : 2048))
		romimage: file=$bioses/${BOCHS_BIOS:-BIOS-bochs-latest}, options=fastboot
		vgaromimage: file=$bioses/VGABIOS-lgpl-latest
		ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
		boot: cdrom
		display_library: rfb, options="timeout=0"
		com1: enabled=1, mode=${1%%:*}, dev=${1#*:}
		com2: enabled=1, mode=${2%%:*}, dev=${2#*:}
		clock: sync=none, time0=utc
		sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
		port_e9_hack: enabled=1
		log: $work/bochs.log
		panic: action=fatal
		error: action=report
		info: action=report
		debug: action=ignore
	RC
	emulator=("$bochs" -q -f "$work/bochsrc")
	# Debian's build carries the internal debugger, which waits for commands: continue, and quit at the first stop.
	printf 'c\nq\n' >"$work/bochs.cmd"
	[[ $("$bochs" --help 2>&1) != *'-rc filename'* ]] || emulator+=(-rc "$work/bochs.cmd")
}

# vm_powered_off: did the guest end the machine? Bochs takes that for an error; it is told from one by its words.
vm_powered_off() {
	grep -qs 'ACPI control: soft power off' "$work/emulator.out"
}

# vm_emulator_failed: dies with what the emulator had to say.
vm_emulator_failed() {
	local words
	cat "$work/emulator.out" >&2
	[[ ! -r $work/bochs.log ]] || tail -n 100 "$work/bochs.log" >&2
	words=$(sed -n '/exiting with the following message/{n;p}' "$work/emulator.out")
	die $E_EMULATOR "emulator failed: ${words:-it ended early, with status $1}"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# How workloads are measured in the guest: `. bench.sh`.
#
#   bench_prepare              a quiet machine
#   bench_run CONFIG NAME...   runs workloads; prints their lines with the configuration's name in front, as in
#                              "native bench null 20500 40 10300 10300 15600", and when Shadow-box is loaded
#                              "enforce exits null COUNT CPUID" for each exit reason that all operations had
#   bench_policies CONFIG      off, log or enforce: the policies of that configuration

bench_prepare() {
	mount -t tmpfs tmp /tmp
	mkdir /tmp/bench
	# The same addresses in each process, the same page tables to copy.
	echo 0 >/proc/sys/kernel/randomize_va_space
	# Jumps of kprobes are made by a worker, some time later: a figure that repeats needs one that does nothing.
	echo 0 >/proc/sys/debug/kprobes-optimization
	dmesg -n 1
	BENCH_MODULE=$(find /lib/modules -name churn_small.ko)
	export BENCH_MODULE
}

bench_policies() {
	[ "$1" = native ] || sbctl policy all "$1"
}

bench_count() { [ "$1" = native ] || sbctl counters >"/tmp/counters.$2"; }

# Between two readings of the counters nobody starts a program but the workload and sbctl. What their start costs is what the
# workload has that does nothing.
bench_run() {
	bench_config=$1
	shift
	bench_files=/tmp/counters.start
	mount -t tmpfs bench /tmp/bench
	bench_count "$bench_config" start
	for bench_name in nothing "$@"; do
		bench "$bench_name" >>/tmp/said || return
		bench_count "$bench_config" "$bench_name"
		bench_files="$bench_files /tmp/counters.$bench_name"
	done
	umount /tmp/bench
	sed "s/^/$bench_config /" /tmp/said
	rm /tmp/said
	# shellcheck disable=SC2086  # one argument each
	[ "$bench_config" = native ] || bench_exits "$bench_config" $bench_files
}

# bench_exits CONFIG FILE...: by how much each counter grew from file to file, but for what it grew by to the second one
bench_exits() {
	bench_config=$1
	shift
	awk -v config="$bench_config" '
		function tell(name, n) {
			for (name in now) {
				n = now[name] - before[name]
				if (files == 2)
					own[name] = n
				else if (files > 2 && n != own[name])
					print config, "exits", workload, n - own[name], name
				before[name] = now[name]
			}
		}
		FNR == 1 { tell(); files++; workload = FILENAME; sub(/.*counters\./, "", workload); delete now }
		$NF !~ /^[0-9]+$/ { next }
		{
			name = $3
			for (i = 4; i < NF; i++)
				name = name " " $i
			now[name] += $NF
		}
		END { tell() }' "$@"
}

# bench_kernel_exits CONFIG: "CONFIG exit NAME OUTCOME MINIMUM MEDIAN MAXIMUM", of exits that only the kernel can cause
bench_kernel_exits() {
	dmesg -c >/dev/null
	modprobe bench_exits && rmmod bench_exits || return
	dmesg | sed -n "s/.*bench_exits: \([a-z0-9_]* [ef]\)/$1 exit \1/p"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions for tests in which allocations of the module fail, sourced after lib.sh. They set up the
# kernel's fault injection, limited to allocations with a function of dynmem on the stack. A test is
# skipped if the kernel has no fault injection.

# Copies from and to user space (fail_usercopy) fail, too: a task's /proc/.../fail-nth counts them
# together with allocations.
faults=(/sys/kernel/debug/{failslab,fail_page_alloc,fail_usercopy})
for dir in "${faults[@]}"; do
	if [ ! -e "$dir/require-start" ]; then
		skip "no memory" "this kernel injects no faults"
		done_testing
	fi
done

set_all() { local dir; for dir in "${faults[@]}"; do echo "$2" >"$dir/$1"; done; }

# faults_begin: sets fault injection up; nothing fails yet.
faults_begin()
{
	local range

	set_all probability 0
	set_all task-filter N
	set_all interval 1
	set_all verbose 0
	set_all times 1000000
	set_all stacktrace-depth 32
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	# The length of the last function is not known: 4096 bytes are enough for it.
	range=$(awk '/[[]dynmem[]]/ && $2 ~ /[tT]/ { print $1 }' /proc/kallsyms | sort)
	set_all require-start "0x$(head -n 1 <<<"$range")"
	set_all require-end "$(printf '0x%x' $((0x$(tail -n 1 <<<"$range") + 4096)))"
}

faults_end() { set_all times 0; }

# injected: sets $injected to the number of faults since faults_begin. faults_begin has allowed a
# million faults of each kind, and the kernel counts the file `times` down from that.
injected()
{
	local dir left

	injected=0
	for dir in "${faults[@]}"; do
		read -r left <"$dir/times"
		injected=$((injected + 1000000 - left))
	done
}

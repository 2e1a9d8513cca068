# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced, after lib.sh, by tests in which the module gets no memory: the kernel's fault injection,
# limited to calls from functions of dynmem. If the kernel has none, the test is skipped.

# Copies from and to user space fail like allocations do: fail-nth of a task counts them, too.
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
	# Up to the last function's name; nothing of it that matters here is longer than that.
	range=$(awk '/[[]dynmem[]]/ && $2 ~ /[tT]/ { print $1 }' /proc/kallsyms | sort)
	set_all require-start "0x$(head -n 1 <<<"$range")"
	set_all require-end "$(printf '0x%x' $((0x$(tail -n 1 <<<"$range") + 4096)))"
}

faults_end() { set_all times 0; }

# injected: sets $injected to the number of faults so far; there may be a million.
injected()
{
	local dir left

	injected=0
	for dir in "${faults[@]}"; do
		read -r left <"$dir/times"
		injected=$((injected + 1000000 - left))
	done
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests `lab run --kernel debug`: the host's kernel has its checks, and a run fails if they find
# something or if the kernel has leaked memory. Runs on the machine itself, not in the lab's host,
# and boots a host for each planted fault.

# shellcheck source=selftests/lab/t/tap.sh
. "$(dirname "$0")/tap.sh"

lab=$(cd "$(dirname "$0")/.." && pwd)/lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LAB_OUT_DIR=$work/out

# run: runs the script on standard input on the debug kernel; sets $status and leaves the output in
# $work/stdout and $work/stderr.
run()
{
	{ echo '#!/bin/bash'; cat; } >"$work/script"
	chmod +x "$work/script"
	"$lab" run --kernel debug "$work/script" >"$work/stdout" 2>"$work/stderr"
	status=$?
}

run <<'SCRIPT'
uname -r
sed 's/^.*(\(.*\)).*/\1/' /sys/kernel/debug/sched/preempt
ls -d /sys/kernel/debug/{kmemleak,failslab,fail_page_alloc} /proc/lockdep
echo "waits $LAB_SLOW"
SCRIPT
is "a run in which nothing is wrong passes" $status 0
ok "it is the debug kernel" grep -q '^6\.12\..*-debug$' "$work/stdout"
ok "waits are longer there" grep -qx 'waits 4' "$work/stdout"

# fault NAME LINE: a run with that fault must fail, and must show a line of the console that matches
# LINE.
fault()
{
	run <<-SCRIPT
		modprobe planted fault=$1
		rmmod planted
		exit 0
	SCRIPT
	is "$1: fails the run" $status 1
	ok "$1: and is shown" grep -qE -e "$2" "$work/stderr"
}

fault use-after-free 'BUG: KASAN: slab-use-after-free in .*planted'
fault leak 'unreferenced object 0x'
fault lock-order 'WARNING: possible circular locking dependency detected'
fault sleep-in-atomic 'BUG: (sleeping function called from invalid context|scheduling while atomic)'
fault shift 'UBSAN: shift-out-of-bounds in '
fault refcount 'refcount_t: addition on 0; use-after-free'
fault rcu 'WARNING: suspicious RCU usage'

done_testing

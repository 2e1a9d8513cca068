#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dynmem_balloon must not disturb its guest. There are four cases: the guest is suspended while the
# balloon grows; the guest is idle; a program that is bound to one node runs short of memory on that
# node; and there is a storm of OOM kills while the host has nothing to give. Nothing is lent here,
# since the test compares how much is ballooned on each node.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

STARTUP=$((768 * M))

on() { json web ".nodes[] | select(.node == $1) | .$2"; }

dmctl host set headroom off
dmctl vm add web startup 768M minimum 768M maximum 1792M buffer 20
boot web --memory 1792M --vnodes 2 --cpus 1 --bind 0,1 --driver none

# ---- the guest is suspended while its balloon grows

# The balloon grows for many seconds. The kernel must be able to freeze all tasks within 4 s all the
# same.
succeeds "tasks are frozen, though the balloon has far to go" guest run web --timeout 120 '
	echo 4000 >/sys/power/pm_freeze_timeout
	echo freezer >/sys/power/pm_test
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	modprobe dynmem_balloon
	sleep 1
	echo freeze >/sys/power/state'
between 0 "$(json web .ballooned)" $((1000 * M)) "it has not been there before"
comes "then the balloon goes on growing" 480 exposes web $STARTUP
comes "the VM comes to rest" 120 at_rest web

# ---- the guest is idle

# shellcheck disable=SC2016 # the guest's shell expands it
samples=$(guest run web --timeout 120 '
	cd /sys/kernel/tracing
	echo sample:mod:dynmem_balloon >set_ftrace_filter
	read -r begun _ </proc/uptime
	echo function >current_tracer
	sleep 20
	echo 0 >tracing_on
	read -r ended _ </proc/uptime
	awk "/: sample / { n++ } END { print int(n * 20 / ($ended - $begun)) }" trace
	echo nop >current_tracer
	echo 1 >tracing_on
	echo >set_ftrace_filter')
between 0 "$samples" 100 "in 20 s the driver does not wake it up 200 times"

# ---- a program on a CPU of node 0, whose memory is bound to node 1

other=$(on 0 ballooned)
start_hog web load 640M --vnode 1
comes "a load that is bound to node 1 and needs more than that has fits" 300 filled load
is "$(vmstat web oom_kill)" 0 "nothing was killed"
# Node 0 has a part of the VM's buffer, and the buffer grows with the load: by some 40 MiB on node
# 0.
between $((other - 64 * M)) "$(on 0 ballooned)" $((other + 256 * M)) \
	"nothing of node 0's balloon was given back for it"
end_loads web load

# ---- a storm of OOM kills on a node, while the host has nothing to give there

set_capacity $((256 * M))
comes "the host has nothing to give on node 0" 60 node_has '.spare == 0'
between $((256 * M)) "$(on 0 ballooned)" $((896 * M)) "node 0's balloon holds memory"
# Trace each call of dynmem_balloon_session_rescue() and the waits in it. Keep kernel messages off
# the slow console for that time.
guest run web '
	dmesg -n 1
	cd /sys/kernel/tracing
	echo 4096 >buffer_size_kb
	echo dynmem_balloon_session_rescue:mod:dynmem_balloon >set_ftrace_filter
	echo dynmem_balloon_session_rescue >set_graph_function
	echo schedule_timeout >>set_ftrace_filter
	echo function_graph >current_tracer
	echo funcgraph-abstime >trace_options'
# shellcheck disable=SC2016 # the guest's shell expands it
guest run web --timeout 600 '
	for i in $(seq 30); do
		hog 80M --vnode 0 --hold 5 >/dev/null 2>&1 &
	done
	wait'
guest run web 'cat /sys/kernel/tracing/trace' >"$tmp/rescues"
guest run web 'echo nop >/sys/kernel/tracing/current_tracer; dmesg -n 7'
kills=$(vmstat web oom_kill)
between 5 "$kills" 60 "a storm of kills"
between "$kills" "$(grep -c 'dynmem_balloon_session_rescue' "$tmp/rescues")" 10000 \
	"the driver was asked before each"
# A call that comes more than 10 s after the last call or wait begins another storm.
waits=$(awk '/dynmem_balloon_session_rescue/ { if ($1 - last > 10) waits = 0; last = $1; waited = 0 }
	/schedule_timeout/ { waits += !waited; waited = 1; last = $1; if (waits > most) most = waits }
	END { print most + 0 }' "$tmp/rescues")
between 0 "$waits" 1 "it has let one wait, and after that one nobody"
dmctl host set reserve default node 0
start_hog web after 500M --vnode 0
comes "when the host has memory again a load fits" 300 filled after
is "$(vmstat web oom_kill)" "$kills" "nothing was killed for it"
end_loads web after
quiet web "QEMU has complained of nothing"
succeeds "the guest powers off" guest stop web

done_testing

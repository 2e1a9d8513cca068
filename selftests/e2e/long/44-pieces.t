#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest with dynmem_balloon whose free memory is fragmented. Where no block is free the driver
# balloons single pages, which the guest's kernel can move. The driver replaces them by blocks once
# blocks are free. Nothing is lent here, since the test compares how much is ballooned.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

RAM=$((1792 * M))
STARTUP=$((768 * M))

single() { guest run "$1" 'cat /sys/bus/virtio/drivers/dynmem_balloon/virtio*/ballooned_single'; }
single_is_below()
{
	local bytes

	bytes=$(single "$1")
	echo "single pages: $bytes"
	[ "$bytes" -lt "$2" ]
}

# trace_batches VM: from now on the guest traces requests, answers, and allocations for the balloon
trace_batches()
{
	# shellcheck disable=SC2016 # the guest's shell expands it
	guest run "$1" '
		cd /sys/kernel/tracing
		for function in dynmem_balloon_batch_send dynmem_balloon_stock_alloc channel_take_answer; do
			echo "$function:mod:dynmem_balloon"
		done >set_ftrace_filter
		echo 8192 >buffer_size_kb
		echo function >current_tracer'
}

# overlaps VM: ends the trace, and prints the number of requests during which the guest allocated
# more memory for the balloon
overlaps()
{
	guest run "$1" 'echo 0 >/sys/kernel/tracing/tracing_on'
	guest run "$1" awk '/: dynmem_balloon_batch_send / { sent = 1; more = 0 }
		/: dynmem_balloon_stock_alloc / { more += sent }
		/: channel_take_answer / { n += sent && more; sent = 0 }
		END { print n + 0 }' /sys/kernel/tracing/trace
	guest run "$1" 'echo nop >/sys/kernel/tracing/current_tracer'
}

dmctl host set headroom off
dmctl vm add web startup 768M maximum 1792M buffer 20
boot web --memory 1792M --vnodes 2 --bind 0,1
comes "the guest gives all but its startup memory" 240 exposes web $STARTUP
guest run web 'echo 0 >/proc/sys/vm/compact_unevictable_allowed'
start_hog web comb 480M --vnode 0 --comb 16
comes "a load takes 480 MiB on vnode 0, and keeps every 16th page" 180 filled comb
trace_batches web
set_capacity $((256 * M))
comes "the guest gives all but its startup memory, though some lies in pieces" 240 \
	exposes web $STARTUP
between 1 "$(overlaps web)" $((RAM / 4096)) "it went on looking for more while the host released"
comes "the VM comes to rest" 60 at_rest web
between $BLOCK "$(single web)" $RAM "some of it is single pages"
given=$(json web .ballooned) moved=$(vmstat web balloon_migrate)
succeeds "the guest's kernel compacts node 0" \
	guest run web --timeout 1100 'echo 1 >/sys/devices/system/node/node0/compact'
between $((moved + 1)) "$(vmstat web balloon_migrate)" $((RAM / 4096)) \
	"it has moved single pages of the balloon"
comes "as much is given as before" 30 vm_has web ".ballooned == $given"
end_loads web comb
# The driver asks for a block once a second. Each time the guest's kernel compacts memory in the
# background, which frees about one block.
comes "blocks replace the single pages" 900 single_is_below web $BLOCK
# A vnode may keep some memory that it was granted while it used a larger part of the guest's
# memory: dynmem does not move less than 1 %.
comes "and as much is given as before" 120 vm_has web ".ballooned >= $((given - STARTUP / 100))"
dmctl host set reserve default node 0
succeeds "the guest powers off" guest stop web
is "$(json web '[.counters | .malformed, .ring_errors, .refused_range, .refused_twice] | add')" 0 \
	"no request of the guest's was wrong"

# ---- memory is taken offline that has pages of the balloon: single ones, as it is movable

# leaves NAME: tests that the balloon's pages leave memory that is taken offline, and powers the
# guest off
leaves()
{
	given=$(json "$1" .ballooned)
	start_hog "$1" load 48M
	comes "a load fits" 180 filled load
	succeeds "memory is taken offline, and the balloon's pages leave it" offline "$1" 300
	# Again, dynmem does not move less than 1 %.
	comes "as much is given as before" 30 \
		vm_has "$1" ".ballooned >= $given - .startup / 100"
	end_loads "$1" load
	succeeds "the guest powers off" guest stop "$1"
}

dmctl vm add zone startup 512M maximum 1G buffer 20
boot zone --memory 1G --bind 0 --append movablecore=512M
comes "of a guest with movable memory all but its startup memory is given" 480 exposes zone $((512 * M))
between $((16 * M)) "$(single zone)" $((512 * M)) "some of it in single pages, as it is movable"
leaves zone

# A guest with two nodes: when memory of a node goes offline Linux moves its pages to another node.
dmctl vm add zones startup 512M maximum 1G buffer 20
boot zones --memory 1G --vnodes 2 --bind 0,1 --append movablecore=640M
comes "of a guest with two nodes all but its startup memory is given" 480 exposes zones $((512 * M))
is "$(json zones '.nodes | map(.ballooned) | tostring')" "[$((256 * M)),$((256 * M))]" \
	"half of it from each node"
leaves zones

done_testing

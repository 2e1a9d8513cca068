#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# inflate.sh [ROUNDS [STOCK-MIB [BACKING...]]]: measures the time and the kicks that a guest needs
# to give memory that it has touched, per GiB. One guest gives 1 GiB with our two modules. A twin
# guest in the same boot gives STOCK-MIB with QEMU's virtio-balloon and the stock driver. They take
# turns. Repeated for each backing; for the first one also with 320 MiB from both guests. Runs
# inside the lab's host, where seconds are emulated: only ratios mean something. Medians go to
# $LAB_OUT/inflate.json.
#
# A time begins with the order and ends when the host records the last page. For our guest the
# tracepoints dynmem_decision and dynmem_inflate show the two moments, for the other guest the trace
# of QEMU's balloon. QEMU's balloon frees no hugetlb pages: for these the measured figure is the
# share of pages that return to the pool.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
moves=1024
stock_moves=${2:-128}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- {memfd,anon}-{2M,4K}{,-plain} hugetlb
declare -A goal=([memfd-2M]=362 [anon-2M]=150 [memfd-4K]=15 [anon-4K]=15)

# Prints the seconds from the first decision to take memory from our guest until its last inflate.
seconds_of_ours()
{
	awk '
		{ time = ""; for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) time = $i + 0 }
		/dynmem_decision: vm=ours/ && !start {
			match($0, /granted=[0-9]+/); granted = substr($0, RSTART + 8, RLENGTH - 8)
			match($0, /target=[0-9]+/); target = substr($0, RSTART + 7, RLENGTH - 7)
			if (target + 0 < granted + 0) start = time
		}
		/dynmem_inflate: vm=ours/ { last = time }
		END { printf "%.4f", last - start }' $trace/trace
}

seconds_of_stock()
{
	awk -F'[@:]' '
		/virtio_balloon_to_target/ && !start { start = $2 }
		/virtio_balloon_set_config/ { last = $2 }
		END { printf "%.4f", last - start }' /tmp/stock.trace
}

# Prints the kicks without those of reports, of which there is one a second.
kicks_of_ours() { vm '.counters.kicks - .counters.reports'; }

# measure BACKING MOVES STOCK-MOVES RATIO: measures times and kicks. The goal is that the stock
# guest's time is at least RATIO times ours.
measure()
{
	local moves=$2 stock_moves=$3 ours='' stock='' round before
	local ours_kicks='' stock_kicks='' what="${said[$1]} ($2 MiB; stock $3 MiB)"

	start_ours "$moves"
	start_stock "$stock_moves" -trace virtio_balloon_to_target -trace virtio_balloon_set_config \
		-trace virtio_queue_notify -msg timestamp=on -D /tmp/stock.trace
	for ((round = 0; round < rounds; round++)); do
		touch_memory ours
		echo >$trace/trace
		before=$(kicks_of_ours)
		take_ours "$moves"
		ours_kicks+=" $(per_gib $(($(kicks_of_ours) - before)) "$moves")"
		ours+=" $(per_gib "$(seconds_of_ours)" "$moves")"
		prepare_return "$moves"
		return_ours
		touch_memory stock
		: >/tmp/stock.trace
		take_stock
		stock+=" $(per_gib "$(seconds_of_stock)" "$stock_moves")"
		stock_kicks+=" $(per_gib "$(grep -c virtio_queue_notify /tmp/stock.trace)" "$stock_moves")"
		return_stock
		printf '%s, round %d: seconds per GiB ours %s, stock %s; kicks ours %s, stock %s\n' "$what" \
			$round "${ours##* }" "${stock##* }" "${ours_kicks##* }" "${stock_kicks##* }" >&2
	done
	row "inflate touched memory, $what: emulated seconds per GiB" "$ours" "$stock" \
		"ratio >= $4"
	row "kicks per GiB, $what" "$ours_kicks" "$stock_kicks" "ours < 16"
	stop_guests
}

free_in_pool() { echo $(($(cat "/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/free_hugepages") * 2)); }

# share BEFORE AFTER MOVES: prints which share of MOVES MiB has returned to the pool, if BEFORE MiB
# of the pool were free before and AFTER MiB are free now
share() { awk -v n=$(($2 - $1)) -v moved="$3" 'BEGIN { printf "%.3f", n / moved }'; }

# A pool has no reserve that could make a guest give. So our guest gives all memory above startup
# when its driver is loaded, and takes it back when the driver is unloaded. At first all pages are
# in use.
measure_pool()
{
	local ours='' stock='' round before

	set_pool 1 $((moves + rest))
	set_pool 0 $((stock_moves + rest))
	dmctl vm add ours startup ${rest}M minimum ${rest}M maximum $((moves + rest))M buffer 5
	options+=(--prealloc)
	guest start ours --memory $((moves + rest))M --backing hugetlb --bind 1 "${options[@]}"
	wait_until given_is_at_least $((moves * mib))
	start_stock "$stock_moves"
	for ((round = 0; round < rounds; round++)); do
		guest run ours rmmod dynmem_balloon
		before=$(free_in_pool 1)
		guest run ours modprobe dynmem_balloon
		wait_until given_is_at_least $((moves * mib))
		ours+=" $(share "$before" "$(free_in_pool 1)" $moves)"
		before=$(free_in_pool 0)
		take_stock
		stock+=" $(share "$before" "$(free_in_pool 0)" "$stock_moves")"
		return_stock
		printf '%s, round %d: freed of what was given: ours %s, stock %s\n' "$1" $round \
			"${ours##* }" "${stock##* }" >&2
	done
	row "inflate, ${said[$1]}: share that is freed (1 GiB; stock $stock_moves MiB)" \
		"$ours" "$stock" "ours >= 1"
	stop_guests
	set_pool 0 0
	set_pool 1 0
}

echo 1 >$trace/events/dynmem/dynmem_decision/enable
echo 1 >$trace/events/dynmem/dynmem_inflate/enable
if [ "$1" != hugetlb ]; then
	set_backing "$1"
	measure "$1" 320 320 20
fi
for backing; do
	set_backing "$backing"
	if [ "$backing" = hugetlb ]; then
		measure_pool "$backing"
	else
		measure "$backing" $moves "$stock_moves" "${goal[${backing%-plain}]}"
	fi
done
write_rows inflate

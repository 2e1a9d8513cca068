#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# inflate.sh [ROUNDS]: how long it takes, and how many kicks, until a guest has given up 320 MiB, and
# 1 GiB, of memory it had touched: our pair (dynmem.ko and dynmem_balloon) against QEMU's virtio-balloon with
# the stock driver in a twin guest, in one boot, in turn. Runs inside the lab's host, where seconds
# are emulated: only ratios and counts mean something. Medians go to $LAB_OUT/inflate.json.
#
# Times begin with the order and end with the host's own record of the last page: ours in the
# tracepoints dynmem_decision and dynmem_inflate, QEMU's in its trace of its balloon. Our guest's
# reports, one a second, are no part of it: their kicks are not counted.

set -eu
rounds=${1:-3}
moves='320 1024'				# MiB, as all sizes
rest=448				# what is left to a guest
mib=$((1024 * 1024))
trace=/sys/kernel/tracing
declare -A seconds kicks

die() { printf 'bench: %s\n' "$*" >&2; exit 1; }

wait_until()
{
	local deadline=$((SECONDS + 300))

	until "$@"; do
		[ $SECONDS -lt $deadline ] || die "gave up waiting for: $*"
		sleep 0.05
	done
}

given() { dmctl -j vm show ours | jq .given; }
request_kicks() { dmctl -j vm show ours | jq '.counters.kicks - .counters.reports'; }
given_is_at_least() { [ "$(given)" -ge "$1" ]; }
given_is_at_most() { [ "$(given)" -le "$1" ]; }
actual() { guest qmp stock '{"execute":"query-balloon"}' | jq .return.actual; }
actual_is() { [ "$(actual)" = "$1" ]; }

touch_memory()
{
	guest run "$1" --timeout 300 hog "${move}M" --hold 1 >/dev/null
}

# A reserve as large as the node leaves nothing for VMs: down to minimum, at once.
inflate_ours()
{
	local before

	touch_memory ours
	before=$(request_kicks)
	echo >$trace/trace
	dmctl host set reserve 3000M node 1
	wait_until given_is_at_least $((move * mib))
	kicks[ours]+=" $(($(request_kicks) - before))"
	# First decision that takes, to the last inflate.
	seconds[ours]+=" $(awk '
		{ time = ""; for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) time = $i + 0 }
		/dynmem_decision: vm=ours/ && !start {
			match($0, /granted=[0-9]+/); granted = substr($0, RSTART + 8, RLENGTH - 8)
			match($0, /target=[0-9]+/); target = substr($0, RSTART + 7, RLENGTH - 7)
			if (target + 0 < granted + 0) start = time
		}
		/dynmem_inflate: vm=ours/ { last = time }
		END { printf "%.4f", last - start }' $trace/trace)"
	dmctl host set reserve default node 1
	touch_memory ours
}

inflate_stock()
{
	touch_memory stock
	: >/tmp/stock.trace
	guest qmp stock "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((rest * mib))}}" >/dev/null
	wait_until actual_is $((rest * mib))
	kicks[stock]+=" $(grep -c virtio_queue_notify /tmp/stock.trace)"
	seconds[stock]+=" $(awk -F'[@:]' '
		/virtio_balloon_to_target/ && !start { start = $2 }
		/virtio_balloon_set_config/ { last = $2 }
		END { printf "%.4f", last - start }' /tmp/stock.trace)"
	guest qmp stock "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((ram * mib))}}" >/dev/null
	wait_until actual_is $((ram * mib))
}

median() { tr ' ' '\n' <<<"$1" | grep . | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
per_gib() { awk -v n="$1" -v move="$move" 'BEGIN { printf "%.1f", n * 1024 / move }'; }

row()
{
	jq -n --arg name "$1" --argjson ours "$2" --argjson stock "$3" --arg all "$4" \
		'{name: $name, ours: $ours, stock: $stock, ratio: ($stock / $ours * 10 | round / 10), all: $all}'
}

# measure MIB: rows for that much memory, in guests that need it back for the next round
measure()
{
	move=$1 ram=$(($1 + rest)) seconds=() kicks=()
	dmctl vm add ours startup ${ram}M minimum ${rest}M
	guest start ours --memory ${ram}M --bind 1
	guest start stock --memory ${ram}M --bind 0 --balloon qemu -- \
		-trace virtio_queue_notify -trace virtio_balloon_to_target \
		-trace virtio_balloon_set_config -msg timestamp=on -D /tmp/stock.trace
	for ((round = 0; round < rounds; round++)); do
		inflate_ours
		inflate_stock
		printf '%s MiB, round %d: seconds ours %s, stock %s; kicks ours %s, stock %s\n' \
			"$move" $round "${seconds[ours]##* }" "${seconds[stock]##* }" \
			"${kicks[ours]##* }" "${kicks[stock]##* }" >&2
	done
	row "inflate $move MiB of touched memory, shared memory: seconds (emulated)" \
		"$(median "${seconds[ours]}")" "$(median "${seconds[stock]}")" \
		"ours${seconds[ours]}; stock${seconds[stock]}"
	row "kicks per GiB inflated, $move MiB at once" "$(per_gib "$(median "${kicks[ours]}")")" \
		"$(per_gib "$(median "${kicks[stock]}")")" "ours${kicks[ours]}; stock${kicks[stock]}"
	guest stop ours
	guest stop stock
	wait_until dmctl vm del ours
}

mountpoint -q $trace || mount -t tracefs tracefs $trace
echo 1 >$trace/events/dynmem/dynmem_decision/enable
echo 1 >$trace/events/dynmem/dynmem_inflate/enable

for move in $moves; do
	measure "$move"
done | jq -s . | tee "$LAB_OUT/inflate.json"

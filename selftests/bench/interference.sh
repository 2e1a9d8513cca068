#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# interference.sh [ROUNDS [SECONDS]]: measures how much a program in a guest is slowed down while
# the guest gives 75 % of its memory, all of which was touched. One guest has our two modules; a
# twin guest has QEMU's virtio-balloon and the stock driver. They take turns. Runs inside the lab's
# host; medians go to $LAB_OUT/interference.json.
#
# The program ftq (../lab/ftq.c) counts its work in quanta of 50 ms for SECONDS, three times: twice
# while the guest is left alone, and once with the order to give after a quarter of the time. The
# loss is the amount by which the mean, or the first percentile, of a run is below that of the first
# run. Under emulation the clock goes on while other programs use the machine. So the loss of the
# second run is noise and has rows of its own. A loss of the third run that is no larger than the
# noise means nothing. The vCPU of ftq has a processor of its own, so that work of the balloon on
# another CPU does not take processor time from ftq.
#
# lab: --cpus 3 --own-cpu

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
seconds=${2:-40}
moves=768
rest=256
declare -A mean p1

settle_ours()
{
	wait_until given_is_at_least $((moves * mib))
	prepare_return $moves
	return_ours
}

settle_stock()
{
	wait_until actual_is $((rest * mib))
	return_stock
}

# pin NAME: binds the guest's second vCPU, which runs the program, to the host's last CPU, and all
# other threads of QEMU to other CPUs.
pin()
{
	local last=$(($(nproc --all) - 1)) thread

	thread=$(guest qmp "$1" '{"execute":"query-cpus-fast"}' |
		jq '.return[] | select(."cpu-index" == 1) | ."thread-id"')
	taskset -apc 1-$((last - 1)) "$(guest pid "$1")" >/dev/null
	taskset -pc $last "$thread" >/dev/null
}

# count NAME [ORDER...]: runs ftq in the guest, and ORDER after a quarter of the time; prints "MEAN
# P1" of the counts
count()
{
	guest run "$1" --timeout $((seconds * 4 + 60)) taskset 2 ftq "$seconds" 50 >/tmp/ftq &
	sleep $((seconds / 4))
	"${@:2}"
	wait $! || die "ftq in $1 failed"
	awk '{ print $4, $6 }' /tmp/ftq
}

percent()
{
	awk -v a="$1" -v b="$2" 'BEGIN { if (!a) exit 1; printf "%.1f", 100 * (1 - b / a) }' ||
		die "a quantum in a hundred got nothing done though the guest was left alone: too busy a machine"
}

# lost NAME QUIET OTHER: adds to the lists mean[NAME] and p1[NAME] how many percent OTHER is below
# QUIET. QUIET and OTHER are output of count.
lost()
{
	local figures

	read -ra figures <<<"$2 $3"
	printf '%s: mean and 1st percentile %s, then %s\n' "$1" "$2" "$3" >&2
	mean[$1]+=" $(percent "${figures[0]}" "${figures[2]}")"
	p1[$1]+=" $(percent "${figures[1]}" "${figures[3]}")"
}

# measure NAME ORDER...: measures one round of the guest, and restores the guest
measure()
{
	local quiet

	touch_memory "$1"
	quiet=$(count "$1")
	lost "$1-quiet" "$quiet" "$(count "$1")"
	lost "$1" "$quiet" "$(count "$@")"
	"settle_$1"
}

set_backing memfd-2M
options+=(--cpus 2)
start_ours $moves
start_stock $moves
pin ours
pin stock
for ((round = 0; round < rounds; round++)); do
	measure ours order_ours 3000M
	measure stock order_stock $rest
done
row "work lost by the guest while 75 % is inflated, 1st percentile, %" "${p1[ours]}" "${p1[stock]}" \
	"ours <= 2"
row "the same, mean, %" "${mean[ours]}" "${mean[stock]}" ""
row "noise: the same with the guest left alone, 1st percentile, %" "${p1[ours-quiet]}" \
	"${p1[stock-quiet]}" ""
row "noise: mean, %" "${mean[ours-quiet]}" "${mean[stock-quiet]}" ""
stop_guests
write_rows interference

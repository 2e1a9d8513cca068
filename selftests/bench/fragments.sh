#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fragments.sh [MIB [ROUNDS]]: asks a guest for more memory than it can give, while a program in the
# guest keeps every page, every 8th page or every 64th page of MIB MiB of memory. Measures how much
# of the possible amount the guest gives, how much of that in blocks, and how many ranges, requests
# and release calls that takes. Runs inside the lab's host; medians go to $LAB_OUT/fragments.json.
# There is no stock guest: it would give single pages only, with 1024 requests per GiB.
#
# The driver leaves a minimum of available memory in the guest, the floor (see floor()). The guest
# has given the possible amount when its available memory exceeds the floor by less than a block.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
size=${1:-512}
rounds=${2:-5}
declare -A n

available() { guest run ours "awk '/^MemAvailable:/ { print int(\$2 / 1024) }' /proc/meminfo"; }
floor() { echo $((ram[ours] / 16 < 64 ? ram[ours] / 16 : 64)); }
single() { guest run ours 'cat /sys/bus/virtio/drivers/dynmem_balloon/virtio*/ballooned_single'; }
moved() { guest run ours "awk '\$1 == \"balloon_migrate\" { print \$2 }' /proc/vmstat"; }
# counters: prints requests, release calls, ranges, and single pages of the balloon that the guest's
# kernel has moved
counters()
{
	echo "$(vm '.counters | .requests - .reports, .release_calls' | xargs)" \
		"$(hits dynmem/dynmem_inflate pages:) $(moved)"
}

# gives_no_more: succeeds if the guest has given memory, but none during the last three reports
given_before=0 reports_before=0
gives_no_more()
{
	local given reports

	read -r given reports <<<"$(vm '.ballooned, .counters.reports' | xargs)"
	if [ "$given" != "$given_before" ]; then
		given_before=$given reports_before=$reports
		return 1
	fi
	[ "$given" -gt 0 ] && [ "$reports" -gt $((reports_before + 3)) ]
}

# measure EVERY: measures while the program keeps every EVERY-th page
measure()
{
	local given before after

	keep_memory ours "$size" --comb "$1"
	read -ra before <<<"$(counters)"
	order_ours 3000M
	wait_until gives_no_more
	read -ra after <<<"$(counters)"
	given=$(($(vm .ballooned) / mib))
	n[$1 given]+=" $given"
	n[$1 left]+=" $(($(available) - $(floor)))"
	n[$1 blocks]+=" $(awk -v n="$(single)" -v all=$given 'BEGIN { printf "%.3f", 1 - n / all / 1048576 }')"
	n[$1 ranges]+=" $(per_gib $((after[2] - before[2])) $given)"
	n[$1 requests]+=" $(per_gib $((after[0] - before[0])) $given)"
	n[$1 calls]+=" $(per_gib $((after[1] - before[1])) $given)"
	n[$1 moved]+=" $(per_gib $((after[3] - before[3])) $given)"
	printf 'every page of %s: %s MiB, left %s; blocks %s, ranges %s, requests %s, calls %s, moved %s\n' \
		"$1" $given "${n[$1 left]##* }" "${n[$1 blocks]##* }" "${n[$1 ranges]##* }" \
		"${n[$1 requests]##* }" "${n[$1 calls]##* }" "${n[$1 moved]##* }" >&2
	free_memory ours
	order_ours default
	return_ours
}

set_backing memfd-2M
rest=64
start_ours $((size + 256))
guest run ours 'echo 0 >/proc/sys/vm/compact_unevictable_allowed'
echo 'hist:keys=pages' >$trace/events/dynmem/dynmem_inflate/trigger
for ((round = 0; round < rounds; round++)); do
	for every in 1 8 64; do
		measure $every
	done
done
for every in 1 8 64; do
	text="guest that holds every page of $every"
	row "$text: MiB given" "${n[$every given]}" "" ""
	row "$text: MiB left that could have been given" "${n[$every left]}" "" "ours <= 2"
	row "$text: share of it in blocks" "${n[$every blocks]}" "" ""
	row "$text: ranges per GiB" "${n[$every ranges]}" "" ""
	row "$text: requests per GiB" "${n[$every requests]}" "" ""
	row "$text: release calls per GiB" "${n[$every calls]}" "" ""
	row "$text: single pages in the balloon moved per GiB" "${n[$every moved]}" "" ""
done
guest stop ours
write_rows fragments

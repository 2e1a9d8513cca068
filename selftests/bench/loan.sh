#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --count-instructions
#
# loan.sh [ROUNDS]: measures what it costs a guest when a program fills 256 MiB at once. First the
# guest has all its RAM, without our driver. Then the guest is ballooned to 300 MiB, and at least
# 256 MiB are lent to it. Until the program has filled the memory, this script counts the guest's
# instructions, and in the second case also the pages that the guest swaps out and its requests to
# the host. Runs inside the lab's host; rows go to $LAB_OUT/loan.json.
#
# shellcheck disable=SC2016 # the guest's shell expands it

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lab/disk.sh
. "$(dirname "$0")/../lab/disk.sh"
rounds=${1:-5}
jump=256	# MiB
plain='' lent='' swapped='' asked=''

swapped_out() { guest run ours awk '$1 == "pswpout" { print $2 }' /proc/vmstat; }
asked_for() { vm '.counters | .needs + .requests - .reports'; }
is_lent() { [ "$(vm ".lent >= $((jump * mib)) and .resident <= $((320 * mib))")" = true ]; }

# fill: sets $took to the guest's instructions from the start of a program until it has filled its
# memory
fill()
{
	local before now

	read -r _ before <<<"$(instructions)"
	keep_memory ours $jump
	read -r _ now <<<"$(instructions)"
	took=$((now - before))
}

dmctl host set headroom 1G
dmctl vm add ours startup 300M minimum 300M maximum 700M
guest start ours --memory 700M --bind 0 --driver none -- "${disk_port[@]}"
disk_plug ours
guest run ours --timeout 1100 'dd if=/dev/zero of=/mnt/swap bs=1M count=512 2>/dev/null
	chmod 600 /mnt/swap && mkswap /mnt/swap >/dev/null && swapon /mnt/swap'
for ((round = 0; round < rounds; round++)); do
	fill
	plain+=" $took"
	free_memory ours
done
guest run ours 'echo 3 >/proc/sys/vm/drop_caches; modprobe dynmem_balloon'
for ((round = 0; round < rounds; round++)); do
	wait_until is_lent
	pages=$(swapped_out) asks=$(asked_for)
	fill
	lent+=" $took" asked+=" $(($(asked_for) - asks))" swapped+=" $(($(swapped_out) - pages))"
	free_memory ours
done
row "guest instructions to fill $jump MiB that are lent; stock: a guest with all its RAM" "$lent" \
	"$plain" "ratio >= 0.952"
row "pages that the guest swaps out meanwhile" "$swapped" "" "ours <= 0"
row "times that it asks the host for memory, or tells it of memory, meanwhile" "$asked" "" "ours <= 0"
guest stop ours
write_rows loan

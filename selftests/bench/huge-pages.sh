#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# huge-pages.sh [CYCLES [STOCK-MIB]]: measures what becomes of the host's huge pages when a guest
# gives memory, takes it back and uses it again, CYCLES times. Counts the huge pages that are split,
# and the page faults until all memory is resident again. At the end measures the share of the
# memory that is in huge pages. One guest moves 1 GiB with our two modules, a twin guest STOCK-MIB
# with the stock driver, in turn. Also measures which vnode's memory leaves the host when only vnode
# 1 of two is asked for memory. Runs inside the lab's host; medians go to $LAB_OUT/huge-pages.json.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
cycles=${1:-5}
moves=1024
stock_moves=${2:-64}
declare -A n

faults() { awk '{ print $10 + $12 }' "/proc/$(guest pid "$1")/stat"; }
resident() { awk '$1 == "VmRSS:" { print int($2 / 1024) }' "/proc/$(guest pid "$1")/status"; }

# huge NAME: prints the share of the guest's memory that QEMU has mapped by huge pages
huge()
{
	awk '$1 == "Size:" { size = $2 }
		$1 == "Rss:" && size > most { most = size; rss = $2; huge = 0 }
		size == most && ($1 == "AnonHugePages:" || $1 == "ShmemPmdMapped:") { huge += $2 }
		END { printf "%.3f", huge / rss }' "/proc/$(guest pid "$1")/smaps"
}

# cycle NAME MOVES: the guest gives MOVES MiB, takes them back and uses them again
cycle()
{
	local before faults resident

	before=$(splits)
	"take_$1" "$2"
	[ "$1" = stock ] || prepare_return "$2"
	"return_$1"
	faults=$(faults "$1") resident=$(resident "$1")
	touch_memory "$1"
	n[$1 faults]+=" $(per_gib $(($(faults "$1") - faults)) $(($(resident "$1") - resident)))"
	n[$1 splits]+=" $(per_gib $(($(splits) - before)) "$2")"
}

# keep BACKING: measures the faults and the splits of huge pages in the cycles, and the share of the
# memory that is in huge pages after them
keep()
{
	local i text="${said[$1]} (stock $stock_moves MiB)"

	n=()
	start_ours $moves
	start_stock "$stock_moves"
	touch_memory ours
	touch_memory stock
	for ((i = 0; i < cycles; i++)); do
		cycle ours $moves
		cycle stock "$stock_moves"
		printf '%s, cycle %d: faults ours %s, stock %s; splits ours %s, stock %s\n' "$1" $i \
			"${n[ours faults]##* }" "${n[stock faults]##* }" "${n[ours splits]##* }" \
			"${n[stock splits]##* }" >&2
	done
	row "huge pages split per GiB given, $text" "${n[ours splits]}" "${n[stock splits]}" "ours <= 0"
	row "faults per GiB that is used again, $text" "${n[ours faults]}" "${n[stock faults]}" \
		"ours <= 560"
	row "share mapped by huge pages after $cycles cycles, $text" "$(huge ours)" "$(huge stock)" ""
	stop_guests
}

# released NAME NODE COMMAND...: prints by how many MiB the guest's memory on the node shrinks while
# COMMAND runs
released()
{
	local before

	before=$(numa_bytes "$1" "$2")
	"${@:3}"
	echo $(((before - $(numa_bytes "$1" "$2")) / mib))
}

# pure: measures guests with two vnodes on two nodes. Our guest is asked for memory of vnode 1 only.
# QEMU's balloon knows no nodes.
pure()
{
	local wrong='' stock_wrong='' i

	vnodes=2 bind=0,1
	start_ours 512
	start_stock "$stock_moves"
	for ((i = 0; i < cycles; i++)); do
		for name in ours stock; do
			guest run $name --timeout 600 hog 160M --vnode 0 --hold 1 >/dev/null
			guest run $name --timeout 600 hog 160M --vnode 1 --hold 1 >/dev/null
		done
		wrong+=" $(released ours 0 take_ours 256)"
		prepare_return 256
		return_ours
		stock_wrong+=" $(released stock 0 take_stock)"
		return_stock
	done
	row "MiB released on node 0 when vnode 1 is asked for 256 MiB (stock: for $stock_moves)" \
		"$wrong" "$stock_wrong" "ours <= 0"
	stop_guests
}

for backing in memfd-2M anon-2M; do
	set_backing $backing
	keep $backing
done
set_backing memfd-2M
pure
write_rows huge-pages

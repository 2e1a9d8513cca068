# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # much is for those who source it
#
# Functions for the measurements in the lab's host (*.sh beside this file), which source this file.
# They start twin guests in one boot, give orders to them, and collect rows of results. The guest
# "ours" is on node 1 and has dynmem.ko and dynmem_balloon. The guest "stock" is on node 0 and has
# QEMU's virtio-balloon and the stock driver. Sizes are MiB. Each guest keeps $rest of its memory.
#
# Figures are per GiB that is moved. The slow stock guest may move less than ours, and the row says
# how much. Its cost is proportional to the amount, since it moves single pages.

# shellcheck source=selftests/lab/held.sh
. "${BASH_SOURCE[0]%/*}/../lab/held.sh"
# shellcheck source=selftests/lab/hog.sh
. "${BASH_SOURCE[0]%/*}/../lab/hog.sh"

mib=$((1024 * 1024))
rest=448
trace=/sys/kernel/tracing
rows=$(mktemp)
options=()	# more options of `guest start`, for both guests
declare -A ram
declare -A said=(
	[memfd-2M]='shared memory in 2 MiB folios'
	[anon-2M]='anonymous memory in 2 MiB folios'
	[memfd-4K]='shared memory in 4 KiB folios'
	[anon-4K]='anonymous memory in 4 KiB folios'
	[hugetlb]='hugetlb pages of 2 MiB'
)
for backing in memfd-2M anon-2M memfd-4K anon-4K; do
	said[$backing-plain]="${said[$backing]}, guests with init_on_alloc=0"
done

die() { printf 'bench: %s\n' "$*" >&2; exit 1; }

wait_until()
{
	local deadline=$((SECONDS + 1100))

	until "$@"; do
		[ $SECONDS -lt $deadline ] || die "gave up waiting for: $*"
		sleep 0.05
	done
}

# ---- guests

vm() { dmctl -j vm show ours | jq "$1"; }
given_is_at_least() { [ "$(vm .ballooned)" -ge "$1" ]; }
desires_no_more() { [ "$(vm '.desired <= .assigned')" = true ]; }
nothing_is_given() { [ "$(vm .ballooned)" = 0 ]; }
actual_is() { [ "$(guest qmp stock '{"execute":"query-balloon"}' | jq .return.actual)" = "$1" ]; }
spare_is_at_least() { [ "$(dmctl -j node show | jq ".[] | select(.node == $1) | .spare" | head -n 1)" -ge "$2" ]; }

# set_backing BACKING: sets $kind, the kind of memory of guests that are started later, and
# configures the host so that this memory has folios of the size in BACKING. With the suffix
# "-plain" the guests' kernel does not clear pages that it allocates. Debian's kernel clears them by
# default, and most of the guest's work for a block is to clear it.
set_backing()
{
	local thp=/sys/kernel/mm/transparent_hugepage folios=${1%-plain}

	kind=${folios%-*}
	[ "$folios" != memfd-2M ] || kind=shmem	# QEMU maps no huge pages of a memfd
	options=()
	[ "$folios" = "$1" ] || options=(--append init_on_alloc=0)
	echo madvise >$thp/enabled
	echo advise >$thp/shmem_enabled
	case $folios in
	memfd-4K) echo never >$thp/shmem_enabled ;;
	anon-4K) echo never >$thp/enabled ;;
	esac
}

# set_pool NODE MIB: sets the size of the node's pool of 2 MiB hugetlb pages
set_pool() { echo $(($2 / 2)) >"/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages"; }

# start_ours MOVES [VM-SETTING...]: starts our guest, with MOVES MiB of memory that it can give. Its
# buffer is so large that it desires its maximum. $vnodes is the number of its vnodes, $bind their
# host nodes.
start_ours()
{
	ram[ours]=$(($1 + rest))
	dmctl vm add ours startup "${ram[ours]}M" minimum ${rest}M buffer 2000 "${@:2}"
	guest start ours --memory "${ram[ours]}M" --backing "$kind" --vnodes "${vnodes:-1}" \
		--bind "${bind:-1}" "${options[@]}"
}

# start_stock MOVES [QEMU-ARGUMENT...]: starts the stock guest, with MOVES MiB of memory that it can
# give
start_stock()
{
	ram[stock]=$(($1 + rest))
	guest start stock --memory "${ram[stock]}M" --backing "$kind" --vnodes "${vnodes:-1}" \
		--bind "${bind:-0}" "${options[@]}" --balloon qemu -- "${@:2}"
}

stop_guests()
{
	guest stop ours
	guest stop stock
	wait_until dmctl vm del ours
}

# touch_memory NAME: touches all of a guest's memory but 224 MiB, so that the host has to release
# memory that the guest gives. The guest's kernel needs these 224 MiB, or keeps a part of them free:
# 65 MiB and more with huge pages.
touch_memory() { guest run "$1" --timeout 1100 hog "$((ram[$1] - 224))M" --hold 1 >/dev/null; }

# keep_memory NAME MIB [HOG-ARGUMENT...]: starts a load in the guest, and waits until it has filled
# MIB of memory; free_memory NAME ends the load
keep_memory()
{
	start_hog "$1" "$1" "$2M" "${@:3}"
	wait_until filled "$1" >/dev/null
}
free_memory() { end_hogs "$1" "$1" >&2 || die "$1's memory was damaged"; }

# order_ours RESERVE: sets the reserve of our guest's node. order_stock MIB: sets the size that the
# stock guest shall have. Neither waits for the guest.
order_ours() { dmctl host set reserve "$1" node 1; }
order_stock() { guest qmp stock "{\"execute\":\"balloon\",\"arguments\":{\"value\":$(($1 * mib))}}" >/dev/null; }

# take_ours MOVES: sets a reserve about as large as the node, so that no capacity is left for VMs.
# So our guest must give all above its minimum at once. Waits until MOVES MiB are ballooned.
take_ours()
{
	order_ours 3000M
	wait_until given_is_at_least $(($1 * mib))
}

# prepare_return MOVES: sets the default reserve again, and waits until MOVES MiB are spare, since
# capacity takes seconds to rise. Our guest must not take memory before that. So this function first
# sets the guest's buffer to 5 %, the minimum, and waits until the guest desires no more than it
# has, when a past peak of its demand no longer counts.
prepare_return()
{
	dmctl vm set ours buffer 5
	wait_until desires_no_more
	order_ours default
	wait_until spare_is_at_least 1 $(($1 * mib))
}

return_ours()
{
	dmctl vm set ours buffer 2000
	wait_until nothing_is_given
}

balloon_stock()
{
	order_stock "$1"
	wait_until actual_is $(($1 * mib))
}
take_stock() { balloon_stock $rest; }
return_stock() { balloon_stock "${ram[stock]}"; }

# ---- figures

# hits EVENT REGEX: prints the sum of the hits in the histogram of a trace event, over the lines
# that match
hits() { awk -v regex="$2" '$0 ~ regex { sum += $NF } END { print sum + 0 }' "$trace/events/$1/hist"; }

# per_gib N MIB: converts N, an amount for MIB MiB, to an amount per GiB, and prints it
per_gib()
{
	[ "$2" -gt 0 ] || die "nothing was moved"
	awk -v n="$1" -v moved="$2" 'BEGIN { printf "%.6g", n * 1024 / moved }'
}
median() { tr ' ' '\n' <<<"$*" | grep . | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# spread VALUES: prints the least and the most of them, as a JSON array
spread() { tr ' ' '\n' <<<"$*" | grep . | sort -n | jq -sc '[.[0], .[-1]]'; }

# row NAME OURS STOCK GOAL: adds a row with medians, minimums and maximums. OURS and STOCK are lists
# with one result per round; STOCK may be empty. GOAL is '' or a comparison of "ours" or of "ratio",
# which is stock / ours.
row()
{
	local ours stock what sign limit

	ours=$(median "$2") stock=$(median "${3:-null}")
	read -r what sign limit <<<"$4"
	jq -nc --arg name "$1" --argjson ours "$ours" --argjson stock "$stock" --arg goal "$4" \
		--arg what "$what" --arg sign "$sign" --argjson limit "${limit:-null}" \
		--argjson ours_spread "$(spread "$2")" --argjson stock_spread "$(spread "${3:-null}")" \
		--arg all "ours $2${3:+; stock $3}" '
		(if $stock == null or $ours == 0 then null else $stock / $ours end) as $ratio |
		(if $what == "ratio" then $ratio else $ours end) as $value |
		{
			name: $name, ours: $ours, stock: $stock,
			ratio: ($ratio | if . then . * 1000 | round / 1000 else . end),
			goal: (if $goal == "" then null else $goal end),
			met: (if $goal == "" then null elif $value == null then false
			      elif $sign == "<=" then $value <= $limit
			      elif $sign == "<" then $value < $limit else $value >= $limit end),
			ours_spread: $ours_spread, stock_spread: $stock_spread, all: $all
		}' | tee -a "$rows" | jq -r '(if .met == false then "MISSED " elif .met then "met    "
			else "no goal" end) + ": \(.name): \(.ours) \(.ours_spread), stock \(.stock) " +
			"\(.stock_spread), goal \(.goal)"' >&2
}

# write_rows NAME: writes all rows to $LAB_OUT/NAME.json
write_rows() { jq -s . "$rows" | tee "$LAB_OUT/$1.json"; }

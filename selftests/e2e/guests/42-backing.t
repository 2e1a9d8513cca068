#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Guests whose memory is private anonymous memory or hugetlb pages. Ballooned memory leaves QEMU or
# returns to the hugetlb pool. It comes back when the guest needs it, unless others have emptied the
# pool meanwhile. dynmem shows the pool as a node of its own.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

SHADOW=$(shadow $((512 * M)))
RAM=$((512 * M + SHADOW))
STARTUP=$((256 * M + SHADOW))
POOL=$((RAM / BLOCK + 4))	# pages
pool=/sys/devices/system/node/node0/hugepages/hugepages-2048kB
hold=$tmp/pool/somebody-else

# largest_rss NAME: prints the resident bytes of QEMU's largest mapping, by /proc/PID/smaps
largest_rss()
{
	awk '$1 == "Size:" { size = $2 }
		$1 == "Rss:" && size > most { most = size; rss = $2 }
		END { printf "%d\n", rss * 1024 }' "/proc/$(guest pid "$1")/smaps"
}

# smaps_agrees NAME: succeeds if the resident memory that dynmem shows differs from largest_rss by
# at most 2 MiB; for use with `comes`
smaps_agrees()
{
	local ours theirs off

	ours=$(json "$1" .resident) theirs=$(largest_rss "$1")
	off=$((ours - theirs))
	echo "dynmem $ours, smaps $theirs"
	[ "${off#-}" -le "$BLOCK" ]
}

free_pages() { cat $pool/free_hugepages; }
# pool_has JQ-CONDITION: succeeds if the condition holds for dynmem's figures of the pool; for use
# with `comes`
pool_has()
{
	dmctl -j node show | jq -c '.[] | select(.node == 0 and .page == 2097152)' | tee "$tmp/node" |
		jq -e "$1" >/dev/null || ! cat "$tmp/node"
}
# pool_holds PAGES: succeeds if PAGES pages of the pool are in use and dynmem counts them all as
# those of the VM `huge`; for use with `comes`
pool_holds()
{
	local used

	used=$(($(cat "$pool/nr_hugepages") - $(free_pages)))
	echo "used: $used"
	[ "$used" = "$1" ] && vm_has huge ".resident == $(($1 * BLOCK))"
}

# pool_holds_more: succeeds if the VM `huge` holds more than its startup and at most what it
# exposes; for use with `comes`. A kernel that has just booted has not touched all exposed memory.
pool_holds_more()
{
	vm_has huge ".resident > $STARTUP and .resident <= .exposed" &&
		pool_holds $(($(json huge .resident) / BLOCK))
}

# ---- anonymous memory

dmctl vm add anon startup $STARTUP maximum $RAM buffer 20
boot anon --memory $((RAM / M))M --bind 0 --backing anon --prealloc
comes "anonymous: it gives" 240 exposes anon $STARTUP
comes "what it gave has left the host" 30 vm_has anon ".resident <= $STARTUP"
comes "smaps says so too" 60 smaps_agrees anon
start_hog anon first 80M
comes "a load fits into what it has" 180 filled first
start_hog anon second 120M
comes "a second one that needs more than it had does, too" 180 filled second
comes "it was assigned more, and took it back" 60 \
	vm_has anon ".exposed > $STARTUP and .exposed == .assigned"
comes "it is resident, smaps says" 60 smaps_agrees anon
verify anon first "the first load's memory is as it was"
comes "the VM comes to rest" 120 at_rest anon
given=$(json anon '.ballooned + .lent')
succeeds "QEMU stops the guest" guest pause anon
succeeds "and continues it" guest cont anon
comes "what it gave is as it was" 60 vm_has anon ".driver == \"dynmem\" and .ballooned + .lent == $given"
end_loads anon first second
is "$(json anon '[.counters | .refused_backing, .refused_failed, .refused_pinned] | add')" 0 \
	"nothing was refused"
succeeds "it powers off" guest stop anon
quiet anon "QEMU has complained of nothing"

# ---- hugetlb

echo $POOL >$pool/nr_hugepages
is "$(cat $pool/nr_hugepages)" $POOL "(node 0 has a pool of $POOL pages of 2 MiB)"
# Minimum and maximum equal startup, so the balloon keeps its size until somebody else has taken the
# free pages of the pool.
dmctl vm add huge startup $STARTUP minimum $STARTUP maximum $STARTUP buffer 60
boot huge --memory $((RAM / M))M --bind 0 --backing hugetlb --prealloc
comes "hugetlb: it gives" 240 exposes huge $STARTUP
comes "the pages are back in the pool" 30 pool_holds $((STARTUP / BLOCK))
is "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages)" 0 "where anybody may have them"
comes "the pool is a node of its own, with what it has" 30 pool_has \
	".present == $((POOL * BLOCK)) and .capacity == .present and .reserve == 0"
comes "the VM is charged to it" 30 pool_has \
	".charge == $STARTUP and .resident == $STARTUP and .spare == .capacity - $STARTUP"
is "$(json huge '.nodes | map(select(.page == 4096) | .resident + .assigned) | add')" 0 \
	"and to no host node"
is "$(json huge '.nodes[] | select(.page == 2097152) | [.node, .resident, .assigned, .ballooned] | tostring')" \
	"[0,$STARTUP,$STARTUP,$((RAM - STARTUP))]" "vm show has what it has in the pool"
is "$(dmctl -j host plan | jq -c '.[] | select(.name == "huge") | [.node, .page]')" '[0,2097152]' \
	"host plan names the pool"
is "$(dmctl -j host show | jq ".pools == $((POOL * BLOCK)) and .pools_spare < .spare")" true \
	"host show says what of its figures is in pools"

# Somebody else takes all free pages of the pool.
mkdir "$tmp/pool"
mount -t hugetlbfs -o pagesize=2M pool "$tmp/pool"
fallocate -l $(($(free_pages) * BLOCK)) "$hold"
is "$(free_pages)" 0 "(somebody else takes them)"
succeeds "it may have more now" dmctl vm set huge maximum $RAM
start_hog huge first 100M
comes "a load fits" 180 filled first
comes "the guest desires more than there is" 60 vm_has huge ".desired > $STARTUP"
comes "dynmem says that the pool is short of it" 30 vm_has huge \
	'(.why | test("node 0/2M short by")) and .reasons.nodes == "0/2M"'
is "$(json huge '[.assigned, .ballooned, .resident, .counters.refused_failed] | tostring')" \
	"[$STARTUP,$((RAM - STARTUP)),$STARTUP,0]" "it keeps what it has, and is promised no more"
is "$(node '.spare > 67108864')" true "though its host node has memory to spare"
verify huge first "the guest lives, and its memory is as it was"
is "$(guest qmp huge '{"execute":"query-status"}' | grep -o '"running": true')" '"running": true' \
	"QEMU runs"


# The driver is removed while the pool is empty. The guest can't get its ballooned memory back, and
# must live without it.
succeeds "the driver is unloaded, though the pool is empty" guest run huge rmmod dynmem_balloon
is "$(json huge .counters.refused_failed)" $(((RAM - STARTUP) / 4096)) \
	"none of what was given is returned to the guest"
like "$(guest run huge dmesg)" "could not return $(((RAM - STARTUP) / 4096)) pages: they are lost" \
	"the guest says so"
verify huge first "its memory is as it was, still"
end_loads huge first
is "$(guest qmp huge '{"execute":"query-status"}' | grep -o '"running": true')" '"running": true' \
	"QEMU runs, still"

# The pages return to the pool and the guest reboots. The host reserves pages for all memory that
# the guest could touch.
rm "$hold"
umount "$tmp/pool"
succeeds "a kernel boots again, which may touch all memory" guest reset huge
comes "it gives again" 240 exposes huge $STARTUP
start_hog huge first 100M
comes "a load fits" 180 filled first
comes "when there are pages again it is assigned more" 60 vm_has huge ".assigned > $STARTUP"
comes "it takes them" 180 at_rest huge
comes "they are in use again" 30 pool_holds_more
start_hog huge second 100M
comes "a second load fits in them" 180 filled second
end_loads huge first second
succeeds "it powers off" guest stop huge
quiet huge "QEMU has complained of nothing"
is "$(free_pages)" $POOL "all pages are back in the pool"
comes "nobody is charged for them" 10 pool_has '.charge == 0 and .spare == .present'
echo 0 >$pool/nr_hugepages

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests which memory is released and which is kept, for every kind of memory. Compares the resident
# memory that dynmem shows for each node with /proc/PID/numa_maps of the VMM.
#
# The drawing shows the section in which two VMs map the same file; all other sections have one VM.
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   m   [ gives a page !accepted               gives more !refused     gives the same !accepted ]
#   n                      [ gives all !refused                  !intact ]

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

block=$((2 << 20))

# agrees MACHINE: succeeds if dynmem's figures for each host node, its pools included, and the VMM's
# numa_maps differ by at most a block; for wait_until
agrees()
{
	local maps said node difference

	v "$1" numa
	read -ra maps <<<"${answer#ok}"
	read -ra said <<<"$(figures "$1" '([.nodes[] | select(.node == 0) | .resident] | add)' \
		'([.nodes[] | select(.node == 1) | .resident] | add)')"
	echo "numa_maps: ${maps[*]}, dmctl: ${said[*]}"
	for node in 0 1; do
		difference=$((maps[node] - said[node]))
		[ "${difference#-}" -le "$block" ] || return 1
	done
}

accounted()
{
	if wait_until 15 agrees "$1"; then
		ok "$2"
	else
		not_ok "$2" "$(cat "$tmp/waited")"
	fi
}

# account KIND WHERE FLOATING SLOT...: starts a VM of 64 MiB with these memory slots, which touches,
# balloons and takes back memory. After each step dynmem's figures must agree with numa_maps. KIND
# and WHERE are words for the descriptions. FLOATING says whether the VM must count as floating.
# Leaves the VM running.
account()
{
	local kind=$1 where=$2 floating=$3

	machine m 64M "${@:4}"
	is "$(json m .floating)" "$floating" "$kind, $where: floating is $floating"
	must m touch 2M 14M
	accounted m "$kind, $where: a quarter touched"
	must m touch 2M 62M
	accounted m "$kind, $where: all touched"
	must m start
	must m hello 0+16384
	v m inflate 2048+4096
	is "$answer" "ok ok accepted=4096 4096/none" "$kind, $where: 16 MiB are given"
	accounted m "$kind, $where: what is given is not resident"
	v m look 8M 16M
	is "$answer" "ok kept=0 absent=4096 other=0" "$kind, $where: it is gone"
	v m look 2M 6M
	is "$answer" "ok kept=1536 absent=0 other=0" "$kind, $where: what is before it is intact"
	v m look 24M 40M
	is "$answer" "ok kept=10240 absent=0 other=0" "$kind, $where: what is behind it is intact"
	v m deflate 2048+4096
	is "$answer" "ok ok accepted=4096 4096/none" "$kind, $where: they are taken back"
	must m touch 8M 8M
	accounted m "$kind, $where: half of what was taken back touched"
}

# scattered KIND: balloons 1024 single pages, and a range of a block and a half; for memory of 4 KiB
# pages
scattered()
{
	v m inflate '8192+1*1024/2' 12000+768
	is "${answer%% 1/*}" "ok ok accepted=1792" "$1: 1024 single pages and 768 in a row are given"
	v m look 32M 8M
	is "$answer" "ok kept=1024 absent=1024 other=0" "$1: every other page is gone"
	accounted m "$1: single pages"
	v m deflate '8192+1*1024/2' 12000+768
	is "${answer%% 1/*}" "ok ok accepted=1792" "$1: they are taken back"
}

# moved KIND: sends MOVE requests, as when the guest's kernel moves ballooned pages; for memory of 4
# KiB pages
moved()
{
	v m inflate 8192+4
	is "$answer" "ok ok accepted=4 4/none" "$1: four pages are given"
	v m move 8200+4 8192+4
	is "$answer" "ok ok accepted=8 4/none 4/none" "$1: four others come in their place"
	v m look $((8200 * 4096)) 16K
	is "$answer" "ok kept=0 absent=4 other=0" "$1: those are gone"
	is "$(figures m .ballooned)" 16384 "$1: as much is given as before"
	v m deflate 8192+4
	is "$answer" "ok ok accepted=0 0/twice" "$1: the first four are the guest's again"
	v m move 8300+4 8400+4
	is "$answer" "ok ok accepted=0 0/twice 0/twice" "$1: nothing comes in place of what was not given"
	v m move 8300+4 8200+3
	is "$answer" "ok ok accepted=0 0/range 0/range" "$1: nor in place of less"
	v m move 8202+4 8200+4
	is "$answer" "ok ok accepted=0 0/range 0/range" "$1: nor in place of itself"
	v m move 8210+4 8202+4
	is "$answer" "ok ok accepted=4 2/twice 2/twice" "$1: half for half"
	is "$(figures m .ballooned)" 16384 "$1: and as much is given as before"
	v m deflate 8200+2 8210+2
	is "$answer" "ok ok accepted=4 2/none 2/none" "$1: all is taken back"
}

# elsewhere KIND: the host migrates memory that is bound to no node, and dynmem must count it on its
# new node.
elsewhere()
{
	local to maps

	for to in 0 1; do
		migratepages "${vmm_pid[m]}" $((1 - to)) $to
		v m numa
		read -ra maps <<<"${answer#ok}"
		succeeds "$1: the host has moved it to node $to" test "${maps[1 - to]}" -lt $block
		accounted m "$1: and there it is counted"
	done
}

events_begin
for kind in memfd anon; do
	account $kind "node 0" false "0 0 64M $kind small bind=0"
	scattered $kind
	moved $kind
	vm_ends m
	account $kind "node 1" false "0 0 64M $kind huge bind=1"
	vm_ends m
	account $kind "two nodes" false "0 0 32M $kind bind=0" "1 32M 32M $kind bind=1"
	is "$(json m '.nodes | map(.assigned) | add')" $((64 << 20)) \
		"$kind: what is assigned is the sum over nodes"
	vm_ends m
	account $kind "no node" true "0 0 64M $kind"
	elsewhere $kind
	vm_ends m
done
account "memfd and anonymous" "two nodes" false "0 0 32M memfd bind=0" "1 32M 32M anon bind=1"
vm_ends m

# hugetlb pages: only whole pages can be ballooned. They return to their pool, and leave it again
# before the guest may use them.

pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB
# pool: prints how many pages of node 1's pool are free, and how many pages of all pools are
# reserved
pool()
{
	printf 'free %s, reserved %s\n' "$(cat $pool/free_hugepages)" \
		"$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages)"
}

pool_is() { [ "$(pool)" = "$1" ]; }

echo 32 >$pool/nr_hugepages
if [ "$(cat $pool/nr_hugepages)" = 32 ]; then
	account hugetlb "node 1" false "0 0 64M hugetlb bind=1"
	v m inflate 2048+512
	is "$answer" "ok ok accepted=512 512/none" "hugetlb: a huge page is given"
	is "$(cat $pool/free_hugepages)" 1 "hugetlb: and is back in its pool"
	v m inflate 8192+256
	is "$answer" "ok ok accepted=0 0/align" "hugetlb: half a huge page is refused"
	v m inflate 8448+512
	is "$answer" "ok ok accepted=0 0/align" "hugetlb: two halves too"
	v m inflate 8192+768
	is "$answer" "ok ok accepted=512 512/align" "hugetlb: of one and a half, one is taken"
	is "$(json m .counters.refused_align)" 1024 "hugetlb: what was refused is counted"
	v m look 32M 32M
	is "$answer" "ok kept=7680 absent=512 other=0" "hugetlb: and intact"
	v m deflate 2048+512
	is "$answer" "ok ok accepted=512 512/none" "hugetlb: taken back"
	is "$(cat $pool/free_hugepages)" 1 "hugetlb: it has left the pool before the guest touches it"
	echo 31 >$pool/nr_hugepages
	is "$(cat $pool/free_hugepages)" 0 "hugetlb: somebody else takes the last free page"
	v m deflate 8192+512
	is "$answer" "ok ok accepted=0 0/failed" "hugetlb: with an empty pool it is not taken back"
	is "$(figures m .ballooned .counters.refused_failed)" "$block 512" "hugetlb: and stays given"
	echo 32 >$pool/nr_hugepages
	v m deflate 8192+512
	is "$answer" "ok ok accepted=512 512/none" "hugetlb: with a page in the pool it is"

	# A reset may be a reboot, after which the guest touches all its RAM. So the host must
	# reserve pages for ballooned memory.
	must m inflate 2048+512 8192+1024
	must m touch 8M 2M
	is "$(pool)" "free 2, reserved 0" "hugetlb: anybody may have what is given"
	must m stop
	is "$(pool)" "free 2, reserved 2" "hugetlb: from a reset on nobody else may"
	must m start resume
	must m report
	succeeds "hugetlb: when the driver goes on anybody may again" \
		wait_until 20 pool_is "free 2, reserved 0"
	v m look 8M 2M
	is "$answer" "ok kept=512 absent=0 other=0" "hugetlb: what it has touched itself it still has"
	events_forget
	echo 31 >$pool/nr_hugepages
	must m stop
	succeeds "hugetlb: what is not there for it is told" \
		event 'the device was reset, and the pool lacks 2M of the huge pages'
	is "$(pool)" "free 1, reserved 1" "hugetlb: the rest is reserved"
	echo 32 >$pool/nr_hugepages
	must m start resume
	must m report
	must m stop
	must m close
	is "$(pool)" "free 2, reserved 2" "hugetlb: without the device nobody else may have it either"
	vm_ends m
	dmctl vm add m startup 64M minimum 32M reporting on
	vmm_attach m "0 0 64M hugetlb bind=1"
	must m touch 2M 62M
	must m start reporting
	must m desc 1 0 8M 4M w 0
	must m offer 1 0
	must m await 1
	v m look 8M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "hugetlb: what is reported as free stays"
	is "$(figures m .counters.free_reported .counters.refused_backing)" "0 1024" \
		"hugetlb: and is counted"
	vm_ends m
else
	skip "hugetlb" "no 32 huge pages on node 1"
fi
echo 0 >$pool/nr_hugepages

# Kinds of memory that are never released

for kind in memfd-private hugetlb-private; do
	echo 4 >/proc/sys/vm/nr_hugepages
	machine m 64M "0 0 64M memfd bind=0" "1 64M 4M $kind"
	must m touch 64M 4M
	must m start
	must m hello 0+17408
	v m inflate 16384+1024
	is "$answer" "ok ok accepted=0 0/backing" "$kind: refused"
	v m look 64M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$kind: intact"
	vm_ends m
	echo 0 >/proc/sys/vm/nr_hugepages
done
truncate -s 4M /var/tmp/shared
machine m 64M "0 0 64M memfd bind=0" "1 64M 4M /var/tmp/shared" "2 128M 4M memfd log"
must m touch 64M 4M
must m touch 128M 4M
must m start
must m hello 0+17408
v m inflate 16384+1024
is "$answer" "ok ok accepted=0 0/backing" "a file mapped shared: refused"
v m look 64M 4M
is "$answer" "ok kept=1024 absent=0 other=0" "a file mapped shared: intact"
v m inflate 32768+1024
is "$answer" "ok ok accepted=0 0/backing" "a display's memory: refused"
v m look 128M 4M
is "$answer" "ok kept=1024 absent=0 other=0" "a display's memory: intact"
vm_ends m

# Free page reporting

# reported QUEUE DRIVER [standard]: tests free page reporting with the driver DRIVER, which is
# `dynmem` or `standard`. For `standard` the last argument must be given, too: it is an option of
# the command `start` of vmm. QUEUE is the number of the driver's reporting queue.
reported()
{
	local queue=$1 driver=$2

	dmctl vm add m startup 64M minimum 32M reporting on
	vmm_attach m "0 0 64M memfd small bind=0"
	must m touch 2M 62M
	must m start reporting "${@:3}"
	[ "$driver" = standard ] || must m hello 0+16384
	must m desc "$queue" 0 8M 4M wn 1
	must m desc "$queue" 1 16M 2M w 0
	must m offer "$queue" 0
	v m await "$queue"
	is "$answer" "ok 0" "$driver: free memory in two pieces is reported"
	v m look 8M 10M
	is "$answer" "ok kept=1024 absent=1536 other=0" "$driver: they are released, and no more"
	is "$(figures m .ballooned .counters.inflated .counters.free_reported)" "0 0 1536" \
		"$driver: they count as reported, and not as given"
	is "$(json m .assigned)" $((64 << 20)) "$driver: what is assigned stays"
	must m touch 8M 4M
	v m look 8M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$driver: and are used again, without a word"
	must m desc "$queue" 0 8192 6000 w 0
	must m offer "$queue" 0
	must m await "$queue"
	must m desc "$queue" 0 0x7fff00000000 8K w 0
	must m offer "$queue" 0
	must m await "$queue"
	is "$(figures m .counters.malformed .counters.refused_range .counters.free_reported)" "1 2 1536" \
		"$driver: parts of pages, and what is no memory, are refused"
}

reported 1 dynmem
must m inflate 8192+512
must m desc 1 0 $((8000 * 4096)) 2M w 0
must m offer 1 0
must m await 1
is "$(figures m .ballooned/4096 .counters.refused_twice .counters.free_reported)" "512 320 1728" \
	"dynmem: what is given is not released again"
vm_ends m
reported 3 standard standard
vm_ends m
machine m 64M "0 0 64M memfd small bind=0"
v m start reporting
is "${answer%% *}" error "where the operator has not said so it is not offered"
vm_ends m

# RAM is plugged in and unplugged again

machine m 64M "0 0 64M memfd small bind=0"
must m start
must m hello instance=1 0+16384
must m inflate 4096+512
must m report
events_forget
must m slot 7 512M 32M memfd small bind=0
succeeds "RAM that is plugged in counts at once" wait_until 10 vm_is m .ram $((96 << 20))
is "$(figures m .ballooned/1048576 .exposed/1048576 .assigned/1048576)" "2 94 64" \
	"as exposed, and not granted"
succeeds "an event says so" event '"vm":"m".*RAM has grown from 64M to 96M'
at_risk() { dmctl -j host show | jq -e ".at_risk == $1"; }
succeeds "it is at risk" wait_until 10 at_risk $((30 << 20))
v m inflate 131072+512
is "$answer" "ok ok accepted=512 512/none" "it can be given"
must m remove 7
succeeds "when it is taken out it does not count any more" wait_until 10 vm_is m .ram $((64 << 20))
is "$(json m .ballooned/1048576)" 2 "nor what was given of it"
is "$(json m .plugs)" false "this driver does not take what is plugged in"
vm_ends m

# RAM is plugged in, and the driver takes it into the balloon before the guest can use it

plugged() { figures m .ram/1048576 .ballooned/1048576 .exposed/1048576 .assigned/1048576; }
machine m 64M "0 0 64M memfd small bind=0"
must m start
must m hello plug instance=1 0+16384
must m inflate 4096+512
must m report
is "$(json m .plugs)" true "this driver takes what is plugged in"
events_forget
must m slot 7 512M 32M memfd small bind=0
succeeds "RAM that it takes counts at once" wait_until 10 vm_is m .ram $((96 << 20))
is "$(plugged)" "96 34 62 64" "as ballooned"
succeeds "an event says so" event '"vm":"m".*its driver takes it into the balloon'
is "$(dmctl -j host show | jq .at_risk)" 0 "it is not at risk"
v m report
is "$answer" "ok ok balloon=0" "and the guest is not asked to give other memory for it"
v m deflate 131072+1
is "$answer" "ok ok accepted=0 0/twice" "it is not in the balloon yet"
v m hello plug instance=1 0+16384 131072+8192
is "$(plugged)" "96 34 62 64" "the guest names it: it counts as ballooned still"
v m inflate held 4096+512 131072+4096
is "$answer" "ok ok accepted=4608 512/none 4096/none" "half of it is announced"
v m report
is "$(plugged)" "96 18 78 64" "the other half is the guest's"
is "$answer" "ok ok balloon=8192" "and the guest is asked for that"
must m slot 8 1G 32M memfd small bind=0
succeeds "more is plugged in" wait_until 10 vm_is m .ram $((128 << 20))
must m remove 8
succeeds "and taken out before the guest has seen it" wait_until 10 vm_is m .ram $((96 << 20))
is "$(plugged)" "96 18 78 64" "which leaves nothing behind"
must m slot 8 1G 32M memfd small bind=0
v m hello plug instance=1 0+16384 131072+8192 262144+8192
is "$(plugged)" "128 50 78 64" "a HELLO may be the first to see it"
must m inflate held 4096+512 131072+4096 262144+8192
must m report
is "$(plugged)" "128 50 78 64" "all of it is announced"
must m remove 8
succeeds "ballooned RAM is taken out" wait_until 10 vm_is m .ram $((96 << 20))
is "$(plugged)" "96 18 78 64" "and leaves the balloon"
must m reset
must m slot 8 1G 32M memfd small bind=0
succeeds "RAM is plugged in while there is no driver" wait_until 10 vm_is m .ram $((128 << 20))
is "$(plugged)" "128 18 110 64" "this is exposed"
vm_ends m

# Sessions

machine m 64M "0 0 64M memfd small bind=0"
must m touch 2M 62M
must m start
must m hello instance=1 0+16384
must m inflate 4096+512 512+512
is "$(figures m .ballooned/4096 .driver .state)" "1024 dynmem running" "two blocks are given"
must m reset
is "$(figures m .ballooned/4096 .driver .state)" "1024 detached running" "a reset keeps what is given"
must m start
v m inflate 2048+1
is "$answer" "ok ok accepted=1 1/none" "the epoch of before the reset goes on"
must m stop
is "$answer" "ok 1 0 0 0" "a stop tells where the ring stands"
events_forget
must m start resume event
v m inflate 2049+1
is "$answer" "ok ok accepted=1 1/none" "it goes on there"
is "$(figures m .ballooned/4096 .driver)" "1026 dynmem" "with all that was given"
succeeds "and an event says that it goes on" event '"vm":"m".*goes on'
v m deflate 4096+512
is "$answer" "ok ok accepted=512 512/none" "a block is taken back"
must m reset
must m start
v m hello instance=2 0+16384
is "$answer" "ok ok epoch=2 balloon=0" "another driver instance begins another epoch"
is "$(figures m .ballooned .state)" "0 restarting" "nothing is given any more; the guest restarts"
v m inflate epoch=1 3000+1
is "$answer" "ok epoch" "the epoch before is void"
v m inflate held 512+512
is "$answer" "ok ok accepted=512 512/none" "a block that the driver still holds is announced again"
is "$(json m .ballooned/4096)" 512 "and counts again"
v m inflate held 512+512
is "$answer" "ok ok accepted=0 0/twice" "once"
must m report
succeeds "with its first report it runs" wait_until 10 vm_is m .state running
must m report total=16M
is "$(figures m .foreign)" "$((48 << 20))" "a guest that has less than before without having given it"
succeeds "an event says so" event 'somebody else has taken 48M from the guest'
must m report
is "$(figures m .foreign)" 0 "and that has it back"
v m hello instance=2 0+16384
is "$(figures m .ballooned/4096 .state)" "512 running" "HELLO of the same instance: what was given counts"
v m deflate 512+1
is "$answer" "ok ok accepted=0 0/twice" "but is not taken back before it is announced"
v m inflate held 512+256
is "$answer" "ok ok accepted=256 256/none" "which may be done for a part of it"
is "$(json m .ballooned/4096)" 512 "the rest counts, too"
must m report
is "$(json m .ballooned/4096)" 256 "until the driver sends a report"
must m hello instance=2 0+16384
must m report
is "$(figures m .ballooned .state)" "0 running" "what is not announced again is void"
must m touch 2M 2M
v m look 0x200000 2M
is "$answer" "ok kept=512 absent=0 other=0" "and the guest may use it"
vm_ends m

# Two vnodes

machine m 64M "0 0 64M memfd small bind=0"
must m start
v m hello vnodes=2 0+8192@0 8192+8192@1
is "$answer" "ok ok epoch=1 balloon=0,0" "a guest of two vnodes has a target for each"
v m inflate 8000+384
is "$answer" "ok ok accepted=384 384/none" "a range across two vnodes is given"
v m deflate 8190+4 8194+190@7
is "$answer" "ok ok accepted=194 4/none 190/none" "and taken back, whatever vnode the guest says"
is "$(json m .ballooned/4096)" 190 "what is left is counted"
v m report
is "$answer" "ok ok balloon=0,0" "a REPORT of both is answered with both targets"
vm_ends m

# The device is reset, stopped or closed in the middle of a request that balloons 240 MiB, which
# takes a while. On a slow host the request is smaller, as a stop waits for 20 s at most.
many=$((61440 / LAB_SLOW)) size=$((240 / LAB_SLOW))M

big() { machine m 256M "0 0 256M memfd small bind=0" && must m start && must m hello 0+65536; }
big
must m touch 16M $size
begin m inflate nowait 4096+$many
must m reset
must m start
v m inflate 512+1
is "$answer" "ok ok accepted=1 1/none" "reset during a request: the next is served when it is done"
given=$(($(json m .ballooned/4096) - 1))
v m look 16M $size
read -r _ kept absent other <<<"$answer"
is "$absent $((${kept#*=} + given)) $other" "absent=$given $many other=0" \
	"reset during a request: what is given is gone, all else is intact"
must m deflate 4096+$given
must m touch 16M $size
begin m inflate nowait 4096+$many
must m stop
is "$answer" "ok 3 0 0 0" "stop during a request: it is finished first"
is "$(figures m .ballooned/4096 .driver)" "$((many + 1)) detached" "stop during a request: all of it is given"
must m start resume
v m await 0
is "$answer" "ok 24" "stop during a request: the guest has its answer when it goes on"
must m deflate 4096+$many
must m touch 16M $size
begin m inflate nowait 4096+$many
must m reset
must m touch 16M $size
must m start
must m hello instance=2 0+65536
v m look 16M $size
is "$answer" "ok kept=$many absent=0 other=0" \
	"reset during a request: what the next kernel touches from then on is not released"
begin m inflate nowait 4096+$many
must m close
is "$(figures m .ballooned .state)" "0 defined" "close during a request: the VM is back to defined"
v m look 16M $size
read -r _ kept absent other <<<"$answer"
is "$((${kept#*=} + ${absent#*=})) $other" "$many other=0" \
	"close during a request: each page is gone or intact"
vm_ends m

# Memory that two guests share, and memory that one guest has at two addresses

truncate -s 4M /dev/shm/shared
machine m 66M "0 0 64M memfd bind=0" "1 64M 4M /dev/shm/shared"
must m touch 64M 4M
must m start
must m hello 0+17408
v m inflate 16384+1
is "$answer" "ok ok accepted=1 1/none" "memory that is one guest's alone is given"
machine n 64M "0 0 64M memfd bind=0" "1 64M 4M /dev/shm/shared"
must n start
must n hello 0+17408
v n inflate 16384+1024
is "$answer" "ok ok accepted=0 0/backing" "memory of two guests: refused to the second"
v m inflate 16386+1000
is "$answer" "ok ok accepted=0 0/backing" "memory of two guests: and from then on to the first"
v n look 64M 4M
is "$answer" "ok kept=1023 absent=1 other=0" "memory of two guests: intact"
vm_ends n
v m inflate 16386+1000
is "$answer" "ok ok accepted=1000 1000/none" "when the other has gone it is given again"
vm_ends m
machine m 64M "0 0 64M memfd bind=0" "1 64M 4M /dev/shm/shared" "2 128M 4M /dev/shm/shared"
is "$(json m .ram)" $((68 << 20)) "memory that is there twice counts once"
must m touch 64M 4M
must m start
must m hello 0+33792
v m inflate 32768+1024
is "$answer" "ok ok accepted=0 0/backing" "memory that is there twice: refused where it is an alias"
v m look 64M 4M
is "$answer" "ok kept=1024 absent=0 other=0" "memory that is there twice: intact"
v m inflate 16384+1024
is "$answer" "ok ok accepted=1024 1024/none" "memory that is there twice: given where it is RAM"
vm_ends m

# Memory slots are removed and replaced while pages of them are ballooned

machine m 128M "0 0 64M memfd small bind=0" "1 64M 64M memfd small bind=0"
must m start
must m hello 0+32768
must m touch 64M 64M
must m inflate 16384+4096
must m drop 1
v m inflate 20480+4096
is "$answer" "ok ok accepted=0 0/range" "a slot that has gone is no memory"
v m deflate 16384+4096
is "$answer" "ok ok accepted=0 0/failed" "what was given of it can't be taken back"
must m slot 1 64M 64M anon bind=0
must m touch 64M 64M
v m inflate 20480+4096
is "$answer" "ok ok accepted=4096 4096/none" "another slot in its place is"
v m look 64M 64M
is "$answer" "ok kept=12288 absent=4096 other=0" "and what is released is the new slot's"
must m unmap 8M 8M
v m inflate 1024+4096
# By now the VMM may have another mapping at that address, which is no memory of the guest, either.
# The host then answers `backing` instead of `range`.
like "$answer" '^ok ok accepted=1024 1024/(range|backing)$' "what the VMM has unmapped is no memory"
must m unmap 0 4M
must m kick 0
v m broken
is "$answer" broken "nor are rings in it"
must m close
is "$(json m .state)" defined "the VMM can let go all the same"
vm_ends m

kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory is pinned for DMA by another process, which shares only the file with the VMM, or by the
# VMM itself if there is no file. The host must release no pinned page, and must notice pages that
# are pinned while it releases them.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

mib=$((1 << 20))

# machine_pinned SLOT...: starts a guest of 64 MiB, of which 4 MiB are pinned
machine_pinned()
{
	local by=child

	[ "$1" != anon ] || by=''
	machine m 64M "0 0 64M $*"
	must m touch 2M 62M
	must m start
	must m hello 0+16384
	must m pin 16M 4M $by
}

# pinned SLOT...: the guest asks to balloon all but its first 2 MiB. The host must refuse the 4 MiB
# that are pinned.
pinned()
{
	machine_pinned "$@"
	events_forget
	v m inflate '512+512*31/512'
	is "${answer%% 512/*}" "ok ok accepted=$((29 * 512))" "$1: all is given but what is pinned"
	is "$(json m .counters.refused_pinned)" 1024 "$1: that is refused, and counted"
	v m look 16M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$1: not one pinned page is released"
	v m look 20M 44M
	is "$answer" "ok kept=0 absent=$((44 * 256)) other=0" "$1: what is behind it is"
	succeeds "$1: an event says so" event '"vm":"m".* pages are not released: they are pinned'
	succeeds "$1: what is pinned is measured" wait_until 20 vm_is m .pinned $((4 * mib))
	must m unpin
	succeeds "$1: and that it is no longer" wait_until 20 vm_is m .pinned 0
	v m inflate 4096+1024
	is "$answer" "ok ok accepted=1024 1024/none" "$1: then it is given"
	is "$(json m .counters.lost)" 0 "$1: nothing is lost"
	vm_ends m
}

events_begin
pinned memfd small bind=0
pinned memfd huge bind=0
pinned anon small bind=0
pinned anon huge bind=0
pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB
echo 32 >$pool/nr_hugepages
if [ "$(cat $pool/nr_hugepages)" = 32 ]; then
	pinned hugetlb bind=1
else
	skip "hugetlb" "no 32 huge pages on node 1"
fi
echo 0 >$pool/nr_hugepages

# The host must recognise pinned pages while other memory churns: a thread of the VMM releases
# pages, maps and collapses them again, and touches them. Of 64 MiB of memory 4 MiB are pinned and
# 32 MiB churn.

# counts_all MACHINE: succeeds if the resident memory that dynmem shows equals the memory that is
# mapped, by numa_maps; for wait_until. First touches the memory that churned, since khugepaged may
# have removed its mappings, but leaves the ballooned block alone.
counts_all()
{
	local maps resident

	must "$1" touch 26M 30M
	v "$1" numa 0
	read -ra maps <<<"${answer#ok}"
	resident=$(json "$1" .resident)
	echo "resident $resident, mapped ${maps[*]}"
	[ "$resident" = $((maps[0] + maps[1])) ]
}

# churned SLOT...: tests that pinned memory is recognised while other memory churns
churned()
{
	local wrong=() end pinned i=0 steps

	machine_pinned "$@"
	succeeds "$*: 4 MiB are pinned" wait_until 20 vm_is m .pinned $((4 * mib))
	must m churn 24M 32M
	end=$((SECONDS + 8 * LAB_SLOW))
	while [ $SECONDS -lt $end ] || [ $i -lt 5 ]; do
		# The request also names churning memory, of which the host may accept any part.
		v m inflate "4096+1024" "$((6144 + i++ % 16 * 512))+512"
		[[ $answer = "ok ok accepted="*" 0/pinned "* ]] || wrong+=("inflate: $answer")
		pinned=$(json m .pinned)
		[ "$pinned" = $((4 * mib)) ] || wrong+=("pinned: $pinned")
		v m deflate 6144+8192
		[[ $answer = "ok "* ]] || wrong+=("deflate: $answer")
	done
	v m calm
	steps=${answer#ok }
	if [ ${#wrong[@]} = 0 ] && [ "$steps" -gt 0 ]; then
		ok "$*: while memory churns what is pinned is seen as such, each time"
	else
		not_ok "$*: while memory churns what is pinned is seen as such, each time" \
			"$steps steps, $i looks" "${wrong[@]:0:5}"
	fi
	v m look 16M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$*: none of it is released"
	must m touch 24M 32M
	v m inflate 6144+512
	is "$answer" "ok ok accepted=512 512/none" "$*: when all is calm a block is given"
	succeeds "$*: what it holds is counted to the page" wait_until 20 counts_all m
	is "$(json m .counters.lost)" 0 "$*: nothing is lost"
	vm_ends m
}

churned memfd small
churned memfd huge
churned anon small
churned anon huge

# If most of a VM's memory is pinned its reaction is `pinned`.

machine m 64M "0 0 64M memfd small bind=0"
must m touch 2M 62M
must m start
must m hello 0+16384
must m report
is "$(json m .reaction)" ok "a VM whose memory is not pinned"
events_forget
must m pin 8M 48M child
succeeds "with 48 of 64 MiB pinned it is marked" wait_until 20 vm_is m .reaction pinned
succeeds "and how much that is, is shown" wait_until 20 vm_is m .pinned $((48 * mib))
succeeds "an event says so" event '"vm":"m".*pinned: .* no memory is taken from it'

# In a shortage the host takes nothing from a VM whose reaction is `pinned`, and takes memory again
# when its reaction is `ok`. At first the host keeps startup memory for a VM, so wait until the VM
# desires less than startup.
reports() { must m report; "$@"; }
settled() { dmctl -j vm show m | jq -e '.desired < .startup' >/dev/null; }
is_to_give() { dmctl -j vm show m | jq -e '.target < 48 * 1048576' >/dev/null; }
in_debt() { dmctl -j node show | jq -e '.[0].debt > 0' >/dev/null; }
succeeds "its guest needs less than it has" wait_until 60 reports settled
reserve=$(dmctl -j node show | jq '.[0] | .capacity + .reserve - 32 * 1048576')
succeeds "the host needs memory" dmctl host set reserve "$reserve" node 0
succeeds "node 0 has debt" wait_until 20 reports in_debt
succeeds "an event says so" event "node 0: in debt"
must m report
is "$(figures m .target .assigned .reaction)" "67108864 67108864 pinned" \
	"nothing is taken from a VM that is marked"
must m unpin
succeeds "unpinned it is no longer marked" wait_until 20 reports vm_is m .reaction ok
succeeds "an event says so, too" event '"vm":"m".*no longer pinned'
succeeds "and is told to give" wait_until 20 reports is_to_give
dmctl host set reserve default node 0
vm_ends m

machine m 64M "0 0 64M memfd small bind=0"
must m touch 2M 62M
must m start
must m hello 0+16384
v m inflate 4096+512
is "$answer" "ok ok accepted=512 512/none" "without a device that is assigned a block is given"
must m vfio
v m inflate 8192+512
is "$answer" "ok ok accepted=0 0/pinned" "with one none"
succeeds "and the VM is marked" wait_until 20 vm_is m .reaction pinned
vm_ends m

machine m 64M "0 0 64M memfd small bind=0 lock"
succeeds "a VM whose memory is locked is marked, too" wait_until 20 vm_is m .reaction pinned
vm_ends m

# Pages are pinned in the middle of a release: after the host has looked at them and before it
# punches a hole. The punch has to wait, as a child of the VMM allocates pages to the file and holds
# its lock.

for ((try = 0; try < 3; try++)); do
	machine m 256M "0 0 256M memfd small bind=0"
	must m start
	must m hello 0+65536
	must m touch 16M 2M
	events_forget
	must m busy 64M 192M
	must m inflate nowait 4096+512
	must m blocked
	must m pin 16M 64K child
	must m await 0
	[ "$(json m .counters.lost)" = 0 ] || break
	# The pages were pinned too early or too late.
	vm_ends m
done
if [ $try -lt 3 ]; then
	is "$(figures m .counters.lost .ballooned/4096)" "16 512" \
		"pages that are pinned while they are released: noticed, and counted"
	succeeds "an event says so" event '"vm":"m".*16 pages were pinned for DMA while'
	v m deflate 4096+512
	is "$answer" "ok ok accepted=0 0/failed" "the guest does not get them back"
	v m deflate 4112+496
	is "$answer" "ok ok accepted=496 496/none" "but the others"
	vm_ends m
else
	not_ok "pages that are pinned while they are released" "not once in 3 tries"
fi

kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A VMM is in a memory cgroup. Memory that the module allocates for its guest is charged to that
# cgroup. And an event tells how a VMM ended.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

cg=/sys/fs/cgroup
echo +memory >$cg/cgroup.subtree_control
mkdir -p $cg/box

slab() { awk '$1 == "slab" { print $2 }' $cg/box/memory.stat; }

# vmm_in_box MACHINE SLOT...: like vmm_attach, with the VMM in the cgroup `box`
vmm_in_box()
{
	vmm_start "$1"
	echo "${vmm_pid[$1]}" >$cg/box/cgroup.procs
	for slot in "${@:2}"; do
		must "$1" slot "$slot"
	done
	must "$1" open "$(device_of "$1")"
	must "$1" owner
}

# gives FIRST DESCRIPTION: the guest balloons the first page of each of 4096 blocks, from page FIRST
# on. It sends eight requests, since a slow host could not serve one request for all these pages
# before the time limit for a request.
gives()
{
	local i accepted=0

	for i in {0..7}; do
		v box inflate "$(($1 + i * 512 * 512))+1*512/512"
		[[ $answer =~ ^"ok ok accepted="([0-9]+) ]] && accepted=$((accepted + BASH_REMATCH[1]))
	done
	is $accepted 4096 "$2"
}

events_begin

# A block that is ballooned only in part costs the host module more memory than any other: a bitmap
# of 64 bytes, and the nodes of the tree (xarray) above the bitmap.

dmctl vm add box startup 64M minimum 32M maximum 16G
vmm_in_box box "0 0 66M memfd small" "1 4G 16G memfd small"
must box start
must box hello 0+16896 1048576+4194304
before=$(slab)
gives 1048576 "a guest gives a page of each of 4096 blocks"
gives 3145728 "and of 4096 others"
# The kernel may update memory.stat only every two seconds.
is_charged() { [ $(($(slab) - before)) -ge $((8192 * 64)) ]; }
succeeds "the memory to note that is charged to the VMM's cgroup" wait_until 10 is_charged

# Events tell how a VMM ended

events_forget
vmm_kill box
succeeds "a VMM is killed: the event says so" event '"vm":"box".*the VMM was killed \(signal 9\)'
wait_until 20 vm_is box .state defined
events_forget
vmm_in_box box "0 0 66M memfd small"
echo 0 >$cg/box/memory.swap.max 2>/dev/null
echo 32M >$cg/box/memory.max
v box touch 0 64M
succeeds "by the OOM killer of its cgroup: the event says that" \
	event '"vm":"box".*the VMM was killed by the OOM killer'
vm_ends box
events_forget
echo max >$cg/box/memory.max
machine box 64M "0 0 66M memfd small"
must box close
succeeds "it closes the device: it has let go" event '"vm":"box".*the VMM has let go'
vm_ends box
rmdir $cg/box
kernel_is_content
done_testing

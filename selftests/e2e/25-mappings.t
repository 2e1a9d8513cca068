#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VMMs whose memory consists of thousands of mappings, or of thousands of files.
#
# Time goes to the right, a line is a VM, ! is an assertion, . is waiting. The VM `heir` maps its
# files just after the VM `files` has closed its own, since inodes of both may then have the same
# addresses.
#
#   many   [ 8192 mappings !refused  fewer !served  more later !event ]
#   files                           [ 4000 mappings !served !counted     unmaps them             ]
#   heir                                                            [ .  .  .  .  maps files !starts ]

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

high=0x10000000

events_begin

# too_many: a VMM with more than 4096 mappings must be refused, since the host spends time on each
# mapping whenever it looks at them.
too_many()
{
	dmctl vm add many startup 64M minimum 32M
	vmm_attach many "0 0 66M memfd small" "1 $high 32M memfds"
	is "$answer" "error E2BIG" "a VMM with 8192 mappings is refused"
	succeeds "with a sentence" event '"kind":"refused","vm":"many".*more than 4096 mappings of the process'
	must many drop 1
	v many owner
	is "$answer" ok "and served once it has fewer"
	events_forget

	# A VMM makes too many mappings after it has attached: its memory cannot be counted.
	must many start
	must many hello 0+16896
	v many slot 2 $high 32M memfds
	like "$answer" "^ok" "a VMM takes 8192 mappings in later"
	succeeds "an event says that it cannot be counted" \
		wait_until 30 grep -q '"vm":"many".*more than 4096 mappings' "$tmp/events"
	must many drop 2
	succeeds "and that it can again" \
		wait_until 30 grep -q '"vm":"many".*can be counted again' "$tmp/events"
	vm_ends many
}

# When dynmem registers its MMU notifier the kernel takes a lock of each mapped file. Lockdep can
# count at most 2047 of these locks.
if [ -e /proc/lockdep ]; then
	files=1000
	skip "more than 4096 mappings" "lockdep counts no more than 2047 locks of one kind"
else
	files=4000
	too_many
fi

# A VMM with slightly fewer mappings than 4096 is served, and its memory is counted.

dmctl vm add files startup 64M minimum 32M
vmm_attach files "0 0 66M memfd small" "1 $high $((files * 4))K memfds"
is "$answer" ok "a VMM with $files mappings is served"
must files touch 0 32M
must files touch $high $((files * 4))K
succeeds "and counted to the last page" \
	wait_until 30 vm_is files .resident $((32 * M + files * 4096))

# After a VMM has closed its files another VMM's files may have inodes at the same addresses. dynmem
# must not take these for files of two VMs.

must files start
must files hello 0+16896 $((high / 4096))+$files
dmctl vm add heir startup 64M minimum 32M
vmm_start heir
must heir slot 0 0 66M memfd small
must heir open "$(device_of heir)"
must files unmap $high $((files * 4))K
must heir slot 1 $high $((files * 4))K memfds
v heir owner
is "$answer" ok "a VM starts behind one that has just closed $files files"
is "$(json heir .ram)" $((66 * M + files * 4096)) "and all of its files are its own"
vm_ends heir
vm_ends files
kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a host whose disk is the root in which `machine` has run README.md's lines (see `check`).
# Tests the rest of the host's line, from modprobe on. Then boots guests of Debian 13 and 12, which
# load the module that README.md's lines have installed for them.

# shellcheck source=selftests/e2e/lib.sh
. /dynmem/selftests/e2e/lib.sh

built=/dynmem/build/install
line=$(sed -n 's/^make && make install && \(modprobe dynmem.*\)/\1/p' /dynmem/README.md)

# below NAME FILTER BYTES: succeeds if that member of the VM's JSON is below BYTES; for wait_until
below() { [ "$(json "$1" "$2")" -lt "$3" ]; }

# test_guest NAME SERIES: tests that a guest with that kernel loads its module and gives memory
test_guest()
{
	succeeds "$1: a VM for it" dmctl vm add "$1" startup 320M minimum 160M maximum 512M
	succeeds "udev makes its path" wait_until 30 test -c "/dev/dynmem/$1"
	succeeds "it boots" guest start "$1" --memory 512M --kernel "$2" --driver none -- \
		-kernel "$built/vmlinux-$1" -initrd "$built/$1.cpio"
	# shellcheck disable=SC2016 # the guest's shell expands it
	guest run "$1" 'for dir in dev proc sys; do mount -o bind /$dir /installed/$dir; done'
	succeeds "modprobe dynmem_balloon in it" \
		guest run "$1" chroot /installed /usr/sbin/modprobe dynmem_balloon
	succeeds "the host hears from its driver" wait_until 60 vm_is "$1" .driver dynmem
	succeeds "it gives what it does not need" wait_until 120 below "$1" .assigned $((300 << 20))
	guest stop "$1"
}

succeeds "README.md's line: $line" bash -c "$line"
test_guest guest-13 6.12
test_guest guest-12 6.1
kernel_is_content
done_testing

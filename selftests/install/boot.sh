# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions for source.t and packages.t, which run in a host that boots from a root in which dynmem was
# installed (see `check`).

# shellcheck source=selftests/e2e/lib.sh
. /dynmem/selftests/e2e/lib.sh

# shellcheck disable=SC2034 # for the tests
built=/dynmem/build/install

# boot_guest NAME SERIES MODULE: boots the guest NAME in the VM of that name, and loads MODULE from
# what was installed in the guest's root. Tests that the host hears from dynmem_balloon, and gets
# memory that the guest does not need.
boot_guest()
{
	succeeds "$1: udev makes its path" wait_until 30 test -c "/dev/dynmem/$1"
	succeeds "it boots" guest start "$1" --memory 512M --kernel "$2" --driver none -- \
		-kernel "$built/vmlinux-$1" -initrd "$built/$1.cpio"
	# shellcheck disable=SC2016 # the guest's shell expands it
	guest run "$1" 'for dir in dev proc sys; do mount -o bind /$dir /installed/$dir; done'
	succeeds "modprobe $3 in it" guest run "$1" chroot /installed /usr/sbin/modprobe "$3"
	succeeds "the host hears from its driver" wait_until 60 vm_is "$1" .driver dynmem
	succeeds "it gives what it does not need" \
		wait_until 120 vm_has "$1" ".assigned - .lent < $((300 * M))"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest with Linux 6.1: dynmem_balloon inflates, deflates, is unloaded and loaded again.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

dmctl vm add old startup 256M maximum 512M buffer 20
boot old --memory 512M --bind 0 --kernel 6.1
like "$(guest run old uname -r)" '^6\.1\.' "the guest runs Linux 6.1"
comes "it gives" 240 exposes old $((256 * M))
is "$(guest run old 'dmesg | grep dynmem_balloon | grep -v taint')" "" \
	"the guest's kernel has nothing to say of the driver"
committed=$(meminfo old Committed_AS)
comes "its commit is its Committed_AS" 30 \
	vm_has old ".commit - $committed | fabs < $((8 * M))"
start_hog old first 80M
comes "a load fits" 180 filled first
start_hog old second 120M
comes "a second one that needs more than it had does, too" 180 filled second
comes "it has taken back what it needs" 60 vm_has old ".exposed - .lent > $((256 * M))"
end_loads old first second
succeeds "its driver is removed" guest run old rmmod dynmem_balloon
comes "everything goes back" 60 vm_has old '.ballooned == 0 and .driver == "detached"'
succeeds "its driver is loaded again" guest run old modprobe dynmem_balloon
comes "and gives again" 240 at_rest old
comes "its memory agrees with numa_maps" 60 agrees old 0
succeeds "it powers off" guest stop old
quiet old "QEMU has complained of nothing of it"

done_testing

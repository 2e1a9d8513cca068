#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A static VM gets another size while it runs. For a smaller size its guest gives memory. A larger
# size is granted only if the host can spare all of the memory.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
trap vmm_exit EXIT

# size BYTES: succeeds if the VM is granted BYTES, and its guest can touch as much and no more
size() { vm_has db ".assigned == $1 and .exposed == $1 and .target == $1"; }

dmctl vm add db startup 256M dynamic off
vmm_attach db "0 0 256M memfd bind=0"
is "$answer" ok "a static VM attaches"
must db touch 2M 254M
refused "another size before its driver has come" \
	"startup can only be changed while the VM is off, or while its guest runs a balloon driver" \
	dmctl vm set db startup 128M
must db start
must db hello 0+65536
succeeds "it has all of its RAM" wait_until 10 size $((256 * M))

refused "more than its RAM" "startup can't be above 256M: the VMM has no more RAM for its guest" \
	dmctl vm set db startup 258M
succeeds "a smaller size is taken" dmctl vm set db startup 128M
succeeds "its guest is told at once" wait_until 5 vm_has db ".target == $((128 * M))"
is "$(json db '[.assigned, .startup] | tostring')" "[$((256 * M)),$((128 * M))]" \
	"the memory is the VM's until it has given it"
like "$(json db .why)" "dynamic memory is off: its size is 128M of 256M RAM" "vm show says why"
must db inflate 32768+32768
succeeds "when it has, it has its new size" wait_until 5 size $((128 * M))
succeeds "the host has the rest" wait_until 10 vm_has db ".resident <= $((129 * M))"

# ---- a larger size

set_capacity $((224 * M))
succeeds "the host has little more" wait_until 10 node_has ".capacity <= $((250 * M))"
refused "a size that can't be had" \
	"node 0 lacks [0-9]+M: raise its weight, or stop or shrink another VM" \
	dmctl vm set db startup 256M
is "$(json db '[.assigned, .target, .startup] | tostring')" \
	"[$((128 * M)),$((128 * M)),$((128 * M))]" "nothing has changed"
dmctl host set reserve default node 0
succeeds "the host has more" wait_until 20 node_has ".spare >= $((256 * M))"
succeeds "then it is had" dmctl vm set db startup 256M
succeeds "within two seconds it is granted" wait_until 2 vm_has db ".assigned == $((256 * M))"
must db deflate 32768+32768
succeeds "and its guest has all of its RAM" wait_until 5 size $((256 * M))

# ---- a restart of the driver, and of the VMM

dmctl vm set db startup 128M
must db inflate 32768+32768
succeeds "it is smaller again" wait_until 5 size $((128 * M))
must db reset
must db start
must db hello 0+65536
succeeds "after a reset, too" wait_until 10 vm_has db ".target == $((128 * M)) and .assigned == .target"

# plug_again [SETTING VALUE...]: unplugs the device of db until the VM becomes `defined`, changes
# the settings, and plugs the device in again
plug_again()
{
	echo 1 >/sys/module/dynmem/parameters/away_timeout
	must db close
	succeeds "its device is unplugged for too long" wait_until 20 vm_is db .state defined
	echo 600 >/sys/module/dynmem/parameters/away_timeout
	[ $# = 0 ] || dmctl vm set db "$@"
	must db open "$(device_of db)"
	must db owner
	must db start
	must db hello 0+65536
}

must db run
plug_again
succeeds "plugged in again it has its size" wait_until 10 vm_has db ".target == $((128 * M))"
plug_again startup 512M maximum 512M
succeeds "with startup above its RAM it has its RAM" \
	wait_until 10 vm_has db ".target == $((256 * M)) and .driver == \"dynmem\""
dmctl vm set db startup 256M
dmctl vm set db startup 128M
succeeds "a smaller size than its RAM is its size again" \
	wait_until 10 vm_has db ".target == $((128 * M)) and .startup == .target"
refused "more than its RAM" "startup can't be above 256M: the VMM has no more RAM for its guest" \
	dmctl vm set db startup 258M
vmms_end db
vmm_attach db "0 0 256M memfd bind=0"
is "$answer" "error EINVAL" "a VMM with more RAM than startup is refused"
vmms_end db

done_testing

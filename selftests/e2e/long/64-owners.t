#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that counts as the host's own use becomes a VM's, or the other way round: a VMM with
# preallocated memory starts beside a real guest, and that guest's balloon device is unplugged and
# plugged in again.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   capacity       900M beside web                    100M too little  2M
#   web   [ load                    !keeps its memory   away !reports   time-out  back !reports ]
#   big           [ memory is there !starts !charged ]
#   events                                   !no debt         !not refused            !not refused
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

qemu=''
trap '[ -z "$qemu" ] || kill -KILL $qemu; guests_exit' EXIT

# prealloc SIZE: starts a VMM for the VM `big`. The VMM allocates SIZE of memory on node 0 before it
# attaches.
prealloc()
{
	qemu-system-x86_64 -machine q35,memory-backend=mem -accel kvm -cpu host -nodefaults -display none \
		-S -m "$1" -object "memory-backend-ram,id=mem,size=$1,host-nodes=0,policy=bind,prealloc=on" \
		-device "vhost-vdpa-device-pci,vhostdev=$(readlink -e /dev/dynmem/big)" </dev/null &
	qemu=$!
}

watch_events
dmctl vm add web startup 400M minimum 160M maximum 1000M
boot web --memory 1000M --bind 0
comes "what its QEMU needs shows in the host's own use" 60 node_has '.overhead == 0'
start_hog web load 500M
comes "the guest has a load" 300 filled load
comes "it has what it desires" 60 at_rest web

# ---- a VMM whose memory is allocated already: both fit, with little to spare

set_capacity $(($(json web .charge) + 900 * M))
before=$(json web '.assigned - .lent')
events_forget
dmctl vm add big startup 700M dynamic off
watch_figures
prealloc 700M
comes "a VM whose memory is allocated already starts" $BOOT vm_has big '.state == "running"'
sleep 12	# capacity takes 10 s to rise
stop_watching
no_sample "\$1 == \"web\" && \$2 - \$5 < $before - 10 * $M" "nothing was taken from the other for it"
is "$(grep -c '"debt"' "$tmp/events")" 0 "no debt is told"
is "$(node '.charge >= 1100 * 1048576')" true "both are charged"
kill -KILL $qemu
qemu=''
comes "it ends" 20 vm_has big '.state == "defined"'

# ---- the guest's balloon device is plugged in again

plug()
{
	guest qmp web "$(printf '%s' '{"execute":"device_add","arguments":{"id":"balloon",' \
		'"driver":"vhost-vdpa-device-pci","bus":"balloon-port","vhostdev":"' \
		"$(readlink -e /dev/dynmem/web)" '"}}')" >/dev/null
}
unplug() { guest qmp web '{"execute":"device_del","arguments":{"id":"balloon"}}' >/dev/null; }

unplug
comes "its balloon is unplugged: it is away" 240 vm_has web '.state == "away"'
# The host has 100 MiB less than the guest holds.
set_capacity $(($(node .charge) - 100 * M))
events_forget
plug
comes "it is plugged in again" 30 vm_has web '.state == "running"'
comes "the guest reports" 240 vm_has web '.driver == "dynmem" and .demand > 0'
is "$(grep -c '"refused"' "$tmp/events")" 0 "it was not refused"
dmctl host set reserve default node 0

# After away_timeout the guest's memory counts as the host's own use. The device is plugged in again
# when the host has hardly any memory left. The VM must not be refused, since that would free no
# memory.
echo 2 >/sys/module/dynmem/parameters/away_timeout
held=$(json web .resident)
unplug
comes "its balloon is unplugged, and does not come back in time" 240 vm_has web '.state == "defined"'
echo 600 >/sys/module/dynmem/parameters/away_timeout
sleep 2
set_capacity $((2 * M))
sleep 11
events_forget
plug
comes "it is plugged in again: what it holds is charged" 30 \
	vm_has web ".state == \"running\" and .resident >= $((held / 2))"
is "$(grep -c '"refused"' "$tmp/events")" 0 "it is not refused"
comes "the guest reports" 240 vm_has web '.driver == "dynmem" and .demand > 0'
end_loads web load

done_testing

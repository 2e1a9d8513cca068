#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The host has dirty page cache. For 30 s it comes out of the reserve, then VMs must give memory for
# it. `vmm` plays the VM.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/../vmm.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

# dirty: prints the MiB of dirty page cache on node 0
dirty() { awk '$3 == "Dirty:" { print int($4 / 1024) }' /sys/devices/system/node/node0/meminfo; }
is_dirty() { [ "$(dirty)" -ge 190 ] || ! dirty; }

# backup: makes 200 MiB of page cache on node 0 dirty. Overwrites the same blocks of the file each
# time, as this is fastest.
backup()
{
	numactl --membind=0 dd if=/dev/zero of=/var/tmp/backup bs=1M count=200 conv=notrunc status=none
}

# Let the kernel write nothing back before `sync`.
sysctl -q vm.dirty_background_bytes=$((1024 * M)) vm.dirty_bytes=$((2048 * M)) \
	vm.dirty_writeback_centisecs=0
backup
sync
watch_events
machine web 512M "0 0 512M memfd bind=0"
must web touch 4M 508M
must web start
must web hello 0+131072
keeps_reporting web total=512M anon=500M &
reporter=$!
comes "the VM runs, and uses all of its memory" 20 vm_has web \
	'.state == "running" and .driver == "dynmem" and .demand >= 500 * 1048576'
comes "what its VMM needs shows in the host's own use" 60 node_has '.overhead == 0'
set_capacity $((540 * M))
is "$(node '.reserve >= 500 * 1048576')" true "half of the reserve is more than what is written"
sleep 2
events_forget

began=$SECONDS
backup
succeeds "200 MiB of file cache are to be written" is_dirty
while [ $((SECONDS - began)) -lt 14 ]; do
	[ "$(json web .target)" -ge $((510 * M)) ] || break
	sleep 0.5
done
if [ $((SECONDS - began)) -ge 14 ]; then
	ok "for 14 s nothing is taken from the VM for it"
else
	not_ok "for 14 s nothing is taken from the VM for it" "$((SECONDS - began)) s" "$(dmctl node show)"
fi
comes "what stays so for 30 s the VM makes room for" 30 vm_has web ".target <= $((400 * M))"
succeeds "it is still to be written" is_dirty
comes "monitor says why" 5 grep -qE '"debt".*the host.s own growth' "$tmp/events"
sync
rm /var/tmp/backup
comes "when it is written the VM has its memory back" 30 vm_has web ".target >= $((510 * M))"

touch "$tmp/enough"
wait $reporter
vmms_end web

done_testing

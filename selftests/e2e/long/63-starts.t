#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VMs with real guests start on a full host. First one VM starts with the memory that others can
# spare. Then two VMs start at once, and there is memory for only one of them. The host has swap
# space and must never use it for a VMM.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   capacity 1200M |1000M ------------------------------------------------|520M ----------
#   first  [         load, buffer            !has demand ]
#   second [         load, buffer            !has demand ]
#   third                        [ !starts               ] !nothing is charged
#   one, two                                                               !1 starts, !1 refused
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

MINIMUM=$((160 * M))

host_swap
watch_events
set_capacity $((1200 * M))
for name in first second; do
	dmctl vm add $name startup 256M minimum 160M maximum 480M buffer 200
	boot $name --memory 512M --bind 0
done
comes "what their QEMUs need shows in the host's own use" 60 node_has '.overhead == 0'
watch_figures

# ---- a start takes memory that others can spare

set_capacity $((1000 * M))
for name in first second; do
	start_hog $name $name 140M
	comes "$name has a load" 300 filled $name
done
comes "the buffers fill the host" 240 node_has ".spare < $((256 * M))"
dmctl vm add third startup 256M minimum 160M buffer 20
boot third --memory 320M --bind 0
comes "a third VM starts: buffers are taken for it" 30 vm_has third '.state == "running"'
for name in first second; do
	comes "$name keeps what it needs" 30 vm_has $name ".assigned + $BLOCK > .demand"
	end_loads $name $name
done

# ---- two VMs start at once, with memory for one

for name in first second third; do
	succeeds "the $name VM powers off" guest stop $name
done
comes "nothing is charged" 30 node_has '.charge == 0'
stop_watching
no_sample "\$4 == \"running\" && \$2 < $MINIMUM" "no VM was below its minimum"
for name in one two; do
	dmctl vm add $name startup 320M dynamic off
done
set_capacity $((520 * M))
for name in one two; do
	{
		guest start $name --memory 320M --bind 0 --timeout $BOOT >"$tmp/start.$name" 2>&1
		echo $? >"$tmp/status.$name"
	} &
done
both_decided() { [ -s "$tmp/status.one" ] && [ -s "$tmp/status.two" ]; }
comes "two start at once with memory for one" $BOOT both_decided
is "$(sort "$tmp/status.one" "$tmp/status.two" | xargs)" "0 1" "one of them starts"
like "$(cat "$tmp"/start.*)" 'Cannot allocate memory' "the other is told why not"
comes "monitor says what was missing" 10 grep -qE '"refused".*lacks [1-9][0-9]*M for 320M startup' \
	"$tmp/events"
host_has_not_swapped

done_testing

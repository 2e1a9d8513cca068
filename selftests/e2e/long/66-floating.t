#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A VM that is bound to no node fills the node on which its CPUs run, beyond that node's capacity.
# The host must not take memory that another VM needs, as the excess could be on another node. An
# event names the command that moves the excess. `vmm` plays both VMs.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   bound   [ .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  !never less than its demand ]
#   floats        [ !starts  fills node 0  .  .  .  .  placed on 1     !never less  !memory intact ]
#   node 0                                 !debt                    !no debt
#   events                                 !cause !command          !over
#
# shellcheck disable=SC2016,SC2317 # awk expands it; much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/../vmm.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

on_node() { json "$1" ".nodes[] | select(.node == $2 and .page == 4096) | .$3"; }
has_its_memory() { [ "$(on_node floats 0 resident)" -ge $((590 * M)) ]; }

# watch: writes lines to $tmp/samples until $tmp/enough exists: node 0's debt, and demand, assigned
# and target of both VMs
watch()
{
	samples='debt, bound: demand, assigned, target, floats: demand, assigned, target'
	while [ ! -e "$tmp/enough" ]; do
		echo "$(node .debt) $(figures bound .demand .assigned .target)" \
			"$(figures floats .demand .assigned .target)"
		sleep 0.5
	done >"$tmp/samples"
}

watch_events
machine bound 256M "0 0 256M memfd bind=0"
must bound touch 2M 252M
must bound start
must bound hello 0+65536
keeps_reporting bound total=640M anon=60M commit=60M &
reporters=($!)
comes "a VM is bound to node 0" 20 vm_has bound '.driver == "dynmem" and .demand >= 100 * 1048576'
comes "what its VMM needs shows in the host's own use" 60 node_has '.overhead == 0'

dmctl vm add floats startup 600M minimum 128M
vmm_start floats
taskset -acp "$(cat /sys/devices/system/node/node0/cpulist)" "${vmm_pid[floats]}" >/dev/null
must floats slot 0 0 600M memfd
must floats open "$(device_of floats)"
v floats owner
is "$answer" ok "one that is bound to none starts"
must floats start
must floats hello 0+153600
is "$(json floats .floating)" true "it floats"
set_capacity $(($(node .charge) - $(on_node floats 0 assigned) + 300 * M))
dmctl host set reserve default node 1
sleep 2
events_forget
must floats touch 2M 596M
keeps_reporting floats total=640M anon=350M commit=350M &
reporters+=($!)
comes "it fills node 0" 20 has_its_memory
watch &
watcher=$!
comes "node 0 is in debt for it" 20 node_has ".debt > $((100 * M))"
comes "the cause is told" 20 grep -qE '"debt".*node 0: in debt, .*floating memory' "$tmp/events"
line="dmctl vm place floats node 1"
comes "and the line that moves it" 20 grep -qE "M of floats are bound to no node.*: .$line. moves them" \
	"$tmp/events"
sleep 15
# The host's own use varies by some MiB, so ignore causes of less than 50 MiB.
other=$(grep -oE "(host.s own growth|guests above their grants) [0-9]+M|overdrawn" "$tmp/events" |
	awk '/overdrawn/ || $NF + 0 >= 50' | head -n 3)
is "$other" "" "no other cause is told"
before=$(json floats .resident)
succeeds "that line is run" bash -c "$line"
comes "node 0 has no debt any more" 30 node_has '.debt == 0'
comes "that is told" 20 grep -qE '"debt".*"bytes":0' "$tmp/events"
near "$(json floats .resident)" "$before" $((8 * M)) "it has lost nothing by that"
touch "$tmp/enough"
wait $watcher "${reporters[@]}"
no_sample '$3 < $2 || $4 < $2' "the bound VM was never to have less than it needs"
no_sample '$6 < $5 || $7 < $5' "nor was the other"
v floats look 2M 596M
is "$answer" "ok kept=$((596 * 256)) absent=0 other=0" "its memory is as it was"

vmms_end bound floats
dmctl host set reserve default node 0
done_testing

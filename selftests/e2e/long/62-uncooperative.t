#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `vmm` plays a guest, mule, that reports but gives no memory. Two real guests run beside it and
# have to swap. The host must notice that mule gives nothing, send an event, and share the rest of
# the memory between the other two. When mule gives memory later, the host must regard it as
# cooperative again.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   capacity 1500M |1300M ----------------------------------------------------------------------
#   mule   [ gives nothing   !target falls  !uncooperative  !charged          gives  !ok       ]
#   one    [           load of 460M                         !shares the rest, !ok    !load fits ]
#   two    [           load of 460M                         !shares the rest, !ok    !load fits ]
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/../vmm.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

# shared: succeeds if one and two are assigned half each of what mule leaves, give or take a block
# and 1 %; for use with `comes`
shared()
{
	local left name off

	left=$(($(node .capacity) - $(node .overhead) - $(json mule .charge)))
	for name in one two; do
		off=$(($(json "$name" .assigned) - left / 2))
		echo "$name: $(json "$name" .assigned), of $left"
		[ "${off#-}" -le $((BLOCK + left / 200)) ] || return 1
	done
}

# cooperate: succeeds if both guests follow their targets; for use with `comes`, since a guest that
# swaps counts as `inactive` at times
cooperate() { vm_has one '.reaction == "ok"' && vm_has two '.reaction == "ok"'; }

watch_events
set_capacity $((1500 * M))
machine mule 512M "0 0 512M memfd bind=0"
must mule touch 4M 508M
must mule start
must mule hello 0+131072
keeps_reporting mule total=512M anon=32M &
reporter=$!
comes "mule runs" 20 vm_has mule '.state == "running" and .driver == "dynmem"'
for name in one two; do
	dmctl vm add $name startup 320M minimum 192M maximum 768M buffer 20
	boot_with_swap $name --memory 800M --bind 0
done
comes "what their QEMUs need shows in the host's own use" 60 node_has '.overhead == 0'

set_capacity $((1300 * M))
start_hog one load 460M
start_hog two load2 460M
comes "two guests with loads need what mule holds: it is ordered to give" 120 \
	vm_has mule ".target <= $((300 * M))"
comes "it does not: it is uncooperative" 60 vm_has mule '.reaction == "uncooperative"'
comes "monitor says so" 10 event mule 'guest uncooperative: has 512M, target [0-9]+M'
is "$(json mule '.charge >= 508 * 1048576')" true "it is charged for what it holds"
comes "the two share the rest" 120 shared
comes "they cooperate" 60 cooperate

touch "$tmp/enough"
wait $reporter
must mule inflate 32768+98304
rm "$tmp/enough"
keeps_reporting mule total=512M anon=32M &
reporter=$!
comes "mule gives after all, and is no longer uncooperative" 60 vm_has mule '.reaction == "ok"'
comes "the loads fit now" 300 filled load
comes "both of them" 300 filled load2
end_loads one load
end_loads two load2
touch "$tmp/enough"
wait $reporter
vmms_end mule

done_testing

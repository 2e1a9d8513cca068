#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two guests on one node. Memory moves from the idle one to the busy one, within minimum, maximum
# and the node's capacity. Then capacity is short, a VM dies, and the module is unloaded.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   capacity 1600M --------------------------------------|1360M ---------------------------------
#   idle   [ load, freed    !gives                         !minimum  .  .  .  .  .  .  .  .  .  .  ]
#   busy   [                load !fits !maximum  !settings !short !why            killed !freed
#   third                                                             !refused   [ !starts !resized ]
#   module                                                              !in use         !unloads
#
# shellcheck disable=SC2016,SC2317 # awk and jq expand it; much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

SHADOW=$(shadow $((1280 * M)))
RAM=$((1280 * M + SHADOW))
STARTUP=$((512 * M + SHADOW))
MINIMUM=$((256 * M + SHADOW))
MAXIMUM=$((1100 * M + SHADOW))
CAPACITY=$((1600 * M + 2 * SHADOW))

samples='busy, idle (resident, then assigned), charged, capacity, debt'

# sample: writes a line of figures to $tmp/samples every 0.3 s, until $tmp/enough exists. Memory
# moves from idle to busy: as busy is read first, memory that moves between the two readings is not
# counted twice.
sample()
{
	while [ ! -e "$tmp/enough" ]; do
		echo "$(numa_bytes busy 0) $(numa_bytes idle 0) $(json idle .assigned)" \
			"$(json busy .assigned)" \
			"$(node '| [.charge + .promised + .overhead, .capacity, .debt] | join(" ")')"
		sleep 0.3
	done >"$tmp/samples"
}

# paid: succeeds if the debt is at most the amount that busy reports as memory that it cannot give.
# A kernel keeps some memory free beyond its demand, and Linux 7.3 keeps more than 6.12.
paid()
{
	node_has ".debt <= $(json busy .unavailable)"
}

# freed BYTES: succeeds if the sum of the node's spare memory and idle's charge has grown by BYTES
# since $spare and $charged were read
freed()
{
	node_has ".spare + $(json idle .charge) - $charged >= $spare + $1"
}

watch_events
set_capacity $CAPACITY
for name in idle busy; do
	dmctl vm add $name startup $STARTUP minimum $MINIMUM maximum $MAXIMUM buffer 20
	boot $name --memory $((RAM / M))M --bind 0
	# After a while the guest gives even more, since it needs less than its startup memory.
	comes "$name gives all but its startup memory" 240 vm_has $name ".exposed - .lent <= $STARTUP"
done

# ---- memory moves

start_hog idle work 700M
comes "idle has work: a load of 700 MiB" 240 filled work
end_loads idle work
idle_before=$(resident_on idle 0)
between $((700 * M)) "$idle_before" $MAXIMUM "and holds memory for it still"
# idle keeps memory that it may need again, but gives it when busy needs it more urgently. Set the
# capacity again: the host's own use was still falling when it was set first.
set_capacity $CAPACITY

sample &
sampler=$!
start_hog busy load 850M
comes "busy gets a load of 850 MiB, which fits" 300 filled load
# dynmem moves no less than 1 %, so busy may be assigned slightly less than its maximum.
comes "it is assigned its maximum, as it wants more" 60 \
	vm_has busy ".assigned > $((MAXIMUM - 14 * M)) and .assigned <= $MAXIMUM and
		.exposed <= .assigned and .demand * 1.2 > .assigned"
touch "$tmp/enough"
wait $sampler
busy_peak=$(resident_on busy 0)
between $((850 * M)) "$busy_peak" $MAXIMUM "busy holds it, no more than its maximum"
between 1 "$(resident_on idle 0)" $((idle_before - 100 * M)) "idle has given memory up"
comes "numa_maps agrees on busy" 60 agrees busy 0
comes "and on idle" 60 agrees idle 0
between "$(($(node .capacity) + 1))" $((idle_before + busy_peak)) $((4096 * M)) \
	"that could not have fitted if nothing had moved"
no_sample '$7 == 0 && $5 > $6' "at no moment more was charged and promised than there is"
# When all capacity is charged a rise of the host's own use is debt for a moment.
no_sample "\$7 > $((8 * M))" "there was no debt but for the host's own use"
no_sample '$1 + $2 > $6' "both held no more than there is, by numa_maps"
no_sample "\$3 < $MINIMUM || \$4 < $MINIMUM" "no VM was below its minimum"
no_sample "\$3 > $MAXIMUM || \$4 > $MAXIMUM" "no VM was above its maximum"
verify busy load "busy's memory is as it was"

# ---- settings of VMs that run

refused "a lower maximum" "maximum can only be raised .*" dmctl vm set busy maximum 1000M
refused "a higher minimum" "minimum can only be lowered .*" \
	dmctl vm set idle minimum $((MINIMUM + 44 * M))
refused "another startup" "startup can only be changed while the VM is off" \
	dmctl vm set busy startup 600M
refused "dynamic off" "dynamic can only be changed while the VM is off" \
	dmctl vm set busy dynamic off
is "$(json busy '[.startup, .minimum, .maximum, .dynamic] | tostring')" \
	"[$STARTUP,$MINIMUM,$MAXIMUM,true]" "changed nothing"
succeeds "a higher maximum is taken" dmctl vm set busy maximum $RAM
comes "and memory with it" 60 vm_has busy ".assigned - .lent > $MAXIMUM"
succeeds "another buffer and weight are taken" dmctl vm set busy buffer 40 weight 6000
comes "desired follows the buffer" 10 vm_has busy ".desired == $RAM"

# ---- too little capacity

set_capacity $((CAPACITY - 240 * M))
# idle may keep a little more, as dynmem does not move less than 1 % of what busy should have.
comes "with less capacity idle comes down to its minimum" 60 \
	vm_has idle ".assigned <= $((MINIMUM + 14 * M)) and .resident <= $((MINIMUM + 14 * M))"
comes "the debt is paid, but for what busy says that it can't give" 60 paid
comes "busy shows that it has too little" 60 vm_has busy '.status != "OK"'
# For some seconds idle's earlier, larger demand may still count, and then the reason names that.
comes "and why" 60 vm_has busy '.why |
	test("(buffer|demand) reduced: node 0 short by [0-9]+M; others are at their minimums")'
is "$(dmctl -j vm show busy | jq '.desired - .target ==
	(.reasons | .buffer + .demand + .held - .kept)')" true "in amounts that add up"
comes "monitor told the target with its reason" 10 event busy \
	'target target [0-9]+M, was .*: .*node 0 short by [0-9]+M'
verify busy load "busy's memory is as it was, still"
succeeds "a lower minimum is taken" dmctl vm set idle minimum $((MINIMUM - 96 * M))
comes "and idle comes down further, but for what it says that it can't give" 60 \
	vm_has idle ".assigned - .unavailable < $MINIMUM and .resident < $MINIMUM"

dmctl vm add third startup 960M dynamic off
fails "a VM whose startup nobody can give is refused" guest start third --memory 960M --bind 0
like "$(cat "$tmp/output")" 'Cannot allocate memory' "QEMU says so"
comes "monitor says how much is missing, and who holds it" 10 event third \
	'refused cannot start: node 0 lacks [1-9][0-9]*M for 960M startup and its VMM; held by busy [0-9]+M, idle [0-9]+M'
like "$(dmesg | grep 'third: cannot start' | tail -n 1)" \
	'node 0 lacks [1-9][0-9]*M for 960M .* held by busy [0-9]+M, idle [0-9]+M' \
	"the kernel log, too"
comes "it is defined, and charged for nothing" 10 \
	vm_has third '.state == "defined" and .charge == 0'
verify busy load "and busy's memory is as it was"

# ---- a VM dies

fails "the module cannot be unloaded while VMs run" rmmod dynmem
held=$(json busy .charge) spare=$(node .spare) charged=$(json idle .charge)
succeeds "busy's QEMU is killed" guest kill busy
comes "what it held is spare within a few ticks, or idle's, which was short" 10 \
	freed $((held * 8 / 10))
comes "it is defined, and charged for nothing" 10 \
	vm_has busy '.state == "defined" and .charge == 0 and .resident == 0'

fails "dynamic off: RAM that is not startup is refused" guest start third --memory 1088M --bind 0
comes "monitor says why" 10 event third \
	'refused cannot start: dynamic is off, so RAM \(1088M\) must equal startup \(960M\)'
is "$(dmctl -j vm check third | jq -c '[.verdict, .best, .lacking]')" '["now",1,0]' \
	"vm check: it would start at once, best on the other node"
dmctl host set failover 4G
is "$(dmctl -j vm check third | jq -c '[.verdict, .lacking > 0]')" '["no",true]' \
	"vm check: not while failover wants more than would be left"
fails "that is refused" guest start third --memory 960M --bind 0
comes "monitor says why" 10 event third \
	'refused cannot start: failover keeps 4096M startable, with it [0-9]+M would be left'
dmctl host set failover 0
boot third --memory 960M --bind 0
comes "now the third VM has room; dynamic off, it has all its RAM" 60 \
	vm_has third ".assigned == .ram and .target == .ram and .charge >= .ram and .dynamic == false"
comes "its driver reports" 60 vm_has third '.driver == "dynmem" and .demand'
is "$(json third .ballooned)" 0 "and gives nothing"
succeeds "its size is changed while it runs" dmctl vm set third startup 640M
comes "it gives the rest" 60 vm_has third ".assigned <= $((640 * M + BLOCK)) and .exposed == .assigned"
comes "which the host has back" 60 vm_has third ".resident <= $((656 * M))"
succeeds "it can have that again" dmctl vm set third startup 960M
comes "and has all its RAM" 60 vm_has third ".exposed == .ram and .ballooned == 0"

succeeds "idle powers off" guest stop idle
succeeds "the third VM powers off" guest stop third
comes "nothing is charged any more" 30 node_has '.charge == 0 and .overhead == 0 and .resident == 0'
kill "$monitor"
wait "$monitor"
monitor=''
succeeds "the module can be unloaded" rmmod dynmem
succeeds "and loaded again" modprobe dynmem

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest with dynmem_balloon. Tests the figures that it reports, and that it balloons whole blocks,
# each vnode by itself. Tests what becomes of the balloon when QEMU stops the guest, when the driver
# or the device is removed and added again, and when the guest is suspended or reset. Nothing is
# lent here, since the test compares how much is ballooned on each node.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

SHADOW=$(shadow $((1792 * M)) 2)
RAM=$((1792 * M + 2 * SHADOW))
STARTUP=$((768 * M + 2 * SHADOW))
GIVEN=$((RAM - STARTUP))

on() { json "$1" ".nodes[] | select(.node == $2) | .$3"; }
node_has() { vm_has "$1" ".nodes[] | select(.node == $2) | $3"; }
device_is_there()
{
	guest qmp web '{"execute":"qom-list","arguments":{"path":"/machine/peripheral"}}' |
		grep -q '"name": "balloon"'
}
device_is_gone() { ! device_is_there; }

trace=/sys/kernel/tracing
echo 1 >$trace/events/dynmem/dynmem_release/enable
watch_events
dmctl host set headroom off
dmctl vm add web startup $STARTUP maximum $RAM buffer 20
boot web --memory $((RAM / M))M --vnodes 2 --bind 0,1

# ---- the guest inflates, in blocks and on each vnode

comes "the guest gives all but its startup memory" 240 \
	exposes web $STARTUP
is "$(json web '.nodes | map([.node, .ballooned, .assigned]) | tostring')" \
	"[[0,$((GIVEN / 2)),$((STARTUP / 2))],[1,$((GIVEN / 2)),$((STARTUP / 2))]]" \
	"half of it from each node, where its vnodes are bound"
echo 0 >$trace/events/dynmem/dynmem_release/enable
awk '/dynmem_release: vm=web / {
		match($0, /-[0-9]+ /)
		task = substr($0, RSTART + 1, RLENGTH - 2)
		if (before && task != before) turns++
		before = task
		n[task]++
	}
	END { printf "# threads that released memory:"
		for (task in n) { printf " %s (%d calls)", task, n[task]; threads++ }
		printf "; turns: %d\n", turns
		exit !(threads == 2 && turns > 4) }' $trace/trace >"$tmp/releases"
is $? 0 "two threads took turns at it, for one request held memory of both nodes"
cat "$tmp/releases"
# A fast guest sends 8 requests. A slow one sends more, since every 2 s it sends what it has
# gathered.
between 1 "$(json web '.counters.requests - .counters.reports')" 32 \
	"a GiB takes few requests (a standard driver: 1024)"
between 1 "$(json web '.counters.kicks - .counters.reports')" 32 "and few kicks"
is "$(json web '[.driver, .state, .floating] | tostring')" '["dynmem","running",false]' \
	"its driver is dynmem"
is "$(guest run web 'dmesg | grep dynmem_balloon | grep -v taint')" "" \
	"of which the guest's kernel has nothing to say"
between $((RAM - SHADOW - 96 * M)) "$(meminfo web MemTotal)" $RAM "MemTotal is the maximum"

# ---- the figures that the guest reports

comes "its status is OK" 60 vm_has web '.status == "OK"'
committed=$(meminfo web Committed_AS)
comes "commit is the guest's Committed_AS" 30 \
	vm_has web ".commit - $committed | fabs < $((8 * M))"
used=$((RAM - $(meminfo web MemAvailable) - GIVEN))
comes "demand is no less than what is in use, and within reason" 30 \
	vm_has web ".demand > $used / 2 and .demand < $used + $((256 * M))"
json web '[.pressure, (.demand * 100 / .assigned | floor)] | tostring' >"$tmp/pressure"
like "$(cat "$tmp/pressure")" '^\[([0-9]+),\1\]$' "pressure is demand / assigned in percent"

# ---- the driver is removed, which empties the balloon, and is loaded again

events_forget
succeeds "the driver is removed" guest run web rmmod dynmem_balloon
comes "nothing is given any more, the driver is detached" 60 \
	vm_has web '.ballooned == 0 and .driver == "detached" and .state == "running"'
comes "that is why, and no pause" 30 vm_has web '.why | test("^its driver is gone")'
succeeds "the guest fills 1100 MiB, reads them back and frees them" \
	guest run web --timeout 300 hog 1100M --hold 1
comes "they are resident, and charged" 30 \
	vm_has web ".resident > $((1100 * M)) and .charge >= .resident"
comes "node 0's part agrees with numa_maps" 60 agrees web 0
comes "and node 1's" 60 agrees web 1
moves() { json web '.counters | [.kicks - .reports, .interrupts - .reports, .release_calls] | @tsv'; }
read -r kicks interrupts calls <<<"$(moves)"
split=$(splits)
succeeds "the driver is loaded again, memtotal=assigned" \
	guest run web modprobe dynmem_balloon memtotal=assigned
comes "the guest gives the same again" 240 exposes web $STARTUP
read -r kicks_after interrupts_after calls_after <<<"$(moves)"
between 1 $((kicks_after - kicks)) 32 "a GiB that was in use takes few kicks, too"
between 1 $((interrupts_after - interrupts)) 32 "few interrupts"
between 1 $((calls_after - calls)) 96 "and few calls that release (a standard driver: 262144)"
is "$(splits)" "$split" "and not one huge page of the host was split for it"
comes "and reports: it has restarted and runs" 60 \
	event web "state running: the guest has restarted"
comes "resident has fallen to what it has left" 30 vm_has web ".resident <= $STARTUP"
comes "so have the blocks of the files behind its RAM" 30 file_agrees web
comes "node 0's part agrees with numa_maps again" 60 agrees web 0
comes "and node 1's again" 60 agrees web 1
between $((STARTUP - SHADOW - 96 * M)) "$(meminfo web MemTotal)" $STARTUP \
	"MemTotal is what is assigned"

# ---- one vnode needs memory

other=$(on web 1 ballooned)
start_hog web small 160M --vnode 0
comes "a load of 160 MiB on vnode 0 fits" 180 filled small
start_hog web more 320M --vnode 0
comes "and 320 MiB more" 180 filled more
comes "node 0 has assigned what it needs" 60 node_has web 0 ".assigned >= $((500 * M + SHADOW))"
comes "MemTotal has risen with it" 60 \
	meminfo_is web MemTotal -gt $STARTUP
between $((480 * M + SHADOW)) "$(resident_on web 0)" "$(on web 0 assigned)" "node 0 holds it"
is "$(on web 1 ballooned)" "$other" "of vnode 1 nothing was given back"
verify web small "the first load's memory is as it was"
verify web more "and the second's"

# ---- stop and continue

comes "the VM comes to rest" 120 at_rest web
given=$(json web .ballooned) inflated=$(json web .counters.inflated)
resident=$(json web .resident)
events_forget
succeeds "QEMU stops the guest" guest pause web
comes "it is paused, what it gave is as it was, and nobody has taken its driver away" 30 \
	vm_has web ".state == \"paused\" and .driver == \"dynmem\" and .ballooned == $given"
like "$(json web .why)" "^it is paused" "that is why nothing moves"
comes "it is told" 10 event web "state paused: none of its virtual CPUs runs"
events_forget
succeeds "QEMU continues it" guest cont web
comes "the driver is dynmem again, what it gave is as it was" 60 \
	vm_has web ".driver == \"dynmem\" and .state == \"running\" and .ballooned == $given"
comes "it goes on, it does not begin" 10 event web "state dynmem_balloon goes on"
reports=$(json web .counters.reports)
comes "reports go on too" 60 vm_has web ".counters.reports > $reports + 1"
is "$(json web .counters.inflated)" "$inflated" "nothing was counted twice"
near "$(json web .resident)" "$resident" $((8 * M)) "resident is as it was"
verify web small "the first load's memory is as it was, still"
quiet web "QEMU has complained of nothing"

# ---- the load on vnode 0 ends

before=$(resident_on web 0) other_resident=$(resident_on web 1)
end_loads web small more
comes "in time node 0 gets its memory back" 240 \
	node_has web 0 ".assigned <= $((400 * M + SHADOW)) and .resident <= $((400 * M + SHADOW))"
between $((100 * M)) $((before - $(resident_on web 0))) "$before" "which was resident there"
near "$(on web 1 ballooned)" "$other" $((16 * M)) "of node 1, which nobody asked, none was taken or granted"
comes "node 0's part agrees with numa_maps still" 60 agrees web 0
comes "and node 1's still" 60 agrees web 1
near "$(resident_on web 1)" "$other_resident" $((16 * M)) "node 1 was left alone"

# ---- the device is unplugged and plugged in again

comes "the VM comes to rest again" 120 at_rest web
given=$(json web .ballooned) held=$(file_bytes web) device=$(json web .device)
charge=$(json web .charge) assigned=$(json web .assigned)
events_forget
guest qmp web '{"execute":"device_del","arguments":{"id":"balloon"}}' >/dev/null
comes "the device is unplugged" 120 device_is_gone
comes "the VM is away" 30 vm_has web '.state == "away" and .ballooned == 0'
near "$(json web .charge)" "$charge" $((16 * M)) "and stays charged for its memory"
near "$(file_bytes web)" "$held" $((16 * M)) "the guest keeps what it gave: it stays released"
succeeds "the device is plugged in again" guest qmp web "$(printf '%s' \
	'{"execute":"device_add","arguments":{"driver":"vhost-vdpa-device-pci","id":"balloon",' \
	'"bus":"balloon-port","vhostdev":"/dev/' "$device" '"}}')"
comes "the driver is dynmem" 120 vm_has web '.state == "running" and .driver == "dynmem"'
# Lazy takes go on now, a block at a time, so the VM may already be assigned a little less.
between $((assigned - 16 * M)) "$(json web .assigned)" "$assigned" "the VM has what it had"
comes "what is given is what was given" 60 vm_has web ".ballooned >= $given"
between 1 "$(file_bytes web)" $((held + 16 * M)) "none of it became resident for that"
comes "it goes on reporting" 60 vm_has web '.counters.reports > 2'

# ---- suspending the guest empties the balloon, which fills again after the resume

comes "the VM comes to rest once more" 120 at_rest web
deflated=$(json web .counters.deflated) given=$(json web .ballooned)
# The connection of `guest run` does not survive the suspend.
guest run web 'setsid sh -c "
	echo devices >/sys/power/pm_test
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo freeze >/sys/power/state
	echo \$? >/tmp/slept" >/dev/null 2>&1 &' >/dev/null 2>&1
comes "the guest's devices sleep and wake up (pm_test devices)" 180 \
	guest run web --timeout 20 grep -x 0 /tmp/slept
between $((given / 4096)) $(($(json web .counters.deflated) - deflated)) $((RAM / 4096)) \
	"all that was given went back before"
comes "the guest gives again after" 240 vm_has web ".ballooned >= $given"
comes "and its memory agrees with numa_maps on node 0" 60 agrees web 0

# ---- the guest's kernel ends and nobody resets the machine, as before a kexec

given=$(json web .ballooned)
guest run web 'setsid sh -c "sleep 1; halt -f" >/dev/null 2>&1 &' >/dev/null 2>&1
comes "with the guest's kernel its driver ends, though nobody resets the machine" 120 \
	vm_has web '.driver == "detached" and .state == "running"'
between $BLOCK "$(json web .ballooned)" "$given" "what it gave counts until another has come"

# ---- reset

before=$(json web '.counters.inflated - .counters.deflated')
events_forget
succeeds "the guest is reset, and up again" guest reset web
comes "it has restarted, and runs" 120 event web "state running: the guest has restarted"
comes "it gives again" 240 at_rest web
comes "what it had given before the reset does not count any more" 10 \
	vm_has web "(.counters.inflated - .counters.deflated - $before) * 4096 == .ballooned"
quiet web "QEMU has complained of nothing, still"

# ---- power off

succeeds "the guest powers off" guest stop web
comes "the VM is defined, and holds nothing" 30 \
	vm_has web '.state == "defined" and .resident == 0 and .ballooned == 0 and .charge == 0'
is "$(json web '[.counters | .malformed, .ring_errors, .refused_range, .refused_twice] | add')" 0 \
	"no request of the guest's was wrong"

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A Debian guest with virtio_balloon. Memory that it balloons leaves the host, and the guest gets
# back memory that it needs later. Nothing is lost or counted twice when QEMU stops and continues
# the guest, or when the guest is reset.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

RAM=$((768 * M))
STARTUP=$((384 * M))

watch_events
dmctl vm add stock startup 384M maximum 768M buffer 20
boot stock --memory 768M --bind 0 --driver standard

# ---- the guest inflates

is "$(json stock .ram)" $RAM "its RAM is what QEMU was started with"
comes "it gives all but its startup memory" 240 exposes stock $STARTUP
comes "its demand becomes known" 60 vm_has stock '.demand and .status == "OK"'
is "$(json stock '[.state, .driver, .commit] | tostring')" '["running","standard",null]' \
	"it runs, its driver is the standard one, its commit charge unknown"
between $((STARTUP - 96 * M)) "$(meminfo stock MemTotal)" $STARTUP \
	"the guest's MemTotal has fallen to what it has left"
comes "what is given is what was inflated" 10 \
	vm_has stock '(.counters.inflated - .counters.deflated) * 4096 == .ballooned'

# ---- demand

used=$(($(meminfo stock MemTotal) - $(meminfo stock MemAvailable)))
hidden=$((STARTUP - $(meminfo stock MemTotal)))
comes "demand: what is not available, and what its kernel hides" 60 \
	vm_has stock ".demand - $((used + hidden)) | fabs < $((24 * M))"
before=$(json stock .counters.reports)
comes "statistics go on coming" 60 vm_has stock ".counters.reports > $((before + 2))"

# ---- memory that was in use leaves the host when the guest balloons it

available=$(meminfo stock MemAvailable)
succeeds "the driver is removed" guest run stock rmmod virtio_balloon
comes "that gives all back: nothing is given, the driver is detached" 60 \
	vm_has stock '.ballooned == 0 and .driver == "detached" and .state == "running"'
between $((RAM - 96 * M)) "$(meminfo stock MemTotal)" $RAM "MemTotal is what it was"
succeeds "the guest fills 450 MiB, reads them back and frees them" \
	guest run stock --timeout 300 hog 450M --hold 1
comes "they are resident, and charged" 30 \
	vm_has stock ".resident > $((450 * M)) and .charge == .resident"
comes "the blocks of the file behind its RAM say so too" 30 file_agrees stock
events_forget
succeeds "the driver is loaded again" guest run stock modprobe virtio_balloon
comes "it gives the same again" 240 exposes stock $STARTUP
comes "resident has fallen to what it has left" 30 vm_has stock ".resident <= $STARTUP"
comes "so have the file's blocks" 30 file_agrees stock
# Pages that a program has just freed may still be on the kernel's per-CPU lists, and are not
# counted as free there.
near "$(meminfo stock MemAvailable)" "$available" $((32 * M)) "the guest has left what it had before"
comes "the new driver has restarted the VM, which runs with its first report" 60 \
	event stock "state running: the guest has restarted"

# ---- the guest deflates when it needs memory

start_hog stock first 120M
comes "a load of 120 MiB fits into what it has" 180 filled first
start_hog stock second 120M
comes "one of 120 MiB more does" 180 filled second
comes "demand beyond what it has: it is assigned more" 120 vm_has stock ".assigned > $STARTUP"
comes "and takes it back" 120 at_rest stock
between 1 "$(json stock .counters.deflated)" $((RAM / 4096)) "by deflating"
assigned=$(json stock .assigned)
between $((assigned - 96 * M)) "$(meminfo stock MemTotal)" "$assigned" "MemTotal has risen"
verify stock first "the first load's memory is as it was"
verify stock second "and the second's"

# ---- stop and continue

comes "the VM comes to rest" 120 at_rest stock
given=$(json stock .ballooned) inflated=$(json stock .counters.inflated)
resident=$(json stock .resident)
succeeds "QEMU stops the guest" guest pause stock
comes "it is paused, what it gave is as it was, and nobody has taken its driver away" 30 \
	vm_has stock ".state == \"paused\" and .driver == \"standard\" and .ballooned == $given"
events_forget
succeeds "QEMU continues it" guest cont stock
comes "the driver is the standard one again, what it gave is as it was" 60 \
	vm_has stock ".driver == \"standard\" and .state == \"running\" and .ballooned == $given"
comes "it goes on, it does not begin" 10 event stock "state a standard driver goes on"
comes "statistics go on too" 60 \
	vm_has stock ".counters.reports > $(json stock .counters.reports)"
is "$(json stock .counters.inflated)" "$inflated" "nothing was counted twice"
near "$(json stock .resident)" "$resident" $((8 * M)) "resident is as it was"
verify stock first "the first load's memory is as it was, still"
end_loads stock first second
quiet stock "QEMU has complained of nothing"

# ---- reset

before=$(json stock '.counters.inflated - .counters.deflated')
events_forget
succeeds "the guest is reset, and up again" guest reset stock
comes "its driver begins again and reports" 120 \
	event stock "state running: the guest has restarted"
is "$(json stock '[.state, .driver] | tostring')" '["running","standard"]' "the VM runs again"
comes "it gives again" 240 at_rest stock
comes "what it had given before the reset does not count any more" 10 \
	vm_has stock "(.counters.inflated - .counters.deflated - $before) * 4096 == .ballooned"
comes "what is resident agrees with the file's blocks" 60 file_agrees stock
quiet stock "QEMU has complained of nothing, still"

# ---- power off

pid=$(guest pid stock)
succeeds "the guest powers off" guest stop stock
is "$(ls -d "/proc/$pid" 2>/dev/null)" "" "QEMU has ended"
comes "the VM is defined, and holds nothing" 30 \
	vm_has stock '.state == "defined" and .driver == "none" and .resident == 0 and .ballooned == 0
		and .charge == 0 and .pid == null'
# A standard driver does not learn that the host refused a page, so it deflates that page, too,
# which the host counts as refused_twice.
is "$(json stock '.counters | .refused_twice <= .refused_failed and
	.malformed + .ring_errors + .refused_range + .refused_backing == 0')" true \
	"no request of the guest's was wrong"

done_testing

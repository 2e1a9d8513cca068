#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest gets more memory than it was started with. Its driver takes the memory of a DIMM into the
# balloon before the guest can use it, so nothing is at risk. A DIMM leaves the guest with the
# blocks of the balloon that are in it. Nothing is lent here.
#
# shellcheck disable=SC2317,SC2119 # much is called by name; agent_start may have options

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/../agent.sh"
trap 'agent_exit guests_exit' EXIT

RAM=$((768 * M))
MAXIMUM=$((2048 * M))
NEW=$((MAXIMUM - RAM))

# watch_plug: writes lines with RAM, ballooned, assigned and resident memory of web and with the
# host's memory at risk to $tmp/samples until stop_watching is called
watch_plug()
{
	rm -f "$tmp/enough"
	samples='ram, ballooned, assigned, resident, at risk'
	while [ ! -e "$tmp/enough" ]; do
		printf '%s %s\n' "$(dmctl -j vm show web |
			jq -r '[.ram, .ballooned, .assigned, .resident] | join(" ")')" \
			"$(dmctl -j host show | jq -r .at_risk)"
		sleep 0.1
	done >"$tmp/samples" &
	sampler=$!
}

dimms() { guest qmp "$1" '{"execute":"query-memory-devices"}' | grep -o '"memdev"' | wc -l; }
memdevs() { guest qmp "$1" '{"execute":"query-memdev"}' | grep -o '"id": "[^"]*"' | sort | xargs; }
# agree VM: succeeds if the host counts as ballooned what the guest's driver holds
agree()
{
	local guest host

	guest=$(guest run "$1" 'cat /sys/bus/virtio/drivers/dynmem_balloon/virtio*/ballooned')
	host=$(json "$1" .ballooned)
	echo "guest $guest, host $host"
	[ "$guest" = "$host" ]
}
quiet_driver()
{
	is "$(guest run "$1" 'dmesg | grep dynmem_balloon | grep -v taint')" "" \
		"$1: its driver has nothing to say"
}

watch_events
dmctl host set headroom off
dmctl vm add web startup 768M minimum 256M maximum 768M
boot web --memory 768M --bind 0 --append memhp_default_state=online -- -m 768M,slots=4,maxmem=4G
comes "the guest has its driver" 120 vm_has web '.driver == "dynmem" and .status == "OK"'
is "$(json web .plugs)" true "which can take memory that is plugged in"

# ---- what is refused

refused "a VM that has its maximum gets no more" \
	"web has 7[0-9]+M of RAM, and its maximum is 768M: .*" dmctl vm plug web
refused "a DIMM of 100M" "a DIMM has a multiple of 128M, not 100M" dmctl vm plug web 100M
refused "there is nothing to take out" "web has no DIMM that dmctl has plugged in" \
	dmctl vm unplug web

# ---- a DIMM is plugged in

succeeds "its maximum is raised while it runs" dmctl vm set web maximum 2G
total=$(meminfo web MemTotal)
resident=$(json web .resident)
# Somebody was killed before the DIMM was complete.
guest qmp web '{"execute":"object-add","arguments":{"qom-type":"memory-backend-ram",
	"id":"dynmem-mem-7","size":134217728}}' >/dev/null
watch_plug
succeeds "what it lacks is plugged in" dmctl vm plug web
is "$(dimms web) $(memdevs web)" '1 id: dynmem-mem-0 id: m0' \
	"as one DIMM, and what a killed dmctl has left is gone"
between $((MAXIMUM - 16 * M)) "$(json web .ram)" $((MAXIMUM + 32 * M)) "the VM has as much RAM"
comes "the guest has brought the DIMM online" 120 \
	meminfo_is web MemTotal -ge $((total + NEW - 64 * M))
comes "the guest's driver holds all of it" 60 agree web
between $NEW "$(json web .ballooned)" $((NEW + RAM)) "which is ballooned"
sleep 2
stop_watching
no_sample "\$5 > $((4 * M))" "at no moment was memory at risk"
no_sample "\$4 > $((resident + 32 * M))" "and little has become resident"
no_sample "\$1 > \$2 + \$3 + $((4 * M))" "the guest never had more than it was assigned"
quiet_driver web

# ---- the DIMM is taken out, with the blocks of the balloon in it

watch_plug
succeeds "the DIMM is taken out" dmctl vm unplug web timeout 120
is "$(dimms web) $(memdevs web)" '0 id: m0' "QEMU has it no longer, nor its memory"
comes "its memory is no RAM of the VM" 30 vm_has web ".ram < $((RAM + 64 * M))"
comes "guest and host agree on the balloon" 30 agree web
sleep 2
stop_watching
no_sample "\$5 > $((4 * M))" "at no moment was memory at risk"
is "$(meminfo web MemTotal)" "$total" "MemTotal is what it was"
guest run web 'dmesg | tail -n 8' | sed 's/^/# /'
quiet_driver web

# ---- again and again

rounds=50
[ "$guest_kernel" != debug ] || rounds=10
failed=''
for ((i = 0; i < rounds; i++)); do
	dmctl vm plug web 128M >"$tmp/round" 2>&1 || failed+=" plug $i: $(cat "$tmp/round")"
	wait_until 60 agree web || failed+=" after plug $i: $(agree web)"
	dmctl vm unplug web timeout 120 >"$tmp/round" 2>&1 ||
		failed+=" unplug $i: $(cat "$tmp/round")"
done
is "$failed" "" "a DIMM is plugged in and taken out $rounds times"
comes "its memory is no RAM of the VM" 30 vm_has web ".ram < $((RAM + 64 * M))"
comes "guest and host agree on the balloon" 30 agree web
is "$(meminfo web MemTotal)" "$total" "MemTotal is what it was"
quiet_driver web

# ---- a load needs the new memory

succeeds "it is plugged in again" dmctl vm plug web
comes "the guest's driver holds all of it" 60 agree web
start_hog web load 1400M
comes "a load of 1400M fits" 600 filled load
comes "the VM is assigned what it needs" 60 vm_has web ".assigned >= $((1400 * M))"
events_forget
refused "a DIMM that is in use is not taken out" \
	"web cannot spare dynmem-0 \(1280M\): it has given only [0-9]+M; .*" dmctl vm unplug web
is "$(dimms web)" 1 "the DIMM is still there"
verify web load "the load's memory is as it was"

# ---- the guest restarts

succeeds "the guest is reset, and up again" guest reset web
comes "it has restarted, and runs" 120 event web "state running: the guest has restarted"
comes "the guest's driver holds what the host counts" 240 agree web
between $((MAXIMUM - 16 * M)) "$(json web .ram)" $((MAXIMUM + 32 * M)) "its RAM is as it was"
quiet web "QEMU has complained of nothing"
is "$(json web '[.counters | .malformed, .ring_errors, .refused_twice] | add')" 0 \
	"no request of the guest's was wrong"
succeeds "the guest powers off" guest stop web

# ---- QEMU was started without room for DIMMs

dmctl vm set web startup 512M maximum 1G
boot web --memory 512M
comes "the guest has its driver" 120 vm_has web '.driver == "dynmem"'
refused "a QEMU without slots gets no DIMM" \
	"web's QEMU has no room for another DIMM: start it with -m SIZE,slots=N.*" dmctl vm plug web
is "$(memdevs web)" 'id: m0' "nothing is left of the attempt"
succeeds "the guest powers off" guest stop web

# ---- two vnodes

dmctl vm set web maximum 1536M
boot web --memory 512M --vnodes 2 --bind 0,1 --append memhp_default_state=online -- -m 512M,slots=4,maxmem=4G
comes "the guest has its driver" 120 vm_has web '.driver == "dynmem" and .status == "OK"'
watch_plug
succeeds "what it lacks is plugged in" dmctl vm plug web
is "$(dimms web)" 2 "as a DIMM for each vnode"
comes "each node has its part" 60 vm_has web "(.ballooned >= $((900 * M))) and
	([.nodes[] | .ballooned] | (.[0] - .[1] | fabs) < $((128 * M)))"
comes "guest and host agree" 60 agree web
stop_watching
no_sample "\$5 > $((4 * M))" "at no moment was memory at risk"
start_hog web here 600M --vnode 1
comes "a load on vnode 1 fits" 300 filled here
between $((600 * M)) "$(resident_on web 1)" $((800 * M)) "its memory is on node 1"
verify web here "and is as it was"
end_loads web here

# ---- the agent plugs memory in

agent_start
dmctl vm set web maximum 2G
comes "the agent plugs in what a higher maximum allows" 60 vm_has web ".ram >= $((2016 * M))"
comes "guest and host agree" 60 agree web
is "$(dimms web)" 4 "as DIMMs for both vnodes"
succeeds "DIMMs are taken out by hand" dmctl vm unplug web 512M timeout 120
comes "their memory is no RAM of the VM" 30 vm_has web ".ram <= $((1568 * M))"
sleep 5
is "$(dimms web)" 2 "and stay out"
agent_ends TERM
quiet_driver web
quiet web "QEMU has complained of nothing"
succeeds "the guest powers off" guest stop web

done_testing

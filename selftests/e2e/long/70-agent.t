#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What dmctl does with the QEMUs of real guests. `vm detach` and `vm attach` unplug the device and
# plug it in again, by QMP. The agent keeps the host from swapping a guest out, and moves a floating
# guest to a node with spare memory. dynmem-update replaces the module under three guests.
#
# shellcheck disable=SC2317,SC2119 # much is called by name; agent_start may have options

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/../agent.sh"
trap 'agent_exit guests_exit' EXIT

qmp=/run/dynmem/web.qmp
update=(/dynmem/packaging/dynmem-update timeout $((120 * LAB_SLOW)))
long=(timeout $((120 * LAB_SLOW)))		# guests are slow under emulation

# boot_in_cgroup NAME ARG...: like boot, with QEMU in a cgroup of its own
boot_in_cgroup()
{
	mkdir -p "$cgroups/$1"
	# shellcheck disable=SC2016 # the inner shell expands it
	succeeds "$1 starts in a cgroup of its own (${*:2})" bash -c \
		'echo $$ >"$0/$1/cgroup.procs" && exec guest start "$@"' $cgroups \
		"$1" --timeout $BOOT "${@:2}"
	guest list | grep -qx "$1" || exit 1
}

swap_max_is() { [ "$(cat "$cgroups/$1/memory.swap.max")" = "$2" ]; }
vm_swap() { awk '$1 == "VmSwap:" { print $2 * 1024 }' "/proc/$(guest pid "$1")/status"; }
has_device()
{
	guest qmp "$1" '{"execute":"qom-list","arguments":{"path":"/machine/peripheral"}}' |
		grep -q '"name": "balloon"'
}
# is_on NAME NODE BYTES: succeeds if a VM has at least BYTES on the node, and at most 8 MiB
# elsewhere
is_on()
{
	vm_has "$1" "([.nodes[] | select(.node == $2) | .resident] | add) >= $3 and
		([.nodes[] | select(.node != $2) | .resident] | add) <= 8 * $M"
}

echo "+memory +cpuset" >$cgroups/cgroup.subtree_control
host_swap
watch_events
dmctl host set headroom off
dmctl vm add web startup 512M minimum 256M maximum 768M
boot_in_cgroup web --memory 768M --backing anon --bind 0
comes "it gives all but its startup memory" 240 exposes web $((512 * M))
start_hog web load 128M
comes "it has a load" 120 filled load
comes "the VM is at rest" 120 at_rest web

# ---- detach and attach

assigned=$(json web .assigned) given=$(json web .ballooned) charge=$(json web .charge)
succeeds "vm detach unplugs the device" dmctl vm detach web "${long[@]}"
is "$(json web '[.state, .driver, .ballooned] | tostring')" '["away","none",0]' "the VM is away"
fails "QEMU has it no more" has_device web
near "$(json web .charge)" "$charge" $((16 * M)) "the VM stays charged for its memory"
verify web load "the guest's memory is as it was, while it is away"
refused "it can't be detached again" "web has no device to detach: it is away" dmctl vm detach web
succeeds "vm attach plugs it in again" dmctl vm attach web "${long[@]}"
is "$(json web '[.state, .driver] | tostring')" '["running","dynmem"]' \
	"when that returns, the guest's driver is back"
succeeds "QEMU has it where it was" has_device web
between $((assigned - 32 * M)) "$(json web .assigned)" "$assigned" "the VM has what it had"
comes "the guest has given again what it gave" 60 vm_has web ".ballooned >= $given"
fails "the file about it is gone" test -e /run/dynmem/web.device
refused "it can't be attached again" "web has its device: process $(guest pid web) is attached" \
	dmctl vm attach web

succeeds "it is detached again" dmctl vm detach web "${long[@]}"
rm /run/dynmem/web.device
succeeds "and attached, though nothing is known of where it was" \
	dmctl vm attach web "${long[@]}"
is "$(json web '[.state, .driver] | tostring')" '["running","dynmem"]' "the guest's driver is back"
verify web load "its memory is as it was"
succeeds "a device without an id can be detached" dmctl vm detach web "${long[@]}"
succeeds "and attached" dmctl vm attach web "${long[@]}"

guest pause web
comes "the guest is paused" 30 vm_is web .state paused
refused "a guest that does not run does not let go of its device" \
	"the guest of web has not let go of its device within 6 s, and nothing has changed \(it is paused\); .*" \
	dmctl vm detach web timeout 6
is "$(json web .state)" paused "nothing has changed"
guest cont web
# QEMU has asked the guest to let go of the device, and the guest may do so now that it runs again.
comes "it runs again" 60 vm_has web '.state == "away" or .driver == "dynmem"'
sleep 8
vm_is web .state away && dmctl vm attach web "${long[@]}"
comes "and has its device" 60 vm_has web '.state == "running" and .driver == "dynmem"'

# ---- QMP that is not to be trusted

mkfifo "$tmp/mute"
exec {mute}<>"$tmp/mute"
socat - "UNIX-CONNECT:$qmp" <&"$mute" >"$tmp/greeting" &
client=$!
comes "somebody else is connected to the socket" 20 grep -q QMP "$tmp/greeting"
refused "QMP that does not answer is given up after 30 s" \
	"the VMM does not answer on $qmp within 30 s; .*" dmctl vm detach web
kill $client
wait $client 2>/dev/null
exec {mute}>&-
mv $qmp $qmp.away
refused "without a socket libvirt is asked" \
	"QEMU's monitor can't be reached: no libvirt domain web runs, and there is no socket; .*" \
	dmctl vm detach web
socat "UNIX-LISTEN:$qmp,fork" STDIO </dev/null >/dev/null &
server=$!
comes "there is a socket of another process" 20 test -S $qmp
refused "it is refused" \
	"the QMP socket $qmp belongs to pid $server, not to web's VMM \(pid $(guest pid web)\)" \
	dmctl vm detach web
kill $server
wait $server 2>/dev/null
rm -f $qmp
mv $qmp.away $qmp
is "$(json web '[.state, .driver] | tostring')" '["running","dynmem"]' "the VM is as it was"

# ---- the host does not swap the guest out

agent_start
comes "the agent finds QEMU's cgroup" 20 swap_max_is web 0
comes "its memory is counted" 30 vm_has web ".resident >= 128 * $M"
echo 100M >$cgroups/web/memory.reclaim 2>/dev/null
is "$(vm_swap web)" 0 "under pressure nothing of it is swapped out"
agent_ends TERM
is "$(cat $cgroups/web/memory.swap.max)" max "the agent has put the limit back"
echo 32M >$cgroups/web/memory.reclaim 2>/dev/null
is "$(($(vm_swap web) > 0))" 1 "without the agent it is"
verify web load "its memory is as it was"

# ---- a floating guest is placed

dmctl vm add floats startup 384M minimum 128M
boot_in_cgroup floats --memory 384M --cpus 1
taskset -acp "$(cat /sys/devices/system/node/node0/cpulist)" "$(guest pid floats)" >/dev/null
comes "a guest floats" 60 vm_has floats '.driver == "dynmem" and .floating'
capacity=$(($(node .charge) + 32 * M))
set_capacity $capacity
comes "node 0 has little room for it" 10 node_has ".capacity <= $capacity + 4 * $M"
agent_start
start_hog floats spread 160M
comes "it has a load" 120 filled spread
comes "its memory is on the node of its CPU, which is in debt for it" 60 \
	node_has ".debt_by.floating > 64 * $M"
dmctl vm set floats place auto
comes "with place auto its memory is on the other node, within 30 s" 30 is_on floats 1 $((160 * M))
comes "the first one has no debt any more" 60 node_has '.debt == 0'
comes "it is bound to the other one" 10 event floats "is bound to node 1 now"
comes "numa_maps agrees" 60 agrees floats 1
verify floats spread "its memory is as it was"
dmctl host set reserve default node 0

# ---- an update of the module

dmctl vm add third startup 256M minimum 128M
boot_in_cgroup third --memory 256M --backing memfd --bind 1
for name in web floats third; do
	comes "$name is at rest" 240 at_rest $name
done
declare -A had
for name in web floats third; do
	had[$name]=$(json $name .assigned)
done
while :; do
	dmctl -j node show 2>/dev/null | jq 'map(.debt) | max'
	sleep 0.5
done >"$tmp/debts" &
sampler=$!
settings='map([.name, .startup, .minimum, .maximum, .weight, .place]) | sort'
dmctl -j vm show | jq -c "$settings" >"$tmp/before"
kill "$monitor"
monitor=''
succeeds "dynmem-update replaces the module under three guests" "${update[@]}"
is "$(dmctl -j vm show | jq -c "$settings")" "$(cat "$tmp/before")" "the settings are as they were"
for name in web floats third; do
	comes "$name runs" 60 vm_has $name '.state == "running" and .driver == "dynmem"'
done
# A guest that had more than it desires may have less now. Memory above desired, up to 10 % of
# desired, is taken from a guest only in need.
for name in web floats third; do
	comes "$name has what it had" 120 vm_has $name \
		".assigned >= ([${had[$name]}, .desired] | min) * 0.98 - $BLOCK and
		.assigned <= ([${had[$name]}, .desired] | max) * 1.1 + $BLOCK"
done
kill $sampler
between 1 "$(wc -l <"$tmp/debts")" 100000 "debt was looked at meanwhile"
is "$(awk '$1 > 33554432' "$tmp/debts")" "" "it was never above 32 MiB"
verify web load "the memory of web is as it was"
verify floats spread "and that of floats"
comes "the agent goes on" 20 swap_max_is third 0

guest pause third
fails "with a guest that does not let go it fails" "${update[0]}" timeout 10
like "$(cat "$tmp/output")" "could not be detached: third" "and says so"
for name in web floats; do
	comes "$name has its device" 60 vm_has $name '.state == "running" and .driver == "dynmem"'
done
watch_events
guest cont third
comes "third lets go, too late" 60 event third "away: .* without the device"
comes "and the agent gives its device back" 60 \
	vm_has third '.state == "running" and .driver == "dynmem"'
agent_ends TERM

end_loads web load
end_loads floats spread
done_testing

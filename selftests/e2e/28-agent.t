#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `dmctl agent` keeps the host from swapping VMs out. It loses nothing when it ends or is killed, or
# when dynmem is unloaded. It waits for no VMM: neither for QEMU's monitor nor for a move of memory.
#
# `dmctl vm place` and the agent bind a floating VM to a node. They set cpuset.mems of the cgroup of
# the VM's VMM, and the module counts that as a binding. Without the cpuset controller they only
# move the VMM's pages.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/agent.sh"
trap 'agent_exit vmm_exit' EXIT

# cgroup NAME [FILE]: the path of a VMM's cgroup, or of a file of it
cgroup() { printf '%s/%s%s\n' "$cgroups" "$1" "${2:+/$2}"; }

# in_cgroup CGROUP MACHINE SIZE SLOT: defines a VM, and attaches a VMM to it in a cgroup
in_cgroup()
{
	mkdir -p "$(cgroup "$1")"
	dmctl vm add "$2" startup "$3" minimum 32M || not_ok "dmctl vm add $2"
	vmm_start "$2"
	echo "${vmm_pid[$2]}" >"$(cgroup "$1" cgroup.procs)"
	must "$2" slot "$4"
	must "$2" open "$(device_of "$2")"
	v "$2" owner
	[ "$answer" = ok ] || not_ok "$2 attaches" "answered: $answer" "$(dmesg | tail -n 3)"
}

echo "+memory +cpuset" >$cgroups/cgroup.subtree_control
events_begin

# ---- swap

in_cgroup web web 64M "0 0 64M memfd bind=0"
echo 64M >"$(cgroup web memory.swap.max)"
agent_start
succeeds "the swap limit of a VMM is 0 while the agent runs" wait_until 10 holds web memory.swap.max 0
refused "a second agent does not start" "another 'dmctl agent' runs already" dmctl agent
in_cgroup db db 64M "0 0 64M memfd bind=0"
succeeds "that of a VMM that comes later, too" wait_until 10 holds db memory.swap.max 0
echo 32M >"$(cgroup db memory.swap.max)"
succeeds "and when somebody changes it" wait_until 10 holds db memory.swap.max 0
agent_ends TERM
is "$(cat "$(cgroup web memory.swap.max)") $(cat "$(cgroup db memory.swap.max)")" \
	"$((64 * M)) $((32 * M))" "the agent puts back what was there"
is "$(ls -I '*.history' /run/dynmem)" "" "and leaves no file but samples"

agent_start
wait_until 10 holds web memory.swap.max 0
agent_ends KILL
is "$(cat "$(cgroup web memory.swap.max)")" 0 "when it is killed the limit stays 0"
agent_start
succeeds "the next one has the limit of the other, too" wait_until 10 holds db memory.swap.max 0
agent_ends INT
is "$(cat "$(cgroup web memory.swap.max)")" "$((64 * M))" "and puts back what the first one had found"

agent_start
wait_until 10 holds web memory.swap.max 0
vm_ends db
succeeds "a VM ends: its limit is put back" wait_until 10 holds db memory.swap.max $((32 * M))
agent_ends KILL
mkdir -p "$(cgroup old)"
echo 0 >"$(cgroup old memory.swap.max)"
printf '{"cgroup": "%s", "id": %s, "value": "%s"}' "$(cgroup old)" "$(stat -c %i "$(cgroup old)")" \
	"$((16 * M))" >/run/dynmem/old.swap
printf '{"cgroup": "%s", "id": 1, "value": "max"}' "$(cgroup web)" >/run/dynmem/gone.swap
echo 'no JSON' >/run/dynmem/bad.swap
agent_start --leave-swap
succeeds "--leave-swap puts back what a killed agent has left" \
	wait_until 10 holds web memory.swap.max $((64 * M))
succeeds "for a VM that is not defined any more, too" wait_until 10 holds old memory.swap.max $((16 * M))
succeeds "what it knows of a cgroup that is gone is forgotten" wait_until 10 gone /run/dynmem/gone.swap
agent_ends TERM
is "$(cat "$(cgroup web memory.swap.max)")" "$((64 * M))" "it has changed nothing else"
rm -f /run/dynmem/bad.swap

# The agent reports a VMM that shares its cgroup only once, though it looks at the VMM many times.
sleep 1000 &
sleeper=$!
in_cgroup shared shared 64M "0 0 64M memfd bind=0"
echo $sleeper >"$(cgroup shared cgroup.procs)"
dmctl vm add root startup 64M minimum 32M
vmm_attach root "0 0 64M memfd bind=0"
agent_start
succeeds "a VMM that shares its cgroup is told" wait_until 10 said \
	"^dmctl: shared: QEMU shares its cgroup with pid $sleeper: start it in one of its own \(systemd-run --scope\)$"
succeeds "one in the root cgroup, too" wait_until 10 said "^dmctl: root: QEMU .* is in the root cgroup"
is "$(cat "$(cgroup shared memory.swap.max)")" max "its limit is left alone"
for i in 1 2 3; do
	echo 48M >"$(cgroup web memory.swap.max)"
	wait_until 10 holds web memory.swap.max 0 || not_ok "look $i"
done
is "$(grep -c shared "$tmp/agent")" 1 "it is told once"
kill $sleeper
wait $sleeper 2>/dev/null
succeeds "when it has its cgroup for itself the limit is 0" wait_until 10 holds shared memory.swap.max 0
vm_ends shared
vm_ends root

# ---- dynmem is unloaded and loaded again

vm_ends web
events_end
succeeds "dynmem can be unloaded while the agent runs" modprobe -r dynmem
succeeds "the agent waits" wait_until 10 said "dynmem is not loaded: waiting for it"
modprobe dynmem
in_cgroup web web 64M "0 0 64M memfd bind=0"
succeeds "it goes on when dynmem is back" wait_until 10 holds web memory.swap.max 0
agent_ends TERM
vm_ends web
events_begin

# ---- QEMU's monitor, which the test's VMM plays

# says VALUE: prints QEMU's answer to a command
says() { printf '{"return": %s, "id": 1}\n' "$1"; }
# is_plugged_at PATH: prints what QEMU answers to `vm detach` before `vm detach` asks QEMU to unplug
# the device. PATH is the path of the device that QEMU was given.
is_plugged_at()
{
	echo '{"QMP": {}}'
	says '{}'
	says '[{"name": "balloon", "type": "child<vhost-vdpa-device-pci>"}]'
	says "\"$1\""
}

in_cgroup web web 64M "0 0 64M memfd bind=0"
in_cgroup mute mute 64M "0 0 64M memfd bind=0"
must mute touch 2M 32M
must mute run
echo 64M >"$(cgroup web memory.swap.max)"
must mute listen /run/dynmem/mute.qmp
chmod 1777 /run/dynmem
refused "a directory that others can write to is not used" \
	"/run/dynmem must be a directory that only root can write to: .*" dmctl vm detach mute
refused "nor by the agent" "/run/dynmem must be a directory that only root can write to: .*" \
	dmctl agent
chmod 755 /run/dynmem

{ is_plugged_at /dev//dynmem/mute; says '[]'; } >"$tmp/script"
v_begin mute play "$tmp/script"
refused "a path of QEMU's that is not udev's is not followed" \
	"mute's VMM \(pid [0-9]+\) has no vhost-vdpa-device with $(device_of mute)" dmctl vm detach mute
v_end mute
{ is_plugged_at /dev/dynmem/mute; says '"/machine/port"'; says 0; says '{}'; } >"$tmp/script"
v_begin mute play "$tmp/script"
dmctl vm detach mute &
detach=$!
v_end mute
is "$answer" ok "QEMU has asked the guest to let go"
kill -KILL $detach
wait $detach 2>/dev/null
must mute hangup
must mute close
is "$(json mute .state)" away "the guest lets go when dmctl was killed"
now=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)
file=/run/dynmem/mute.device
between "$now" "$(jq .late $file)" $((now + 60000)) "it is known from when on that is too late"
jq ".late = $now" $file >"$tmp/late"

cp "$tmp/late" $file
: >"$tmp/script"
v_begin mute play "$tmp/script"
agent_start
v_end mute
is "$answer" ok "the agent asks QEMU to plug the device in again"
succeeds "while QEMU does not answer, other VMs get their limit" \
	wait_until 10 holds web memory.swap.max 0
kill -TERM "$agent"
succeeds "and the agent ends" wait_until 10 holds web memory.swap.max $((64 * M))
wait "$agent"
agent=''

v_begin mute play "$tmp/script"
agent_start
v_end mute
must mute hangup
succeeds "the agent says what has failed" \
	wait_until 10 said "^dmctl: mute: the VMM has closed /run/dynmem/mute.qmp$"
{ echo '{"QMP": {}}'; says '{}'; says '{}'; } >"$tmp/script"
v mute play "$tmp/script"
is "$answer" ok "it tries again"
succeeds "the device is plugged in: the file about it is gone" wait_until 10 gone $file
agent_ends TERM
is "$(wc -l <"$tmp/agent")" 1 "the agent has said nothing more"
rm -f /run/dynmem/mute.qmp
vm_ends mute
vm_ends web

# ---- a VM that floats is placed

resident_on() { json "$1" ".nodes[] | select(.node == $2 and .page == 4096) | .resident"; }
# is_on MACHINE NODE BYTES: succeeds if a VM has at least BYTES on the node, and at most 4 MiB
# elsewhere; for wait_until
is_on()
{
	vm_has "$1" "([.nodes[] | select(.node == $2) | .resident] | add) >= $3 and
		([.nodes[] | select(.node != $2) | .resident] | add) <= 4 * $M"
}

in_cgroup floats floats 256M "0 0 256M memfd"
taskset -acp "$(cat /sys/devices/system/node/node0/cpulist)" "${vmm_pid[floats]}" >/dev/null
must floats touch 2M 200M
is "$(json floats .floating)" true "a VM floats"
succeeds "its memory is on the node of its CPU" wait_until 20 is_on floats 0 $((200 * M))
events_forget
is "$(dmctl vm place floats node 1)" "floats is on node 1" "it is placed on the other node"
succeeds "its memory is there" wait_until 20 is_on floats 1 $((200 * M))
succeeds "it counts as bound, within seconds" wait_until 5 vm_has floats '.floating == false'
succeeds "an event says so" event '"state","vm":"floats","node":1.*is bound to node 1 now'
is "$(cat "$(cgroup floats cpuset.mems)")" 1 "its cgroup holds it there"
v floats look 2M 200M
is "$answer" "ok kept=51200 absent=0 other=0" "its memory is as it was"
is "$(dmctl -j vm place floats node 0 | jq -c .)" '{"name":"floats","node":0,"bound":true}' \
	"it can be placed again"
succeeds "its memory follows" wait_until 20 is_on floats 0 $((200 * M))
events_forget
echo 0-1 >"$(cgroup floats cpuset.mems)"
succeeds "it floats when its cgroup allows all nodes" wait_until 5 vm_has floats '.floating == true'
succeeds "an event says so" event '"state","vm":"floats".*floats now'

is "$(dmctl vm place floats auto)" "floats is on node 0: its CPUs run there" \
	"auto: the node where its CPUs run"
echo 0-1 >"$(cgroup floats cpuset.mems)"
wait_until 5 vm_has floats '.floating == true'
set_capacity $(($(json floats .charge) / 2))
wait_until 10 node_has ".debt > 0"
like "$(dmctl vm place floats auto)" \
	"^floats is on node 1: its CPUs run on node 0, where it does not fit; most memory is spare here$" \
	"auto: another one if it does not fit there"
succeeds "the debt is over" wait_until 20 node_has '.debt == 0'
refused "it is not placed where it does not fit" \
	"floats does not fit on node 0: [0-9]+M of it are elsewhere, and [0-9]+M are spare there" \
	dmctl vm place floats node 0
succeeds "and stays where it is" is_on floats 1 $((200 * M))
dmctl host set reserve default node 0
unknown "a node that there is not is refused" "there is no node 7 with memory" \
	dmctl vm place floats node 7
dmctl vm add off startup 64M
refused "so is a VM that does not run" "off does not run: it is defined" dmctl vm place off auto
dmctl vm del off
in_cgroup bound bound 64M "0 0 64M memfd bind=0"
refused "and one with a memory policy" "bound is bound by its memory policy: .*" \
	dmctl vm place bound node 1
echo 0-1 >"$(cgroup bound cpuset.mems)"
refused "also where its cgroup has a list of nodes" "bound is bound by its memory policy: .*" \
	dmctl vm place bound node 1
vm_ends bound

# Without the cpuset controller `vm place` moves the pages, and warns that the controller is
# missing.
vm_ends floats
rmdir "$(cgroup floats)"
echo -cpuset >$cgroups/cgroup.subtree_control
in_cgroup floats floats 256M "0 0 256M memfd"
must floats touch 2M 200M
succeeds "without the cpuset controller it is placed, too" dmctl vm place floats node 1
like "$(cat "$tmp/output")" "warning: it is not bound there.*controller cpuset is missing in cgroup.subtree_control" \
	"with a warning that says what is missing"
succeeds "its memory is there" wait_until 20 is_on floats 1 $((200 * M))
is "$(json floats .floating)" true "it floats, still"
v floats look 2M 200M
is "$answer" "ok kept=51200 absent=0 other=0" "its memory is as it was"
vm_ends floats
rmdir "$(cgroup floats)"
echo +cpuset >$cgroups/cgroup.subtree_control

# ---- the agent places a VM

in_cgroup floats floats 256M "0 0 256M memfd"
taskset -acp "$(cat /sys/devices/system/node/node0/cpulist)" "${vmm_pid[floats]}" >/dev/null
set_capacity $((100 * M))
agent_start --leave-swap
wait_until 10 node_has ".capacity <= 104 * $M"
must floats touch 2M 200M
succeeds "node 0 is in debt for it" wait_until 20 node_has ".debt_by.floating > 32 * $M"
is "$(json floats .place)" off "the agent leaves alone what it is not told to place"
dmctl vm set floats place auto
succeeds "with place auto it is placed within 30 s" wait_until 30 is_on floats 1 $((200 * M))
succeeds "the debt is over" wait_until 20 node_has '.debt == 0'
succeeds "the agent says so" said "^floats is on node 1: its CPUs run on node 0, where it does not fit"
v floats look 2M 200M
is "$answer" "ok kept=51200 absent=0 other=0" "its memory is as it was"

# The VM floats again, and its memory is on the wrong node. An agent has moved the VM less than ten
# minutes ago, so no agent may move it now.
agent_ends KILL
echo 0-1 >"$(cgroup floats cpuset.mems)"
wait_until 5 vm_has floats '.floating == true'
migratepages "${vmm_pid[floats]}" 1 0
agent_start --leave-swap
succeeds "node 0 is in debt again" wait_until 20 node_has ".debt_by.floating > 32 * $M"
sleep 15
succeeds "an agent does not move it twice in ten minutes" is_on floats 0 $((200 * M))
agent_ends TERM
dmctl host set reserve default node 0
vm_ends floats

# The pages of a VMM that holds its own mmap_lock can't be moved. A child of the agent waits for
# that lock, and the agent must not wait for the child.
#
# blocked: succeeds if a child of the agent waits for a lock (state D); for wait_until. Reads
# /proc/PID/stat, since ps would wait for the same lock.
blocked() { grep -hs "^[0-9]* (.*) D $agent " /proc/[0-9]*/stat; }
in_cgroup web web 64M "0 0 64M memfd bind=0"
echo 64M >"$(cgroup web memory.swap.max)"
mkdir "$(cgroup held)"
dmctl vm add held startup 64M minimum 32M place auto
vmm_start_user held
echo "${vmm_pid[held]}" >"$(cgroup held cgroup.procs)"
must held slot 0 0 66M memfd
must held open "$(device_of held)"
must held owner
must held touch 0 64M
succeeds "a user's VM floats" wait_until 20 vm_has held '.floating and .state == "running"'
must held fuse "$tmp/mnt"
server=${answer#ok }
echo "$server" >$cgroups/cgroup.procs
must held holdmm "$tmp/mnt"
agent_start
succeeds "the agent has begun to move a VM that holds its mmap_lock" wait_until 30 blocked
echo 48M >"$(cgroup web memory.swap.max)"
succeeds "meanwhile others get their limit" wait_until 10 holds web memory.swap.max 0
kill -TERM "$agent"
succeeds "and the agent ends" wait_until 10 holds web memory.swap.max $((48 * M))
kill -KILL "$server"
wait "$agent"
agent=''
vm_ends held
vm_ends web
rm -f /run/dynmem/*
for name in web mute held db old shared floats bound; do
	rmdir "$(cgroup $name)"
done
done_testing

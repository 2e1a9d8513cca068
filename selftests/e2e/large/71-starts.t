#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# 200 VMs start at the same time, on a host of 22 GiB: first with memory for all of them, then while
# one big VM has most of the memory and gives it slowly. In the end all VMMs are killed at once.
#
# Time goes to the right, ! is an assertion.
#
#   big                           [ has 18 GiB, gives 320 MiB a second until all run     ]
#   200 VMs  [all !run ] !killed    [some wait, !heavy before light, !none refused, all run] !killed
#
# shellcheck disable=SC2154 # tmp comes from lib.sh
# shellcheck disable=SC2317 # much is called by name
# shellcheck disable=SC2016 # awk expands it

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/../vmm.sh"

VMS=200
G=$((1024 * M))
BIG=$((18 * G))
FIRST=16384		# the first page that big gives; its rings are before that
RATE=320		# MiB that big gives each second
seq -f 'vm%03g' "$VMS" >"$tmp/names"
mapfile -t names <"$tmp/names"

host() { dmctl -j host show | jq -r "$1"; }

# count STATE: the number of VMs, without big, in this state
count() { dmctl -j vm show | jq "[.[] | select(.name != \"big\" and .state == \"$1\")] | length"; }
all_are() { [ "$(count "$1")" = "$VMS" ]; }

# ask: looks at the nodes. Leaves the answer in $tmp/nodes, and how many ms it took in $ms. dmctl gets
# a CPU at once, so that only the module can make it wait.
ask()
{
	local begun

	begun=$(date +%s%3N)
	chrt --fifo 50 dmctl -j node show >"$tmp/nodes"
	ms=$(($(date +%s%3N) - begun))
}

# sample: appends a line to $tmp/samples again and again, until $tmp/enough exists. A line has the
# milliseconds that `ask` took, the largest debt of a node in bytes, how many heavy VMs run, how many
# light ones do, and how many VMs of both run or start.
sample()
{
	while [ ! -e "$tmp/enough" ]; do
		ask
		dmctl -j vm show | jq -r --argjson ms "$ms" --slurpfile nodes "$tmp/nodes" '
			map(select(.name != "big" and .state != "defined")) |
			[$ms, ([$nodes[0][].debt] | max),
			 (map(select(.weight > 5000 and .state == "running")) | length),
			 (map(select(.weight < 5000 and .state == "running")) | length), length] |
			join(" ")' >>"$tmp/samples"
		sleep 0.2
	done
}

sampling() { rm -f "$tmp/enough" "$tmp/samples"; sample & sampler=$!; }
sampled() { touch "$tmp/enough"; wait "$sampler"; }

# no_sample AWK-CONDITION: fails, and prints the samples, if the condition holds for one of them
no_sample() { [ -s "$tmp/samples" ] && ! awk "$1 { print; bad = 1 } END { exit !bad }" "$tmp/samples"; }

# heavy_first: fails if a light VM has begun to run between two samples in which all VMs had come and
# some heavy ones were still waiting
heavy_first()
{
	awk -v n="$VMS" '$5 == n { if (some && $3 < n / 2 && $4 > light) { print; bad = 1 }
		some = 1; light = $4 } END { exit bad || !some }' "$tmp/samples"
}

# prepare: starts a VMM for each VM. They are ready to attach.
prepare()
{
	local name device

	dmctl -j vm show | jq -r '.[] | select(.name != "big") | "\(.name) /dev/\(.device)"' \
		>"$tmp/devices"
	while read -r name device; do
		vmm_start "$name"
		must "$name" kvm
		must "$name" slot 0 0 32M anon
		must "$name" open "$device"
	done <"$tmp/devices"
}

# start_all: has all VMMs attach at the same time, and waits for all answers. Leaves the seconds
# that it took in $took, and the answers, by how often they came, in $answers.
start_all()
{
	local name begun

	begun=$(date +%s)
	for name in "${names[@]}"; do
		v_begin "$name" owner
	done
	for name in "${names[@]}"; do
		v_end "$name"
		printf '%s\n' "$answer"
	done >"$tmp/answers"
	took=$(($(date +%s) - begun))
	answers=$(sort "$tmp/answers" | uniq -c | xargs)
}

# kill_all: kills all VMMs but big's at once, and returns when the processes are gone.
kill_all()
{
	local name pids=()

	for name in "${names[@]}"; do
		pids+=("${vmm_pid[$name]}")
	done
	kill -KILL "${pids[@]}"
	for name in "${names[@]}"; do
		vmm_kill "$name"
	done
}

# gives: big gives memory down to its target, RATE MiB a second at most, until $tmp/enough exists.
gives()
{
	local begun=$SECONDS given=0 may target ranges

	while [ ! -e "$tmp/enough" ]; do
		may=$(((SECONDS - begun) * RATE / LAB_SLOW))
		target=$(json big '.target / 1048576 | floor')
		ranges=''
		# A range is at most 64 MiB, so that a request does not take long.
		while ((given + 64 <= may && BIG / M - given - 64 >= target)); do
			ranges+=" $((FIRST + given * 256))+16384"
			given=$((given + 64))
		done
		# shellcheck disable=SC2086 # a list
		[ -z "$ranges" ] || must big inflate $ranges
		v big report commit=200M anon=200M total=$((BIG - given * M))
		sleep 0.3
	done
}

{
	seq -f 'vm add vm%03g startup 32M weight 8000' 1 2 $VMS
	seq -f 'vm add vm%03g startup 32M weight 2000' 2 2 $VMS
} >"$tmp/lines"
succeeds "$VMS VMs are defined" dmctl -b "$tmp/lines"

# ---- memory for all

prepare
sampling
start_all
is "$answers" "$VMS ok" "all start"
in_time "within ten seconds" [ $took -le 10 ]
sampled
in_time "dmctl is answered within a second meanwhile" no_sample '$1 > 1000'
overhead_is_small() { [ "$(host .overhead)" -le $((3 * G)) ]; }
succeeds "five seconds later at most 3 GiB are set aside for the VMMs" \
	wait_until 5 overhead_is_small
kill_all
succeeds "all are killed, and their VMs are off" wait_until 20 all_are defined
is "$(host '.charge + .promised + .overhead')" 0 "nothing is charged"

# ---- one VM has to give the memory

dmctl vm add big startup ${BIG} minimum 256M
vmm_attach big "0 0 ${BIG} anon"
is "$answer" ok "a big VM starts"
must big start
must big hello 0+$((BIG / 4096))
must big report commit=200M anon=200M total=$BIG
# Most waits are longer than this.
timeout=$(cat /sys/module/dynmem/parameters/start_timeout)
echo $((20 * LAB_SLOW)) >/sys/module/dynmem/parameters/start_timeout
events_begin
prepare
sampling
gives &
start_all
sampled
wait $!
echo "$timeout" >/sys/module/dynmem/parameters/start_timeout
is "$answers" "$VMS ok" "all start, though most have to wait for memory"
between $((20 * LAB_SLOW)) $took $((34 * LAB_SLOW)) "some wait longer than start_timeout"
is "$(grep -c '"refused"' "$tmp/events")" 0 "none is refused"
succeeds "heavy VMs start first" heavy_first
# This test's own processes vary the host's use by some tens of MiB.
succeeds "no node was in debt by more than 64 MiB" no_sample "\$2 > $((64 * M))"
in_time "dmctl is answered within a second meanwhile" no_sample '$1 > 1000'

# ---- all are killed at once

kill_all
ask
in_time "dmctl is answered within a second then" [ $ms -le 1000 ]
succeeds "their VMs are off" wait_until 20 all_are defined
vm_ends big
seq -f 'vm del vm%03g' $VMS >"$tmp/lines"
succeeds "all can be deleted" dmctl -b "$tmp/lines"
is "$(host '.charge + .promised + .overhead')" 0 "nothing is charged"
kernel_is_content
events_end
done_testing

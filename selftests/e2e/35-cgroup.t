#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VMMs are in memory cgroups with a limit. Grants stay below the limit and follow its changes. A
# start is refused if the limit leaves too little memory. For two VMs in one cgroup the limit holds
# for their sum.
#
# The drawing shows test_two, where a and b are in one cgroup that allows 400 MiB. Each of their
# VMMs is assumed to need 68 MiB for itself, and b starts with 96 MiB. Time goes to the right, a
# line is a VM, ! is an assertion.
#
#   a   [ !grows to 332M, no further  .  .  .  .  .  gives !falls to 168M  .  .  !264M for both ]
#   b                                 [ !refused ]  [ waits to start        !starts !264M for both ]

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

PAGES=131072			# pages of a guest: 512 MiB
OWN=$((68 * M))			# overhead that is assumed for a VMM: 64 MiB + RAM / 128
cgroups=/sys/fs/cgroup
declare -A top			# number of pages that each guest may use, from page 0 on

# limited CGROUP SIZE: makes a cgroup with SIZE as its memory.max
limited()
{
	mkdir "$cgroups/$1"
	echo "$2" >"$cgroups/$1/memory.max"
}

# begin_in CGROUP MACHINE STARTUP MINIMUM: defines a VM of 512 MiB, and starts a VMM in the cgroup.
# The VMM begins to attach to the VM.
begin_in()
{
	local device

	dmctl vm add "$2" startup "$3" minimum "$4" maximum 512M || not_ok "dmctl vm add $2"
	vmm_start "$2"
	echo "${vmm_pid[$2]}" >"$cgroups/$1/cgroup.procs"
	device=$(device_of "$2")
	must "$2" slot "0 0 512M memfd bind=0"
	must "$2" open "$device"
	v_begin "$2" owner
}

# attach_in CGROUP MACHINE STARTUP MINIMUM: like begin_in, and waits until the VMM is attached or
# refused; leaves the answer in $answer
attach_in()
{
	begin_in "$@"
	v_end "$2"
}

# drive MACHINE SIZE: starts the guest's driver, which balloons all memory above SIZE
drive()
{
	top[$1]=$(($2 / 4096))
	must "$1" start
	must "$1" hello "0+$PAGES"
	must "$1" inflate "${top[$1]}+$((PAGES - top[$1]))"
}

# follow MACHINE: the guest inflates or deflates to its target, touches nearly all of its memory,
# and reports a high demand
follow()
{
	local pages=$(($(figures "$1" '[.target, .assigned] | min') / 4096))

	if [ $pages -lt "${top[$1]}" ]; then
		must "$1" inflate "$pages+$((top[$1] - pages))"
	elif [ $pages -gt "${top[$1]}" ]; then
		must "$1" deflate "${top[$1]}+$((pages - top[$1]))"
	fi
	top[$1]=$pages
	must "$1" touch 2M $((pages * 4096 - 4 * M))
	must "$1" report total=512M anon=480M commit=480M
}

# assigned_to MACHINE...: prints what each VM is assigned. dmctl shows one VM after the other, and
# memory may move meanwhile. So two answers of dmctl have to agree.
assigned_to()
{
	local before='' now=none tries

	for ((tries = 0; tries < 100; tries++)); do
		before=$now
		now=$(dmctl -j vm show | jq '.[] | select(.name | IN($ARGS.positional[])) | .assigned' --args "$@")
		[ "$now" != "$before" ] || break
	done
	[ "$now" = "$before" ] && printf '%s\n' "$now"
}

# want MACHINE...: calls follow for each VM, and sets $sum to what they are assigned together.
want()
{
	local name bytes

	for name; do
		follow "$name"
	done
	sum=0
	for bytes in $(assigned_to "$@"); do
		sum=$((sum + bytes))
	done
}

# grows_to BYTES MACHINE...: tests that VMs whose guests demand more are assigned BYTES together, up
# to 2 MiB less for each, and that they are never assigned more.
grows_to()
{
	local wanted=$1 end=$((SECONDS + 60 * LAB_SLOW)) most=0

	shift
	until want "$@" && [ $((sum + 2 * $# * M)) -ge "$wanted" ]; do
		[ $SECONDS -lt $end ] || break
		[ $sum -le $most ] || most=$sum
		sleep 0.3
	done
	# The sum must stay at BYTES.
	for _ in 1 2 3; do
		want "$@"
		[ $sum -le $most ] || most=$sum
		sleep 1
	done
	if [ $((sum + 2 * $# * M)) -ge "$wanted" ] && [ $most -le "$wanted" ]; then
		ok "$* grows to $((wanted / M)) MiB and no further"
	else
		not_ok "$* grows to $((wanted / M)) MiB and no further" \
			"has $((sum / M)) MiB, had $((most / M)) MiB"
	fi
}

# falls_to BYTES MACHINE: succeeds if the VM is assigned and holds at most BYTES; for wait_until
falls_to()
{
	follow "$2"
	[ "$(json "$2" .assigned)" -le "$1" ] && [ "$(json "$2" .resident)" -le "$1" ]
}

nobody_was_killed()
{
	is "$(sed -n 's/^oom_kill //p' "$cgroups/$1/memory.events")" 0 "nobody in $1 was killed"
}

test_grants()
{
	limited one 300M
	attach_in one m 128M 64M
	is "$answer" ok "a VM attaches whose startup its cgroup allows"
	drive m $((128 * M))
	grows_to $((300 * M - OWN)) m
	is "$(figures m .limit .limit_by)" "$((300 * M - OWN)) one" "the limit is shown"
	must m report total=512M anon=480M commit=480M
	like "$(json m .why)" "held at 232M: memory cgroup one allows 300M" "it is why it has no more"
	like "$(dmctl vm show m)" "limit +232 MiB[[:space:]]+limit_by +one" "and in the table"
	echo 400M >"$cgroups/one/memory.max"
	grows_to $((400 * M - OWN)) m
	# Lower memory.high: if memory.max were lowered the kernel would kill the VMM at once.
	echo 300M >"$cgroups/one/memory.high"
	succeeds "a limit that falls is followed" wait_until 20 falls_to $((300 * M - OWN)) m
	events_forget
	echo 100M >"$cgroups/one/memory.high"
	succeeds "down to the minimum" wait_until 20 falls_to $((64 * M)) m
	is "$(json m .assigned)" $((64 * M)) "which stands"
	succeeds "that is told" \
		event 'memory cgroup one allows 100M, which leaves 32M: less than the minimum of 64M'
	echo max >"$cgroups/one/memory.high"
	echo max >"$cgroups/one/memory.max"
	succeeds "and that it is over" event 'its memory cgroup allows its minimum again'
	grows_to $((512 * M)) m
	is "$(json m '.limit // "none"')" none "without a limit none is shown"
	nobody_was_killed one
	vm_ends m
}

test_refused()
{
	limited small 300M
	events_forget
	attach_in small m 256M 64M
	is "$answer" "error ENOMEM" "a VM is refused whose startup its cgroup does not allow"
	succeeds "with a sentence" \
		event 'cannot start: memory cgroup small allows 300M, which leaves 232M for 256M startup'
	vm_ends m
}

test_two()
{
	limited both 400M
	echo +memory >"$cgroups/both/cgroup.subtree_control"
	limited both/a max
	limited both/b max
	attach_in both/a a 96M 64M
	drive a $((96 * M))
	grows_to $((400 * M - OWN)) a
	attach_in both/b b 96M 64M
	is "$answer" "error ENOMEM" "another one has to wait, and its guest gives nothing"
	vm_ends b
	# The start must wait longer on a slow host, where guest a needs more time to give memory.
	echo $((15 * LAB_SLOW)) >/sys/module/dynmem/parameters/start_timeout
	begin_in both/b b 96M 64M
	succeeds "now it gives" wait_until 15 falls_to $((400 * M - 2 * OWN - 96 * M)) a
	v_end b
	is "$answer" ok "so that another one starts beside it"
	drive b $((96 * M))
	grows_to $((400 * M - 2 * OWN)) a b
	nobody_was_killed both
	vm_ends a
	vm_ends b
}

echo +memory >"$cgroups/cgroup.subtree_control"
events_begin
test_grants
test_refused
test_two
events_end
kernel_is_content
done_testing

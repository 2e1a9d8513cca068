# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # tmp comes from lib.sh; much is called by name
#
# Sourced, after lib.sh, by the tests with real guests: figures from other sources than dynmem
# (QEMU's memory as /proc and the file system count it, the guest's own /proc), loads in guests,
# events. Sizes are bytes. A guest and its VM have the same name.

# shellcheck source=selftests/lab/held.sh
. "${BASH_SOURCE[0]%/*}/../lab/held.sh"
# shellcheck source=selftests/lab/hog.sh
. "${BASH_SOURCE[0]%/*}/../lab/hog.sh"

M=$((1024 * 1024))
BLOCK=$((2 * M))
BOOT=400		# seconds that a guest may take to boot on a loaded machine
monitor=''
samples=''
sampler=''

guests_exit()
{
	local name

	[ -z "$monitor" ] || kill "$monitor" 2>/dev/null
	[ -n "$ended" ] || report_guests
	for name in $(guest list); do
		guest kill "$name"
		wait_until 20 vm_is "$name" .state defined
	done
	dmctl -j vm show | jq -r '.[].name' | xargs -rn 1 dmctl vm del
	at_exit
}
trap guests_exit EXIT

# Prints the state of guests and host when a test has failed.
report_guests()
{
	local name

	{
		dmctl vm show
		dmctl node show
		dmesg | grep 'dynmem:' | tail -n 15
		for name in $(dmctl -j vm show | jq -r '.[].name'); do
			dmctl vm show "$name"
			guest log "$name" | tail -n 12
			guest qmp "$name" '{"execute":"query-status"}'
			cat "/run/guest/$name/messages"
		done
	} 2>&1 | sed 's/^/# /'
}

# boot NAME ARG...: guest start; when that fails there is nothing more to test.
boot()
{
	succeeds "guest $1 starts (${*:2})" guest start "$1" --timeout $BOOT "${@:2}"
	guest list | grep -qx "$1" || exit 1
}

# has_disk NAME: for wait_until
has_disk() { guest run "$1" test -b /dev/vda; }

# boot_with_swap NAME ARG...: a guest with a disk to swap to. That is plugged in when Linux is up:
# under emulation the BIOS sometimes does not come to an end of looking at it.
boot_with_swap()
{
	truncate -s 768M "/var/tmp/$1.swap"
	boot "$@" -- -device pcie-root-port,id=swap-port,chassis=2,slot=2 \
		-drive "file=/var/tmp/$1.swap,if=none,id=swap,format=raw,cache=none"
	guest run "$1" modprobe virtio_blk
	guest qmp "$1" "$(printf '%s' '{"execute":"device_add","arguments":{"id":"disk",' \
		'"driver":"virtio-blk-pci","bus":"swap-port","drive":"swap"}}')" >/dev/null
	wait_until 60 has_disk "$1"
	succeeds "$1 has swap space" guest run "$1" \
		"mkswap /dev/vda >/dev/null && swapon /dev/vda"
}

# ---- assertions on sizes

# near GOT EXPECTED TOLERANCE DESCRIPTION
near()
{
	local off=$(($1 - $2))

	if [ "${off#-}" -le "$3" ]; then
		ok "$4"
	else
		not_ok "$4" "got:      $1 ($(($1 / M)) MiB)" \
			"expected: $2 ($(($2 / M)) MiB), give or take $3"
	fi
}

# between LOW GOT HIGH DESCRIPTION
between()
{
	if [ "$1" -le "$2" ] && [ "$2" -le "$3" ]; then
		ok "$4"
	else
		not_ok "$4" "got:      $2 ($(($2 / M)) MiB)" \
			"expected: $1 ($(($1 / M)) MiB) to $3 ($(($3 / M)) MiB)"
	fi
}

# no_sample AWK-CONDITION DESCRIPTION: the condition is true of no line that the test has written to
# $tmp/samples. $samples names the fields of a line.
no_sample()
{
	local bad

	bad=$(awk "$1" "$tmp/samples")
	if [ -s "$tmp/samples" ] && [ -z "$bad" ]; then
		ok "$2"
	else
		not_ok "$2" "$samples:" "$(head -n 5 <<<"$bad")"
	fi
}

# watch_figures; stop_watching: until then two samples a second of each VM's name, assigned and resident
# memory and state, for no_sample
watch_figures()
{
	samples='VM, assigned, resident, state'
	while [ ! -e "$tmp/enough" ]; do
		dmctl -j vm show | jq -r '.[] | [.name, .assigned, .resident, .state] | join(" ")'
		sleep 0.5
	done >"$tmp/samples" &
	sampler=$!
}
stop_watching()
{
	touch "$tmp/enough"
	wait "$sampler"
}

# host_swap; host_has_not_swapped: the host has swap space, and uses it for no VMM
host_swap()
{
	# A test before this one may have seen to it.
	if ! grep -q '^/var/tmp/swap ' /proc/swaps; then
		fallocate -l 256M /var/tmp/swap
		chmod 600 /var/tmp/swap
		mkswap /var/tmp/swap >/dev/null
		swapon /var/tmp/swap
	fi
	succeeds "the host has swap space" grep '^/var/tmp/swap ' /proc/swaps
}
host_has_not_swapped()
{
	is "$(cat /proc/[0-9]*/status | awk '$1 == "Name:" { name = $2 }
		$1 == "VmSwap:" && name ~ /qemu/ { sum += $2 } END { print sum + 0 }')" 0 \
		"the host has swapped nothing of a VMM out"
}

# comes DESCRIPTION SECONDS COMMAND...: the command succeeds in time; shows its last output if not.
comes()
{
	local what=$1 seconds=$2

	shift 2
	if wait_until "$seconds" "$@"; then
		ok "$what"
	else
		not_ok "$what" "not within $seconds s: $*" "$(tail -n 5 "$tmp/waited")"
		report_guests
	fi
}

# vm_has VM JQ-CONDITION: for wait_until and comes
vm_has() { dmctl -j vm show "$1" | tee "$tmp/vm" | jq -e "$2" >/dev/null || ! cat "$tmp/vm"; }

# exposes VM BYTES: the VM has given all its memory but that. Memory that the host tried to release
# and could not (part of a huge page of its own that it cannot split) stays exposed. For comes.
exposes()
{
	vm_has "$1" ".exposed >= $2 and .exposed <= $2 + .counters.refused_failed * 4096"
}

# at_rest VM: no memory moves: the guest has given all that it shall, and has all that it may have.
at_rest() { vm_has "$1" '.target == .assigned' && exposes "$1" "$(json "$1" .assigned)"; }

# ---- QEMU's memory as others count it

# file_agrees NAME: dynmem's resident and the files' blocks are within a block; for comes
file_agrees()
{
	local ours theirs off

	ours=$(json "$1" .resident) theirs=$(file_bytes "$1")
	off=$((ours - theirs))
	echo "dynmem $ours, files $theirs"
	[ ${off#-} -le $BLOCK ]
}

resident_on() { json "$1" ".nodes[] | select(.node == $2) | .resident"; }

# agrees NAME NODE: dynmem's and numa_maps' figures are within a block; for wait_until and comes
agrees()
{
	local ours theirs off

	ours=$(resident_on "$1" "$2") theirs=$(numa_bytes "$1" "$2")
	off=$((ours - theirs))
	echo "node $2: dynmem $ours, numa_maps $theirs"
	[ ${off#-} -le $BLOCK ]
}

# ---- node 0 of the host

node() { dmctl -j node show | jq -r ".[0]$1"; }

node_has()
{
	dmctl -j node show | jq -c '.[0]' | tee "$tmp/node" | jq -e "$1" >/dev/null ||
		! cat "$tmp/node"
}

# set_capacity BYTES: by the reserve of node 0
set_capacity()
{
	local reserve=$(($(node .reserve) + $(node .capacity) - $1))

	dmctl host set reserve $((reserve / BLOCK * BLOCK)) node 0
}

# ---- in the guest

# meminfo NAME KEY: a line of the guest's /proc/meminfo
meminfo() { guest run "$1" awk "/^$2:/ { print \$2 * 1024 }" /proc/meminfo; }

# meminfo_is NAME KEY OPERATOR VALUE: as test(1) compares; for comes
meminfo_is()
{
	local value

	value=$(meminfo "$1" "$2")
	echo "$2: $value"
	test "$value" "$3" "$4"
}

# verify NAME LOAD DESCRIPTION: the load reads all its memory back and goes on
verify()
{
	local before

	before=$(grep -c verified "$hogs/$2")
	guest run "$1" killall -USR1 hog
	# shellcheck disable=SC2016 # the inner shell expands it
	comes "$3" 600 bash -c 'cat "$1"; [ "$(grep -c verified "$1")" -gt "$2" ]' bash \
		"$hogs/$2" "$before"
}

# end_loads NAME LOAD...: all loads of a guest read their memory back once more, free it and end
end_loads() { succeeds "$1: its memory is as it was when ${*:2} ends" end_hogs "$@"; }

# quiet NAME DESCRIPTION: QEMU has printed nothing since the guest was started
quiet() { is "$(cat "/run/guest/$1/messages")" "" "$2"; }

# ---- what dynmem says

# watch_events: from now on every event is an object in $tmp/events.
watch_events()
{
	dmctl -j monitor >>"$tmp/events" 2>/dev/null &
	monitor=$!
	wait_until 20 listening $monitor || not_ok "dmctl monitor listens"
}

events_forget() { : >"$tmp/events"; }

# event VM REGEX: the VM's events since the last events_forget say so; for wait_until and comes
event()
{
	jq -r "select(.vm == \"$1\") | .kind + \" \" + .text" "$tmp/events" | tee "$tmp/said"
	grep -qE "$2" "$tmp/said"
}

# offline NAME SECONDS: takes movable memory of a guest offline, a piece at a time, each within that time,
# until single pages of the balloon have moved for that. Not the last of a node: what the kernel has
# allocated there when it booted stays. Status 2: a piece has stayed; 1: there were no such pages.
offline()
{
	# shellcheck disable=SC2016 # the guest's shell expands it
	guest run "$1" --timeout 600 '
		moved() { awk "/^balloon_migrate / { print \$2 }" /proc/vmstat; }
		for node in /sys/devices/system/node/node*; do
			ls -d $node/memory[0-9]* | sort -V | sed "\$d"
		done >/tmp/pieces
		for piece in $(cat /tmp/pieces); do
			grep -q "^Movable" $piece/valid_zones || continue
			before=$(moved)
			timeout -s INT '"$2"' sh -c "echo offline >$piece/state"
			grep -q offline $piece/state || { echo "$piece stays"; exit 2; }
			[ "$(moved)" = "$before" ] || exit 0
			echo online_movable >$piece/state
		done
		echo "none had any"
		exit 1'
}

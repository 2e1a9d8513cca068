# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # tmp comes from lib.sh; much is called by name
#
# Functions for the tests with real guests, sourced after lib.sh. They run loads in guests, wait for
# events, and read figures from other sources than dynmem: QEMU's memory as /proc and the file
# system count it, and the guest's own /proc. Sizes are bytes. A guest and its VM have the same
# name.

# shellcheck source=selftests/lab/held.sh
. "${BASH_SOURCE[0]%/*}/../lab/held.sh"
# shellcheck source=selftests/lab/hog.sh
. "${BASH_SOURCE[0]%/*}/../lab/hog.sh"

BOOT=400		# seconds that a guest may take to boot on a loaded machine
guest_kernel=$(sed -n 's/^guest_kernel=//p' /lab/settings)
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

# Prints the state of guests and host, for a test that has failed.
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

# boot NAME ARG...: a test that passes if the guest starts. If not, the script exits, as nothing is
# left to test.
boot()
{
	succeeds "guest $1 starts (${*:2})" guest start "$1" --timeout $BOOT "${@:2}"
	guest list | grep -qx "$1" || exit 1
}

# shadow RAM [VNODES]: prints by how many bytes each vnode of a guest has to be larger on the debug
# kernel, so that the rest of the guest can have as much memory as it has of RAM on another kernel;
# 0 on other kernels. KASAN's shadow is an eighth of all RAM, these bytes included, and Linux takes
# all of it from node 0. The other checks take up to 64 MiB.
shadow()
{
	local vnodes=${2:-1} bytes

	[ "$guest_kernel" = debug ] || { echo 0; return; }
	bytes=$((($1 + 8 * 64 * M) / (8 - vnodes)))
	echo $(((bytes + BLOCK - 1) / BLOCK * BLOCK))
}

# has_disk NAME: succeeds if the guest sees its disk; for wait_until
has_disk() { guest run "$1" test -b /dev/vda; }

# boot_with_swap NAME ARG...: starts a guest and gives it a swap disk. The disk is plugged in after
# Linux has booted, since under emulation the BIOS sometimes hangs when it looks at the disk.
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

# no_sample AWK-CONDITION DESCRIPTION: a test that passes if $tmp/samples has lines and the
# condition holds for none of them. $samples names the fields of a line.
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

# watch_figures: writes a line for each VM to $tmp/samples twice a second, until stop_watching is
# called. A line has the VM's name, assigned memory, resident memory, state, and the memory that is
# lent to it. no_sample tests these lines.
watch_figures()
{
	samples='VM, assigned, resident, state, lent'
	while [ ! -e "$tmp/enough" ]; do
		dmctl -j vm show | jq -r '.[] | [.name, .assigned, .resident, .state, .lent] | join(" ")'
		sleep 0.5
	done >"$tmp/samples" &
	sampler=$!
}
stop_watching()
{
	touch "$tmp/enough"
	wait "$sampler"
}

# host_swap gives the host swap space. host_has_not_swapped is a test that passes if no memory of a
# QEMU is in swap.
host_swap()
{
	# An earlier test file in this boot of the host may have set the swap space up already.
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

# comes DESCRIPTION SECONDS COMMAND...: a test that passes if COMMAND succeeds in time (see
# wait_until); if not, shows the last output of COMMAND
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

# exposes VM BYTES: succeeds if the VM exposes BYTES, not counting memory that is lent to it; for
# use with `comes`. The VM may also expose pages that the host could not release (refused_failed),
# such as parts of a huge page that the host cannot split.
exposes()
{
	vm_has "$1" ".exposed - .lent >= $2 and .exposed - .lent <= $2 + .counters.refused_failed * 4096"
}

# at_rest VM: succeeds if no memory has to move: assigned equals target, and the VM exposes what it
# is assigned; for use with `comes`
at_rest() { vm_has "$1" '.target == .assigned' && exposes "$1" "$(json "$1" '.assigned - .lent')"; }

# has_desired VM: succeeds if the VM is assigned what it desires, not counting memory that is lent
# to it; for use with `comes`. Up to 2 MiB, or 1 % of desired if that is more, may be missing, since
# dynmem does not move such small amounts.
has_desired() { vm_has "$1" ".assigned - .lent + ([$BLOCK, .desired / 100] | max) >= .desired"; }

# ---- QEMU's memory, counted by other means than dynmem

# file_agrees NAME: succeeds if two figures differ by at most 2 MiB: the resident memory that dynmem
# shows, and the allocated blocks of the files behind the guest's RAM; for use with `comes`
file_agrees()
{
	local ours theirs off

	ours=$(json "$1" .resident) theirs=$(file_bytes "$1")
	off=$((ours - theirs))
	echo "dynmem $ours, files $theirs"
	[ "${off#-}" -le "$BLOCK" ]
}

resident_on() { json "$1" ".nodes[] | select(.node == $2) | .resident"; }

# agrees NAME NODE: succeeds if two figures for the guest's memory on the node differ by at most 2
# MiB: the resident memory that dynmem shows, and the bytes in numa_maps; for use with `wait_until`
# or `comes`
agrees()
{
	local ours theirs off

	ours=$(resident_on "$1" "$2") theirs=$(numa_bytes "$1" "$2")
	off=$((ours - theirs))
	echo "node $2: dynmem $ours, numa_maps $theirs"
	[ "${off#-}" -le "$BLOCK" ]
}

# ---- in the guest

# meminfo NAME KEY: prints the value of a line of the guest's /proc/meminfo, in bytes
meminfo() { guest run "$1" awk "/^$2:/ { print \$2 * 1024 }" /proc/meminfo; }

# meminfo_is NAME KEY OPERATOR VALUE: compares the value that `meminfo NAME KEY` prints with VALUE,
# by an operator of test(1), such as -gt; for use with `comes`
meminfo_is()
{
	local value

	value=$(meminfo "$1" "$2")
	echo "$2: $value"
	test "$value" "$3" "$4"
}

# vmstat NAME KEY: prints the value of a line of the guest's /proc/vmstat
vmstat() { guest run "$1" awk "/^$2 / { print \$2 }" /proc/vmstat; }

# verify NAME LOAD DESCRIPTION: a test that passes if the load finds its pattern in all its memory.
# The load keeps running.
verify()
{
	local before

	before=$(grep -c verified "$hogs/$2")
	guest run "$1" killall -USR1 hog
	# shellcheck disable=SC2016 # the inner shell expands it
	comes "$3" 600 bash -c 'cat "$1"; [ "$(grep -c verified "$1")" -gt "$2" ]' bash \
		"$hogs/$2" "$before"
}

# end_loads NAME LOAD...: ends all loads of a guest; a test that passes if each finds its pattern in
# all its memory
end_loads() { succeeds "$1: its memory is as it was when ${*:2} ends" end_hogs "$@"; }

# quiet NAME DESCRIPTION: a test that passes if QEMU has printed nothing since the guest was started
quiet() { is "$(cat "/run/guest/$1/messages")" "" "$2"; }

# ---- dynmem's events

# watch_events: from now on each event is appended to $tmp/events, as a JSON object.
watch_events()
{
	dmctl -j monitor >>"$tmp/events" 2>/dev/null &
	monitor=$!
	wait_until 20 listening $monitor || not_ok "dmctl monitor listens"
}

events_forget() { : >"$tmp/events"; }

# event VM REGEX: succeeds if an event of the VM since the last events_forget matches; for use with
# `wait_until` or `comes`
event()
{
	jq -r "select(.vm == \"$1\") | .kind + \" \" + .text" "$tmp/events" | tee "$tmp/said"
	grep -qE "$2" "$tmp/said"
}

# offline NAME SECONDS: takes pieces of the guest's memory (memoryN in sysfs) offline, one after the
# other, and each online again. Stops as soon as a piece is offline and single pages of the balloon
# had to leave it. SECONDS is the time limit for a piece. Tries only pieces whose zone is Movable,
# and not the last piece of a node: it cannot go offline, since the kernel allocated some of it at
# boot. Returns 0 if pages of the balloon had to move, 1 if none had to, 2 if a piece could not go
# offline.
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

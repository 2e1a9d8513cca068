#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# counts.sh [ROUNDS [STOCK-MIB]]: measures kicks, interrupts, config accesses and release calls per
# GiB that a guest inflates, and per GiB that it deflates. One guest moves 1 GiB with our two
# modules. A twin guest moves STOCK-MIB with QEMU's virtio-balloon and the stock driver. Then
# measures the same for free page reporting of memory that a program in the guest has freed. Runs
# inside the lab's host; medians go to $LAB_OUT/counts.json.
#
# Kicks and config accesses come from KVM's tracepoint kvm_mmio, interrupts from the guest's
# /proc/interrupts, and the stock guest's release calls from QEMU's system calls. Our guest also
# sends a report each second, with a kick and an interrupt, whether it moves memory or not. Only
# dynmem's own counters can leave these out, so they are used for the kicks, interrupts and release
# calls of our guest. At the end the sums of KVM and of the guest must agree with these counters.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
moves=1024
stock_moves=${2:-64}
declare -A vcpu base irq n

# find_device NAME: sets vcpu to the thread of the guest's vCPU, base to the address of its
# balloon's registers (in QEMU config space is at offset 0x2000, the doorbells are at 0x3000), and
# irq to the name of the balloon's interrupts
find_device()
{
	vcpu[$1]=$(guest qmp "$1" '{"execute":"query-cpus-fast"}' | jq '.return[0]."thread-id"')
	# shellcheck disable=SC2016 # the guest's shell expands it
	read -r "base[$1]" "irq[$1]" <<<"$(guest run "$1" 'cd /sys/bus/pci/devices
		for device in *; do
			[ "$(cat $device/device)" = 0x1045 ] || continue
			set -- $(sed -n 5p $device/resource)
			echo "$1 $(basename $device/virtio*)"
		done')"
}

# accesses NAME OFFSET: prints how often the guest has accessed the page at OFFSET of its balloon's
# registers
accesses() { hits kvm/kvm_mmio "common_pid: +${vcpu[$1]}, gpa: +$(printf %x $((base[$1] + $2 >> 12)))[0-9a-f][0-9a-f][0-9a-f] "; }

interrupts() { guest run "$1" "awk '/${irq[$1]}-/ { n += \$2 } END { print n }' /proc/interrupts"; }

# count_ours and count_stock print five numbers of that guest: kicks, interrupts, config accesses,
# release calls and inflated ranges (0 for the stock guest)
count_ours()
{
	echo "$(vm '.counters | .kicks - .reports, .interrupts - .reports' | xargs)" \
		"$(accesses ours 0x2000) $(vm .counters.release_calls)" \
		"$(hits dynmem/dynmem_inflate 'pages:')"
}
count_stock()
{
	local calls

	calls=$(($(hits syscalls/sys_enter_fallocate "common_pid: +$(guest pid stock) ") +
		$(hits syscalls/sys_enter_madvise "common_pid: +$(guest pid stock) ")))
	echo "$(accesses stock 0x3000) $(interrupts stock) $(accesses stock 0x2000) $calls 0"
}

# keep WAY NAME MOVED: adds the differences between $before and $after to the lists in n. The
# differences are for MOVED MiB, the lists are per GiB.
keep()
{
	local what i=0

	for what in kicks interrupts config releases ranges; do
		n[$1 $2 $what]+=" $(per_gib $((after[i] - before[i])) "$3")"
		i=$((i + 1))
	done
}

# counted WAY NAME MOVED COMMAND...: runs COMMAND, which moves MOVED MiB. Counts kicks, interrupts
# and so on meanwhile, and adds the numbers to the lists in n.
counted()
{
	local before after

	read -ra before <<<"$("count_$2")"
	"${@:4}"
	read -ra after <<<"$("count_$2")"
	keep "$1" "$2" "$3"
}

# agree WHAT OTHERS OURS: fails unless the two sums agree. They may differ by 3, as the guest may
# send something between the two readings.
agree()
{
	local off=$(($2 - $3))

	[ ${off#-} -le 3 ] || die "$1: $2 by others, $3 by dynmem's counters"
}

# holds_at_most NAME BYTES: succeeds if QEMU holds at most BYTES for the guest; for wait_until
holds_at_most() { [ "$(file_bytes "$1")" -le "$2" ]; }

# reported NAME: measures free page reporting. A program frees nearly all of the guest's memory, and
# no order makes the guest balloon any of it. Waits until the host has nine tenths of that memory.
reported()
{
	local size=$((ram[$1] - 224)) held before after

	keep_memory "$1" $size
	held=$(file_bytes "$1")
	read -ra before <<<"$("count_$1")"
	free_memory "$1"
	wait_until holds_at_most "$1" $((held - size * mib * 9 / 10))
	size=$(((held - $(file_bytes "$1")) / mib))
	read -ra after <<<"$("count_$1")"
	keep reported "$1" $size
}

set_backing memfd-2M
start_ours $moves
start_stock "$stock_moves"
find_device ours
find_device stock
# Ignore events of type 0: that is a read that KVM cannot answer. When QEMU has answered the read
# there is one more event, with type 1.
echo 'hist:keys=common_pid,gpa.hex:size=8192 if type > 0' >$trace/events/kvm/kvm_mmio/trigger
echo 'hist:keys=common_pid' >$trace/events/syscalls/sys_enter_fallocate/trigger
echo 'hist:keys=common_pid if behavior == 4' >$trace/events/syscalls/sys_enter_madvise/trigger	# MADV_DONTNEED
echo 'hist:keys=pages' >$trace/events/dynmem/dynmem_inflate/trigger
touch_memory ours
kicks=$(($(accesses ours 0x3000) - $(vm .counters.kicks)))
raised=$(($(interrupts ours) - $(vm .counters.interrupts)))
for ((round = 0; round < rounds; round++)); do
	touch_memory ours
	counted inflate ours $moves take_ours $moves
	prepare_return $moves
	counted deflate ours $moves return_ours
	touch_memory stock
	counted inflate stock "$stock_moves" take_stock
	counted deflate stock "$stock_moves" return_stock
	printf 'round %d\n' $round >&2
done
agree kicks $(($(accesses ours 0x3000) - kicks)) "$(vm .counters.kicks)"
agree interrupts $(($(interrupts ours) - raised)) "$(vm .counters.interrupts)"

for way in inflate deflate; do
	row "kicks per GiB ${way}d (stock $stock_moves MiB)" "${n[$way ours kicks]}" \
		"${n[$way stock kicks]}" "ours <= 2"
	row "interrupts per GiB ${way}d (stock $stock_moves MiB)" "${n[$way ours interrupts]}" \
		"${n[$way stock interrupts]}" "ours <= 2"
	row "config accesses per GiB ${way}d (stock $stock_moves MiB)" "${n[$way ours config]}" \
		"${n[$way stock config]}" "ours <= 4"
done
ranges=$(median "${n[inflate ours ranges]}")
row "release calls per GiB inflated, in $ranges ranges (stock $stock_moves MiB)" \
	"${n[inflate ours releases]}" "${n[inflate stock releases]}" \
	"ours <= $((ranges > 64 ? ranges : 64))"
stop_guests

start_ours $moves reporting on
start_stock $moves -global virtio-balloon-pci.free-page-reporting=on
find_device ours
find_device stock
for ((round = 0; round < rounds; round++)); do
	reported ours
	reported stock
done
for what in kicks interrupts releases; do
	row "$what per GiB that is freed in the guest and reported" "${n[reported ours $what]}" \
		"${n[reported stock $what]}" ""
done
stop_guests
write_rows counts

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests how much memory each single release call covers. A call releases whole 2 MiB pages of the
# host, and splits such a page only if the guest has ballooned a part of it. A vCPU that touches
# memory while a call releases it has to wait for the call. So a call releases at most 64 MiB in
# 2 MiB pages, or 16 MiB in 4 KiB pages.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

mib=$((1 << 20))
trace=/sys/kernel/tracing

vmstat() { awk -v key="$1" '$1 == key { print $2 }' /proc/vmstat; }
# huge MACHINE: prints how many bytes its VMM has mapped by 2 MiB pages
huge()
{
	awk '/^(AnonHugePages|ShmemPmdMapped):/ { sum += $2 } END { print sum * 1024 }' \
		"/proc/${vmm_pid[$1]}/smaps"
}

# largest: prints the bytes of the largest release call since the trace was cleared
largest()
{
	awk '/dynmem_release: vm=m / {
			match($0, / bytes=[0-9]+/)
			bytes = substr($0, RSTART + 7, RLENGTH - 7) + 0
			if (bytes > most) most = bytes
		}
		END { print most + 0 }' $trace/trace
}

echo 1 >$trace/events/dynmem/dynmem_release/enable
for kind in memfd anon; do
	machine m 256M "0 0 256M $kind huge bind=0"
	must m touch 2M 254M
	must m start
	must m hello 0+65536
	before=$(huge m)
	if [ "$before" -lt $((192 * mib)) ]; then
		skip "$kind: 2 MiB pages" "the host has given $before bytes of them"
		vm_ends m
		continue
	fi
	split=$(vmstat thp_split_page) unmapped=$(vmstat thp_split_pmd)
	echo >$trace/trace
	v m inflate 16384+49152 '1024+512*8/1024'
	is "${answer%% 49152/*}" "ok ok accepted=$((49152 + 8 * 512))" "$kind: 200 MiB are given in blocks"
	is "$(($(vmstat thp_split_page) - split)) $(($(vmstat thp_split_pmd) - unmapped))" "0 0" \
		"$kind: no 2 MiB page was split for that, nor its mapping"
	like "$(largest) $(json m .counters.release_calls)" "^$((64 * mib)) 1[12]\$" \
		"$kind: 64 MiB at a time, as they lie in the host, and each block apart in one call"
	must m deflate 16384+49152 '1024+512*8/1024'
	must m touch 2M 254M
	is "$(huge m)" "$before" "$kind: taken back and touched, it is in 2 MiB pages again"
	v m inflate 16384+256
	is "$answer" "ok ok accepted=256 256/none" "$kind: half a block is given"
	is "$((($(vmstat thp_split_page) - split) + ($(vmstat thp_split_pmd) - unmapped) > 0))" 1 \
		"$kind: that takes a split"
	v m look 64M 4M
	is "$answer" "ok kept=768 absent=256 other=0" "$kind: the other half is intact"
	vm_ends m

	machine m 256M "0 0 256M $kind small bind=0"
	must m touch 2M 254M
	must m start
	must m hello 0+65536
	echo >$trace/trace
	v m inflate 16384+49152
	is "$answer $(largest)" "ok ok accepted=49152 49152/none $((16 * mib))" \
		"$kind: of 4 KiB pages a call takes 16 MiB"
	vm_ends m
done
echo 0 >$trace/events/dynmem/dynmem_release/enable

kernel_is_content
done_testing

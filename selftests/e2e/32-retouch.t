#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest touches memory that it has ballooned. The host counts that memory, sends an event and,
# with `enforce reclaim`, releases it again, but never memory that the guest was granted again
# meanwhile.

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

mib=$((1 << 20))

# counted COUNTER N: succeeds if the counter is at least N. looks GPA SIZE RESULT: succeeds if
# `look` answers RESULT. Both are for wait_until.
counted() { [ "$(json m ".counters.$1")" -ge "$2" ]; }
looks() { v m look "$1" "$2" && [ "$answer" = "ok $3" ]; }

# gone GPA SIZE DESCRIPTION: all pages of this memory must become absent within 10 s.
gone()
{
	if wait_until 10 looks "$1" "$2" "kept=0 absent=$((${2%M} * 256)) other=0"; then
		ok "$3"
	else
		not_ok "$3" "$answer"
	fi
}

# retouch SLOT...: the guest balloons 16 MiB from 8 MiB on, and touches parts of them.
retouch()
{
	local pages

	machine m 64M "0 0 64M $*"
	must m touch 2M 62M
	must m start
	must m hello 0+16384
	must m inflate 2048+4096
	events_forget
	must m touch 8M 4M
	succeeds "$1: what is touched again is seen" wait_until 10 vm_is m .retouched $((4 * mib))
	is "$(figures m .enforce .counters.retouched .counters.reclaimed)" "count 1024 0" \
		"$1: and counted"
	succeeds "$1: an event says so" event '"vm":"m".*pages that were ballooned are resident again'
	must m touch 14M 2M
	succeeds "$1: so is more of it" wait_until 10 vm_is m .retouched $((6 * mib))
	is "$(json m .counters.retouched)" 1536 "$1: each page is counted once"
	v m look 8M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$1: enforce count: it is only counted"

	dmctl vm set m enforce reclaim || not_ok "vm set enforce"
	# `look` touches a page again if the page is just being released. So first wait until the
	# host has released all.
	succeeds "$1: enforce reclaim: nothing is left" wait_until 10 vm_is m .retouched 0
	gone 8M 16M "$1: it is released again"
	is "$(figures m .ballooned/4096 .counters.retouched .counters.reclaimed)" "4096 1536 1536" \
		"$1: that is counted, too, and what is given is as before"

	v m deflate 2048+1024
	is "$answer" "ok ok accepted=1024 1024/none" "$1: the guest is let have 4 MiB back"
	pages=$(json m .counters.reclaimed)
	must m touch 8M 4M
	must m touch 16M 2M
	succeeds "$1: what is given is released again" wait_until 10 counted reclaimed $((pages + 512))
	v m look 8M 4M
	is "$answer" "ok kept=1024 absent=0 other=0" "$1: what it was let have back is its own"
	gone 12M 12M "$1: and nothing of what is given is left"
}

# scattered KIND: the guest balloons every other page of 4 MiB, and touches all; for memory of 4 KiB
# pages
scattered()
{
	local pages

	must m inflate '8192+1*512/2'
	pages=$(json m .counters.reclaimed)
	must m touch 32M 4M
	# `look` touches a page again if the page is just being released. So first wait until the
	# host has released all.
	succeeds "$1: single pages that are given are released again" \
		wait_until 10 counted reclaimed $((pages + 512))
	v m look 32M 4M
	is "$answer" "ok kept=512 absent=512 other=0" "$1: and no others"
}

events_begin
for kind in memfd anon; do
	retouch $kind small bind=0
	scattered $kind
	if [ $kind = memfd ]; then
		# A reboot: until the driver has sent HELLO all memory belongs to the next kernel,
		# so the host must release nothing.
		must m reset
		must m touch 2M 62M
		must m start
		sleep 2.5
		must m hello instance=2 0+16384
		v m look 2M 62M
		is "$answer" "ok kept=15872 absent=0 other=0" \
			"after a reset nothing is released that was given before"
		is "$(figures m .ballooned .driver)" "0 dynmem" "and nothing is given"
	fi
	vm_ends m
done
pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB
echo 32 >$pool/nr_hugepages
if [ "$(cat $pool/nr_hugepages)" = 32 ]; then
	retouch hugetlb bind=1
	vm_ends m
else
	skip "hugetlb" "no 32 huge pages on node 1"
fi
echo 0 >$pool/nr_hugepages

machine m 64M "0 0 64M memfd small bind=0"
must m touch 2M 62M
must m start standard
must m pfns 0 512+512
must m touch 2M 1M
succeeds "standard driver: what is touched again is seen" wait_until 10 vm_is m .retouched $mib
dmctl vm set m enforce reclaim || not_ok "vm set enforce"
gone 2M 2M "standard driver: and released again"
must m pfns 1 512+512
must m touch 2M 2M
v m look 2M 62M
is "$answer" "ok kept=15872 absent=0 other=0" "standard driver: what it takes back is its own"
vm_ends m

kernel_is_content
done_testing

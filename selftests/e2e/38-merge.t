#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# KSM and two VMs with the same contents, whose VMMs mark all memory as mergeable, as QEMU does.
# With `share off` nothing is merged. With `share on` equal pages are merged, and the host counts a
# merged page once. The host must not lend the memory that merging saves, since a VM needs it again
# as soon as its guest writes to merged pages.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   share  off               on                                       off for one  on
#   one    [ KSM, !nothing   !merged  writes, !no debt  merges        !separate    merges  killed ]
#   two    [ KSM, !nothing   !merged                    !not lent     !intact      merges  !whole ]
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

ksm=/sys/kernel/mm/ksm
pages=$((156 * 256))	# number of pages that each VMM has touched

# merging NAME: prints how many pages of the VMM's memory are merged, by the kernel's own count
merging() { cat "/proc/${vmm_pid[$1]}/ksm_merging_pages"; }
# marked NAME: succeeds if KSM may merge a mapping of the VMM
marked() { grep -q '^VmFlags:.* mg' "/proc/${vmm_pid[$1]}/smaps"; }
not_marked() { ! marked "$1"; }
scanned() { [ "$(cat "$ksm/full_scans")" -ge "$1" ]; }
# scan DESCRIPTION: a test that passes once KSM has scanned all memory twice from now on, as it
# merges pages in the second scan. Waits for the end of three scans, since the first may have begun
# before.
scan() { succeeds "$1" wait_until 60 scanned $(($(cat "$ksm/full_scans") + 3)); }
is_merged() { [ "$(merging one)" -ge $((pages * 95 / 100)) ] && [ "$(merging two)" -ge $((pages * 95 / 100)) ]; }
# vm_holds NAME LOW HIGH: succeeds if the VM holds LOW to HIGH MiB. For up to 10 s memory that the
# VMM has allocated for itself may count, too: memory at rest is walked every 10 s only.
vm_holds() { vm_has "$1" ".resident >= $2 * $M and .resident <= $3 * $M"; }
halves() { vm_holds one 76 84 && vm_holds two 76 84; }
# warns REGEX: succeeds if host show has a warning about KSM that matches REGEX. The command line
# that mends it, which host show prints below the warning, may match instead.
warns() { dmctl host show | grep -A1 '^warning: ksm' | grep -qE "$1"; }
# look_afresh begins to note the highest spare, the highest debt and the least free memory of node
# 0, in $most, $debt and $least. Each call of look takes one more sample.
look_afresh() { most=0 debt=0 least=$free; }
look()
{
	local spare now_owed now_free

	read -r spare now_owed now_free <<<"$(node '| "\(.spare) \(.debt) \(.free)"')"
	most=$((spare > most ? spare : most))
	debt=$((now_owed > debt ? now_owed : debt))
	least=$((now_free < least ? now_free : least))
}
# is_intact NAME DESCRIPTION: a test that passes if all pages that the VMM touched are as it left
# them
is_intact()
{
	v "$1" look 2M 156M
	is "$answer" "ok kept=$pages absent=0 other=0" "$2"
}
restore()
{
	echo 2 >"$ksm/run"
	echo 0 >"$ksm/run"
	vmm_exit
}
trap restore EXIT

events_begin
echo 20000 >"$ksm/pages_to_scan"
echo 5 >"$ksm/sleep_millisecs"
for name in one two; do
	machine $name 160M "0 0 160M anon bind=0 small merge"
	must $name touch 2M 156M
	must $name start
	must $name hello 0+40960
done

# KSM only scans while any process has mergeable memory.
vmm_start decoy
must decoy slot 0 512M 4M anon merge
must decoy touch 512M 4M

# ---- share off, which is the default

succeeds "what the VMM has marked is not mergeable any more" wait_until 10 not_marked one
succeeds "that of the other, neither" wait_until 10 not_marked two
is "$(json one .share)" false "share is off"
echo 1 >"$ksm/run"
scan "KSM runs and looks at all memory"
is "$(merging one) $(merging two)" "0 0" "it has merged nothing"

# ---- share on

succeeds "both hold what they have touched" wait_until 30 vm_holds two 156 158
free=$(node .free)
echo 0 >"$ksm/run"
succeeds "share on is taken while a VM runs" dmctl vm set one share on
dmctl vm set two share on
succeeds "its memory is mergeable" wait_until 10 marked one
succeeds "host show says that KSM does not run" warns '^warning: ksm run is 0: share is on for one'
succeeds "and how to start it" warns '^ +echo 1 >/sys/kernel/mm/ksm/run$'
is "$(dmctl -j host show | jq -r '.warnings[] | select(.setting == "ksm run") | .value')" 0 \
	"in JSON, too"
echo 1 >"$ksm/run"
fails "when it runs, not any more" warns 'ksm run is'
succeeds "but that it merges across nodes" warns 'ksm merge_across_nodes is 1'
succeeds "their memory is merged" wait_until 120 is_merged
succeeds "each holds half of what they have in common" wait_until 10 halves
succeeds "shared is what is merged" \
	wait_until 10 vm_has one ".shared >= 148 * $M and .shared <= 164 * $M"
succeeds "saved is what that spares the host" \
	wait_until 10 vm_has one ".saved >= 70 * $M and .saved <= 86 * $M"
# KSM's own data and the host's page cache take a part of the memory that was saved; the debug
# kernel's KSM has more data.
more=$((LAB_SLOW > 1 ? 60 * M : 96 * M))
succeeds "the host has that much more free memory" \
	wait_until 20 node_has ".free >= $((free + more)) and .free <= $((free + 170 * M))"

# ---- a guest writes to all of its memory

echo 0 >"$ksm/run"
events_forget
must one touch 2M 156M
look_afresh
for ((i = 0; i < 10; i++)); do
	look
	sleep 0.2
done
is "$((debt <= 8 * M))" 1 "it has its own pages again, and there is no debt ($debt bytes)"
is "$((least >= $(node .reserve)))" 1 "the reserve was there all the time"
succeeds "it holds all of its memory" wait_until 30 vm_holds one 156 158
is_intact one "its memory is intact"
is_intact two "and that of the other"

# ---- merged once more, now that KSM has its bookkeeping

# Memory was set aside for the VMMs when they started, as overhead. Wait until it is spare, and then
# until capacity has risen, which takes 10 s.
succeeds "nothing is set aside for the VMMs any more" wait_until 60 node_has '.overhead == 0'
sleep 11
capacity=$(node .capacity) spare=$(node .spare)
look_afresh
# Let KSM scan only 10 MiB a second, half of its default rate, since a loaded machine may take the
# samples late.
echo 50 >"$ksm/pages_to_scan"
echo 20 >"$ksm/sleep_millisecs"
echo 1 >"$ksm/run"
for ((i = 0; i < 600; i++)); do
	! halves >"$tmp/output" || break
	look
	sleep 0.2
done
succeeds "KSM merges again, and each holds half of what they have in common" halves
is "$((most - spare <= 16 * M)) $((debt <= 8 * M))" "1 1" \
	"meanwhile no memory became spare, and none was debt ($((most - spare)) and $debt bytes)"
echo 20000 >"$ksm/pages_to_scan"
echo 5 >"$ksm/sleep_millisecs"
sleep 11
near "$(node .capacity)" "$capacity" $((16 * M)) "capacity is as before"
near "$(node .spare)" "$spare" $((16 * M)) "so is spare: what is saved is not lent"

# ---- share off while memory is merged

succeeds "share off is taken" dmctl vm set one share off
succeeds "its pages are separated" wait_until 60 not_marked one
succeeds "it holds all of its memory" wait_until 30 vm_holds one 156 158
succeeds "the other one holds all of its own" wait_until 30 vm_holds two 156 158
scan "KSM looks at all memory once more"
is "$(merging one)" 0 "and leaves it alone"
is_intact one "its memory is intact, still"

# ---- a VM with merged memory ends

dmctl vm set one share on
succeeds "KSM merges once more" wait_until 120 is_merged
succeeds "each holds half" wait_until 30 vm_holds two 76 84
vmm_kill one
succeeds "when one is killed the other holds all of its memory" wait_until 30 vm_holds two 156 158
is_intact two "which is intact"
vmms_end two
vmm_kill decoy

# ---- shared memory

events_forget
dmctl vm add three startup 64M minimum 32M share on
vmm_attach three "0 0 64M memfd"
succeeds "an event says that shared memory is not merged" \
	event '"vm":"three".*share is on, but nothing is merged'
dmctl vm set three share off
like "$(dmctl vm set three share on 2>&1)" '^dmctl: warning: nothing is merged: .* shared memory$' \
	"so does vm set"
vmms_end three

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest that allocates four times what it is assigned, as fast as it can, without swap: nothing is
# killed while the host can give.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

killed() { guest run fast dmesg | grep -c 'Out of memory\|oom-kill'; }

# Somewhat more than the least that a Linux of this size can do with.
dmctl vm add fast startup 288M minimum 288M maximum 1472M buffer 20
boot fast --memory 1472M --bind 0
comes "it gives all but its startup memory" 480 exposes fast $((288 * M))
is "$(guest run fast cat /proc/swaps | wc -l)" 1 "it has no swap"

# overcommit MODE: one load of 4 x 288 MiB in that mode
overcommit()
{
	guest run fast "echo 100 >/proc/sys/vm/overcommit_ratio
		echo $1 >/proc/sys/vm/overcommit_memory"
	comes "overcommit $1: it is at rest at startup" 240 vm_has fast ".assigned <= $((352 * M))"
	start_hog fast "mode$1" 1152M
	comes "overcommit $1: a load of 1152 MiB fits" 300 filled "mode$1"
	is "$(killed)" 0 "overcommit $1: nothing was killed"
	between $((1152 * M)) "$(json fast .resident)" $((1472 * M)) \
		"overcommit $1: the host gave the memory"
	end_hogs fast "mode$1"
}

overcommit 0
overcommit 2
quiet fast "QEMU has complained of nothing"

done_testing

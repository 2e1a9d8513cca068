#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest without swap allocates four times what it is assigned, as fast as it can. No process may
# be killed while the host can give memory. Then the host sets a target that the guest cannot reach.
# The guest reports how much it cannot give, and must not become uncooperative.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

# huge_pages: prints how many MiB the guest's programs have in huge pages, and how many huge pages
# and mappings of huge pages were split
huge_pages()
{
	guest run fast "awk '/^AnonHugePages/ { print \$2 / 1024 }' /proc/meminfo
		awk '/^thp_split_p(age|md) / { print \$1, \$2 }' /proc/vmstat" | xargs
}
killed() { guest run fast dmesg | grep -c 'Out of memory\|oom-kill'; }

# Startup is somewhat more than a Linux with this RAM needs at least.
dmctl vm add fast startup 288M minimum 288M maximum 1472M buffer 20
boot fast --memory 1472M --bind 0
comes "it gives all but its startup memory" 480 exposes fast $((288 * M))
is "$(guest run fast cat /proc/swaps | wc -l)" 1 "it has no swap"

# overcommit MODE: runs a load of 4 x 288 MiB in this overcommit mode of the guest's kernel
overcommit()
{
	guest run fast "echo 100 >/proc/sys/vm/overcommit_ratio
		echo $1 >/proc/sys/vm/overcommit_memory"
	comes "overcommit $1: it is at rest at startup" 240 vm_has fast ".assigned - .lent <= $((352 * M))"
	start_hog fast "mode$1" 1152M
	comes "overcommit $1: a load of 1152 MiB fits" 300 filled "mode$1"
	is "$(killed)" 0 "overcommit $1: nothing was killed"
	# dynmem counts resident memory once a second.
	comes "overcommit $1: the host gave the memory" 30 \
		vm_has fast ".resident >= $((1152 * M)) and .resident <= $((1472 * M))"
	end_loads fast "mode$1"
}

overcommit 0
overcommit 2

# ---- the host wants more than the guest can give

start_hog fast rest 500M
comes "a load of 500 MiB fits" 300 filled rest
huge=$(huge_pages)
between 100 "${huge%% *}" 500 "most of it in huge pages"
# This is below the VM's minimum, even if the host's own use falls a bit later.
set_capacity $((256 * M))
comes "the guest says how much it can't give" 120 vm_has fast \
	".target == $((288 * M)) and .unavailable > $((128 * M)) and .unavailable <= .exposed - .target"
between $((32 * M)) "$(meminfo fast MemAvailable)" $((128 * M)) "as little is available as it needs"
given=$(json fast .ballooned)
comes "it goes on reporting" 30 vm_has fast ".counters.reports > $(json fast '.counters.reports + 5')"
near "$(json fast .ballooned)" "$given" $((16 * M)) "it gives nothing more"
is "$(huge_pages)" "$huge" "no huge page in use was split for what it gave"
is "$(json fast .reaction) $(killed)" "ok 0" "that is no fault of its, and nothing was killed"
# The load leaves 20 MiB available in the guest. The host has no spare memory until its reserve is
# the default again.
needs=$(json fast .counters.needs)
start_hog fast last "$(($(meminfo fast MemAvailable) / M - 20))M"
comes "a guest that runs short sends NEED" 60 vm_has fast ".counters.needs > $needs"
dmctl host set reserve default node 0
comes "its load fits" 120 filled last
is "$(killed)" 0 "and nothing was killed"
comes "with memory to spare it has what it needs" 120 vm_has fast \
	'.unavailable == 0 and .assigned - .lent >= .demand'
end_loads fast rest last
quiet fast "QEMU has complained of nothing"

done_testing

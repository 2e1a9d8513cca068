# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a guest holds of the host's memory, as others than dynmem count it. Sourced in the lab's host, by
# the tests with guests and the measurements.

ram_files='memfd:memory-backend|/dev/shm/qemu_back_mem'

# file_bytes NAME: allocated in the files (in /dev/shm, or memfds) behind the guest's RAM
file_bytes()
{
	find "/proc/$(guest pid "$1")/fd" -type l -printf '%l\t%p\n' |
		awk -F'\t' -v files="$ram_files" '$1 ~ files { print $2 }' |
		xargs -r stat -L -c '%i %b' |
		awk '!seen[$1]++ { sum += $2 * 512 } END { printf "%d\n", sum }'
}

# numa_bytes NAME NODE: mapped of the guest's RAM from that node, by /proc/PID/numa_maps. What is
# left of a huge page of which a part was released is no longer mapped until it is used again: fit
# for guests that give whole blocks.
numa_bytes()
{
	awk -v node="N$2=" -v files="$ram_files" '
		$0 ~ files {
			pages = 0
			for (i = 1; i <= NF; i++) {
				if (index($i, node) == 1)
					pages = substr($i, length(node) + 1)
				if ($i ~ /^kernelpagesize_kB=/)
					size = substr($i, 19)
			}
			sum += pages * size
		}
		END { printf "%d\n", sum * 1024 }' "/proc/$(guest pid "$1")/numa_maps"
}

# splits: huge pages of the host that have been split, or their mappings, since it was booted
splits() { awk '/^thp_split_(page|pmd) / { n += $2 } END { print n }' /proc/vmstat; }

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that print how much memory of the host a guest holds, by other sources than dynmem.
# Sourced in the lab's host by the tests with guests and the measurements.

ram_files='memfd:memory-backend|/dev/shm/qemu_back_mem'

# file_bytes NAME: prints the bytes allocated in the files (in /dev/shm, or memfds) behind the
# guest's RAM
file_bytes()
{
	find "/proc/$(guest pid "$1")/fd" -type l -printf '%l\t%p\n' |
		awk -F'\t' -v files="$ram_files" '$1 ~ files { print $2 }' |
		xargs -r stat -L -c '%i %b' |
		awk '!seen[$1]++ { sum += $2 * 512 } END { printf "%d\n", sum }'
}

# numa_bytes NAME NODE: prints the bytes of the guest's RAM that are mapped from that node, by
# /proc/PID/numa_maps. If a part of a huge page was released the rest of the page is not mapped
# until it is used again. So the figure is right only for guests that balloon whole blocks.
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

# splits: prints how many huge pages of the host, and how many mappings of them, were split since
# boot
splits() { awk '/^thp_split_(page|pmd) / { n += $2 } END { print n }' /proc/vmstat; }

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# cache.sh [PASSES]: measures how much of a file of 500 MiB comes from disk when a guest with the
# default settings reads the file PASSES times, while the host has memory to spare. Then this guest
# reads 4 GiB five times, which it can never keep in memory. A second guest, which has all of its
# RAM, reads the 500 MiB PASSES times. The files are on ext4, on a disk that QEMU reads without the
# host's page cache. Runs inside the lab's host; rows go to $LAB_OUT/cache.json.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lab/disk.sh
. "$(dirname "$0")/../lab/disk.sh"
passes=${1:-5}
size=500	# MiB of the file
declare -A from_disk took

assigned() { vm '.assigned - .lent'; }
startup_is_over() { [ "$(vm '.desired < .startup and .assigned - .lent < .startup')" = true ]; }

# read_passes NAME: reads the file PASSES times. Adds the MiB that each pass has read from disk to
# from_disk[NAME], and the seconds that it took to took[NAME].
read_passes()
{
	local before began pass

	for ((pass = 0; pass < passes; pass++)); do
		before=$(disk_read "$1") began=$SECONDS
		guest run "$1" --timeout 1100 cat /mnt/file >/dev/null
		from_disk[$1]+=" $((($(disk_read "$1") - before) / mib))" took[$1]+=" $((SECONDS - began))"
	done
	printf '%s: MiB from disk%s, seconds%s\n' "$1" "${from_disk[$1]}" "${took[$1]}" >&2
}

last() { tr ' ' '\n' <<<"$1" | grep . | tail -n $((passes - 2)) | xargs; }

dmctl vm add ours startup 512M minimum 256M maximum 1536M
guest start ours --memory 1536M --bind 0 -- "${disk_port[@]}"
disk_plug ours
disk_fill ours $size
wait_until startup_is_over
read_passes ours
begun=$(assigned)
guest run ours --timeout 1100 'truncate -s 4G /mnt/large
	for pass in 1 2 3 4 5; do cat /mnt/large; done' >/dev/null
grown=$((($(assigned) - begun) / mib))
sleep 60
left=$((($(assigned) - begun) / mib))
guest stop ours
wait_until dmctl vm del ours

dmctl vm add stock startup 1536M dynamic off
guest start stock --memory 1536M --bind 0 -- "${disk_port[@]}"
disk_plug stock
disk_fill stock $size
read_passes stock
guest stop stock
wait_until dmctl vm del stock

row "read from disk in passes 3 to $passes over $size MiB, MiB a pass; stock: a guest with all its RAM" \
	"$(last "${from_disk[ours]}")" "$(last "${from_disk[stock]}")" "ours <= $((size / 20))"
row "the same, seconds a pass" "$(last "${took[ours]}")" "$(last "${took[stock]}")" ""
row "assigned more when 4 GiB have been read five times, MiB" $grown "" ""
row "the same 60 s later" $left "" "ours <= 64"
write_rows cache

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Page cache in real guests, with the default settings: a guest that reads the same files again has them
# in memory while nobody else needs it, one that reads more than it can keep does not grow for that, and
# programs of another guest come first.
#
#	reader	boots  reads 500M: 1 2 3 4 5        | gives cache        | reads 4G, five times
#	other	boots                               | fills 400M at once | ends
#	asserts        from pass 3 on: not from disk  has it, no swap      back to what it had
#
# shellcheck disable=SC2016,SC2317 # the guest's shell expands it; much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"
# shellcheck source=selftests/lab/disk.sh
. "$(dirname "$0")/../../lab/disk.sh"

SIZE=500	# MiB of the file

read_file() { guest run reader --timeout 1100 cat /mnt/file >/dev/null; }
swapped_out() { guest run "$1" awk '$1 == "pswpout" { print $2 }' /proc/vmstat; }
startup_is_over() { vm_has "$1" '.desired < .startup and .assigned < .startup'; }
has_demand() { vm_has other ".demand >= $((500 * M)) and .assigned + [$BLOCK, .demand / 100] | max >= .demand"; }

watch_events
dmctl vm add reader startup 512M minimum 256M maximum 1536M
boot reader --memory 1536M --bind 0 -- "${disk_port[@]}"
disk_plug reader
disk_fill reader $SIZE
dmctl vm add other startup 256M minimum 192M maximum 1G
boot_with_swap other --memory 1G --bind 0
comes "startup is no longer kept for reader" 120 startup_is_over reader

# ---- what fits

read_file
read_file &
reading=$!
comes "while it reads back, vm show says so" 60 vm_has reader '.reread > 0 and .cache > 0'
like "$(json reader .why)" "reads back [0-9]+ MiB/s" "and why"
wait $reading
before=$(disk_read reader)
read_file
read_file
read_file
between 0 $((($(disk_read reader) - before) / 3)) $((SIZE * M / 20)) \
	"in passes 3 to 5 at most 5 % comes from disk"
is "$(json reader .status)" OK "its status is OK"
between $((300 * M)) "$(json reader .cache)" $((700 * M)) "cache is what it reads again"

# ---- others need it

spare=$(node .spare)
set_capacity $(($(node .capacity) - spare + 16 * M))
swapped=$(swapped_out other)
start_hog other load 400M
comes "another guest's programs have filled 400 MiB" 300 filled load
comes "it has what it needs" 10 has_demand
is "$(swapped_out other)" "$swapped" "it has swapped nothing out for that"
end_loads other load
dmctl host set reserve default node 0
comes "the host has memory to spare again" 120 node_has ".spare >= $((600 * M))"

# ---- what never fits

comes "nobody is short of anything" 120 vm_has reader '.target == .assigned'
before=$(json reader .assigned)
guest run reader 'truncate -s 4G /mnt/large'
guest run reader --timeout 1100 'for pass in 1 2 3 4 5; do cat /mnt/large; done' >/dev/null
comes "what it was given for 4 GiB that it can never keep is back in a minute" 60 \
	vm_has reader ".assigned < $((before + 64 * M))"

done_testing

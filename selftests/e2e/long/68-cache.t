#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Page cache in real guests, with the default settings. A guest that reads the same file again and
# again keeps the file in memory while nobody else needs that memory. Programs of another guest come
# first. A guest that reads more than it can keep gets no memory for that.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   reader  [ reads 500M five times !from memory  !gives cache   reads 4G five times !as before ]
#   other   [                            loads, 50M each !has it, no swap  end                 ]
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
startup_is_over() { vm_has "$1" '.desired < .startup and .assigned - .lent < .startup'; }

watch_events
dmctl vm add reader startup 512M minimum 256M maximum 1536M
boot reader --memory 1536M --bind 0 -- "${disk_port[@]}"
disk_plug reader
disk_fill reader $SIZE
dmctl vm add other startup 256M minimum 192M maximum 1G
boot_with_swap other --memory 1G --bind 0
comes "startup is no longer kept for reader" 120 startup_is_over reader

# ---- a file that fits

read_file
read_file &
reading=$!
comes "while it reads back, vm show says so" 60 \
	vm_has reader '.reread > 0 and .cache > 0 and (.why | test("reads back [0-9]+ MiB/s"))'
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
swapped=$(vmstat other pswpout)
# Each step is smaller than other's buffer, so that other need not swap while reader gives.
loads=()
for step in 1 2 3 4 5 6 7 8; do
	start_hog other "load$step" 50M
	comes "another guest's programs get $step times 50 MiB" 300 filled "load$step"
	comes "it has what it desires within a few seconds" 5 has_desired other
	loads+=("load$step")
done
is "$(vmstat other pswpout)" "$swapped" "it has swapped nothing out for that"
end_loads other "${loads[@]}"
dmctl host set reserve default node 0
comes "the host has memory to spare again" 120 node_has ".spare >= $((600 * M))"

# ---- a file that never fits

comes "nobody is short of anything" 120 vm_has reader '.target == .assigned'
before=$(json reader '.assigned - .lent')
guest run reader 'truncate -s 4G /mnt/large'
guest run reader --timeout 1100 'for pass in 1 2 3 4 5; do cat /mnt/large; done' >/dev/null
comes "what it was given for 4 GiB that it can never keep is back in a minute" 60 \
	vm_has reader ".assigned - .lent < $((before + 64 * M))"

done_testing

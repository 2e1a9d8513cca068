#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the lab's host and guests. Runs in the host: lab run selftests/lab/t/guests.t

# shellcheck disable=SC2016,SC2317 # awk's variables; functions that ok() calls
# shellcheck source=selftests/lab/t/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=selftests/lab/hog.sh
. "$(dirname "$0")/../hog.sh"

# rss NAME: prints the resident memory of a guest's QEMU, in KiB.
rss() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(guest pid "$1")/status"; }

# available NAME: prints MemAvailable of a guest, in KiB.
available() { guest run "$1" awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

# resident_on NAME NODE: prints how many pages of the guest's memory are on a node of the host:
# those of QEMU's largest mapping there.
resident_on()
{
	awk -v node="N$2" '{ for (i = 1; i <= NF; i++) { split($i, a, "="); if (a[1] == node && a[2] > most) most = a[2] } }
		END { print most + 0 }' "/proc/$(guest pid "$1")/numa_maps"
}

# has_filled LOAD: waits until the load has filled its memory
has_filled() { wait_line "$hogs/$1" '^filled'; }

is "the host has two nodes" "$(cat /sys/devices/system/node/online)" 0-1
ok "the host can run KVM guests" test -c /dev/kvm
is "the host's clock is the TSC" \
	"$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" tsc

# A guest with a standard driver and QEMU's balloon
ok "a guest starts" guest start standard --memory 384M --balloon qemu
is "output comes back" "$(guest run standard echo 'a  b')" 'a  b'
is "errors come back apart" "$(guest run standard 'echo out; echo err >&2' 2>&1 >/dev/null)" err
guest run standard 'exit 5'
is "the exit status comes back" $? 5
guest run standard no-such-command 2>/dev/null
is "a command that is not there is 127" $? 127
start_hog standard load 128M
ok "the hog fills its memory" has_filled load
is "another command runs beside it" "$(guest run standard pidof hog | wc -w)" 1
guest run standard killall -USR1 hog
ok "the hog verifies when told to" wait_line "$hogs/load" '^verified 32768 pages'
ok "the hog verifies and ends well" end_hogs standard load
ok "a hog that finds no memory fails" test "$(guest run standard hog 100G 2>&1 >/dev/null; echo $?)" != 0
before=$(available standard)
held=$(rss standard)
# The guest's memory shall fall from 384 MiB to 224 MiB.
ok "the balloon is told to grow" \
	guest qmp standard '{"execute":"balloon","arguments":{"value":234881024}}'
balloon_is() { guest qmp standard '{"execute":"query-balloon"}' | jq -e ".return.actual == $1" >/dev/null; }
ok "the balloon grows" wait_until balloon_is 234881024
ok "the guest has less" test "$(available standard)" -lt $((before - 120 * 1024))
ok "the host has more" test "$(rss standard)" -lt $((held - 90 * 1024))
guest qmp standard '{"execute":"nonsense"}' >/dev/null
is "a QMP error is an error" $? 1

# Pause, reset
ok "pause" guest pause standard
guest run standard --timeout 2 true 2>/dev/null
is "a paused guest is not waited for" $? 124
ok "cont" guest cont standard
is "a guest runs on after cont" "$(guest run standard echo on)" on
boot=$(guest run standard cat /proc/sys/kernel/random/boot_id)
ok "reset" guest reset standard
ok "it booted again" test "$(guest run standard cat /proc/sys/kernel/random/boot_id)" != "$boot"
ok "start of a running guest is refused" test "$(guest start standard --balloon none 2>&1)" = \
	"guest: standard is running already"

# Two vnodes, each on its node
ok "a guest with two vnodes starts" guest start pair --memory 512M --vnodes 2 --bind 0,1 \
	--backing anon --balloon none
is "it sees two nodes" "$(guest run pair cat /sys/devices/system/node/online)" 0-1
node0=$(resident_on pair 0) node1=$(resident_on pair 1)
start_hog pair load 100M --vnode 1
ok "a hog on vnode 1" has_filled load
ok "its memory is on node 1" test "$(resident_on pair 1)" -ge $((node1 + 20000))
ok "and not on node 0" test "$(resident_on pair 0)" -le $((node0 + 5000))
is "guests are listed" "$(guest list | xargs)" "pair standard"
ok "kill" guest kill pair
ok "a killed guest is not running" test "$(guest run pair true 2>&1)" = "guest: pair is not running"

# Huge pages, another kernel, QEMU's own memfd
echo 160 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
ok "a guest of kernel 6.1 on huge pages starts" guest start huge --memory 256M --backing hugetlb \
	--bind 1 --prealloc --kernel 6.1 --balloon qemu
like "its kernel is 6.1" "$(guest run huge uname -r)" '^6\.1\.'
is "it holds the huge pages" \
	"$(cat /sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages)" 32
ok "stop" guest stop huge
ok "a stopped guest is gone" test -z "$(guest list | grep huge)"
ok "a guest on a memfd starts" guest start memfd --memory 256M --backing memfd --balloon none
like "its memory is a memfd" "$(cat /proc/"$(guest pid memfd)"/maps)" memfd:

# Refusals
like "no dynmem device: said so" "$(guest start absent 2>&1)" 'no device /dev/dynmem/absent'
like "QEMU's own message is shown" "$(guest start wrong --balloon none -- -device nonsense 2>&1)" \
	"'nonsense' is not a valid device"

done_testing

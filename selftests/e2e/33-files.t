#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One request names memory of several files, for example because each vnode of the guest has a file
# of its own. Each file has a thread that releases its memory, and the threads work at the same
# time. Answers, counters and released pages must be the same as if one thread had done all.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

trace=/sys/kernel/tracing

# threads MACHINE: prints how many threads of the VMM serve the VM
threads() { cat "/proc/${vmm_pid[$1]}/task"/*/comm | grep -cx "$1"; }

# releases: prints a line "FIRST LAST CALLS BYTES" for each thread that has released memory since
# trace_begin. FIRST and LAST are the times of its first and last call, in microseconds.
releases()
{
	awk '/dynmem_release: vm=m / {
			match($0, /-[0-9]+ /)
			task = substr($0, RSTART + 1, RLENGTH - 2)
			match($0, /[0-9]+\.[0-9]+:/)
			time = substr($0, RSTART, RLENGTH - 1) * 1000000
			match($0, /released=[0-9]+/)
			if (!(task in calls)) first[task] = time
			last[task] = time
			calls[task]++
			bytes[task] += substr($0, RSTART + 9, RLENGTH - 9)
		}
		END { for (task in calls)
			printf "%d %d %d %d\n", first[task], last[task], calls[task], bytes[task] }' \
		$trace/trace | sort -n
}
trace_begin()
{
	echo >$trace/trace
	echo 1 >$trace/events/dynmem/dynmem_release/enable
}
trace_end() { echo 0 >$trace/events/dynmem/dynmem_release/enable; }

# two: starts a VM of 256 MiB in two files on two nodes, and touches all but the first 2 MiB.
two()
{
	machine m 256M "0 0 128M memfd small bind=0" "1 128M 128M memfd small bind=1"
	must m touch 2M 254M
	must m start
	must m hello vnodes=2 0+32768@0 32768+32768@1
}

# given_is NODE0 NODE1 DESCRIPTION: tests how many pages are ballooned on each node
given_is()
{
	is "$(json m '[.nodes[] | .ballooned / 4096] | tostring')" "[$1,$2]" "$3"
}

two
is "$(threads m)" 2 "a VM with two files has two threads"
trace_begin
v m inflate 512+31744 32768+32000
trace_end
is "$answer" "ok ok accepted=63744 31744/none 32000/none" "memory of two files is given"
given_is 31744 32000 "each node has given its own"
v m look 2M 124M
is "$answer" "ok kept=0 absent=31744 other=0" "it is gone from the first"
v m look 128M 125M
is "$answer" "ok kept=0 absent=32000 other=0" "and from the second"
v m look 253M 3M
is "$answer" "ok kept=768 absent=0 other=0" "what was not named is intact"
releases >"$tmp/releases"
is "$(awk '{ print $4 / 4096 }' "$tmp/releases" | sort -n | xargs)" "31744 32000" \
	"two threads have released one file each"
# The second thread began before the first one ended.
is "$(awk 'NR == 1 { last = $2 } NR == 2 { print $1 < last }' "$tmp/releases")" 1 \
	"at the same time"
sed 's/^/# first, last (us), calls, bytes of a thread: /' "$tmp/releases"
is "$(json m .counters.release_calls)" "$(awk '{ n += $3 } END { print n }' "$tmp/releases")" \
	"all calls are counted"

v m deflate 512+31744 32768+32000
is "$answer" "ok ok accepted=63744 31744/none 32000/none" "all is taken back"
given_is 0 0 "and not given any more"
must m touch 2M 254M
trace_begin
must m inflate 512+2048 8192+2048
must m deflate 512+2048 8192+2048
trace_end
is "$(releases | wc -l)" 1 "memory of one file is released by one thread"
must m touch 2M 254M

v m inflate 32700+100 40000+8
is "$answer" "ok ok accepted=108 100/none 8/none" "a range across two files is given"
given_is 68 40 "and counted where it is"
must m deflate 32700+100 40000+8
must m touch 2M 254M

# Each range has its own answer, whichever thread released it.
must m pin 130M 64K child
v m inflate 40000+16 1024+512 32768+2048 1024+16 512+512
is "$answer" "ok ok accepted=1552 16/none 512/none 512/pinned 0/twice 512/none" \
	"a range named twice is taken once; behind a pinned page nothing is"
given_is 1024 528 "and that is counted"
v m inflate 40016+16 34000+256 2048+512 33280+16 9216+16
is "$answer" "ok ok accepted=800 16/none 256/none 512/none 0/pinned 16/none" \
	"with no range named twice, too"
given_is 1552 800 "and counted"
is "$(figures m .counters.refused_pinned .counters.refused_twice .counters.lost)" "1552 16 0" \
	"so is what was refused"
must m unpin
vm_ends m

# A request is interrupted. Each page must be gone or intact, and at least as many must be gone as
# are ballooned.

# sound DESCRIPTION: looks at the 254 MiB that the request named, and tests both conditions
sound()
{
	local given kept absent other

	given=$(json m .ballooned/4096)
	v m look 2M 254M
	read -r _ kept absent other <<<"$answer"
	is "$((${kept#*=} + ${absent#*=})) $other" "65024 other=0" "$1: each page is gone or intact"
	if [ "$given" -le "${absent#*=}" ]; then
		ok "$1: what is given is gone"
	else
		not_ok "$1: what is given is gone" "$given given, $answer"
	fi
}

two
begin m inflate nowait 512+32256 32768+32768
must m reset
must m touch 2M 254M
must m start
must m hello instance=2 vnodes=2 0+32768@0 32768+32768@1
v m look 2M 254M
is "$answer" "ok kept=65024 absent=0 other=0" \
	"reset: what the next kernel touches from then on is not released by any thread"
begin m inflate nowait 512+32256 32768+32768
must m stop
is "$(json m .ballooned/4096)" 65024 "stop: the request is finished first"
must m start resume
must m await 0
must m deflate 512+32256 32768+32768
must m touch 2M 254M
begin m inflate nowait 512+32256 32768+32768
must m close
sound "close"
is "$(threads m)" 0 "close: no thread is left"
vm_ends m
for ((i = 0; i < 3; i++)); do
	two
	begin m inflate nowait 512+32256 32768+32768
	vm_ends m
done

# A thread that releases memory of a file is the file's last user. When the thread is done the file
# and all its memory must be freed.

# shmem NODE: prints the bytes of shared memory on the node
shmem() { awk '$3 == "Shmem:" { print $4 * 1024 }' "/sys/devices/system/node/node$1/meminfo"; }
shmem_is_at_most() { [ "$(shmem 1)" -le "$1" ]; }

before=$(shmem 1)
machine m 320M "0 0 64M memfd bind=0" "1 64M 256M memfd small bind=1"
must m touch 64M 64M
must m start
must m hello 0+81920
must m busy 128M 192M
begin m inflate nowait 16384+4096
v m blocked
is "$answer" "ok blocked" "the thread that releases memory waits for a lock of the file"
must m remove 1
must m await 0
succeeds "memory of a file that goes while it is released is free" \
	wait_until 20 shmem_is_at_most $((before + 8 * 1048576))
vm_ends m

# A VM with three files and anonymous memory, and a VM with one file

machine m 64M "0 0 16M memfd bind=0" "1 16M 16M memfd bind=1" "2 32M 16M memfd bind=0" \
	"3 48M 16M anon bind=1"
is "$(threads m)" 3 "a VM with three files has three threads"
must m touch 2M 62M
must m start
must m hello 0+16384
v m inflate 512+3584 4096+4096 8192+4096 12288+4096
is "$answer" "ok ok accepted=15872 3584/none 4096/none 4096/none 4096/none" "it gives all of it"
v m look 2M 62M
is "$answer" "ok kept=0 absent=15872 other=0" "which is gone"
is "$(json m .ballooned/4096)" 15872 "and counted"
vm_ends m
machine m 64M "0 0 64M memfd bind=0"
is "$(threads m)" 1 "a VM with one file has one"
vm_ends m

kernel_is_content
done_testing

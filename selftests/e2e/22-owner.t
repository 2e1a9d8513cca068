#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An unprivileged user owns a device, and uses a VMM to try everything that might make the host
# hang. Meanwhile requests by dmctl and vdpa must be answered at once.
#
# The drawing shows the part of the test in which three VMs are attached at the same time. In the
# rest of the test one VM at a time is attached (a again, f, o, m). Time goes to the right, a line
# is a VM, ! is an assertion.
#
#   a     [ own kick as interrupt !served  .  .  .  .  .  .  .  .  .  reset !no old interrupt ] ...
#   b                                                [ kicks c !served ]
#   c                                                [ kicks b !served ]
#   dmctl                                   !answers                    !answers

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

# at_once DESCRIPTION COMMAND...: COMMAND must succeed within ten seconds.
at_once() { succeeds "$1" within 10 "${@:2}"; }

# netlink_answers DESCRIPTION: requests by dmctl and vdpa must be answered at once.
netlink_answers()
{
	at_once "$1: dmctl answers" dmctl vm show
	at_once "$1: vdpa answers" vdpa dev show
	at_once "$1: vdpa dev config answers" vdpa dev config show
}

# owned MACHINE: defines a VM of 64 MiB and attaches a VMM that belongs to the unprivileged user.
owned()
{
	dmctl vm add "$1" startup 64M minimum 32M || not_ok "dmctl vm add $1"
	vmm_start_user "$1"
	must "$1" slot 0 0 66M memfd small
	must "$1" open "$(device_of "$1")"
	must "$1" owner
	must "$1" touch 0 64M
}

# served MACHINE N: succeeds if the host has served at least N requests; for wait_until
served() { [ "$(counter "$1" requests)" -ge "$2" ]; }

# One eventfd is both a queue's kick and its interrupt, so each answer of the host kicks the queue
# again.

owned a
must a start
must a hello 0+16896
must a interrupt 0 kick=0
must a hello nowait 0+16896
succeeds "an eventfd that is kick and interrupt: the request is served" wait_until 10 served a 2
must a await 0
must a interrupt config kick=0
must a offer 0 300
succeeds "a kick that is the config interrupt: the broken queue is told" \
	wait_until 10 vm_is a .counters.ring_errors 1
netlink_answers "eventfds in a circle"

# Two VMs whose answers kick each other

machine b 64M "0 0 66M memfd small"
machine c 64M "0 0 66M memfd small"
must b start
must c start
v b kickfd 0
kick_b=${answer#ok }
v c kickfd 0
kick_c=${answer#ok }
must b interrupt 0 "${vmm_pid[c]}:$kick_c"
must c interrupt 0 "${vmm_pid[b]}:$kick_b"
for i in 1 2 3; do
	must b hello nowait 0+16896
	must c hello nowait 0+16896
	wait_until 10 served b $i
	wait_until 10 served c $i
done
is "$(counter b requests) $(counter c requests)" "3 3" "each one's interrupt kicks the other: served"
netlink_answers "two devices that kick each other"
vm_ends b
vm_ends c

# After a reset the host must not use the config interrupt of the driver before the reset.

must a reset
must a start
must a hello 0+16896
must a reset
before=$(counter a interrupts)
must a start noconfig
must a hello 0+16896
is $(($(counter a interrupts) - before)) 1 \
	"a driver that wants no config interrupt does not get that of the one before"
vm_ends a

# The VMM changes the size and the contents of a ring while the host uses the ring

owned a
must a start
must a hello 0+16896
must a resize 0 128
must a advance 0 200
must a kick 0
v a await 0
like "$answer" "^ok [1-9]" "a queue keeps the size that it began with: 200 requests in a queue of 256"
v a scramble 0 5
like "$answer" "^ok [0-9]" "a ring is written over while it is read: nothing breaks but that"
v a hello instance=2 0+16896
like "$answer" "ok ok epoch" "and serves as before after that"
v a spin 0 2
like "$answer" "ok [1-9]" "a queue that is never empty is served"
at_once "and dmctl answers" dmctl vm show
vm_ends a

# A ring lies in memory whose page faults are never answered

owned a
must a fuse "$tmp/mnt"
server=${answer#ok }
must a slot 5 0x8000000 2M "$tmp/mnt/file"
must a ring 0 used=0x8000000
must a start
start=$SECONDS
v a reset
if [ "$answer" = ok ] && [ $((SECONDS - start)) -lt $((20 * LAB_SLOW)) ]; then
	ok "a ring in memory that never comes: the reset does not wait for it"
else
	not_ok "a ring in memory that never comes: the reset does not wait for it" \
		"answered: $answer, after $((SECONDS - start)) s"
fi
netlink_answers "a ring in memory that never comes"
must a ring 0
must a start
kill "$server"
v a hello 0+16896
like "$answer" "ok ok epoch" "when the fault has ended the device serves the driver of after the reset"

# The answer to a request goes to memory whose page faults are never answered

must a reset
must a start
must a fuse "$tmp/mnt"
must a slot 6 0x9000000 2M "$tmp/mnt/file"
must a desc 0 0 0x80000 16 n 1
must a desc 0 1 0x9000000 4096 w 0
before=$(counter a requests)
must a offer 0 0
succeeds "an answer to memory that never comes: the request is carried out" \
	wait_until 10 served a $((before + 1))
must a reset
netlink_answers "an answer to memory that never comes"
vm_ends a

# A thousand attempts to attach, which all fail, one right after the other

dmctl vm add f startup 64M
vmm_start_user f
must f open "$(device_of f)"
v f owner times=1000
is "$answer" "ok 1000" "a process without a guest tries to attach 1000 times: refused"
lines=$(dmesg | grep -c 'dynmem: f: ')
if [ "$lines" -ge 2 ] && [ "$lines" -le 50 ]; then
	ok "and the kernel log has $lines lines about it"
else
	not_ok "and the kernel log has $lines lines about it"
fi
like "$(dmesg | grep 'dynmem: f: ')" "EAGAIN" "and says why most were not looked at"
vm_ends f

# A device is opened and closed again and again while it is deleted

open_and_close()
{
	local fd

	while [ -e "$1" ]; do
		# Open it for reading: an open for writing would create a file when the device has
		# gone.
		{ exec {fd}<"$1"; } 2>/dev/null && exec {fd}<&-
	done
}
for i in 1 2 3; do
	dmctl vm add o startup 64M || not_ok "dmctl vm add o"
	wait_until 10 test -c "$(device_of o)"
	device=$(device_of o)
	open_and_close "$device" &
	racer=$!
	wait_until 20 within 15 dmctl vm del o || not_ok "dmctl vm del o"
	netlink_answers "deleted while it is opened and closed, $i"
	kill $racer 2>/dev/null
	wait $racer
done

# A standard driver of a VM with hugetlb memory is reset again and again during its first request

echo 8 >/proc/sys/vm/nr_hugepages
machine m 64M "0 0 64M memfd small" "1 0x10000000 4M hugetlb"
for i in {1..15}; do
	must m start standard
	must m pfns 0 5000+3 5010+3 nowait
	must m reset
done
must m start standard
must m pfns 0 5000+3
is "$(figures m .ballooned/4096 .driver)" "3 standard" "a driver that was reset while it began, again and again"
vm_ends m
echo 0 >/proc/sys/vm/nr_hugepages

# A request that takes long ends early when its VMM is frozen

cgroup=$tmp/cgroup
mkdir "$cgroup"
if mount -t cgroup2 none "$cgroup" && mkdir "$cgroup/vmm"; then
	machine m 768M "0 0 768M memfd small"
	must m start
	must m hello 0+196608
	must m touch 16M 752M
	echo "${vmm_pid[m]}" >"$cgroup/vmm/cgroup.procs"
	must m inflate nowait 4096+192512
	echo 1 >"$cgroup/vmm/cgroup.freeze"
	succeeds "a VMM is frozen in the middle of a request" \
		wait_until 20 grep -q 'frozen 1' "$cgroup/vmm/cgroup.events"
	given=$(json m .ballooned/4096)
	if [ "$given" -gt 0 ] && [ "$given" -lt 192512 ]; then
		ok "the request ends for that: $given of 192512 pages are given"
	else
		not_ok "the request ends for that: $given of 192512 pages are given"
	fi
	echo 0 >"$cgroup/vmm/cgroup.freeze"
	must m await 0
	# The host ends a request after ten seconds, with the pages that it has released by then. So
	# on a slow host the rest takes several requests.
	while [ "$given" -lt 192512 ]; do
		v m inflate $((4096 + given))+$((192512 - given))
		[[ $answer =~ ^"ok ok accepted="([1-9][0-9]*)" "[0-9]+/none$ ]] || break
		given=$((given + BASH_REMATCH[1]))
	done
	is "$given" 192512 "the guest asks for the rest"
	vm_ends m
	rmdir "$cgroup/vmm"
	umount "$cgroup"
else
	skip "a VMM is frozen in the middle of a request" "no cgroup2"
fi

# A device is open and no VMM has attached

dmctl vm add o startup 64M
vmm_start_user o
must o open "$(device_of o)"
is "$(within 10 rmmod dynmem 2>&1 | grep -c 'in use')" 1 "rmmod: refused while a device is open"
netlink_answers "a device that is open"
must o close
succeeds "rmmod: not refused when it is closed" wait_until 10 rmmod dynmem
vmm_kill o
at_once "it can be loaded again" modprobe dynmem

kernel_is_content
done_testing

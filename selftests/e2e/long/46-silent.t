#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The host does not answer a guest. All tasks of the guest that wait for dynmem_balloon must stop
# waiting, and nothing may be lost when the host answers later. In the last part of the test the
# device fails and does not come back. Nothing is lent here, since the test compares how much is
# ballooned.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

cgroups=/tmp/cgroup
driver=/sys/bus/virtio/drivers/dynmem_balloon

# servers NAME: prints the ids of QEMU's threads that serve the guest's balloon; they have the VM's
# name
servers() { grep -lx "$1" /proc/"$(guest pid "$1")"/task/*/comm | cut -d/ -f5; }

# silence NAME: freezes the threads of QEMU that serve the guest's requests, until `answer NAME`.
# QEMU's other threads, the guest's CPUs and dynmem run on.
silence()
{
	local group=$cgroups/$1 task

	if [ ! -d "$group" ]; then
		mkdir -p "$cgroups"
		mount -t cgroup2 none "$cgroups"
		mkdir -p "$group/server"
		guest pid "$1" >"$group/cgroup.procs"
		echo threaded >"$group/server/cgroup.type"
	fi
	for task in $(servers "$1"); do
		echo "$task" >"$group/server/cgroup.threads"
	done
	echo 1 >"$group/server/cgroup.freeze"
	wait_until 30 grep -q '^frozen 1' "$group/server/cgroup.events"
}
answer() { echo 0 >"$cgroups/$1/server/cgroup.freeze"; }

# free_some NAME: lets a program in the guest free memory. Some seconds later the guest's kernel
# reports free pages, and then waits for the host's answer.
free_some()
{
	succeeds "$1: a program frees memory" guest run "$1" --timeout 120 hog 64M --hold 1
	sleep 5
}

# sleeps NAME DESCRIPTION: tests that the guest's devices can be suspended and resumed. The
# connection of `guest run` does not survive the suspend.
sleeps()
{
	guest run "$1" 'rm -f /tmp/slept; setsid sh -c "
		echo devices >/sys/power/pm_test
		echo 1 >/sys/module/suspend/parameters/pm_test_delay
		echo freeze >/sys/power/state
		echo \$? >/tmp/slept" >/dev/null 2>&1 &' >/dev/null 2>&1
	comes "$2" 240 guest run "$1" --timeout 20 grep -x 0 /tmp/slept
}

# stays NAME: succeeds if some memory can't be taken offline and the task that tries can be
# interrupted. During the attempt the guest's console shows errors only: every 5 s the kernel logs
# ten pages that it can't move, and the slow console would need hours for these lines.
stays()
{
	local status

	guest run "$1" dmesg -n 4
	offline "$1" 10
	status=$?
	guest run "$1" --timeout 120 dmesg -n 7
	[ "$status" = 2 ]
}

RAM=$((1024 * M))
STARTUP=$((512 * M))

watch_events
dmctl host set headroom off
dmctl vm add web startup 512M maximum 1G buffer 20 reporting on
boot web --memory 1G --bind 0 --append movablecore=512M
comes "the guest gives all but its startup memory" 480 exposes web $STARTUP
start_hog web load 48M
comes "a load fits" 180 filled load
comes "the VM comes to rest" 120 at_rest web
given=$(json web .ballooned)

# ---- the host falls silent

like "$(servers web)" '^[0-9]+$' "one thread serves the guest"
silence web
free_some web
succeeds "memory with pages of the balloon stays, and whoever takes it offline can be stopped" \
	stays web
succeeds "its kernel compacts memory" \
	guest run web --timeout 120 'echo 1 >/proc/sys/vm/compact_memory'
answer web
comes "the host answers: it goes on reporting" 30 \
	vm_has web ".counters.reports > $(json web '.counters.reports + 2')"
succeeds "now pages of the balloon leave memory that is taken offline" offline web 300
comes "as much is given as before" 60 vm_has web ".ballooned == $given"
verify web load "the load's memory is as it was"

# ---- the driver is unbound, the module unloaded, the machine suspended while the host is silent

silence web
free_some web
device=$(guest run web "cd $driver && ls -d virtio*")
succeeds "the driver is unbound from the device" \
	guest run web --timeout 150 "echo $device >$driver/unbind"
comes "monitor says what the VMM was not kept waiting for" 10 event web 'guest the VMM cannot stop the device: .* 20 s'
answer web
succeeds "and bound to it again" guest run web --timeout 60 "echo $device >$driver/bind"
comes "what is given is what was given" 60 vm_has web ".ballooned >= $given - $BLOCK"
comes "the VM comes to rest" 120 at_rest web

silence web
free_some web
succeeds "the module is unloaded" guest run web --timeout 150 rmmod dynmem_balloon
answer web
comes "nothing is given any more" 60 vm_has web '.driver == "detached"'
verify web load "the load's memory is as it was"
succeeds "the module is loaded again" guest run web modprobe dynmem_balloon
comes "it gives again" 240 at_rest web
end_loads web load

silence web
free_some web
sleeps web "the guest sleeps and wakes up"
answer web
comes "it gives once more" 240 at_rest web
is "$(json web '[.counters | .malformed, .ring_errors, .refused_range, .refused_twice] | add')" 0 \
	"no request of the guest's was wrong"

# ---- the device dies: somebody resets it behind the driver's back

held=$(guest run web "cat $driver/virtio*/ballooned")
between $((256 * M)) "$held" $RAM "it holds memory"
succeeds "the device is reset by somebody else" \
	guest run web "echo 1 >\$(readlink -f $driver/virtio*/..)/reset"
comes "the driver sees that it is dead" 60 guest run web 'dmesg | grep "does not answer"'
start_hog web more 700M
comes "a load that needs more than it was assigned fits" 300 filled more
is "$(vmstat web oom_kill)" 0 "nothing was killed"
end_loads web more
succeeds "the module is unloaded" guest run web --timeout 60 rmmod dynmem_balloon
succeeds "the guest powers off" guest stop web

done_testing

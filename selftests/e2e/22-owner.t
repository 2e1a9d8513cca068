#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The owner of a device does everything to stop the host: an unprivileged user with a VMM of their
# own. Nobody else may notice.

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

# at_once DESCRIPTION COMMAND...: it succeeds within ten seconds.
at_once() { succeeds "$1" timeout 10 "${@:2}"; }

# netlink_answers DESCRIPTION: whoever asks is answered.
netlink_answers()
{
	at_once "$1: dmctl answers" dmctl vm show
	at_once "$1: vdpa answers" vdpa dev show
	at_once "$1: vdpa dev config answers" vdpa dev config show
}

# owned MACHINE: a VM of 64 MiB, with a VMM of the user's that has attached.
owned()
{
	dmctl vm add "$1" startup 64M minimum 32M || not_ok "dmctl vm add $1"
	vmm_start_user "$1"
	must "$1" slot 0 0 66M memfd small
	must "$1" open "$(device_of "$1")"
	must "$1" owner
	must "$1" touch 0 64M
}

# served MACHINE N: so many requests have been served, for wait_until.
served() { [ "$(counter "$1" requests)" -ge "$2" ]; }

# One eventfd is a queue's kick and its interrupt: the host's answer kicks the queue again.

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

# After a reset nobody is called back

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

kernel_is_content
done_testing

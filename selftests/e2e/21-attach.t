#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VMMs attach to VMs and let go of them, in the right order and in wrong orders. Tests which
# attempts are refused, when a deleted device disappears, and that no netlink request waits for a
# VMM.

# shellcheck disable=SC2317 # much is called by name
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

# refuses DESCRIPTION VM ERRNO REGEX: the attempt to attach just before this call must have failed
# with ERRNO. An event and the kernel log must give a reason that matches REGEX.
refuses()
{
	is "$answer" "error $3" "$1: refused"
	if event "\"kind\":\"refused\",\"vm\":\"$2\".*$4" && dmesg | grep -E "dynmem: $2: .*$4" >/dev/null; then
		ok "$1: an event and the kernel log say why"
	else
		not_ok "$1: an event and the kernel log say why" "events:" "$(cat "$tmp/events")" \
			"kernel log:" "$(dmesg | tail -n 5)"
	fi
	is "$(figures "$2" .state .pid)" "defined null" "$1: the VM is as it was"
	events_forget
}

# at_once DESCRIPTION COMMAND...: COMMAND must succeed within ten seconds.
at_once() { succeeds "$1" within 10 "${@:2}"; }

has_vdpa() { vdpa dev show "$1" >/dev/null 2>&1; }
has_no_vdpa() { ! has_vdpa "$1"; }

# netlink_answers DESCRIPTION: requests by dmctl and vdpa must be answered at once.
netlink_answers()
{
	at_once "$1: dmctl answers" dmctl vm show
	at_once "$1: vdpa answers" vdpa dev show
}

events_begin

# VMMs that the host must refuse

dmctl vm add a startup 64M minimum 32M
vmm_start a
must a open "$(device_of a)"
v a start
is "${answer%% *}" error "a device that nobody owns negotiates nothing"
v a owner
refuses "no KVM VM in the process" a ENODEV "the process has no KVM guest"

must a kvm
v a owner
refuses "a KVM VM without memory" a ENODEV "no RAM"

must a slot 0 0 32M anon
v a owner
refuses "RAM below startup" a EINVAL "RAM is 32M, below startup 64M"

must a slot 1 32M 64M anon
v a owner child
refuses "another process with the device and the VM" a EPERM "made by another process"

must a kvm
v a owner
refuses "two KVM VMs in the process" a EBUSY "two KVM guests"
vm_ends a

machine a 64M "0 0 64M memfd"
dmctl vm add b startup 64M minimum 32M
must a open "$(device_of b)"
v a owner
refuses "a second device for one guest" b EBUSY "its guest belongs to VM a already; give each guest one device"
is "$(figures a .state .pid)" "running ${vmm_pid[a]}" "a second device for one guest: the first one stays"
vm_ends a
dmctl vm del b

dmctl vm add a startup 64M dynamic off
vmm_attach a "0 0 192M anon"
refuses "a static VM with more RAM" a EINVAL "dynamic is off, so RAM \(192M\) must equal startup \(64M\)"
vm_ends a

dmctl vm add a startup 64G minimum 32M
vmm_start a
must a slot 0 0 64G memfd
must a open "$(device_of a)"
start=$SECONDS
v a owner
in_time "startup that the host will never have: answered at once" test $((SECONDS - start)) -lt 10
refuses "startup that the host does not have" a ENOMEM "cannot start.* lacks [0-9]+M for"
must a drop 0
must a slot 0 0 64M memfd
dmctl vm set a startup 64M maximum 64M
v a owner
is "$answer" ok "a VMM that was refused tries again with the device it has open"
is "$(figures a .state .pid)" "running ${vmm_pid[a]}" "and is attached then"

# Deleting a VM or its device while a VMM is attached

refused "vm del: refused while a VMM is attached" "the VM is in use by process [0-9]+: stop that first" \
	within 10 dmctl vm del a
netlink_answers "vm del of an attached VM"
must a start
must a hello 0+16384
must a touch 2M 62M
at_once "vdpa dev del of an attached device answers" vdpa dev del a
netlink_answers "vdpa dev del of an attached device"
succeeds "the device is there until its VMM lets go" has_vdpa a
v a inflate 512+512
is "$answer" "ok ok accepted=512 512/none" "and serves"
refused "vm del: still refused" "the VM is in use by process [0-9]+: stop that first" \
	within 10 dmctl vm del a
must a close
succeeds "it goes when the VMM lets go" wait_until 20 has_no_vdpa a
is "$(figures a .state .device .ballooned)" "defined null 0" "the VM stays"
at_once "vdpa dev add gives it a device again" vdpa dev add name a mgmtdev dynmem
wait_until 20 test -e /dev/dynmem/a
v a open "$(device_of a)"
is "$answer" ok "which can be opened"
v a owner
is "$answer" ok "and attached"
must a close
at_once "vm del: a VM whose VMM has let go" dmctl vm del a
vmm_kill a
is "$(vdpa dev add name nobody mgmtdev dynmem 2>&1 | grep -c 'No such file')" 1 \
	"vdpa dev add: refused for a name that is no VM"

# Deleting a VM whose device is open, but to which no VMM has attached

dmctl vm add a startup 64M
vmm_start a
must a open "$(device_of a)"
refused "vm del: refused while the device is open" \
	"a process has the VM's device open: stop that first; .fuser -v /dev/dynmem/\*. names it" \
	within 10 dmctl vm del a
at_once "vdpa dev del of an open device answers" vdpa dev del a
netlink_answers "vdpa dev del of an open device"
vmm_kill a
succeeds "it goes when it is closed" wait_until 20 has_no_vdpa a
at_once "vm del: then" dmctl vm del a

# A VMM dies while a child of it holds the device open

machine a 64M "0 0 64M memfd"
must a touch 0 64M
must a start
before=$(awk '$1 == "Shmem:" { print $2 }' /proc/meminfo)
must a leak
child=${answer#ok }
vmm_kill a
freed() { [ "$(awk '$1 == "Shmem:" { print $2 }' /proc/meminfo)" -lt $((before - 60000)) ]; }
succeeds "a VMM dies, a child has the device open: its memory is free" wait_until 20 freed
refused "vm del: refused while the child has it" "the VM is in use by process [0-9]+: stop that first" \
	within 10 dmctl vm del a
netlink_answers "a device in a child's hands"
kill "$child"
succeeds "it is let go when the child ends" wait_until 20 vm_is a .state defined
at_once "vm del: then, too" dmctl vm del a

# A VMM is killed in the middle of an inflate

before=$(awk '$1 == "Shmem:" { print $2 }' /proc/meminfo)
machine a 512M "0 0 512M memfd small bind=0"
must a touch 2M 510M
must a start
must a hello 0+131072
must a inflate nowait 512+130560
v a die 0 16M
read -r _ left _ all <<<"$answer"
if [ "${left:-0}" -gt $((64 << 20)) ] && [ "$left" -lt "$all" ]; then
	ok "a VMM is killed in the middle of an inflate ($((left >> 20)) of $((all >> 20)) MiB left)"
else
	not_ok "a VMM is killed in the middle of an inflate" "$answer"
fi
wait "${vmm_pid[a]}" 2>/dev/null
is $? 137 "it is dead"
succeeds "the VM is back to defined" wait_until 30 vm_is a .state defined
free_again() { [ "$(awk '$1 == "Shmem:" { print $2 }' /proc/meminfo)" -lt $((before + 2048)) ]; }
succeeds "its memory is free" wait_until 20 free_again
is "$(figures a .ballooned .resident .charge .assigned)" "0 0 0 0" "nothing is charged for it"
vm_ends a

# Unloading the module

machine a 64M "0 0 64M memfd"
is "$(rmmod dynmem 2>&1 | grep -c 'in use')" 1 "rmmod: refused while a VMM is attached"
must a start
must a hello 0+16384
v a inflate 512+512
is "$answer" "ok ok accepted=512 512/none" "which goes on"
vmm_kill a
succeeds "the VM is back to defined when its VMM has gone" wait_until 20 vm_is a .state defined
events_end
at_once "rmmod: not refused then, with a VM defined" rmmod dynmem
none_left() { [ -z "$(ls -d /dev/dynmem/* /sys/bus/vdpa/devices/* 2>/dev/null)" ]; }
succeeds "it leaves no device behind" wait_until 20 none_left
at_once "it can be loaded again" modprobe dynmem
events_begin

# The host's own balloon driver cannot use a device

machine a 64M "0 0 64M memfd"
must a close
modprobe virtio_vdpa
device=/sys/bus/vdpa/devices/a
is "$(basename "$(readlink $device/driver)")" vhost_vdpa "virtio_vdpa does not take a device over"
dmesg -C
echo a >$device/driver/unbind
echo virtio_vdpa >$device/driver_override
echo a >/sys/bus/vdpa/drivers/virtio_vdpa/bind
modprobe virtio_balloon
if dmesg | grep -q 'only a VMM with a KVM guest can use this device'; then
	ok "the host's own balloon driver is told that it can't have it"
else
	not_ok "the host's own balloon driver is told that it can't have it" "$(dmesg)"
fi
is "$(figures a .state .driver)" "defined none" "the VM is as it was"
is "$(grep -l virtio_balloon /sys/bus/virtio/devices/*/driver/module/uevent 2>/dev/null)" "" \
	"no driver has the device"
netlink_answers "virtio_vdpa has the device"
echo a >$device/driver/unbind
echo vhost_vdpa >$device/driver_override
echo a >/sys/bus/vdpa/drivers/vhost_vdpa/bind
wait_until 20 test -e /dev/dynmem/a
must a open "$(device_of a)"
v a owner
is "$answer" ok "back with vhost_vdpa, a VMM attaches"
must a close
echo a >$device/driver/unbind
echo virtio_vdpa >$device/driver_override
echo a >/sys/bus/vdpa/drivers/virtio_vdpa/bind
at_once "vm del: a VM whose device virtio_vdpa has" dmctl vm del a
vmm_kill a
rmmod virtio_vdpa

kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A domain of libvirt with dynmem's device, on a host that systemd boots, set up as
# Documentation/admin.rst says (see make-root). libvirt starts the domain `web` at boot. Its guest
# gives memory. The agent's service keeps it out of the host's swap. Its device is detached and
# attached through libvirt, and the domain is saved and restored. It outlives restarts of libvirtd,
# of the agent and of the module. Starts that fail say why.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. /dynmem/selftests/e2e/lib.sh
# shellcheck source=selftests/e2e/guests.sh
. /dynmem/selftests/e2e/guests.sh

long=(timeout $((120 * LAB_SLOW)))		# guests are slow under emulation
noted=/run/dynmem/web.swap
image=/var/lib/libvirt/qemu/save/web.image
# for perl: leaves the device out of a domain's XML
without_device="s|<qemu:arg value='-device'/>\\s*<qemu:arg value='[^']*vhost-vdpa[^']*'/>||"

# shellcheck disable=SC2317 # called by the trap
domains_exit()
{
	cp /var/log/libvirt/qemu/web-console.log /lab/guests/web.console
	journalctl -b --no-pager >"$LAB_OUT/journal"
	[ -n "$ended" ] || report_host
	virsh -q destroy web >/dev/null 2>&1
	guests_exit
}
trap domains_exit EXIT

# Prints what libvirt, QEMU and the services say, for a test that has failed.
report_host()
{
	{
		virsh list --all
		tail -n 5 /var/log/libvirt/qemu/web.log
		journalctl -b --no-pager -n 40 -u libvirtd -u dynmem -u dynmem-agent
		dmesg | grep DENIED
	} 2>&1 | sed 's/^/# /'
}

pid() { cat /run/libvirt/qemu/web.pid; }

# is_up: succeeds if the domain's guest runs commands. From then on `guest run web` reaches it, too.
is_up()
{
	mkdir -p /run/guest/web
	pid >/run/guest/web/pid
	echo 42 >/run/guest/web/cid
	touch /run/guest/web/messages
	vmexec run 42 10 true
}

# runs: succeeds if the domain runs, its VM is that of the domain's QEMU, and so is the guest's
# driver
runs()
{
	virsh domstate web | tee /dev/stderr | grep -qx running &&
		vm_has web ".state == \"running\" and .driver == \"dynmem\" and .pid == $(pid)"
}

# comes_up: tests that the domain starts. If not, the script exits, as nothing is left to test.
comes_up()
{
	comes "its guest is up" $BOOT is_up
	comes "its VM runs, with dynmem_balloon" 60 runs
	runs >/dev/null 2>&1 || exit 1
}

# is_gone: succeeds if the VM is no longer defined
is_gone() { ! dmctl vm show web; }
domain_is() { [ "$(virsh domstate web | head -n 1)" = "$1" ]; }
anonymous() { awk '$1 == "RssAnon:" { print $2 * 1024 }' "/proc/$(pid)/status"; }
swapped() { awk '$1 == "VmSwap:" { print $2 * 1024 }' "/proc/$(pid)/status"; }

# holds_below BYTES: succeeds if QEMU holds less anonymous memory than that
holds_below() { anonymous | tee /dev/stderr | awk -v most="$1" '{ exit !($1 < most) }'; }

# The load writes to a file in the guest, since its connection to the host would end with the QEMU.
load_start() { guest run web 'hog 128M >/tmp/load 2>&1 </dev/null &'; }
load_has() { guest run web grep -c "$1" /tmp/load; }
verified_after() { [ "$(load_has verified)" -gt "$1" ]; }

# intact: a test that passes if the load finds its pattern in all its memory
intact()
{
	local before

	before=$(load_has verified)
	guest run web killall -USR1 hog
	comes "the guest's memory is as it was" 300 verified_after "$before"
}

# cgroup: prints the first cgroup, from QEMU's own upwards, that has memory.swap.max
cgroup()
{
	local dir

	dir=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid)/cgroup")
	until [ -e "$dir/memory.swap.max" ] || [ -z "$dir" ]; do
		dir=${dir%/*}
	done
	printf '%s\n' "$dir"
}
swap_max_is() { [ "$(cat "$(cgroup)/memory.swap.max")" = "$1" ]; }
restarts() { systemctl show -P NRestarts dynmem-agent; }
restarts_are() { [ "$(restarts)" = "$1" ]; }
is_active() { systemctl is-active "$@"; }

# ---- boot

like "$(cat /proc/1/comm)" systemd "systemd has booted the host"
systemctl is-system-running --wait >/dev/null
is "$(systemctl --failed --plain --no-legend)" "" "no unit has failed"
succeeds "the services are active" is_active dynmem dynmem-agent
is "$(findmnt -no FSTYPE /dev/dynmem)" tmpfs "/dev/dynmem is a mount"
succeeds "nothing keeps libvirt's QEMU from devices" dmctl libvirt status
comes "libvirt starts the domain by itself" 240 domain_is running
comes_up
is "$(stat -c %G "$(readlink -f /dev/dynmem/web)")" kvm "its device belongs to the group kvm"
like "$(ps -o user= -p "$(pid)")" '^libvirt' "QEMU is not root"
like "$(tr -d '\0' <"/proc/$(pid)/attr/current")" '^libvirt-.*\(enforce\)$' "AppArmor confines it"
watch_events
dmctl host set headroom off
comes "the guest gives all but its startup memory" 240 exposes web $((320 * M))
comes "QEMU holds no more of it" 30 holds_below $((400 * M))
is "$(json web .floating)" false "numatune binds the VM to a node"
load_start
comes "the guest has a load" 120 load_has filled

# ---- the cgroup

like "$(cgroup)" '/machine\.slice/machine-qemu.*web\.scope' "QEMU has a cgroup of its own"
comes "the agent keeps it out of the host's swap" 20 swap_max_is 0
systemctl daemon-reload
sleep 3
comes "also after systemd has set its limits again" 20 swap_max_is 0
host_swap
echo 100M >"$(cgroup)/memory.reclaim" 2>/dev/null
is "$(swapped)" 0 "under pressure nothing of it is swapped out"
systemctl stop dynmem-agent
is "$(cat "$(cgroup)/memory.swap.max")" max "the agent has put the limit back when it stops"
echo 32M >"$(cgroup)/memory.reclaim" 2>/dev/null
is "$(($(swapped) > 0))" 1 "without the agent it is swapped out"
systemctl start dynmem-agent
comes "with the agent the limit is back" 20 swap_max_is 0
swapoff /var/tmp/swap
intact

# ---- services restart

before=$(pid)
succeeds "libvirtd restarts" systemctl restart libvirtd
comes "the domain and the VM run on" 120 runs
is "$(pid) $(restarts)" "$before 0" "so do its QEMU and the agent"
succeeds "a setting is changed under the domain" dmctl vm set web weight 6000
succeeds "and in its metadata" virsh metadata web https://dynmem.example/libvirt/1 --config --key dynmem \
	--set "<memory startup='320M' minimum='160M' maximum='512M' weight='6000'/>"
echo 'host set reserve 300M node 1' >/etc/dynmem/vms.d/node.conf
succeeds "dynmem.service restores settings under the domain" systemctl restart dynmem
is "$(dmctl -j node show | jq '.[1].reserve')" $((300 * M)) "it has restored those in /etc/dynmem"
is "$(json web '[.state, .weight] | tostring')" '["running",6000]' "the VM has its own"
# By default there are no huge pages in /dev/shm, which only fstab can change.
mount -o remount,huge=advise /dev/shm
succeeds "dmctl doctor finds no fault" dmctl doctor

succeeds "the agent is killed" systemctl kill -s KILL dynmem-agent
comes "systemd starts it again" 60 restarts_are 1
comes "it keeps the domain out of swap" 20 swap_max_is 0
succeeds "it remembers which limit to put back" grep -q '"max"' $noted

# ---- detach and attach, through libvirt

assigned=$(json web .assigned) given=$(json web .ballooned) charge=$(json web .charge)
succeeds "vm detach unplugs the device" dmctl vm detach web "${long[@]}"
is "$(json web '[.state, .ballooned] | tostring')" '["away",0]' "the VM is away"
succeeds "the domain runs on" domain_is running
near "$(json web .charge)" "$charge" $((16 * M)) "the VM stays charged for its memory"
intact
succeeds "vm attach plugs it in again" dmctl vm attach web "${long[@]}"
succeeds "the VM runs" runs
between $((assigned - 32 * M)) "$(json web .assigned)" "$assigned" "it has what it had"
comes "the guest has given again what it gave" 60 vm_has web ".ballooned >= $given"
intact

succeeds "the domain is suspended" virsh suspend web
comes "its VM is paused" 30 vm_is web .state paused
fails "a guest that does not run does not let go of its device" dmctl vm detach web timeout 2
succeeds "the domain is resumed" virsh resume web
comes "the guest lets go, too late" 60 event web "away: .* without the device"
comes "the agent plugs the device in again, through libvirt" 120 runs

kill "$monitor"
monitor=''
succeeds "dynmem-update loads the module again under the domain" dynmem-update "${long[@]}"
comes "the VM runs" 60 runs
intact

# ---- save and restore

fails "virsh save is refused while the device is there" virsh save web $image
like "$(cat "$tmp/output")" "vhost-vdpa" "it names the device"
succeeds "and the domain runs on" runs
succeeds "the device is detached" dmctl vm detach web "${long[@]}"
succeeds "the domain is saved" virsh save web $image
comes "the VM is gone" 30 is_gone
virsh save-image-dumpxml --security-info $image | perl -0pe "$without_device" >"$tmp/restore.xml"
succeeds "it is restored without the device" virsh restore $image --xml "$tmp/restore.xml"
comes "its guest is up" 120 is_up
is "$(json web .state)" defined "its VM is defined again, and nobody has attached to it"
succeeds "vm attach plugs the device in" dmctl vm attach web "${long[@]}"
comes "the VM runs, with dynmem_balloon" 60 runs
intact

# ---- the guest is reset

comes "the agent listens to libvirt" 60 pgrep -f 'virsh .*event.*reboot'
succeeds "the guest is reset" virsh reset web
comes "dynmem knows before the guest has booted" 10 vm_is web .state restarting
comes_up

# ---- the domain ends

# The agent is stopped first, so that it does not see the domain's end before it is killed.
systemctl kill -s STOP dynmem-agent
succeeds "the domain is destroyed" virsh destroy web
comes "the VM is gone" 30 is_gone
comes "nothing is charged" 10 node_has '.charge + .overhead == 0'
succeeds "the agent has not seen the domain's end" test -e $noted
systemctl kill -s KILL dynmem-agent
comes "the next agent has" 60 test ! -e $noted

# ---- starts that fail

virsh dumpxml --inactive web | sed 's/>web</>other</; s,dynmem/web,dynmem/other,; /<uuid>/d' \
	>"$tmp/other.xml"
perl -0pe 's,<metadata>.*</metadata>,,s' "$tmp/other.xml" >"$tmp/without.xml"
succeeds "a domain can be defined without settings" virsh define "$tmp/without.xml"
fails "it does not start without a VM" virsh start other
like "$(cat "$tmp/output")" "/dev/dynmem/other.*No such file" "libvirt says why"
virsh undefine other
sed -i "s/startup=['\"]320M/startup='900G/; s/maximum=['\"]512M/maximum='900G/; s/900G\"/900G'/g" "$tmp/other.xml"
succeeds "a domain can be defined with settings for a larger host" virsh define "$tmp/other.xml"
fails "it does not start" virsh start other
like "$(cat "$tmp/output")" "dynmem: other: .*lacks" "virsh says why"
fails "no VM is left of it" dmctl vm show other
capacity=$(node .capacity)
set_capacity $((128 * M))
fails "a domain whose VM does not fit does not start" virsh start web
like "$(cat "$tmp/output")" "dynmem: web: .*lacks" "virsh says why"
succeeds "it is off" domain_is "shut off"
succeeds "there is no VM" is_gone
set_capacity "$capacity"
succeeds "when there is room it starts" virsh start web
comes_up
is "$(json web .weight)" 6000 "with the settings in its metadata"
comes "the agent keeps it out of swap" 20 swap_max_is 0

is "$(journalctl -b -u dynmem-agent -o cat --no-pager | grep 'web:')" "" \
	"the agent had nothing to say of it"
is "$(journalctl -b -k -g DENIED -o cat --no-pager | grep -E 'vdpa|dynmem')" "" \
	"AppArmor has denied nothing of dynmem"
succeeds "the domain is destroyed" virsh destroy web
comes "the VM is gone" 30 is_gone
succeeds "what is in the way of libvirt's QEMU can be put back" dmctl libvirt disable
fails "then there is something in the way" dmctl libvirt status
kernel_is_content
done_testing

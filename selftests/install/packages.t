#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a host whose disk is the root in which `from-packages` has installed the packages. Loads the
# module, restores settings as the service does, and boots guests that have the guest's package. Then
# upgrades the packages while a VM runs, unloads and loads the module, and removes and purges the
# packages while a VM runs.

# shellcheck source=selftests/install/boot.sh
. /dynmem/selftests/install/boot.sh

export DEBIAN_FRONTEND=noninteractive
unit=/usr/lib/systemd/system/dynmem.service
saved=/run/dynmem/saved.conf
old=$(dpkg-query -W -f '${Version}' dmctl)
new=$(dpkg-deb -f "$(echo $built/next/dmctl_*.deb)" Version)

# unit_does KEY: runs the commands in the lines KEY=... of dynmem.service
unit_does() { sed -n "s/^$1=//p" $unit | sh -ex; }

# versions: prints the versions of dmctl and of the module
versions() { dmctl -V | sed -n '1s/dmctl //p; 2s/.*: //p' | xargs; }

# names: prints the names of all VMs
names() { dmctl -j vm show | jq -r '.[].name' | sort | xargs; }

# ---- boot

succeeds "the service loads the module" unit_does ExecStartPre
is "$(versions)" "$old $old" "dmctl and module have the version of the packages"
cat >>/etc/dynmem/host.conf <<'EOF'
host set reserve 700M node 1
EOF
cat >/etc/dynmem/vms.d/guests.conf <<'EOF'
vm replace guest-13 startup 320M minimum 160M maximum 512M
vm replace guest-12 startup 320M minimum 160M maximum 512M
EOF
succeeds "the service restores the settings in /etc/dynmem" unit_does ExecStart
is "$(names)" "guest-12 guest-13" "the VMs are defined"
is "$(dmctl -j node show | jq '.[1].reserve')" $((700 << 20)) "and the host is set"
echo never >/sys/kernel/mm/transparent_hugepage/shmem_enabled
echo 511 >/sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none
systemd-tmpfiles --create dynmem.conf
is "$(dmctl host show 2>&1 | grep -c -e shmem_enabled -e max_ptes_none)" 0 \
	"dmctl warns of no kernel setting that tmpfiles.d can set"
boot_guest guest-12 6.1 virtio_balloon
guest stop guest-12
boot_guest guest-13 6.12 virtio_balloon

# ---- upgrade, with a VM that runs

dmctl vm set guest-13 weight 6000
dmctl save >"$tmp/before"
export PATH=/usr/lib/ccache:$PATH CCACHE_DIR=/var/cache/ccache
succeeds "the packages can be upgraded" dpkg -i $built/next/d{mctl,ynmem-host-dkms}_*.deb
is "$(versions)" "$new $old" "the module that is loaded stays until it is unloaded"
is "$(json guest-13 .state)" running "the VM runs on"
succeeds "no setting has changed" sh -c "dmctl save | diff $tmp/before -"
own=$(json guest-13 '.assigned - .lent')
guest run guest-13 --timeout 120 hog 200M --hold 20 >"$tmp/hog" 2>&1 &
hog=$!
succeeds "it gets memory that it needs" \
	wait_until 60 vm_has guest-13 ".assigned - .lent > $own + $((64 * M))"
wait $hog
is "$?" 0 "and its data are intact"

# ---- unload

fails "the module cannot be unloaded while a VM runs" modprobe -r dynmem
succeeds "and nothing is kept from the attempt" test ! -e $saved
succeeds "no setting is lost" sh -c "dmctl save | diff $tmp/before -"
guest stop guest-13
succeeds "it stops" wait_until 30 vm_is guest-13 .state defined
echo 'options dynmem away_timeout=601' >/etc/modprobe.d/local.conf
succeeds "the module can be unloaded with VMs defined" modprobe -r dynmem
succeeds "it is unloaded" test ! -e /sys/module/dynmem
succeeds "unloading it once more is no error" modprobe -r dynmem
succeeds "it can be loaded" modprobe dynmem
is "$(versions)" "$new $new" "it is the newer module"
succeeds "all settings are back" sh -c "dmctl save | diff $tmp/before -"
succeeds "and are no longer kept" test ! -e $saved
is "$(cat /sys/module/dynmem/parameters/away_timeout)" 601 "modprobe's options have their effect"
succeeds "their paths are back" wait_until 30 test -c /dev/dynmem/guest-13
succeeds "rmmod forgets all" rmmod dynmem
echo 'vm replace guest-13 startup 1' >$saved
succeeds "settings that cannot be restored do not keep the module from loading" modprobe dynmem
like "$(cat "$tmp/output")" "dynmem: not all settings .* $saved.failed" "modprobe says where they are"
is "$(cat $saved.failed)" 'vm replace guest-13 startup 1' "there they are"

# ---- remove, with a VM that runs

unit_does ExecStart
is "$(names)" "guest-12 guest-13" "the service defines the VMs of /etc/dynmem again"
boot_guest guest-13 6.12 virtio_balloon
succeeds "the packages can be removed" dpkg --remove dynmem-host-dkms
is "$(json guest-13 .state)" running "the VM runs on"
succeeds "its settings stay" test -e /etc/dynmem/vms.d/guests.conf
succeeds "the packages can be purged" dpkg --purge dynmem-host-dkms dmctl
is "$(sh /dynmem/selftests/install/leftovers)" "" "nothing is left"
guest run guest-13 --timeout 120 hog 200M --hold 1 >"$tmp/hog" 2>&1
is "$?" 0 "the VM runs on with its data intact"
guest stop guest-13
succeeds "then the module can be unloaded" wait_until 30 rmmod dynmem
kernel_is_content
done_testing

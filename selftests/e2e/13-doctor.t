#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dmctl doctor: one thing of the host after the other is broken. Then exactly the check that looks
# at it must fail, and the line that dmctl shows must mend it. Programs that the host of the lab does
# not have, such as libvirt and systemctl, are played by files and scripts of the test.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/agent.sh"

thp=/sys/kernel/mm/transparent_hugepage
ksm=/sys/kernel/mm/ksm
modules=/lib/modules/$(uname -r)
apparmor=/etc/apparmor.d/abstractions/libvirt-qemu
conf=/etc/libvirt/qemu.conf
disk=/var/tmp/doctor-ram
swap=/var/tmp/doctor-swap

# leave: puts the host back
leave()
{
	swapoff "$swap" 2>/dev/null
	umount -l "$modules" /sys/module/dynmem/version /dev/dynmem 2>/dev/null
	rm -rf /etc/libvirt "$apparmor" "$apparmor.d" "$disk" "$swap"
	sed -i '/libvirt-qemu/d' /etc/passwd
	echo 2 >"$ksm"/run
	echo 1 >"$ksm"/merge_across_nodes
	echo 0 >"$ksm"/run
}
doctor_exit()
{
	leave 2>/dev/null
	agent_exit vmm_exit
}
trap doctor_exit EXIT

# examine: leaves the results in $tmp/json, and the exit status in $tmp/status
examine()
{
	dmctl -j doctor >"$tmp/json"
	echo $? >"$tmp/status"
}

# These functions are about the last call of examine.
# results JQ: prints what the filter makes of the array of results
results() { jq -r "$1" "$tmp/json"; }
# failing: prints the names of the checks that fail
failing() { results '[.[] | select(.ok == false) | .check] | unique | join(" ")'; }
text_of() { results ".[] | select(.check == \"$1\") | .text"; }
verdict_of() { results "[.[] | select(.check == \"$1\") | .ok] | unique | map(tostring) | join(\" \")"; }
mends() { results ".[] | select(.check == \"$1\" and .ok == false) | .mend"; }

# only_fails CHECKS: examines the host, and succeeds if exactly these checks fail; for wait_until
only_fails()
{
	examine
	results '.[] | select(.ok == false)'
	[ "$(failing)" = "$1" ]
}

# fails_for CHECK REGEX: tests that exactly this check fails, and says so. udev and the module may
# need a moment until they know.
fails_for()
{
	succeeds "$1 fails, and nothing else" wait_until 20 only_fails "$1"
	like "$(text_of "$1")" "$2" "$1 says what is wrong: ${2//\\/}"
	is "$(cat "$tmp/status")" 1 "$1: the exit status is 1"
}

# run_lines: carries out the lines on standard input, as an operator would
run_lines()
{
	local line

	while read -r line; do
		sh -c "$line" </dev/null
	done
}

# is_well WHAT: tests that nothing fails any more
is_well() { succeeds "$1" wait_until 20 only_fails ""; }

# mended CHECK [REGEX]: carries out the line that mends it, which must match REGEX. Nothing may fail
# afterwards.
mended()
{
	[ $# = 1 ] || like "$(mends "$1")" "$2" "a line mends it: ${2//\\/}"
	mends "$1" | run_lines >"$tmp/said" 2>&1
	is_well "$1: the line mends it"
}

# A systemctl for the lines that mend.
mkdir "$tmp/bin"
cat >"$tmp/bin/systemctl" <<'END'
#!/bin/sh
case "$*" in
"enable --now dynmem-agent")
	dmctl agent </dev/null >/dev/null 2>&1 &
	echo $! >"${0%/*}/agent.pid"
	;;
"is-active libvirtd") ;;
"restart libvirtd") touch /etc/libvirt/restarted ;;
"restart dynmem")
	mount -t tmpfs -o mode=755 dynmem /dev/dynmem
	udevadm trigger --settle --subsystem-match=vdpa
	;;
*) exit 1 ;;
esac
END
chmod +x "$tmp/bin/systemctl"
PATH=$tmp/bin:$PATH

swapoff -a
echo "+memory" >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/web
dmctl vm add idle startup 64M
dmctl vm add web startup 64M minimum 32M maximum 256M

# ---- all is well

# Under emulation the host's own QEMU takes seconds to start, so a script answers in its place.
examine
is "$(verdict_of qemu)" true "the QEMU of the host is new enough"
qemu_is() { printf '#!/bin/sh\necho "QEMU emulator version %s (Debian)"\n' "$1" >"$tmp/bin/qemu-system-x86_64"; }
qemu_is 10.0.2
chmod +x "$tmp/bin/qemu-system-x86_64"
is_well "all is well"
dmctl doctor >"$tmp/text"
is "$? $(cat "$tmp/status") $(grep -c BAD "$tmp/text")" "0 0 0" "the exit status is 0"
is "$(results 'map(.check) | join(" ")')" \
	"vdpa depmod module version qemu thp ksm device libvirt memory swap balloon cgroup node" \
	"each check has a result"
is "$(results 'map(keys_unsorted | join(" ")) | unique | .[]')" "check ok text mend" "the JSON's keys"
is "$(results 'map(.mend) | unique | tostring')" "[null]" "nothing is to be mended"
is "$(verdict_of libvirt) $(text_of libvirt)" "null there is no libvirt" \
	"a check that cannot be made is null, and says why"
is "$(verdict_of memory) $(text_of memory)" "null no VM runs" "so is one that needs a VM"
like "$(cat "$tmp/text")" $'\n'"-   libvirt  there is no libvirt"$'\n' "and - in text"
like "$(dmctl doctor now 2>&1; echo $?)" "^dmctl: doctor: unexpected argument 'now'.*"$'\n'2$ \
	"there is nothing to choose"

# ---- the host's kernel

before=$(sed 's/.*\[\(.*\)\].*/\1/' $thp/shmem_enabled)
echo never >$thp/shmem_enabled
fails_for thp '^shmem_enabled is never: '
dmctl doctor >"$tmp/text"
is "$?" 1 "so it is without -j"
like "$(cat "$tmp/text")" "BAD thp      shmem_enabled is never: [^"$'\n'"]*"$'\n'"  .*mend: echo advise >$thp/shmem_enabled" \
	"in text, too"
is "$(grep -v mend: "$tmp/text" | awk 'length > 80')" "" "no line is wider than 80 columns"
is "$(dmctl host show | tail -n 1 | xargs)" "$(mends thp)" "host show has the same line"
mended thp
echo "$before" >$thp/shmem_enabled

rmmod vhost_vdpa
fails_for vdpa '^vhost_vdpa is not loaded'
is "$(text_of device)" "vhost_vdpa is not loaded" "devices are not looked at then"
mended vdpa '^modprobe vhost_vdpa$'

# The kernel's own modules do not matter here, so that depmod takes no time.
mkdir -p "$tmp/modules/updates"
cp "$modules"/modules.{order,builtin} "$tmp/modules/"
cp "$modules/updates/dynmem.ko" "$tmp/modules/updates/"
mount --bind "$tmp/modules" "$modules"
fails_for depmod '^modprobe does not find dynmem.ko'
mended depmod '^depmod$'
mv "$modules/updates/dynmem.ko" "$tmp/"
depmod
fails_for depmod '^no dynmem.ko is installed for kernel '
like "$(mends depmod)" "^apt install ./dynmem-host-dkms_.*linux-headers-" "it is in a package"
umount -l "$modules"	# udevd may have it open
rmmod vhost_vdpa
mount --bind "$tmp/modules" "$modules"
succeeds "a kernel without vhost_vdpa" wait_until 20 only_fails "depmod vdpa"
like "$(text_of vdpa) $(mends vdpa)" "^kernel .* has no vhost_vdpa.* apt install linux-image-amd64" \
	"another kernel is needed"
umount -l "$modules"	# udevd may have it open
modprobe vhost_vdpa
is_well "all is well again"

echo 0.1 >"$tmp/version"
mount --bind "$tmp/version" /sys/module/dynmem/version
fails_for version '^the loaded module is 0.1, and dmctl is '
is "$(mends version)" dynmem-update "dynmem-update mends it"
umount /sys/module/dynmem/version

# ---- QEMU

qemu_is 8.0.4
fails_for qemu '^qemu-system-x86_64 is 8.0, and dynmem needs 8.1'
like "$(mends qemu)" 'backports qemu-system-x86$' "a newer one is in Debian's backports"
qemu_is 8.1.0
is_well "8.1 is enough"
mkdir "$tmp/without"
ln -s "$(command -v dmctl)" "$tmp/without/dmctl"
is "$(PATH=$tmp/without dmctl -j doctor | jq -c '.[] | select(.check == "qemu") | .ok')" null \
	"without QEMU there is nothing to check"

# ---- devices

rm /dev/dynmem/idle
fails_for device '^idle: /dev/dynmem/idle does not lead to /dev/vhost-vdpa-'
mended device '^udevadm trigger '
chmod 666 "$(device_of idle)"
fails_for device '^idle: any user may open /dev/vhost-vdpa-'
mended device '^chmod o-rw /dev/vhost-vdpa-'
vdpa dev del idle
fails_for device '^idle: it has no device$'
mended device '^vdpa dev add name idle mgmtdev dynmem$'

# ---- libvirt

echo 'libvirt-qemu:x:64055:64055::/:/bin/false' >>/etc/passwd
mkdir -p /etc/libvirt/qemu $apparmor.d
rm -rf $apparmor.d
echo '# rules for QEMU' >$apparmor
printf 'user = "libvirt-qemu"\ncgroup_device_acl = [\n\t"/dev/null", "/dev/kvm",\n\t"%s" ]\n' \
	"$(device_of idle)" >$conf
examine
is "$(verdict_of libvirt)" null "a host whose VMs are not libvirt's is not asked about libvirt"
touch /etc/libvirt/qemu/idle.xml
succeeds "libvirt and the device's owner are wrong" wait_until 20 only_fails "device libvirt"
like "$(text_of libvirt)" "^libvirt's QEMU does not see /dev/dynmem, as it is no mount" \
	"libvirt hides /dev/dynmem"
like "$(text_of device)" "^idle: libvirt's QEMU runs as libvirt-qemu, which may not open /dev/vhost-vdpa-" \
	"the user may not open it"
mends libvirt | run_lines >"$tmp/said" 2>&1
fails_for device "libvirt-qemu"
mended device '^chown libvirt-qemu /dev/vhost-vdpa-[0-9]*$'
is "$(stat -f -c %T /dev/dynmem)" tmpfs "/dev/dynmem is a mount now"
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	rm -r $apparmor.d
	fails_for libvirt "^AppArmor keeps libvirt's QEMU from /dev/vhost-vdpa-"
	mended libvirt
	is "$(cat $apparmor.d/dynmem)" "/dev/vhost-vdpa-* rw," "the rule of admin.rst"
else
	skip "AppArmor keeps libvirt's QEMU out" "the host has no AppArmor"
fi
umount /dev/dynmem
echo 'namespaces = [ ]' >>$conf
is_well "without a /dev of its own, QEMU sees /dev/dynmem"
sed -i '/namespaces/d' $conf
fails_for libvirt "as it is no mount"
mended libvirt '^systemctl restart dynmem$'

printf 'cgroup_device_acl = [ "/dev/null",\n\t"/dev/kvm" ]\n' >$conf
fails_for libvirt "may not use $(device_of idle): cgroup_device_acl in /etc/libvirt/qemu.conf lacks it"
mended libvirt '^dmctl libvirt enable$'
like "$(cat $conf)" '^cgroup_device_acl = \[.*"/dev/vhost-vdpa-255", "/dev/null",'$'\n' "what was there stays"
succeeds "libvirt is told" test -e /etc/libvirt/restarted
echo '# nothing is set' >$conf
fails_for libvirt "may not use $(device_of idle)"
mended libvirt '^dmctl libvirt enable$'
like "$(cat $conf)" "/dev/vhost-vdpa-255.*'/dev/null',.*'/dev/kvm'" "libvirt's defaults are in the list"
echo "<memory xmlns='https://dynmem.example/libvirt/1'/>" >/etc/libvirt/qemu/idle.xml
fails_for libvirt '^domains have settings, for which libvirt lacks the hook '
like "$(mends libvirt)" 'force-confmiss dynmem-host-dkms' "it is in a package"
: >/etc/libvirt/qemu/idle.xml
printf 'cgroup_controllers = [ "cpu", "memory" ]\n' >$conf
is_well "without the controller of devices there is no list"
umount /dev/dynmem
rm -rf /etc/libvirt
chown root "$(device_of idle)"
is_well "all is well again"

# ---- a VM that runs

vmm_start web
echo "${vmm_pid[web]}" >/sys/fs/cgroup/web/cgroup.procs
must web slot "0 0 256M memfd bind=0"
must web open "$(device_of web)"
v web owner
is "$answer" ok "a VM attaches"
must web start
v web hello version=7 0+65536
like "$answer" version "a driver of another version is refused"
fails_for version '^web: its dynmem_balloon speaks another version of the protocol$'
like "$(mends version)" "dynmem-guest-dkms" "one of the two has to be updated"
must web hello 0+65536
must web report total=256M anon=30M commit=30M
is_well "nothing is wrong with it"
is "$(results 'map(select(.ok == null) | .check) | tostring')" '["libvirt"]' \
	"all checks are made but that of libvirt"

fallocate -l 32M $disk
must web slot "1 1G 32M $disk"
fails_for memory '^web: 32 MiB are in a file on ext4'
like "$(mends memory)" "^start QEMU with memory-backend-ram" "QEMU needs other memory"
must web remove 1
is_well "without that file all is well"

dmctl vm set web share on
fails_for ksm '^ksm run is 0: share is on for web'
mended ksm
is "$(cat $ksm/run) $(cat $ksm/merge_across_nodes)" "1 0" "KSM runs, on each node"
dmctl vm set web share off

must web report total=160M anon=30M commit=30M
fails_for balloon '^web: a second balloon, .*, takes 96 MiB from the guest'
like "$(mends balloon)" "without virtio-balloon" "one of the two has to go"
must web report total=256M anon=30M commit=30M
is_well "when the guest has its memory back all is well"

# ---- cgroups and swap

echo 200M >/sys/fs/cgroup/web/memory.max
fails_for cgroup '^web: its memory cgroup web allows it [0-9]+ MiB, and it may have 256 MiB'
mended cgroup "^echo [0-9]*M >'/sys/fs/cgroup/web/memory.max'$"
echo max >/sys/fs/cgroup/web/memory.max
echo 200M >/sys/fs/cgroup/web/memory.high
fails_for cgroup '^web: its memory cgroup web allows it'
mended cgroup "^echo [0-9]*M >'/sys/fs/cgroup/web/memory.high'$"
echo max >/sys/fs/cgroup/web/memory.high

fallocate -l 64M $swap
chmod 600 $swap
mkswap $swap >/dev/null
swapon $swap
fails_for swap '^the host has swap space, and no agent keeps VMs out of it'
is "$(mends swap)" "systemctl enable --now dynmem-agent" "the agent would"
echo 0 >/sys/fs/cgroup/web/memory.swap.max
is_well "a VM that may not swap needs no agent"
echo max >/sys/fs/cgroup/web/memory.swap.max
agent_start --leave-swap
fails_for swap '^web: the host may swap it out$'
mended swap "^echo 0 >'/sys/fs/cgroup/web/memory.swap.max'$"
echo max >/sys/fs/cgroup/web/memory.swap.max
echo "${vmm_pid[web]}" >/sys/fs/cgroup/cgroup.procs
fails_for swap '^web: the host may swap it out: QEMU .* is in the root cgroup: start it in one of its own'
like "$(mends swap)" "^systemd-run --scope" "it needs a cgroup of its own"
echo "${vmm_pid[web]}" >/sys/fs/cgroup/web/cgroup.procs
agent_ends TERM
fails_for swap 'no agent keeps VMs out of it'
mended swap '^systemctl enable --now dynmem-agent$'
is "$(cat /sys/fs/cgroup/web/memory.swap.max)" 0 "the agent keeps it out of swap"
kill "$(cat "$tmp/bin/agent.pid")"
swapoff $swap
is_well "without swap all is well"

# ---- VMs that are larger than nodes

set_capacity $((200 * M))
fails_for node '^web: it may have 256 MiB, and is bound to nodes that have [0-9]* MiB for VMs'
like "$(mends node)" "host-nodes=N,policy=bind" "it needs vnodes"
dmctl host set reserve default
succeeds "on a larger node all is well" wait_until 30 only_fails ""
dmctl vm add large startup 64M maximum 16G
vmm_attach large "0 0 16G memfd"
is "$answer" ok "a VM that is larger than a node attaches"
fails_for node '^large: it may have 16 GiB, and floats, while no node has more than'
vm_ends large
is_well "without it all is well"

# ---- a VMM that holds its own mmap_lock

user_attaches held
must held fuse "$tmp/mnt"
server=${answer#ok }
must held holdmm "$tmp/mnt"
must web slot "1 1G 32M $disk"
succeeds "a VMM that holds its mmap_lock: doctor answers" within 20 sh -c "dmctl -j doctor >$tmp/held; test -s $tmp/held"
is "$(jq -r '.[] | select(.check == "memory") | .text' "$tmp/held" | cut -d: -f1-2)" \
	"web: 32 MiB are in a file on ext4" "the memory of other VMs is looked at"
must web remove 1
examine
is "$(verdict_of memory) $(text_of memory)" "null the memory of 1 of 2 VMs cannot be looked at" \
	"that of this one cannot be"
kill -KILL "$server"
vm_ends held

# ---- without rights, and without the module

is "$(setpriv --reuid 65534 --regid 65534 --clear-groups dmctl -j doctor |
	jq -r '.[] | select(.check == "balloon") | "\(.ok) \(.text)"')" \
	"null only root, and members of the group that dynmem's parameter 'group' names, may see that" \
	"another user is told nothing of VMs"
is "$(unshare --net dmctl -j doctor | jq -r '.[] | select(.ok == false) | .check')" module \
	"in another network namespace dynmem cannot be reached"
unshare --net sh -c "$(unshare --net dmctl -j doctor | jq -r '.[] | select(.ok == false) | .mend')" >"$tmp/text"
is "$? $(grep -c BAD "$tmp/text")" "0 0" "the line that it shows asks in the right one"

vm_ends web
dmctl vm del idle
rmmod dynmem
fails_for module '^dynmem is not loaded$'
is "$(results 'map(select(.ok == null) | .check) | tostring')" \
	'["version","ksm","device","libvirt","memory","balloon","cgroup","node"]' \
	"what needs the module is not checked"
mended module '^modprobe dynmem$'
kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What dynmem has for libvirt: `dmctl libvirt`, which changes libvirt's qemu.conf, and the hook, which
# defines a domain's VM when the domain starts and deletes it when the domain has ended. The host of
# the lab has no libvirt: the test calls the hook as libvirt does, and plays systemctl. With libvirt
# itself all of it runs in selftests/libvirt.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

conf=/etc/libvirt/qemu.conf

libvirt_exit()
{
	rm -rf /etc/libvirt
	vmm_exit
}
trap libvirt_exit EXIT

# A systemctl for a host on which libvirtd runs.
mkdir "$tmp/bin"
cat >"$tmp/bin/systemctl" <<END
#!/bin/sh
case "\$*" in
"is-active libvirtd") ;;
"restart libvirtd") echo restarted >>"$tmp/restarts"; [ ! -e "$tmp/broken" ] ;;
*) exit 3 ;;
esac
END
chmod +x "$tmp/bin/systemctl"
PATH=$tmp/bin:$PATH

# devices: prints how many devices of VMs libvirt's QEMU may use
devices() { grep -v '^#' "$conf" | grep -o '"/dev/vhost-vdpa-[0-9]*"' | sort -u | wc -l; }
restarts() { wc -l <"$tmp/restarts"; }

# ---- qemu.conf

fails "without libvirt there is nothing to enable" dmctl libvirt enable
like "$(cat "$tmp/output")" "there is no $conf: install libvirt first" "dmctl says so"

mkdir -p /etc/libvirt "$tmp/etc"
printf '# cgroup_device_acl = [ "/dev/null" ]\nuser = "libvirt-qemu"\n' >"$tmp/etc/real"
chmod 640 "$tmp/etc/real"
chown 1:2 "$tmp/etc/real"
ln -s "$tmp/etc/real" "$conf"
cp "$tmp/etc/real" "$tmp/before"
succeeds "devices of VMs are allowed" dmctl libvirt enable
is "$(devices)" 256 "256 of them"
is "$(grep -c "'/dev/kvm'" "$conf")" 1 "and libvirt's own"
is "$(stat -c '%a %u:%g' "$tmp/etc/real") $(readlink "$conf")" "640 1:2 $tmp/etc/real" \
	"the file keeps its rights, and a link stays one"
is "$(ls "$tmp/etc")" real "no other file is left"
is "$(restarts)" 1 "libvirtd is restarted"
succeeds "another number of devices can be allowed" dmctl libvirt enable devices 3
is "$(devices)" 3 "so it is"
succeeds "they can be taken back" dmctl libvirt disable
succeeds "then the file is as it was" cmp "$conf" "$tmp/before"
printf 'cgroup_device_acl = [\n\t"/dev/null", "/dev/mine"\n]\n' >"$conf"
cp "$tmp/etc/real" "$tmp/before"
dmctl libvirt enable devices 2
is "$(devices) $(grep -c '"/dev/null", "/dev/mine"' "$conf")" "2 1" "a list keeps what it has"
dmctl libvirt disable
succeeds "also when devices are taken back" cmp "$conf" "$tmp/before"

touch "$tmp/broken"
fails "it is told if libvirtd cannot be restarted" dmctl libvirt enable
like "$(cat "$tmp/output")" "'systemctl restart libvirtd' has failed" "with the command"
rm "$tmp/broken"
echo 'cgroup_device_acl = "/dev/null"' >"$conf"
fails "what is no list is refused" dmctl libvirt enable
like "$(cat "$tmp/output")" "cgroup_device_acl in $conf is no list" "dmctl says so"
is "$(cat "$conf")" 'cgroup_device_acl = "/dev/null"' "and left alone"
for words in 'enable devices 0' 'enable devices 4097' 'enable devices x' 'enable devices' \
	'enable now' 'enable devices 3 4' 'disable now' 'status now' 'unable'; do
	# shellcheck disable=SC2086 # several words
	dmctl libvirt $words >/dev/null 2>&1
	is "$?" 2 "usage error: dmctl libvirt $words"
done
chmod 600 "$tmp/etc/real"
chmod 711 "$tmp" "$tmp/etc"
setpriv --reuid 65534 --regid 65534 --clear-groups dmctl libvirt enable 2>"$tmp/output"
is "$?" 4 "only root may"

printf 'user = "root"\n' >"$conf"
fails "status: the devices are not allowed" dmctl libvirt status
like "$(cat "$tmp/output")" "BAD libvirt  libvirt's QEMU may not use /dev/vhost-vdpa-0" "which is told"
like "$(dmctl -j libvirt | jq -r '.[].mend')" "^dmctl libvirt enable" "with what mends it"
dmctl libvirt enable
is "$(dmctl -j libvirt | jq -r '.[].text' | grep -c vhost-vdpa-0)" 0 "then they are"

# ---- the hook

# `make install` changes the path of dmctl in the same way.
sed "s#/usr/sbin/dmctl#$(command -v dmctl)#" /dynmem/packaging/libvirt/hook >"$tmp/hook"
chmod +x "$tmp/hook"

# domain NAME METADATA [ELEMENTS]: prints a domain's XML
domain()
{
	cat <<-END
	<?xml version="1.0"?>
	<domain type='kvm'>
	  <name>$1</name>
	  <memory unit='KiB'>262144</memory>
	  <metadata>
	    <other:info xmlns:other="https://dynmem.example/other" startup="1G"/>
	    $2
	  </metadata>
	  ${3:-}
	  <devices/>
	</domain>
	END
}
memory() { echo "<d:memory xmlns:d='https://dynmem.example/libvirt/1' $*/>"; }

# hook NAME OPERATION SUB-OPERATION METADATA [ELEMENTS]: calls the hook as libvirt does
hook()
{
	domain "$1" "$4" "${5:-}" >"$tmp/xml"
	"$tmp/hook" "$1" "$2" "$3" - <"$tmp/xml"
}
names() { dmctl -j vm show | jq -r '[.[].name] | sort | join(" ")'; }

settings=$(memory 'startup="64M" minimum="32M" maximum="256M" weight="6000" demand="workingset"')
for operation in 'start begin' 'started begin' 'stopped end' 'migrate begin' 'reconnect begin' \
	'release begin'; do
	# shellcheck disable=SC2086 # two words
	hook web $operation "$settings"
	is "$? $(names)" "0 " "nothing is done at: $operation"
done
succeeds "a domain without settings does not concern it" hook web prepare begin ''
is "$(names)" "" "there is no VM"
succeeds "before a domain starts" hook web prepare begin "$settings"
is "$(json web '[.startup, .minimum, .maximum, .weight, .demand_mode] | tostring')" \
	"[$((64 * M)),$((32 * M)),$((256 * M)),6000,\"workingset\"]" "its VM is defined"
is "$(stat -c %G "$(readlink -f /dev/dynmem/web)")" kvm "the VM's device is there, for the group kvm"
succeeds "it may have been defined before" hook web prepare begin "${settings/6000/7000}"
is "$(json web .weight)" 7000 "it has the domain's settings then"

vmm_attach web "0 0 256M memfd bind=0"
is "$answer" ok "QEMU attaches"
hook web release end "$settings" >"$tmp/released" 2>&1 &
released=$!
succeeds "when the domain ends, the hook waits for QEMU" wait_until 10 pgrep -f 'vm wait web state'
vmm_kill web
wait $released
is "$? $(names)" "0 " "and deletes the VM"
succeeds "no device is left" test ! -e /dev/dynmem/web

succeeds "the VM may have another name" hook 'my web' prepare begin "${settings/startup/vm=\"other\" startup}"
is "$(names)" other "so it has"
succeeds "by that it is deleted" hook 'my web' release end "${settings/startup/vm=\"other\" startup}"
is "$(names)" "" "so it is"

# ---- starts that are refused

# refused REGEX COMMAND...: tests that the hook fails, says why as libvirt shows it, and leaves no VM
refused()
{
	local regex=$1

	shift
	fails "the hook refuses: $regex" "$@"
	like "$(cat "$tmp/output")" "$regex" "and says so"
	is "$(names)" "" "there is no VM"
}
refused "maximum" hook web prepare begin "${settings/256M/32M}"
refused "there is no setting 'colour'" hook web prepare begin "${settings/weight/colour}"
refused "startup SIZE is missing" hook web prepare begin "$(memory 'weight="1"')"
refused "web: .*lacks" hook web prepare begin "$(memory 'startup="900G"')"
refused "web: " hook web prepare begin "$settings" \
	"<memoryBacking><hugepages><page size='2048' unit='KiB' nodeset='0'/></hugepages></memoryBacking>"
capacity=$(node .capacity)
set_capacity $((48 * M))
bound="<numatune><memory mode='strict' nodeset='0'/></numatune>"
refused "web: would be refused: its node lacks [0-9]+M" hook web prepare begin "$settings" "$bound"
succeeds "another node has room" hook web prepare begin "$settings" "${bound/0/1}"
dmctl vm del web
set_capacity "$capacity"
refused "the domain's XML cannot be read" sh -c "echo '<domain>' | $tmp/hook web prepare begin -"
succeeds "huge pages of an unknown size are left to QEMU's start" hook web prepare begin "$settings" \
	"<memoryBacking><hugepages/></memoryBacking>"
dmctl vm del web

kernel_is_content
done_testing

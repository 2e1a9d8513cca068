# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2016 # arguments of `guest start`; the guest's shell expands it
#
# Functions that give a guest a disk with a file system, which the guest mounts as ext4. The disk is
# a file of the host that QEMU reads without the host's page cache. Sourced in the lab's host, by
# the tests with guests and the measurements.
#
# The disk is plugged in after Linux has booted, since under emulation the BIOS sometimes hangs when
# it looks at a disk.

# Arguments of `guest start` for a guest with such a disk, behind --
disk_port=(-device "pcie-root-port,id=files-port,chassis=8,slot=8")

# disk_plug NAME: plugs an empty disk of 2 GiB into the guest, and mounts it at /mnt there
disk_plug()
{
	local file=/var/tmp/$1.files

	rm -f "$file"
	truncate -s 2G "$file"
	guest qmp "$1" "$(jq -nc --arg file "$file" '{ execute: "blockdev-add", arguments: {
		"node-name": "files", driver: "raw", cache: { direct: true },
		file: { driver: "file", filename: $file, cache: { direct: true } } } }')" >/dev/null
	guest qmp "$1" '{"execute":"device_add","arguments":{"id":"files-disk","driver":"virtio-blk-pci",
		"bus":"files-port","drive":"files"}}' >/dev/null
	guest run "$1" --timeout 120 'modprobe virtio_blk; modprobe crc32c_generic 2>/dev/null; modprobe ext4
		until [ -b /dev/vda ]; do sleep 0.2; done
		mkdir -p /mnt && mke2fs /dev/vda >/dev/null && mount -t ext4 /dev/vda /mnt'
}

# disk_fill NAME MIB: makes a file of MIB MiB in the guest, /mnt/file, and writes it to the disk
disk_fill() { guest run "$1" --timeout 1100 "dd if=/dev/zero of=/mnt/file bs=1M count=$2 2>/dev/null; sync"; }

# disk_read NAME: prints how many bytes the guest has read from the disk so far
disk_read() { guest run "$1" awk '{ print $3 * 512 }' /sys/block/vda/stat; }

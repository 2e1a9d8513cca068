# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions for tests that install dynmem in a copy of a bare root file system, as on a machine of its
# own: from-source and from-packages, which source this file with their arguments NAME BARE RELEASE
# ROLE (host or guest). They run in a mount namespace of their own.

# shellcheck source=selftests/lab/lib.sh
. ../lab/lib.sh
# shellcheck source=selftests/lab/t/tap.sh
. ../lab/t/tap.sh

name=$1 bare=$2 release=$3 role=$4
out=$TREE/build/install
image=$(image_dir)
built=$TREE/build/lab/$(awk -v release="$release" '$2 == release { print $1 }' "$image/kernels")
case $role in
host) module=dynmem ;;
guest) module=dynmem_balloon ;;
esac
work=$out/$name.work
root=$work/root

# lines_of FILE SECTION: prints the first listing of that section of a document, without comments
lines_of()
{
	awk -v section="## $2" '
		/^## / { inside = $0 == section; next }
		inside && /^```/ { if (listing++) exit; next }
		inside && listing' "$TREE/$1" | sed 's/  *#.*//'
}

# on_it COMMAND: runs COMMAND as root in the copy, in the directory /dynmem. uname is replaced there:
# it must print RELEASE, and not the kernel of this machine.
on_it()
{
	# shellcheck disable=SC2016 # the inner shell expands them
	in_root "$root" "$work/sources:/dynmem" "$work/bin:/usr/local/bin" -- \
		sh -c 'PATH=/usr/local/bin:$PATH DEBIAN_FRONTEND=noninteractive; export PATH DEBIAN_FRONTEND
			cd /dynmem; eval "$1"' sh "$1" 2>&1
}

# make_copy: makes the copy, with an empty directory /dynmem
make_copy()
{
	mkdir -p "$work"/{upper,work,root,bin,sources}
	mount -t overlay overlay "$root" \
		-o "lowerdir=$bare,upperdir=$work/upper,workdir=$work/work" || exit
	mkdir -p "$root"/{dynmem,lab,script}
	printf '#!/bin/sh\n[ "$*" != -r ] || { echo %s; exit; }\nexec /usr/bin/uname "$@"\n' \
		"$release" >"$work/bin/uname"
	chmod +x "$work/bin/uname"
	cp /etc/resolv.conf "$root/etc/"
	on_it 'apt-get -q update' >"$work/log" || { cat "$work/log"; exit 1; }
}

# begin_trial: lets changes of the copy go to a layer of their own, $work/trial, until end_trial
begin_trial()
{
	mkdir "$work"/trial{,.work}
	mount -t overlay overlay "$root" \
		-o "lowerdir=$root,upperdir=$work/trial,workdir=$work/trial.work" || exit
}

end_trial() { umount "$root"; }

# quiet FILE: succeeds if no line of FILE tells of trouble. Debian 12's headers have no type
# information; a line about that is no trouble.
quiet()
{
	! grep -v 'Skipping BTF generation' "$1" |
		grep -iE 'warning|error|missing|no such|cannot|not found|skipping'
}

# finds_module DIRECTORY: succeeds if modprobe in the copy finds the module in that directory
finds_module()
{
	on_it "modprobe -S $release --ignore-install --show-depends $module" | tee /dev/stderr |
		grep -q "/$1/$module.ko"
}

# pack: makes from the copy the disk of a host, or the initramfs of a guest, for the lab
pack() { "pack_$role"; }

# pack_host: makes the disk of a host from the copy
pack_host() { mke2fs -q -t ext4 -O ^has_journal -d "$root" "$out/$name.img" 4G >"$work/log"; }

# pack_guest: makes the initramfs of a guest. /installed in it has all that loads the module: the
# copy's modprobe with its configuration, and the modules that modprobe finds for the guest's driver
# and for virtio_balloon, which udev loads.
pack_guest()
{
	local stage=$work/stage dir

	mkdir -p "$stage"/installed/{dev,proc,sys}
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$stage/installed/$dir"
	done
	on_it "{
		echo /usr/sbin/modprobe
		ldd /usr/sbin/modprobe | grep -o '/[^ ]*'
		find /lib/modprobe.d /etc/modprobe.d /lib/modules/$release/updates -type f
		find /lib/modules/$release -maxdepth 1 -type f
		modprobe -S $release -a --show-depends $module virtio_balloon | sed -n 's/^insmod \([^ ]*\).*/\1/p'
	} | sed -E 's#^/(lib|lib64)/#/usr/\1/#; s#^/##' | sort -u | tar -C / -c -h -f installed.tar -T -"
	tar -C "$stage/installed" -x -f "$work/sources/installed.tar"
	in_root "$image/root" "$stage:/lab" -- \
		sh -c 'cd /lab && find . | busybox cpio -o -H newc' >"$work/cpio"
	# The kernel unpacks concatenated archives one after the other. The lab's own comes first.
	cat "$built/guest.cpio" "$work/cpio" >"$out/$name.cpio"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions for the lab's scripts that run on this machine itself (lab, image, build-in-root): where
# the images are, and how to run commands in the cached root file system.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # read by the scripts that source this file
TREE=$(cd "$LAB_DIR/../.." && pwd)
CACHE=${DYNMEM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dynmem}

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# as_root COMMAND...: runs COMMAND as the owner of the cached root file system. If the user is root,
# that is root itself. For another user it is root of a user namespace, which mmdebstrap makes from
# the user's subordinate ids.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		mmdebstrap --unshare-helper "$@"
	fi
}

# in_root ROOT FROM:TO... -- COMMAND...: runs COMMAND in the root file system ROOT, with each
# directory FROM mounted at TO. The mounts are in a mount namespace of their own, so nothing has to
# be cleaned up.
in_root()
{
	local map=()

	[ "$(id -u)" = 0 ] || map=(--map-root-user)
	# shellcheck disable=SC2016 # the inner shell expands these
	ROOT=$1 unshare "${map[@]}" --mount --pid --fork sh -euc '
		shift
		mount --rbind /dev "$ROOT/dev"
		mount -t proc proc "$ROOT/proc"
		mount -t tmpfs tmpfs "$ROOT/tmp"
		while [ "$1" != -- ]; do
			mount --bind "${1%:*}" "$ROOT${1##*:}"
			shift
		done
		shift
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C \
			chroot "$ROOT" "$@"' sh "$@"
}

# image_key: prints a hash of the files that decide what is in the image. The hash is a part of the
# image's name.
image_key()
{
	cat "$LAB_DIR"/{packages,image,image-hook} | sha256sum | cut -c1-12
}

# image_dir: prints the directory of the image, which exists once `image` has run.
image_dir() { printf '%s/lab-%s\n' "$CACHE" "$(image_key)"; }

# of_image PACKAGE: prints the version of a Debian package in the image
of_image()
{
	dpkg-query --admindir="$(image_dir)/root/var/lib/dpkg" -W -f '${Version}\n' "$1"
}

# source_version: prints the version of the Debian source of the image's kernel 6.12
source_version() { of_image "linux-headers-$(kernel_release 6.12)"; }

# debug_dir: prints the directory of the debug kernel, which exists once `debug-kernel` has run. Its
# name has a hash of all that decides what is in it.
debug_dir()
{
	printf '%s/debug-%s\n' "$CACHE" "$({
		cat "$LAB_DIR"/debug-kernel{,.config}
		source_version
		of_image gcc
	} | sha256sum | cut -c1-12)"
}

# kernels SERIES...: prints lines "SERIES RELEASE" of the kernels in a run: those of the image, and
# the debug kernel if `debug` is among the arguments.
kernels()
{
	cat "$(image_dir)/kernels"
	case " $* " in *' debug '*) cat "$(debug_dir)/kernels" ;; esac
}

# kernel_release SERIES: prints the release, as in /lib/modules, of kernel 6.12, 7.3, 6.1 or debug.
kernel_release()
{
	local release

	release=$(kernels "$1" | awk -v series="$1" '$1 == series { print $2 }')
	[ -n "$release" ] || die "no kernel '$1'; there are: $(
		kernels | awk '{ printf "%s (%s) ", $1, $2 }')and debug"
	printf '%s\n' "$release"
}

# remove_old KIND KEEP: removes images or debug kernels (KIND is lab or debug) that were not used
# for a week, except KEEP.
remove_old()
{
	local lock

	find "$CACHE" -maxdepth 1 -name "$1-*.lock" -mtime +7 | while read -r lock; do
		[ "$lock" = "$2.lock" ] || flock -n "$lock" rm -rf "${lock%.lock}" "$lock" || true
	done
}

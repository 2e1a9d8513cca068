# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # tmp comes from lib.sh
#
# Functions for tests that play VMM and guest themselves, sourced after lib.sh. The VMM is the
# program `vmm` (see vmm/vmm.h; `vmm help` lists its commands). MACHINE is the name of a VM and of
# its VMM.

declare -A vmm_pid vmm_to vmm_from
monitor=''

# shellcheck disable=SC2317 # called by the trap
vmm_exit()
{
	kill -KILL ${monitor:+$monitor} "${vmm_pid[@]}" 2>/dev/null
	wait 2>/dev/null
	at_exit
}
trap vmm_exit EXIT
# Writing a command to a VMM that has died must not kill the test.
trap : PIPE

# events_begin: from now on dmctl monitor appends events to $tmp/events.
events_begin()
{
	dmctl -j monitor >>"$tmp/events" &
	monitor=$!
	wait_until 20 listening $monitor || not_ok "dmctl monitor listens"
}

events_end()
{
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	monitor=''
}

# event REGEX: succeeds if an event since the last events_forget matches, or one that comes within
# 10 s.
event() { wait_until 10 grep -qE "$1" "$tmp/events"; }
events_forget() { : >"$tmp/events"; }

# v MACHINE COMMAND...: has the VMM carry out a command, and leaves the answer in $answer.
v()
{
	v_begin "$@"
	v_end "$1"
}

# v_begin MACHINE COMMAND...; v_end MACHINE: the two steps of v. v_begin sends the command. v_end
# waits for the answer, and leaves it in $answer.
v_begin()
{
	kill -0 "${vmm_pid[$1]}" 2>/dev/null && printf '%s\n' "${*:2}" >&"${vmm_to[$1]}"
}

v_end() { IFS= read -r -t $((120 * LAB_SLOW)) answer <&"${vmm_from[$1]}" || answer="(no answer)"; }

# must MACHINE COMMAND...: does the same as v, for a step that must succeed. If the command fails,
# that is a failed test.
must()
{
	v "$@"
	[[ $answer = ok* ]] || not_ok "$*" "answered: $answer"
}

# begin MACHINE COMMAND...: sends a request that has the option nowait, and returns when the host
# has begun to serve it.
begin()
{
	local before end=$((SECONDS + 20 * LAB_SLOW))

	before=$(json "$1" .counters.requests)
	must "$@"
	while [ "$(json "$1" .counters.requests)" = "$before" ]; do
		[ $SECONDS -lt $end ] || { not_ok "$* is begun"; return; }
	done
}

# vmm_start MACHINE: starts a VMM. It is attached to no VM yet.
vmm_start()
{
	local name=$1 to from

	rm -f "$tmp/$name".{to,from}
	mkfifo "$tmp/$name".{to,from}
	vmm <"$tmp/$name.to" >"$tmp/$name.from" &
	vmm_pid[$name]=$!
	exec {to}>"$tmp/$name.to" {from}<"$tmp/$name.from"
	vmm_to[$name]=$to
	vmm_from[$name]=$from
}

# user_attaches MACHINE: defines a VM, for which a VMM starts as vmm_start_user does, and attaches
user_attaches()
{
	dmctl vm add "$1" startup 64M minimum 32M
	vmm_start_user "$1"
	must "$1" slot 0 0 66M memfd small
	must "$1" open "$(device_of "$1")"
	v "$1" owner
	is "$answer" ok "a user's VM starts"
}

# vmm_start_user MACHINE: starts a VMM as an unprivileged user with user and mount namespaces of its
# own, and gives the VM's device to that user. The VMM may mount a file system on $tmp/mnt.
vmm_start_user()
{
	local name=$1 to from device

	device=$(device_of "$name")
	chown 1000:1000 "$device"
	chmod 666 /dev/kvm /dev/fuse
	rm -f "$tmp/$name".{to,from}
	mkfifo "$tmp/$name".{to,from}
	mkdir -p "$tmp/mnt"
	chmod 755 "$tmp" "$tmp/mnt"
	# The user may have no access to the directory of vmm, so make a copy.
	install -m 755 "$(command -v vmm)" "$tmp/vmm"
	setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user --mount \
		"$tmp/vmm" <"$tmp/$name.to" >"$tmp/$name.from" &
	vmm_pid[$name]=$!
	exec {to}>"$tmp/$name.to" {from}<"$tmp/$name.from"
	vmm_to[$name]=$to
	vmm_from[$name]=$from
}

# vmm_kill MACHINE: kill -9; returns when the process is gone.
vmm_kill()
{
	local to=${vmm_to[$1]} from=${vmm_from[$1]}

	kill -KILL "${vmm_pid[$1]}" 2>/dev/null
	wait "${vmm_pid[$1]}" 2>/dev/null
	exec {to}>&- {from}<&-
}

device_of() { printf '/dev/%s\n' "$(json "$1" .device)"; }

# vm_ends MACHINE: kills the VMM and deletes the VM.
vm_ends()
{
	vmm_kill "$1"
	if ! wait_until 20 vm_is "$1" .state defined || ! dmctl vm del "$1"; then
		not_ok "$1 can be deleted when its VMM is gone"
	fi
}

# vmms_end NAME...: kills these VMMs. For each of them, a test passes if its VM becomes `defined`.
vmms_end()
{
	local name

	for name; do
		vmm_kill "$name"
		succeeds "the VMM of $name is gone" wait_until 20 vm_is "$name" .state defined
	done
}

# keeps_reporting MACHINE FIGURE...: reports these figures of the guest once a second, until
# $tmp/enough exists
keeps_reporting()
{
	while [ ! -e "$tmp/enough" ]; do
		v "$1" report "${@:2}"
		sleep 1
	done
}

# pages_are_sound MACHINE: looks at the guest's memory from 2 MiB to 64 MiB. Each page must be
# intact or absent, and the number of absent pages must be at least the number of ballooned pages.
# If not, adds a line to the array $why.
pages_are_sound()
{
	local given kept absent other

	given=$(json "$1" .ballooned/4096)
	v "$1" look 2M 62M
	read -r _ kept absent other <<<"$answer"
	[ "$((${kept#*=} + ${absent#*=})) $other" = "15872 other=0" ] && [ "$given" -le "${absent#*=}" ] ||
		why+=("given: $given, pages: $answer")
}

# vmm_attach MACHINE SLOT...: starts a VMM with these memory slots and attaches it to the VM; leaves
# the answer to `owner` in $answer.
vmm_attach()
{
	local name=$1 slot

	shift
	vmm_start "$name"
	for slot; do
		must "$name" slot "$slot"
	done
	must "$name" open "$(device_of "$name")"
	v "$name" owner
}

# machine MACHINE SIZE SLOT...: defines a VM with startup SIZE and attaches a VMM with these memory
# slots to it.
machine()
{
	local name=$1 size=$2

	shift 2
	dmctl vm add "$name" startup "$size" minimum 32M || not_ok "dmctl vm add $name"
	vmm_attach "$name" "$@"
	[ "$answer" = ok ] || not_ok "$name attaches" "answered: $answer" "$(dmesg | tail -n 3)"
}

counter() { json "$1" ".counters.$2"; }

# figures MACHINE FILTER...: prints several members of a VM's JSON, all from one answer of dmctl, in
# one line.
figures()
{
	local name=$1

	shift
	dmctl -j vm show "$name" | jq -r "[$(IFS=,; printf '%s' "$*")] | map(tostring) | join(\" \")"
}

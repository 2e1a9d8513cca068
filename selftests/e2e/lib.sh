# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that print TAP and read dynmem's figures, sourced by every end-to-end test (NN-name.t).
# A test runs as root inside the lab's host and ends with done_testing.

TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$TESTS_DIR:$PATH
# shellcheck disable=SC2034 # for the tests
M=$((1024 * 1024))
BLOCK=$((2 * M))
ended=''
tmp=$(mktemp -d)
LAB_SLOW=${LAB_SLOW:-1}		# factor for all waits; above 1 on the debug kernel

# shellcheck source=selftests/ktap.sh
. "$TESTS_DIR/../ktap.sh"
ok() { ktap_ok "$1"; }
not_ok() { ktap_not_ok "$@"; }
skip() { ktap_skip "$@"; }

# in_time DESCRIPTION COMMAND...: the same test as `succeeds`, for an assertion about speed. It is
# skipped if LAB_SLOW is above 1, since a slow host says nothing about speed.
in_time()
{
	if [ "$LAB_SLOW" = 1 ]; then
		succeeds "$@"
	else
		skip "$1" "no speed where LAB_SLOW=$LAB_SLOW"
	fi
}

# Bash calls this when a command does not exist, such as a misspelt `succeeds`. The command's test
# would be missing without notice, so done_testing reports a failed test.
# shellcheck disable=SC2317 # called by bash
command_not_found_handle()
{
	printf '%s: command not found\n' "$1" | tee -a "$tmp/unknown" >&2
	return 127
}

# within SECONDS COMMAND...: runs COMMAND by timeout(1), for at most SECONDS x LAB_SLOW seconds.
within() { timeout $(($1 * LAB_SLOW)) "${@:2}"; }

# is GOT EXPECTED DESCRIPTION: a test that passes if GOT equals EXPECTED
is()
{
	if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3" "got:      $1" "expected: $2"; fi
}

# like GOT REGEX DESCRIPTION: a test that passes if GOT matches REGEX
like()
{
	if [[ $1 =~ $2 ]]; then ok "$3"; else not_ok "$3" "got:      $1" "expected: $2"; fi
}

# succeeds DESCRIPTION COMMAND...: a test that passes if COMMAND succeeds; leaves its output in
# $tmp/output
succeeds()
{
	local what=$1 status

	shift
	"$@" >"$tmp/output" 2>&1
	status=$?
	if [ $status = 0 ]; then
		ok "$what"
	else
		[ "$1" != wait_until ] || cat "$tmp/waited" >"$tmp/output"
		not_ok "$what" "'$*' ended with status $status" "$(tail -n 20 "$tmp/output")"
	fi
}

# fails DESCRIPTION COMMAND...: a test that passes if COMMAND fails; leaves its output in
# $tmp/output
fails()
{
	local what=$1

	shift
	if "$@" >"$tmp/output" 2>&1; then
		not_ok "$what" "'$*' succeeded" "$(tail -n 20 "$tmp/output")"
	else
		ok "$what"
	fi
}

# kernel_is_content: a test that passes if the kernel log of this boot has no BUG, WARNING or Oops
kernel_is_content()
{
	local bad

	if bad=$(dmesg | grep -E 'BUG|WARNING|Oops'); then
		not_ok "the kernel has nothing to complain of" "$bad"
	else
		ok "the kernel has nothing to complain of"
	fi
}

# near GOT EXPECTED TOLERANCE DESCRIPTION: a test that passes if GOT differs from EXPECTED by at
# most TOLERANCE
near()
{
	local off=$(($1 - $2))

	if [ "${off#-}" -le "$3" ]; then
		ok "$4"
	else
		not_ok "$4" "got:      $1 ($(($1 / M)) MiB)" \
			"expected: $2 ($(($2 / M)) MiB), give or take $3"
	fi
}

# between LOW GOT HIGH DESCRIPTION: a test that passes if GOT is LOW, HIGH or in between
between()
{
	if [ "$1" -le "$2" ] && [ "$2" -le "$3" ]; then
		ok "$4"
	else
		not_ok "$4" "got:      $2 ($(($2 / M)) MiB)" \
			"expected: $1 ($(($1 / M)) MiB) to $3 ($(($3 / M)) MiB)"
	fi
}

# exits STATUS DESCRIPTION REGEX COMMAND...: a test that passes if COMMAND exits with STATUS and
# prints, as one line on standard error, "dmctl: " and text that matches REGEX
exits()
{
	local expected=$1 what=$2 regex=$3 status said

	shift 3
	said=$("$@" 2>&1 >/dev/null)
	status=$?
	if [ $status = "$expected" ] && [[ $said =~ ^"dmctl: "$regex$ ]] &&
		[[ $said != *$'\n'* ]]; then
		ok "$what"
	else
		not_ok "$what" "'$*' ended with status $status (expected $expected) and said:" \
			"$said" "expected: dmctl: $regex"
	fi
}

# refused, unknown, denied and unreached DESCRIPTION REGEX COMMAND...: the same, with these statuses
# of dmctl: the command was refused, there is no such VM or node, the caller may not do that, and
# dynmem is not loaded
refused() { exits 1 "$@"; }
unknown() { exits 3 "$@"; }
denied() { exits 4 "$@"; }
unreached() { exits 5 "$@"; }

# wait_until SECONDS COMMAND...: repeats COMMAND until it succeeds; fails after SECONDS x LAB_SLOW
# seconds. Leaves the output of the last try in $tmp/waited.
wait_until()
{
	local end=$((SECONDS + $1 * LAB_SLOW))

	shift
	until "$@" >"$tmp/waited" 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# json VM FILTER: prints a member of a VM's JSON from dmctl, such as .state or '.nodes[0].resident'
json() { dmctl -j vm show "$1" | jq -r "$2"; }

# vm_has VM JQ-CONDITION: succeeds if the condition holds for the VM's JSON, and else prints that
# JSON; for use with `wait_until` or `comes`
vm_has() { dmctl -j vm show "$1" | tee "$tmp/vm" | jq -e "$2" >/dev/null || ! cat "$tmp/vm"; }

# vm_is VM FILTER VALUE: succeeds if `json VM FILTER` prints VALUE; for wait_until
vm_is() { [ "$(json "$1" "$2")" = "$3" ]; }

# ---- node 0 of the host

node() { dmctl -j node show | jq -r ".[0]$1"; }

node_has()
{
	dmctl -j node show | jq -c '.[0]' | tee "$tmp/node" | jq -e "$1" >/dev/null ||
		! cat "$tmp/node"
}

# set_capacity BYTES: sets the capacity of node 0, by changing its reserve
set_capacity()
{
	local reserve=$(($(node .reserve) + $(node .capacity) - $1))

	dmctl host set reserve $((reserve / BLOCK * BLOCK)) node 0
}

# listening PID: succeeds if the process sleeps in recvmsg() (system call 47); for wait_until.
# Before `dmctl monitor` joins the multicast group of events, it makes netlink look-ups, but these
# never sleep in recvmsg(). So a monitor that sleeps in recvmsg() has joined the group.
listening() { [[ $(cat "/proc/$1/syscall") = "47 "* ]]; }

done_testing()
{
	ended=yes
	[ ! -e "$tmp/unknown" ] || not_ok "all commands exist" "$(sort -u "$tmp/unknown")"
	ktap_exit
}

# shellcheck disable=SC2317 # called by the trap
at_exit()
{
	[ -n "$ended" ] || not_ok "$(basename "$0") ran to its end"
	rm -rf "$tmp"
	# Restore the host's default settings for the next test file.
	[ ! -e /sys/module/dynmem ] ||
		dmctl host set reserve default balance strict failover 0 headroom default
}
trap at_exit EXIT

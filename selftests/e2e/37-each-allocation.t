#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Repeats each command of an operator or of a VMM. In the first run the module's first allocation
# for the command fails, in the second run only the second one, and so on to the last. Copies from
# and to user space count as allocations. A command that fails must say so and change nothing. Each
# page of the guest must be gone or intact. The last run, in which no allocation fails, must
# succeed. This test does not look for leaked memory: kernel-leaks does, when the host ends.
# 36-no-memory.t lets random allocations fail, those of the module's own threads included.

# shellcheck disable=SC2317 # much is called by name
# shellcheck disable=SC2154 # injected comes from faults.sh
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/faults.sh
. "$(dirname "$0")/faults.sh"

# each DESCRIPTION FUNCTION: calls FUNCTION 1, FUNCTION 2 and so on; FUNCTION N runs a command and
# lets its N-th allocation fail. Stops when a command had fewer than N allocations, so that none
# failed. This last command must succeed. FUNCTION sets done=yes if its command succeeded, and adds
# errors to $why.
each()
{
	local n before

	why=()
	for ((n = 1; n <= 500; n++)); do
		injected
		before=$injected
		done=no
		"$2" $n
		injected
		if [ "$injected" = "$before" ] || [ ${#why[@]} != 0 ]; then
			break
		fi
	done
	[ "$injected" != "$before" ] || [ "$done" = yes ] ||
		why+=("without a fault: $answer" "$(<"$tmp/output")")
	if [ ${#why[@]} = 0 ] && [ $n -gt 1 ] && [ $n -lt 500 ]; then
		ok "$1, each of $((n - 1)) times"
	else
		not_ok "$1, each time" "number $n:" "${why[@]}"
	fi
}

# command_nth N COMMAND...: runs dmctl and lets its N-th allocation fail. dmctl must succeed, or say
# what is wrong in one line.
command_nth()
{
	local status

	(echo "$1" >/proc/thread-self/fail-nth; exec "${@:2}") >"$tmp/output" 2>&1
	status=$?
	[ "$status" != 0 ] || { done=yes; return; }
	[ "$status" = 1 ] && [[ $(<"$tmp/output") =~ ^"dmctl: "[^$'\n']+$ ]] ||
		why+=("'${*:2}' ended with status $status and said:" "$(<"$tmp/output")")
	return 1
}

# nth N MACHINE COMMAND...: has the VMM carry out COMMAND, and lets the N-th allocation of a task
# fail meanwhile. $task is the task's directory in /proc. Sets $done to yes if COMMAND succeeded.
nth()
{
	echo "$1" >"$task/fail-nth"
	v "${@:2}"
	echo 0 >"$task/fail-nth"
	done=no
	[[ $answer != ok* ]] || done=yes
}

# as_it_was VM EXPECTED FILTER...: adds to $why unless the VM's figures are EXPECTED
as_it_was()
{
	local got

	got=$(figures "$1" "${@:3}")
	[ "$got" = "$2" ] || why+=("${*:3}: $got; expected: $2")
}

# answers MACHINE EXPECTED COMMAND...: adds to $why unless the VMM answers the command with EXPECTED
answers()
{
	v "$1" "${@:3}"
	[ "$answer" = "$2" ] || why+=("'${*:3}' answered: $answer; expected: $2")
}

# ---- commands of an operator. For vm set, vm del, host set and node show the module allocates
# nothing in the caller's context, so these are not tested here.

# A failed call that leaves its VM behind is noticed, too: the last call, which has no injected
# fault, then fails because the VM exists.
adds()
{
	if command_nth "$1" dmctl vm add x startup 64M minimum 32M; then
		dmctl vm del x || why+=("it is added, and cannot be deleted")
	elif [ -e /sys/bus/vdpa/devices/x ]; then
		why+=("it was refused, and a device is left: $(<"$tmp/output")")
	fi
}

replaces()
{
	local weight=1

	dmctl vm set x weight 1
	if command_nth "$1" dmctl vm replace x startup 64M minimum 32M weight 2; then
		weight=2
	fi
	as_it_was x "$weight" .weight
}

shows()
{
	if command_nth "$1" dmctl -j vm show x; then
		[ "$(jq -r .name "$tmp/output")" = x ] || why+=("it showed: $(<"$tmp/output")")
	fi
}

lists()
{
	if command_nth "$1" dmctl -j vm show; then
		[ "$(jq -r '.[].name' "$tmp/output" | xargs)" = "x y" ] || why+=("it showed: $(<"$tmp/output")")
	fi
}

checks() { command_nth "$1" dmctl -j vm check x; }
plans() { command_nth "$1" dmctl -j host plan; }

faults_begin
answer=''
# The driver core makes many allocations for a new device. Let only those fail that have a function
# of dynmem among the last ten callers on the stack.
set_all stacktrace-depth 10
each "no memory to add a VM" adds
dmctl vm add x startup 64M minimum 32M
dmctl vm add y startup 64M minimum 32M
each "no memory to replace its settings" replaces
each "no memory to show it" shows
each "no memory to show all" lists
each "no memory to check it" checks
each "no memory for the plan" plans
dmctl vm del x
dmctl vm del y

# ---- commands of a VMM

is_defined() { [ "$(figures m .state .pid .charge .ballooned)" = "defined null 0 0" ]; }

attaches()
{
	nth "$1" m open "$device"
	[ "$answer" != ok ] || nth "$1" m owner
	[ "$answer" != ok ] || nth "$1" m start
	v m close
	wait_until 20 is_defined || why+=("afterwards: $(figures m .state .pid .charge .ballooned)")
}

dmctl vm add m startup 64M minimum 32M
device=$(device_of m)
vmm_start m
must m slot 0 0 64M memfd small bind=0
must m touch 2M 62M
task=/proc/${vmm_pid[m]}/task/${vmm_pid[m]}
each "no memory to attach" attaches
set_all stacktrace-depth 32
must m open "$device"
must m owner

# server: prints the /proc directory of the VMM's task that serves the rings
server() { grep -lx m "/proc/${vmm_pid[m]}/task"/*/comm | head -n 1 | xargs -r dirname; }

# again: resets the device and begins a new session, in which nothing is ballooned. Touches the
# memory that was ballooned before.
again()
{
	local where

	must m reset
	must m start
	v m hello instance=$((instance += 1)) 0+16384
	[[ $answer = 'ok ok epoch='* ]] || why+=("hello: $answer")
	for where in "4M 2M" "16M 3M" "31M 5M"; do
		must m touch "$where"
	done
}

hellos()
{
	must m reset
	must m start
	nth "$1" m hello instance=$((instance += 1)) 0+16384
	pages_are_sound m
}

inflates()
{
	nth "$1" m inflate 1024+512 '4096+1*300/2' 8000+700
	pages_are_sound m
	again
}

# To deflate a part of a block that is ballooned as a whole the module has to allocate a bitmap.
deflates()
{
	must m inflate 1024+512 8192+1024
	nth "$1" m deflate 1100+100 8100+700
	pages_are_sound m
	again
}

reports()
{
	nth "$1" m report anon=20M commit=20M
	[[ $answer = ok* ]] || again
}

instance=1
must m start
task=$(server)
each "no memory for HELLO" hellos
again
each "no memory to inflate" inflates
answers m "ok ok accepted=512 512/none" inflate 1024+512
answers m "ok ok accepted=512 512/none" deflate 1024+512
must m touch 2M 62M
each "no memory to deflate" deflates
each "no memory for a report" reports
why=()
as_it_was m "0 running" .ballooned .state
answers m "ok ok accepted=512 512/none" inflate 1024+512
pages_are_sound m
is "${why[*]}" "" "in the end all is as it should be"
vm_ends m
faults_end

kernel_is_content
done_testing

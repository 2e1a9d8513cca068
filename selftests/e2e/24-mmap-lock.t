#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An unprivileged user lets a VMM hold its own mmap_lock for as long as the user likes, by mapping a
# file of a file system that never answers. This must harm no other VM.
#
# Time goes to the right, a line is a VM, ! is an assertion. === is the time for which a VMM holds
# its own mmap_lock.
#
#   held   [ 64 MiB |===============================================================| !served ]
#   stuck  [                                                |==== !reset ====]
#   other  [                                 !grows to 100M                                    ]
#   third                        [ !starts                  !reset                             ]
#   dmctl              !answers                                 !event !held charged

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"


# at_once DESCRIPTION COMMAND...: COMMAND must succeed within 20 seconds.
at_once() { succeeds "$1" within 20 "${@:2}"; }
has_at_least() { [ "$(json "$1" "$2")" -ge "$3" ]; }

events_begin
user_attaches held
must held touch 0 64M
must held start
must held hello 0+16896
dmctl vm add stuck startup 64M minimum 32M
vmm_start_user stuck
must stuck slot 0 0 66M memfd small
must stuck open "$(device_of stuck)"
must stuck owner
must stuck start
must stuck hello 0+16896
dmctl vm add other startup 64M minimum 32M maximum 128M
vmm_attach other "0 0 130M memfd small"
is "$answer" ok "and another VM"
must other start
must other hello 0+33280
wait_until 20 has_at_least held .resident $((64 * M))
resident=$(json held .resident)

must held fuse "$tmp/mnt"
server=${answer#ok }
events_forget
must held holdmm "$tmp/mnt"
begin held hello nowait instance=2 0+16896
at_once "while it holds its mmap_lock: vm show answers" dmctl vm show
at_once "node show" dmctl node show
at_once "host plan" dmctl host plan
at_once "vm set" dmctl vm set held weight 4000
at_once "vm add" dmctl vm add third startup 64M minimum 32M
vmm_attach third "0 0 66M memfd small"
is "$answer" ok "a third VM starts"
must third start
must third hello 0+16896
must other report anon=100M commit=100M
succeeds "another grows" wait_until 20 has_at_least other .assigned $((100 * M))
must third reset
ok "a device is reset"
# The device of `stuck` is reset while a release waits for the VMM's mmap_lock. That release has not
# begun, so the reset does not wait for it.
must stuck fuse "$tmp/mnt"
stuck_server=${answer#ok }
must stuck holdmm "$tmp/mnt"
begin stuck inflate nowait 512+512
v stuck reset
is "$answer" ok "a device is reset whose guest's release waits for the lock"
kill -KILL "$stuck_server"
vm_ends stuck
succeeds "an event says what is the matter" \
	wait_until 30 grep -q '"vm":"held".*process [0-9]* holds its own mmap_lock' "$tmp/events"
is "$(figures held .resident .state)" "$resident running" "it stays charged as it was"
at_once "vdpa dev show answers" vdpa dev show

kill -KILL "$server"
succeeds "when it lets go of the lock, an event says so" \
	wait_until 30 grep -q '"vm":"held".*can be counted again' "$tmp/events"
must held await 0
must held hello instance=3 0+16896
v held inflate 512+512
is "$answer" "ok ok accepted=512 512/none" "and it is served again"
succeeds "and counted" wait_until 20 vm_is held ".resident <= $((63 * M))" true

vm_ends held
vm_ends other
vm_ends third
kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A VMM lets go of the device and runs its guest on, as QEMU does when the device is unplugged. The
# VM is away: it stays charged for its memory, nobody else gets that memory, and the VM goes on when
# the device is back. A VM that is away becomes `defined` when its VMM ends, or after away_timeout.
# No memory is lent in this test, since a loan would change the grants that the test compares.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   web    [ runs  away !charged, !not deleted      back !as it was  many times  away  killed !ends
#   other  [ wants all       !gets none of it                                                      ]
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

rounds=$((LAB_SLOW > 1 ? 100 : 15))
timeout=/sys/module/dynmem/parameters/away_timeout

# attached NAME: succeeds if the VM's VMM can open its device and attach; for wait_until, since
# after too many attempts the host refuses others for a while
attached()
{
	v "$1" open "$(device_of "$1")"
	v "$1" owner
	[ "$answer" = ok ] || { v "$1" close; return 1; }
}

events_begin
dmctl host set headroom off
machine web 256M "0 0 256M memfd bind=0"
must web touch 2M 200M
must web run
must web start
must web hello 0+65536
keeps_reporting web total=256M anon=150M commit=150M &
reporter=$!
succeeds "web runs" wait_until 20 vm_is web .driver dynmem
machine other 64M "0 0 1024M memfd bind=0"
dmctl vm set other maximum 1G
must other start
must other hello 0+262144
must other touch 2M 60M
succeeds "the memory of both is counted" wait_until 20 vm_has web ".resident >= 200 * $M"
succeeds "what the VMMs need shows in the host's own use" wait_until 60 node_has '.overhead == 0'
touch "$tmp/enough"
wait $reporter
rm "$tmp/enough"

# The host is full but for 16 MiB, and the other VM wants more than that.
set_capacity $(($(node .charge) + 16 * M))
charge=$(json web .charge) assigned=$(json web .assigned)
keeps_reporting other total=1024M anon=700M commit=700M &
reporter=$!

# ---- away

events_forget
must web close
is "$(figures web .state .driver .pid .status)" "away none ${vmm_pid[web]} unknown" \
	"a VMM that lets go and runs its guest on is away"
succeeds "an event says so" event '"vm":"web".*away: process [0-9]+ runs on without the device'
like "$(json web .why)" "nothing is given or taken until the device is back" "vm show says why nothing moves"
refused "it can't be deleted" "the VM is in use by process ${vmm_pid[web]}: stop that first" \
	dmctl vm del web
succeeds "other wants more than it has" wait_until 20 vm_has other ".demand > .assigned + 64 * $M"
sleep 3
near "$(json web .charge)" "$charge" $((8 * M)) "what is away stays charged"
is "$(json web .assigned)" "$assigned" "and assigned"
is "$(($(json other .assigned) <= (64 + 24) * M))" 1 "nobody else is granted any of it"
# When the host's own use rises, the node is in debt for a moment, so a few MiB are no error.
is "$(($(node .debt) <= 8 * M))" 1 "there is no debt"

vmm_start thief
must thief slot 0 0 256M memfd
must thief open "$(device_of web)"
v thief owner
is "$answer" "error EBUSY" "another VMM can't attach meanwhile"
succeeds "an event says why" event '"refused","vm":"web".*still holds memory'
is "$(json web .state)" away "web is away, still"
vmm_kill thief

# ---- back

events_forget
succeeds "its own VMM attaches again" wait_until 20 attached web
is "$(json web .assigned)" "$assigned" "and the VM has what it had"
succeeds "an event says so" event '"vm":"web".*running: the device is back'
must web start
must web hello 0+65536
must web report total=256M anon=150M commit=150M
succeeds "its guest reports" wait_until 10 vm_is web .driver dynmem
v web look 2M 200M
is "$answer" "ok kept=51200 absent=0 other=0" "its memory is as it was"

failed=''
for ((i = 0; i < rounds; i++)); do
	must web close
	vm_is web .state away || failed+=" $i: $(json web .state)"
	wait_until 20 attached web || failed+=" $i: $answer"
	[ "$(json web .assigned)" = "$assigned" ] || failed+=" $i: $(json web .assigned)"
done
is "$failed" "" "so it is $rounds times"
near "$(json web .charge)" "$charge" $((8 * M)) "its charge is what it was"
v web look 2M 200M
is "$answer" "ok kept=51200 absent=0 other=0" "its memory, too"

# ---- another device for the same guest

must web close
events_forget
dmctl vm add alias startup 256M minimum 64M
must web open "$(device_of alias)"
v web owner
is "$answer" ok "the guest of a VM that is away gets the device of another VM"
is "$(figures web .state .charge)" "defined 0" "the first one ends: no memory counts twice"
succeeds "an event says so" event '"vm":"web".*defined: the VMM has attached to another VM'
succeeds "its memory is that of the other" wait_until 10 vm_has alias ".resident >= $((200 * M))"
must web close
succeeds "back to the first" wait_until 20 attached web
succeeds "which has it again" wait_until 10 vm_has web ".resident >= $((200 * M))"
succeeds "the other can be deleted" dmctl vm del alias

# ---- the end of a VMM that is away

must web close
is "$(json web .state)" away "it is away again"
events_forget
vmm_kill web
succeeds "its VMM is killed: the VM ends" wait_until 10 vm_is web .state defined
succeeds "an event says so" event '"vm":"web".*defined: the VMM has ended'
is "$(figures web .charge .assigned .resident .pid)" "0 0 0 null" "it is charged for nothing"
succeeds "other is given what it had" wait_until 20 vm_has other ".assigned >= $((200 * M))"
touch "$tmp/enough"
wait $reporter
rm "$tmp/enough"
vm_ends other
dmctl host set reserve default node 0

# ---- the time limit, and a device that is plugged into a guest that runs

vmm_attach web "0 0 256M memfd bind=0"
must web touch 2M 200M
must web run
events_forget
must web close
is "$(json web .state)" away "a VM is away"
echo 2 >$timeout
succeeds "after away_timeout it is not any more" wait_until 10 vm_is web .state defined
succeeds "an event says so" event '"vm":"web".*has not come back in time'
is "$(json web .charge)" 0 "what its guest holds is the host's own use"
echo 600 >$timeout
# Until the VMM attaches, the 200 MiB of its guest count as the host's own use. With them the host
# has 216 MiB for the VM: less than its startup (256 MiB), and more than its guest holds.
set_capacity $((16 * M))
succeeds "the host is nearly full" wait_until 10 node_has ".capacity <= 32 * $M"
events_forget
succeeds "the VM is not refused" wait_until 20 attached web
# It becomes paused after a while, since its virtual CPU ran for a moment only.
succeeds "it runs" vm_has web '.state == "running" or .state == "paused"'
succeeds "an event says what can't be had" event "its guest runs already: [0-9]+M of 256M startup can't be had now"
succeeds "it is charged for what it holds" wait_until 10 vm_has web ".charge >= 200 * $M"
is "$(node '.debt <= 8388608')" true "that is no debt of others"
vmms_end web
succeeds "the VM can be deleted" dmctl vm del web

done_testing

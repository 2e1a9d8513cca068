#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest restarts, and its startup memory cannot be had. `dmctl agent` learns of the reset from
# QEMU, which the test plays, and pages the VM to disk, so that no other VM pays. zswap compresses
# first what is paged. When the VM has its startup memory nothing is left: no file, no limit, and
# the data is intact. Nobody else is paged, and no start.
#
# To have less than its startup memory, a VM is adopted: its guest runs already when the device is
# plugged in.
#
# shellcheck disable=SC2317,SC2119 # much is called by name; agent_start may have options

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/agent.sh"
trap 'agent_exit vmm_exit' EXIT

dir=/var/lib/dynmem/paging
zswap=/sys/module/zswap/parameters/enabled

# of MACHINE FILE: prints a file of a VMM's cgroup
of() { cat "$cgroups/$1/$2"; }
# is_swap PATH: succeeds if the host swaps to the file
is_swap() { swapon --show=NAME --noheadings | grep -qx "$1"; }

# has_little: gives the host 56 MiB for VMs; succeeds if it has no more after 3 s. Until then it may
# have freed what it used before. For wait_until
has_little()
{
	set_capacity $((56 * M))
	sleep 3
	node_has ".capacity <= $((62 * M))"
}

# adopted MACHINE: a VM that has less than its startup memory. The host has 56 MiB for VMs, and from
# the attach on also what the guest holds already. The VMM has a cgroup.
adopted()
{
	mkdir -p "$cgroups/$1"
	dmctl vm add "$1" startup 192M minimum 64M maximum 256M || not_ok "dmctl vm add $1"
	vmm_start "$1"
	echo "${vmm_pid[$1]}" >"$cgroups/$1/cgroup.procs"
	must "$1" slot "0 0 256M memfd bind=0"
	must "$1" touch 2M 94M
	must "$1" run
	wait_until 60 has_little || not_ok "the host has 56 MiB"
	must "$1" open "$(device_of "$1")"
	must "$1" owner
	must "$1" start
	must "$1" hello 0+65536
}

# within_limits MACHINE: succeeds if no more is resident than page_to, give or take 32 MiB
within_limits() { vm_has "$1" ".page_to and .resident <= .page_to + $((32 * M))"; }
# paged MACHINE: succeeds if the VM is paged; for wait_until. The less the host has, the more is paged.
paged() { within_limits "$1" && vm_has "$1" ".paged >= $((8 * M))"; }
# nothing_is_left MACHINE: succeeds if nothing of the paging is left; for wait_until
nothing_is_left()
{
	vm_has "$1" '.page_to == null and .paged == 0' && holds "$1" memory.high max &&
		holds "$1" memory.swap.max 0 && holds "$1" memory.zswap.max max &&
		gone "$dir/$1" && gone "/run/dynmem/$1.paging" && zswap_is_off
}
# zswap_is_off: succeeds if zswap is off, as it was before; for wait_until
zswap_is_off() { [ "$(cat "$zswap")" = N ] && gone /run/dynmem/.zswap; }

# written: prints how many bytes the host has written to swap space
written() { awk '/^pswpout / { print $2 * 4096 }' /proc/vmstat; }
# compressed MACHINE: prints what zswap has of the VM, and how large that was, from its cgroup
compressed()
{
	echo "$(of "$1" memory.zswap.current) $(of "$1" memory.stat | awk '/^zswapped / { print $2 }')"
}
# adds_up MACHINE: succeeds if dmctl shows what the cgroup says; for wait_until, since the kernel's
# figures may change between the two
adds_up() { [ "$(json "$1" '"\(.compressed) \(.compressed_from)"')" = "$(compressed "$1")" ]; }

echo +memory >$cgroups/cgroup.subtree_control
rm -rf $dir
mkdir -p $dir
echo old >$dir/old
events_begin

# ---- without an agent

adopted web
between $((64 * M)) "$(json web .assigned)" $((170 * M)) "a VM has less than its startup memory"
is "$(json web '[.paging, .paged, .page_to, .compressed, .compressed_from] | tostring')" \
	"[true,0,null,0,0]" "it runs, and is not paged"
must web reset
must web touch 2M 188M
succeeds "dynmem is told of the reset" dmctl vm restarted web
succeeds "its guest restarts, and it is to be paged" \
	wait_until 5 vm_has web '.driver == "none" and .page_to != null and .page_to < .startup'
is "$(json web '.exposed')" $((256 * M)) "all of its RAM is exposed"
succeeds "an event says so" event '"paging","vm":"web".*"bytes":[0-9]+,"text":"pages to disk: has [0-9]+M of 192M startup"'
succeeds "and that nobody pages it" event '"paging","vm":"web".*"nobody pages: is dynmem-agent running\?'
dmctl vm add cold startup 192M
vmm_attach cold "0 0 192M memfd bind=0"
is "$answer" "error ENOMEM" "a cold start is refused, not paged"
is "$(json cold .page_to)" null "it is not to be paged"
vmms_end cold
dmctl vm del cold

# ---- with an agent

mount -t tmpfs -o mode=700 none $dir
agent_start
succeeds "a file system that can hold no swap file is named" wait_until 20 said \
	"^dmctl: web: the file system of $dir can hold no swap file: mount another one there, such as ext4 or xfs$"
is "$(of web memory.high)" max "nothing is limited then"
agent_ends KILL
umount $dir

before=$(written)
agent_start
succeeds "an agent pages the VM" wait_until 30 paged web
# Memory of the VMM's own may be compressed, too.
succeeds "most of what is paged is compressed" wait_until 10 vm_has web \
	".compressed_from >= .paged * 0.9 and .compressed_from <= .paged + $((8 * M))"
between 1 "$(json web .compressed)" $(($(json web .page_to) / 4)) "to a part of what may stay resident"
is "$(written)" "$before" "so nothing is on disk"
succeeds "the figures are those of the cgroup" wait_until 10 adds_up web
succeeds "a file of an earlier boot is gone" wait_until 10 gone $dir/old
is "$(stat -c %a $dir/web)" 600 "its file is for root only"
between $((64 * M)) "$(stat -c %s $dir/web)" $((200 * M)) "it is as large as what is missing"
has_no_holes() { [ $(($(stat -c '%b*%B' "$1"))) -ge "$(stat -c %s "$1")" ]; }
succeeds "and has no holes" has_no_holes $dir/web
succeeds "the host swaps to it" is_swap $dir/web
is "$(json web .limit)" null "the agent's limit is no ceiling of the VM"
agent_ends KILL
is "$(cat /sys/module/dynmem/parameters/paging_deadline)" 600 "the deadline is ten minutes"
echo 1 >/sys/module/dynmem/parameters/paging_deadline
succeeds "after the deadline an event says who holds the memory" \
	event '"paging","vm":"web".*"has been paged for [0-9]+ s: lacks [0-9]+M of 192M startup; held by no other VM"'
echo 600 >/sys/module/dynmem/parameters/paging_deadline
succeeds "when the agent is killed, the VM stays paged" paged web

agent_start
must web start
must web hello instance=2 0+65536
must web report total=256M anon=100M commit=100M
events_forget
dmctl host set reserve default node 0
succeeds "when it has its startup memory, the next agent leaves nothing" wait_until 60 nothing_is_left web
succeeds "an event says so" event '"paging","vm":"web".*"bytes":0,"text":"paging has ended, [0-9]+M are still out"'
succeeds "it has its startup memory" vm_has web '.assigned >= .startup'
fails "the host does not swap to the file any more" is_swap $dir/web
v web look 2M 188M
is "$answer" "ok kept=48128 absent=0 other=0" "its memory is as it was"
must web report total=256M anon=100M commit=100M
succeeds "and it runs" wait_until 5 vm_is web .state running
vm_ends web

# ---- the reset is known from QEMU, and the VMM ends while it is paged; nothing is compressed

agent_ends TERM
agent_start --no-compress
before=$(written)
adopted db
must db reset
must db touch 2M 188M
{
	echo '{"QMP": {}}'
	echo '{"return": {}, "id": 1} {"event": "RESUME"} {"event": "RESET", "data": {"guest": true}}'
} >"$tmp/script"
# The agent does not wait long for a greeting.
must db listen /run/dynmem/db.events
must db play "$tmp/script"
succeeds "the agent tells dynmem of QEMU's event" wait_until 10 event '"vm":"db".*restarting: the VMM has reset the guest'
succeeds "and pages the VM" wait_until 30 paged db
is "$(json db '[.compressed, .compressed_from] | tostring')" "[0,0]" "--no-compress: nothing is compressed"
between $((8 * M)) $(($(written) - before)) $((256 * M)) "but written to disk"
vm_ends db
succeeds "the VMM is killed: its file is gone" wait_until 20 gone $dir/db
succeeds "and what was noted" wait_until 10 gone /run/dynmem/db.paging
dmctl host set reserve default node 0

# ---- with paging off, and in a cgroup with others

adopted off
dmctl vm set off paging off
must off reset
succeeds "dynmem is told of a reset" dmctl vm restarted off
succeeds "with paging off the guest goes on with less" \
	wait_until 10 event '"vm":"off".*"restarting: [0-9]+M of 192M startup can.t be had'
is "$(json off .page_to)" null "it is not paged"
sleep 1000 &
sleeper=$!
echo $sleeper >$cgroups/off/cgroup.procs
dmctl vm set off paging on
succeeds "a VMM that shares its cgroup cannot be paged, which is told" wait_until 10 said \
	"^dmctl: off: QEMU shares its cgroup with pid $sleeper: start it in one of its own"
unknown "a VM that does not run cannot restart" "no VM named 'none'" dmctl vm restarted none
agent_ends TERM
kill $sleeper
wait $sleeper 2>/dev/null
vm_ends off
dmctl host set reserve default node 0
is "$(ls $dir)" "" "no file is left"
rm -f /run/dynmem/db.events /run/dynmem/*.history
is "$(ls /run/dynmem)" "" "and no note"
for name in web db off; do
	rmdir $cgroups/$name
done
kernel_is_content
done_testing

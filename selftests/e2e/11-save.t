#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Settings as lines of dmctl's own grammar: batch, vm replace, save and restore. Tests what these
# commands change, also while a VM runs, and what they say about a line that fails. Settings that
# are saved before a reload of the module must be the same when they are restored. Also tests what
# dynmem-update does with the list of VMs that an interrupted update has left.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
trap vmm_exit EXIT

defaults='buffer 20 weight 5000 dynamic on demand_mode commit+ enforce count reporting off share off place off paging on'

# says STATUS EXPECTED DESCRIPTION COMMAND...: a test that passes if COMMAND exits with STATUS and
# prints EXPECTED, and nothing else
says()
{
	local said

	said=$("${@:4}" 2>&1)
	is "$? $said" "$1 $2" "$3"
}

# saved: prints the lines that dmctl saves for VMs, without the leading words `vm replace`
saved() { dmctl save | sed -n 's/^vm replace //p'; }

# forget_all: unloads and loads the module; then no VM is defined, and the host has its defaults
forget_all() { rmmod dynmem && modprobe dynmem; }

# ---- save and restore

forget_all
cat >"$tmp/expected" <<END
host set reserve default node 0
host set reserve default node 1
host set balance strict failover 0 headroom default
END
is "$(dmctl save)" "$(cat "$tmp/expected")" "without VMs and settings, save has the defaults of the host"

cat >"$tmp/expected" <<END
host set reserve default node 0
host set reserve 614404K node 1
host set balance relative failover 3G headroom 258M
vm replace a startup 512M minimum 512M maximum 512M $defaults
vm replace a-1 startup 1G minimum 514M maximum 10754M buffer 5 weight 1 dynamic on demand_mode commit \
enforce reclaim reporting on share on place auto paging on
vm replace a.1 startup 64M minimum 64M maximum 2T $defaults
vm replace b startup 2G minimum 1G maximum 2G buffer 2000 weight 10000 dynamic off \
demand_mode workingset enforce count reporting off share off place off paging on
END
dmctl host set reserve 629149696 node 1
dmctl host set balance relative failover 3G headroom 258M
dmctl vm add b startup 2G minimum 1G buffer 2000 weight 10000 dynamic off demand_mode workingset
dmctl vm add a.1 startup 64M maximum 2T 2>/dev/null
dmctl vm add a startup 512M
dmctl vm add a-1 startup 1G minimum 514M maximum 10754M buffer 5 weight 1 demand_mode commit \
	enforce reclaim reporting on share on place auto 2>/dev/null
is "$(dmctl save)" "$(cat "$tmp/expected")" \
	"save: the host first, VMs by name, each setting, sizes to the byte"
says 0 "" "save into a file says nothing" dmctl save "$tmp/saved"
is "$(cat "$tmp/saved")" "$(cat "$tmp/expected")" "the file has the same"
before=$(dmctl -j vm show | jq -c 'map([.name, .device, .startup, .next])')
says 0 "" "restore without a change says nothing" dmctl restore "$tmp/saved"
is "$(dmctl save)" "$(cat "$tmp/expected")" "nor does it change anything"
is "$(dmctl -j vm show | jq -c 'map([.name, .device, .startup, .next])')" "$before" \
	"and VMs keep their devices"

dmctl host set reserve 1G balance strict failover 0 headroom default
dmctl vm set a-1 startup 768M buffer 30 demand_mode workingset reporting off
dmctl vm del b
says 0 "" "restore of what has changed" dmctl restore "$tmp/saved"
is "$(dmctl save)" "$(cat "$tmp/expected")" "brings all of it back"
says 0 "" "restore - reads standard input" sh -c "dmctl save - | dmctl restore -"
succeeds "all VMs have their paths when restore ends" wait_until 20 \
	test -c /dev/dynmem/a -a -c /dev/dynmem/a-1 -a -c /dev/dynmem/a.1 -a -c /dev/dynmem/b

forget_all
is "$(dmctl -j vm show)" "[]" "a new module knows of no VM"
dmctl restore "$tmp/saved" 2>/dev/null
is "$(dmctl save)" "$(cat "$tmp/expected")" "settings outlive a reload of the module by restore"
for headroom in 10% 100% default; do
	dmctl host set headroom "$headroom"
	is "$(dmctl save | grep -o 'headroom .*')" "headroom $headroom" "save: headroom $headroom"
done
dmctl host set headroom off reserve default
is "$(dmctl save | head -n 3)" "host set reserve default node 0
host set reserve default node 1
host set balance relative failover 3G headroom 100%" "headroom off is 100%, and a default is no size"

# ---- the file that save writes

is "$(stat -c %a "$tmp/saved")" 644 "everybody may read the file"
ln -s saved "$tmp/link"
inode=$(stat -c %i "$tmp/saved")
dmctl save "$tmp/link"
is "$(readlink "$tmp/link") $(head -n 3 "$tmp/saved" | grep -c 'headroom 100%')" "saved 1" \
	"a symbolic link stays, and the file that it leads to is written"
fails "it is another file, which has replaced the old one" test "$(stat -c %i "$tmp/saved")" = "$inode"
refused "a file that is none" "/dev/null is not a regular file: use 'dmctl save >/dev/null'" \
	dmctl save /dev/null
succeeds "/dev/null is as it was" test -c /dev/null
ln -s missing "$tmp/dangling"
refused "a link that leads nowhere" \
	"$tmp/dangling links to no file: make that file first, or remove the link" \
	dmctl save "$tmp/dangling"
succeeds "the link is as it was" test "$(readlink "$tmp/dangling")" = missing
refused "a directory that there is not" "cannot write $tmp/no/saved: No such file or directory" \
	dmctl save "$tmp/no/saved"
mkdir "$tmp/full"
mount -t tmpfs -o size=8k full "$tmp/full"
echo old >"$tmp/full/saved"
seq -f 'vm add many%g startup 32M' 50 | dmctl -b -
refused "a disk that is full" "cannot write .*: No space left on device" dmctl save "$tmp/full/saved"
is "$(ls "$tmp/full") $(cat "$tmp/full/saved")" "saved old" "the old file is there, and no other"
umount "$tmp/full"
seq -f 'vm del many%g' 50 | dmctl -b -

# ---- lines that fail

cat >"$tmp/lines" <<END
host set failover 1G
# one line of three is good
vm replace a startup 512M buffer 30
vm replace a startup 511M
vm replace a startup much

vm del a
host show
vm set nope buffer 30
host set reserve 1G node 7
vm replace 'b' startup 2G \\
	dynamic off buffer "40"
vm set "a weight 1
END
says 1 "$tmp/lines:4: startup must be a multiple of 2M
$tmp/lines:5: startup: 'much' is not a size, as 512M or 2G; see 'dmctl -h'
$tmp/lines:7: a line to restore begins with 'host set', 'vm add', 'vm set' or 'vm replace'
$tmp/lines:8: a line to restore begins with 'host set', 'vm add', 'vm set' or 'vm replace'
$tmp/lines:9: no VM named 'nope'
$tmp/lines:10: the host has no node 7 with memory
$tmp/lines:13: a quote has no end" "restore names the lines that fail" dmctl restore "$tmp/lines"
is "$(dmctl -j host show | jq .failover) $(json a '[.startup, .buffer] | tostring') $(json b .buffer)" \
	"$((1 << 30)) [$((512 * M)),30] 40" "and carries out all others"
refused "a file that there is not" "$tmp/no: No such file or directory" dmctl restore "$tmp/no"
refused "a file that cannot be read" "/: Is a directory" dmctl restore /

cat >"$tmp/lines" <<END
vm set a buffer 50
vm set a buffer 4
vm frobnicate
vm set a weight 7
END
buffer="$tmp/lines:2: buffer must be between 5 and 2000 percent"
says 1 "$buffer" "a batch stops at the first error" dmctl -b "$tmp/lines"
is "$(json a '[.buffer, .weight] | tostring')" "[50,5000]" "what is before it is done, what is behind is not"
says 1 "$buffer
$tmp/lines:3: there is no command 'frobnicate'; there is show, add, set, replace, del, check, detach, attach, place, \
restarted, plug, unplug, wait, list, rm; see 'dmctl -h'" "with -f it goes on" \
	dmctl -f -b "$tmp/lines"
is "$(json a '[.buffer, .weight] | tostring')" "[50,7]" "what is behind the errors is done"
is "$(printf 'vm show a\nvm show b\n' | dmctl -j --batch - | jq -r .name | tr '\n' ' ')" "a b " \
	"all commands have the options"
nobody_batch()
{
	printf '\nhost show' | setpriv --reuid 65534 --regid 65534 --clear-groups dmctl -b -
}
says 1 "-:2: only root, and members of the group that dynmem's parameter 'group' names, may see that" \
	"a right that is missing, too, is named with the line" \
	nobody_batch

# ---- a batch waits once, and has one socket

# calls SOCKETS WAITS DESCRIPTION COMMAND...: a test that passes if all dmctl processes of COMMAND
# together open SOCKETS sockets and WAITS inotify queues. Skipped if the kernel cannot trace system
# calls; COMMAND runs anyway.
calls()
{
	local sockets=$1 waits=$2 what=$3 tracing=/sys/kernel/tracing
	local events=$tracing/events/syscalls/sys_enter_

	shift 3
	if [ ! -d ${events}socket ]; then
		"$@"
		skip "$what" "no trace of system calls"
		return
	fi
	echo >$tracing/trace
	echo 1 | tee ${events}{socket,inotify_init1}/enable >/dev/null
	"$@"
	echo 0 | tee ${events}{socket,inotify_init1}/enable >/dev/null
	is "$(awk '$1 ~ /^dmctl-/ { /sys_socket/ ? sockets++ : waits++ }
		END { print sockets + 0, waits + 0 }' $tracing/trace)" "$sockets $waits" "$what"
}

# shellcheck disable=SC2317 # called by name
add_three() { for i in 51 52 53; do dmctl vm add "many$i" startup 32M; done; }
# shellcheck disable=SC2317 # called by name
paths() { [ "$(find /dev/dynmem -name 'many*' | wc -l)" = "$1" ]; }
calls 3 3 "three commands have three sockets, and wait three times for udev" add_three
seq -f 'vm add many%g startup 32M' 50 >"$tmp/lines"
calls 1 1 "50 VMs are added over one socket, with one wait" dmctl -b "$tmp/lines"
# The paths exist already, unless the machine is so busy that dmctl stopped waiting for udev.
succeeds "all paths are there at its end" wait_until 60 paths 53
sed -i 's/add\(.*\) startup.*/del\1/' "$tmp/lines"
calls 1 1 "and are deleted" dmctl -b "$tmp/lines"
succeeds "their paths are gone" wait_until 60 paths 3
dmctl -b - <<END
vm add again startup 32M
vm del again
vm add again startup 64M
END
# shellcheck disable=SC2317 # called by name
leads_to_its_device() { [ "$(readlink -f /dev/dynmem/again)" = "/dev/$(json again .device)" ]; }
succeeds "a name that goes and comes in a batch has the path of its last device" \
	wait_until 20 leads_to_its_device

# ---- replace

forget_all
says 0 "" "replace adds a VM" dmctl vm replace web startup 64M minimum 32M buffer 30 weight 10
succeeds "which has its path" wait_until 20 test -c /dev/dynmem/web
is "$(saved)" "web startup 64M minimum 32M maximum 64M ${defaults/20 weight 5000/30 weight 10}" "and its settings"
says 0 "" "replace of a VM that is off" dmctl vm replace web startup 64M min 32M weight 20
is "$(saved)" "web startup 64M minimum 32M maximum 64M ${defaults/5000/20}" \
	"settings that are not named have their defaults"
refused "replace with a value that is not allowed" "buffer must be between .*" \
	dmctl vm replace web startup 128M buffer 1
denied "another user than root" ".*CAP_SYS_ADMIN.*" setpriv --reuid 65534 --regid 65534 --clear-groups \
	dmctl vm replace web startup 64M
is "$(saved)" "web startup 64M minimum 32M maximum 64M ${defaults/5000/20}" "none of these changed anything"

vmm_attach web "0 0 64M memfd"
is "$answer" ok "a VMM attaches"
says 0 "" "replace of a VM that runs, with what can change" \
	dmctl vm replace web startup 64M minimum 32M maximum 64M weight 30
is "$(json web '[.weight, .next] | tostring')" "[30,null]" "changes it at once"
words=(startup 128M minimum 66M maximum 96M weight 40 dynamic off reporting on)
says 1 "dmctl: maximum (96M) must not be below startup (128M)" "settings that do not fit" \
	dmctl vm replace web "${words[@]}"
words=("${words[@]/96M/130M}")
says 0 "dmctl: web: startup 128M takes effect at the next start
dmctl: web: minimum 66M takes effect at the next start
dmctl: web: maximum 130M takes effect at the next start
dmctl: web: dynamic off takes effect at the next start
dmctl: web: reporting on takes effect at the next start" \
	"what cannot change now is for the next start" dmctl vm replace web "${words[@]}"
now="[$((64 * M)),$((32 * M)),$((64 * M)),40,true,false]"
settings='[.startup, .minimum, .maximum, .weight, .dynamic, .reporting] | tostring'
is "$(json web "$settings")" "$now" "the rest is set"
is "$(json web '.next | tostring')" \
	"{\"startup\":$((128 * M)),\"minimum\":$((66 * M)),\"maximum\":$((130 * M)),\"dynamic\":false,\"reporting\":true}" \
	"vm show has what comes"
like "$(dmctl vm show web)" $'\nat the next start: startup 128M, minimum 66M, maximum 130M, dynamic off, reporting on\n' \
	"in text, too"
wanted="web ${words[*]} share off place off paging on"
wanted=${wanted/weight 40 dynamic off/buffer 20 weight 40 dynamic off demand_mode commit+ enforce count}
is "$(saved)" "$wanted" "save has it"
says 0 "" "the same again says nothing" dmctl vm replace web "${words[@]}"
dmctl save "$tmp/saved"
says 0 "" "nor does restore" dmctl restore "$tmp/saved"
is "$(saved) $(json web "$settings")" "$wanted $now" "and nothing changes"
succeeds "vm set still changes what can change" dmctl vm set web buffer 25 reporting off
is "$(json web '[.buffer, .reporting, .next.reporting, .next.startup] | tostring')" \
	"[25,false,null,$((128 * M))]" "and gives up what was to come"
refused "but not so that the next start is impossible" \
	"minimum \(130M\) must not be above startup \(128M\)" \
	dmctl vm set web minimum 130M
vmms_end web
is "$(json web '[.startup, .minimum, .maximum, .buffer, .weight, .dynamic, .next] | tostring')" \
	"[$((128 * M)),$((66 * M)),$((130 * M)),25,40,false,null]" "when the VM has ended it has them"

# ---- a static VM that runs

vmm_attach web "0 0 128M memfd bind=0"
is "$answer" ok "a VMM with that much RAM attaches"
says 0 "dmctl: web: startup 64M takes effect at the next start" "without a driver its size cannot change" \
	dmctl vm replace web startup 64M maximum 128M dynamic off
must web start
must web hello 0+32768
says 0 "" "with a driver" dmctl restore - <<<"vm replace web startup 64M maximum 128M dynamic off"
is "$(json web '[.startup, .next] | tostring')" "[$((64 * M)),null]" "it can"
dmctl host set failover 1T
like "$(dmctl vm replace web startup 128M dynamic off 2>&1)" \
	'^dmctl: web: startup 128M takes effect at the next start.*dmctl: warning: failover keeps ' \
	"a larger size that cannot be had is for the next start, and dmctl says why"
is "$(json web '[.startup, .next.startup] | tostring')" "[$((64 * M)),$((128 * M))]" "and vm show has both"
says 0 "" "the same again" dmctl vm replace web startup 128M dynamic off
dmctl host set failover 0
says 0 "" "when it can be had" dmctl vm replace web startup 128M dynamic off
is "$(json web '[.startup, .next] | tostring')" "[$((128 * M)),null]" "it is"
vmms_end web
dmctl vm del web

# ---- dynmem-update after an interrupted update

update=/dynmem/packaging/dynmem-update
pending=/run/dynmem/update.vms
saved_settings=/run/dynmem/update
mkdir -p /run/dynmem "$tmp/bin"

# left MODULE VM...: writes the list that an interrupted update leaves: the number of the module
# that was loaded when the update began (see `number`), and the VMs that were attached
left() { printf '%s\n' "$@" >$pending; }
# was_in NAME PID: writes the file that dmctl leaves after it has detached the VM's device from that
# process
was_in()
{
	printf '{ "pid": %s, "start": %s, "device": "none" }\n' "$2" \
		"$(sed 's/.*) //' "/proc/$2/stat" | cut -d' ' -f20)" >"/run/dynmem/$1.device"
}
number() { stat -c %i /sys/module/dynmem; }

forget_all
dmctl vm add web startup 64M
left "$(number)" web
sleep 1000 &
was_in web $!
kill $!
wait $! 2>/dev/null
number=$(number)
succeeds "a VM that has ended does not keep the module from being replaced" $update
fails "it is" test "$(number)" = "$number"
is "$(ls /run/dynmem)" web.device "nothing is pending any more"
is "$(json web .state)" defined "the VM is defined, as before"

left "$(number)" web
was_in web $$
fails "one that runs and cannot be attached does" $update
like "$(cat "$tmp/output")" "not as they were: web;" "dynmem-update names it"
is "$(cat $pending)" "$(number)"$'\n'web "and it stays pending"

dmctl save $saved_settings
left 1 web gone
was_in gone $$
rm /run/dynmem/web.device
dmctl vm set web weight 7
fails "nor one that runs and is not defined" $update
like "$(cat "$tmp/output")" "not as they were: gone;" "dynmem-update names it"
is "$(json web .weight)" 5000 "settings from before the module was replaced are restored"
dmctl vm set web weight 8
fails "a further one" $update
is "$(json web .weight)" 8 "does not restore them once more"

rm /run/dynmem/gone.device
printf '#!/bin/sh\necho 0.1\n' >"$tmp/bin/modinfo"
chmod +x "$tmp/bin/modinfo"
number=$(number)
fails "a module of another version is refused" env PATH="$tmp/bin:$PATH" $update
like "$(cat "$tmp/output")" "module has version 0.1, and dmctl .*: nothing has changed" \
	"dynmem-update says so"
is "$(number)" "$number" "nothing has changed"
rm -f /run/dynmem/*
dmctl vm del web

kernel_is_content
done_testing

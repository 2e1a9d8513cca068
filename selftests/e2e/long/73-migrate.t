#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Live migration, as admin.rst describes it: the device is detached, the guest migrates to a QEMU
# without the device, and that gets a device of its own. Here both QEMUs are on one host. web is the
# source, and web2 the VM of the target.
#
# Time goes to the right, ! is an assertion, and x stands for the end of a QEMU.
#
#   web    [!migrates not] detach [migrates !fails] attach detach [!fails] [migrates] x
#   web2   [ waits, without the device    x       ]  [with it  x  ] [     !runs     ] attach !gives
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

long=(timeout $((120 * LAB_SLOW)))		# guests are slow under emulation
memory=(--memory 768M --backing anon --bind 0)
stream=$tmp/stream

# ask NAME COMMAND [ARGUMENTS]: prints QEMU's answer to a QMP command; ARGUMENTS are JSON
ask() { guest qmp "$1" "{\"execute\":\"$2\",\"arguments\":${3:-{\}}}"; }

# migration_is NAME STATUS: succeeds if QEMU says so of its migration
migration_is()
{
	ask "$1" query-migrate | tee "$tmp/migration" | jq -e ".return.status == \"$2\"" >/dev/null
}

status() { ask "$1" query-status | jq -r .return.status; }
rss() { awk '$1 == "RssAnon:" { print $2 * 1024 }' "/proc/$(guest pid "$1")/status"; }

# prepare: the target listens, and both use several connections, which keeps the pages of the target
# that are zero from being touched
prepare()
{
	local qemu

	for qemu in web web2; do
		ask "$qemu" migrate-set-capabilities \
			'{"capabilities":[{"capability":"multifd","state":true}]}'
	done
	rm -f "$stream"
	ask web2 migrate-incoming "{\"uri\":\"unix:$stream\"}"
}
migrate() { ask web migrate "{\"uri\":\"unix:$stream\"}"; }
slowly() { ask web migrate-set-parameters "{\"max-bandwidth\":$1}"; }

# load_is_intact NAME COUNT: succeeds if the load has found its pattern in all its memory that many
# times
load_is_intact()
{
	guest run "$1" cat /tmp/load
	[ "$(guest run "$1" grep -c verified /tmp/load)" = "$2" ]
}
load_fills() { guest run web grep -q filled /tmp/load; }

watch_events
dmctl host set headroom off
settings=(startup 384M minimum 256M maximum 768M)
dmctl vm add web "${settings[@]}"
boot web "${memory[@]}"
comes "it gives all but its startup memory" 240 exposes web $((384 * M))
# A connection to a guest does not outlive a migration, so the load has none.
guest run web 'hog 128M >/tmp/load 2>&1 &'
comes "it has a load" 120 load_fills
comes "the VM is at rest" 120 at_rest web
given=$(json web .ballooned)

# ---- with the device

dmctl vm add web2 "${settings[@]}"
succeeds "a target waits for the guest" guest start web2 --balloon none --incoming "${memory[@]}"
succeeds "it listens" prepare
fails "QEMU does not migrate while it has the device" migrate
like "$(cat "$tmp/output")" "non-migratable device" "and says why"
succeeds "vm detach unplugs the device" dmctl vm detach web "${long[@]}"
charge=$(json web .charge) resident=$(rss web)

# ---- a target that is killed meanwhile

slowly $M >/dev/null
succeeds "the guest begins to migrate" migrate
comes "memory is on the way" 60 migration_is web active
guest kill web2
comes "when the target is killed the migration fails" 60 migration_is web failed
is "$(status web)" running "the guest goes on at the source"
succeeds "vm attach plugs the device in again" dmctl vm attach web "${long[@]}"
comes "the guest has given again what it gave" 60 vm_has web ".ballooned >= $given * 0.98"
comes "the VM is at rest" 120 at_rest web

# ---- a target with the device

succeeds "vm detach unplugs the device again" dmctl vm detach web "${long[@]}"
slowly $((1024 * M)) >/dev/null
succeeds "a target that has the device" guest start web2 --incoming "${memory[@]}"
comes "is admitted" 30 vm_is web2 .state running
succeeds "and listens" prepare
succeeds "the guest begins to migrate" migrate
comes "the target does not take the state" 120 migration_is web failed
is "$(status web)" running "the guest goes on at the source"
comes "the target ends, and its VM is free again" 30 vm_is web2 .state defined

# ---- a target without the device

succeeds "a target waits for the guest" guest start web2 --balloon none --incoming "${memory[@]}"
succeeds "it listens" prepare
succeeds "the guest begins to migrate" migrate
comes "it has migrated" 240 migration_is web completed
is "$(status web2)" running "it runs at the target"
near "$(json web .charge)" "$charge" $((16 * M)) "the VM of the source was charged as before"
between $((128 * M)) "$(rss web)" $((resident * 105 / 100)) \
	"its balloon has not become resident while QEMU read it"
between $((128 * M)) "$(rss web2)" $((resident * 105 / 100)) "nor at the target"
guest kill web
comes "the source is free" 30 vm_is web .state defined
succeeds "the VM of the source is deleted" dmctl vm del web

succeeds "vm attach plugs in the device at the target" dmctl vm attach web2 "${long[@]}"
is "$(json web2 '[.state, .driver] | tostring')" '["running","dynmem"]' "the guest's driver is back"
comes "the guest has given again what it gave" 60 vm_has web2 ".ballooned >= $given * 0.9"
comes "the VM is at rest" 120 at_rest web2
fails "nothing was refused" event web2 refused
guest run web2 killall -USR1 hog
comes "the load finds its memory as it was" 300 load_is_intact web2 1
guest run web2 killall -TERM hog
comes "also at its end" 300 load_is_intact web2 2
done_testing

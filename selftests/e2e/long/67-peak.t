#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A VM wants to start, and lacks only memory that another VM still keeps for a past peak of its
# demand. The start must get that memory in time, although a peak is otherwise held for longer than
# a start waits. `vmm` plays both VMs.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   web   [ uses 650M !grows  uses 430M !peak is held  .  .  .  falls, !no lower than its use ]
#   next                                               [ lacks memory, waits  !starts           ]
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/../vmm.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

PAGES=$((768 * 256))
top=$PAGES

# uses SIZE: web's guest inflates or deflates to its target, and reports that it uses SIZE
uses()
{
	local pages=$(($(figures web '[.target, .assigned] | min') / 4096))

	if [ $pages -lt $top ]; then
		must web inflate "$pages+$((top - pages))"
	elif [ $pages -gt $top ]; then
		must web deflate "$top+$((pages - top))"
	fi
	top=$pages
	must web report total=768M anon="$1" commit="$1"
}

# grown SIZE: calls `uses SIZE`. If web is then assigned SIZE or more, touches nearly all of its
# memory and succeeds; for wait_until
grown()
{
	uses "$1"
	[ "$(json web .assigned)" -ge $((${1%M} * M)) ] || return
	must web touch 2M $((top * 4096 - 4 * M))
}

# keeps_using SIZE SECONDS: calls `uses SIZE` again and again, for SECONDS
keeps_using()
{
	local end=$((SECONDS + $2))

	while [ $SECONDS -lt $end ]; do
		uses "$1"
		sleep 0.5
	done
}

watch_events
dmctl vm add web startup 128M minimum 64M maximum 768M buffer 5
vmm_attach web "0 0 768M memfd bind=0"
is "$answer" ok "a VM starts"
must web start
must web hello "0+$PAGES"
must web inflate "32768+$((PAGES - 32768))"
top=32768
must web touch 2M 120M
succeeds "it grows to what it uses" wait_until 120 grown 650M
comes "what its VMM needs shows in the host's own use" 60 node_has '.overhead == 0'
keeps_using 650M 5
peak=$(json web .demand)

# Demand falls by 220 MiB. As this is less than 256 MiB (FALL_MIN in demand.c), the peak of demand
# still counts, and only a VM that starts may take the memory that is held for it.
uses 430M
set_capacity $(($(node .charge) + 20 * M))
keeps_using 430M 2
between $((peak - 40 * M)) "$(json web .assigned)" $((768 * M)) "its peak is held"
real=$((peak - 220 * M))
events_forget
dmctl vm add next startup 128M minimum 64M
vmm_start next
must next slot 0 0 130M memfd bind=0
must next open "$(device_of next)"
v_begin next owner
least=$peak
for ((i = 0; i < 60; i++)); do
	uses 430M
	now=$(json web .assigned)
	[ "$now" -ge "$least" ] || least=$now
	[ "$(json next .state)" = starting ] || break
	sleep 0.2
done
v_end next
is "$answer" ok "one that lacks more than is spare starts: the peak gives way"
is "$(grep -c '"refused"' "$tmp/events")" 0 "nobody is refused"
between $((real - 2 * BLOCK)) "$least" $((peak - 100 * M)) "the other keeps what it really uses"
keeps_using 430M 3
between $((real - 2 * BLOCK)) "$(json web .assigned)" "$peak" "and goes on with it"

vmms_end web next
dmctl host set reserve default node 0
done_testing

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Loads in guests: programs (hog.c) that fill some of a guest's memory and keep it until a signal
# ends them. Sourced in the lab's host by the tests with guests, the demo and the measurements.

hogs=$(mktemp -d)	# has a file for the output of each load, with the load's name
declare -A hog_pid

# start_hog GUEST LOAD HOG-ARGUMENT...: starts a load in the background; LOAD is its name here.
start_hog()
{
	: >"$hogs/$2"
	guest run "$1" hog "${@:3}" >"$hogs/$2" 2>&1 &
	hog_pid[$2]=$!
}

# filled LOAD: succeeds if the load has filled all its memory; prints the load's output
filled()
{
	cat "$hogs/$1"
	grep -q filled "$hogs/$1"
}

# hog_ended LOAD: succeeds if the load has ended
hog_ended() { ! kill -0 "${hog_pid[$1]}" 2>/dev/null; }

# end_hogs GUEST LOAD...: lets all loads of a guest verify and free their memory, and waits until
# they have ended. Fails if a load found a wrong byte, and prints that load's output.
end_hogs()
{
	local load status=0

	guest run "$1" killall -TERM hog
	for load in "${@:2}"; do
		wait "${hog_pid[$load]}" && continue
		status=1
		cat "$hogs/$load"
	done
	return $status
}

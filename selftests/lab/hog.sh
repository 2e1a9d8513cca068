# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Loads in guests: programs (hog.c) that fill some of a guest's memory and keep it until they are told
# to end. Sourced in the lab's host, by the tests with guests, the demo and the measurements.

hogs=$(mktemp -d)	# what each load has said, in a file of its name
declare -A hog_pid

# start_hog GUEST LOAD HOG-ARGUMENT...: a load in the background; LOAD names it here.
start_hog()
{
	: >"$hogs/$2"
	guest run "$1" hog "${@:3}" >"$hogs/$2" 2>&1 &
	hog_pid[$2]=$!
}

# filled LOAD: it has all its memory; says what the load has said
filled()
{
	cat "$hogs/$1"
	grep -q filled "$hogs/$1"
}

# hog_ended LOAD
hog_ended() { ! kill -0 "${hog_pid[$1]}" 2>/dev/null; }

# end_hogs GUEST LOAD...: all loads of a guest verify their memory, free it and end. Fails if one's was
# not as it should be, and shows what that load has said.
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

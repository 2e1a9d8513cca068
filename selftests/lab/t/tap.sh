# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions for the lab's own tests, which source this file.

# shellcheck source=selftests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../ktap.sh"
said=$(mktemp)

# ok NAME COMMAND...: a test that passes if COMMAND, which may be a function, succeeds; if not,
# shows the output of COMMAND.
ok()
{
	local name=$1

	shift
	if "$@" >"$said" 2>&1; then
		ktap_ok "$name"
	else
		ktap_not_ok "$name" "$*" "$(cat "$said")"
	fi
}

# is NAME GOT WANTED: a test that passes if GOT equals WANTED
is()
{
	ok "$1" test "$2" = "$3"
}

# like NAME TEXT REGEX: a test that passes if TEXT matches REGEX
like()
{
	ok "$1" grep -qE -e "$3" <<<"$2"
}

# wait_line FILE REGEX: waits until the growing file has a line that matches, for two minutes at
# most.
wait_line()
{
	# shellcheck disable=SC2016 # the inner shell expands them
	timeout 120 sh -c 'tail -f -n +1 "$1" | grep -qE -m1 -e "$2"' sh "$1" "$2"
}

# wait_until COMMAND...: repeats the command until it succeeds, for two minutes at most.
wait_until()
{
	local tries

	for ((tries = 0; tries < 480; tries++)); do
		"$@" && return
		sleep 0.25
	done
	return 1
}

done_testing()
{
	rm -f "$said"
	ktap_exit
}

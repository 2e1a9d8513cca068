# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the lab's own tests.

# shellcheck source=selftests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../ktap.sh"
said=$(mktemp)

# ok NAME COMMAND...: one test, passed when COMMAND (a function of the test, too) succeeds; what it
# prints is shown when not.
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

# is NAME GOT WANTED
is()
{
	ok "$1" test "$2" = "$3"
}

# like NAME TEXT REGEX
like()
{
	ok "$1" grep -qE -e "$3" <<<"$2"
}

# wait_line FILE REGEX: until the growing file has such a line, a minute or two at most.
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

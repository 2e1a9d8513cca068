# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Prints the results of tests in KTAP, as the kernel's own tests do
# (Documentation/dev-tools/ktap.rst in the kernel's sources). Scripts source this file.

ktap_tests=0 ktap_failures=0 ktap_skipped=0
echo "KTAP version 1"

ktap_ok() { ktap_tests=$((ktap_tests + 1)); printf 'ok %d - %s\n' $ktap_tests "$1"; }

# ktap_not_ok DESCRIPTION [REASON...]
ktap_not_ok()
{
	ktap_tests=$((ktap_tests + 1)) ktap_failures=$((ktap_failures + 1))
	printf 'not ok %d - %s\n' $ktap_tests "$1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# ktap_skip DESCRIPTION WHY
ktap_skip()
{
	ktap_tests=$((ktap_tests + 1)) ktap_skipped=$((ktap_skipped + 1))
	printf 'ok %d - %s # SKIP %s\n' $ktap_tests "$1" "$2"
}

# ktap_join [PREFIX [SUFFIX]]: reads another program's TAP from standard input, and prints its
# results as results of this script, with PREFIX and SUFFIX around each description. Other lines
# become comments. If the plan is missing or differs from the number of results, that is one more
# failed test.
ktap_join()
{
	local line before=$ktap_tests plan=none

	while IFS= read -r line; do
		if [[ $line =~ ^ok\ [0-9]+\ (-\ )?(.*)\ \#\ SKIP\ ?(.*) ]]; then
			ktap_skip "${1-}${BASH_REMATCH[2]}${2-}" "${BASH_REMATCH[3]}"
		elif [[ $line =~ ^(not )?ok\ [0-9]+\ (-\ )?(.*) ]]; then
			"ktap_${BASH_REMATCH[1]:+not_}ok" "${1-}${BASH_REMATCH[3]}${2-}"
		elif [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			plan=${BASH_REMATCH[1]}
		elif [[ $line != "KTAP version"* ]]; then
			printf '# %s\n' "${line#\# }"
		fi
	done
	[ "$plan" = $((ktap_tests - before)) ] ||
		ktap_not_ok "${1-}all tests have run${2-}" "planned: $plan, ran: $((ktap_tests - before))"
}

# ktap_exit: ends the output, and exits with the status of a kselftest: 1: a test failed; 4: all
# were skipped; else 0.
ktap_exit()
{
	printf '1..%d\n' $ktap_tests
	[ $ktap_failures = 0 ] || exit 1
	[ $ktap_skipped != $ktap_tests ] || exit 4
	exit 0
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Results of tests as the kernel's own tests give them (Documentation/dev-tools/ktap.rst); source it.

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

# ktap_join [PREFIX [SUFFIX]]: another program's results (its TAP is standard input) become some of
# ours, with PREFIX and SUFFIX around each description. Its comments pass.
ktap_join()
{
	local line

	while IFS= read -r line; do
		if [[ $line =~ ^(not )?ok\ [0-9]+\ (-\ )?(.*) ]]; then
			"ktap_${BASH_REMATCH[1]:+not_}ok" "${1-}${BASH_REMATCH[3]}${2-}"
		elif [[ $line = "#"* ]]; then
			printf '%s\n' "$line"
		fi
	done
}

# The end, with the status of a kselftest: 0; 1: a test has failed; 4: all are skipped.
ktap_exit()
{
	printf '1..%d\n' $ktap_tests
	[ $ktap_failures = 0 ] || exit 1
	[ $ktap_skipped != $ktap_tests ] || exit 4
	exit 0
}

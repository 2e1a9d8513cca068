#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests that the lab counts instructions correctly. Runs in the host:
# lab run --count-instructions selftests/lab/t/instructions.t

# shellcheck disable=SC2016 # awk's variables
# shellcheck source=selftests/lab/t/tap.sh
. "$(dirname "$0")/tap.sh"

loop="i=0; while [ \$i -lt 60000 ]; do i=\$((i+1)); done"

# measure COMMAND...: sets $host and $guests to the instructions executed while the command runs.
measure()
{
	local before after

	read -ra before <<<"$(instructions)"
	"$@"
	read -ra after <<<"$(instructions)"
	host=$((after[0] - before[0])) guests=$((after[1] - before[1]))
}

# between NAME LOW FIGURE HIGH: a test that passes if FIGURE is LOW, HIGH or in between
between()
{
	ok "$1: $3" test "$2" -le "$3" -a "$3" -le "$4"
}

# This program executes two instructions 500 million times.
gcc -static -nostdlib -o /tmp/spin -x assembler - <<-'ASSEMBLER'
	.globl _start
	_start:	mov $500000000, %ecx
	1:	dec %ecx
		jnz 1b
		mov $60, %eax
		xor %edi, %edi
		syscall
ASSEMBLER
measure /tmp/spin
between "a loop of 1000 million instructions is counted as the host's" 1000000000 "$host" 1200000000
is "no guest, no guest's instructions" "$guests" 0
instructions profile >/tmp/profile
ok "a profile has what user space executed" \
	awk '$2 " " $3 == "host user" && $1 >= 1e9 { found = 1 } END { exit !found }' /tmp/profile
ok "and functions with their module" grep -q '^[0-9]* host [a-z_]*[[:blank:]]\[dynmem\]$' /tmp/profile

ok "a guest starts" guest start g --memory 256M --balloon none
measure busybox sh -c "$loop"
is_of_host=$host
between "a loop in the host is not the guest's" 0 "$guests" $((host / 10))
measure guest run g "$loop"
between "the same loop in the guest is the guest's" $((is_of_host * 7 / 10)) "$guests" \
	$((is_of_host * 15 / 10))
between "and not the host's" 0 "$host" $((guests * 3 / 4))

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Loans to real guests. Spare memory is lent to a guest whose balloon has grown. The guest leaves
# this memory free, so a program in the guest that needs memory at once can have it. When another
# guest needs the memory the loan is recalled. With `headroom off` nothing is lent.
#
# Time goes to the right, a line is a VM, ! is an assertion.
#
#   web    [ gives  !borrows  200M at once !finds them  ends  !gives its loan     !gives it back ]
#   other                                         [ boots  needs more than spare  !has it  ends ]
#
# web's maximum allows its desired memory and one loan. So the host cannot make a second loan when
# web uses the first one.
#
# shellcheck disable=SC2016,SC2317 # the guest's shell expands it; much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

# moves NAME: prints the numbers of inflated pages, deflated pages, NEEDs, and requests that are no
# reports
moves() { json "$1" '.counters | [.inflated, .deflated, .needs, .requests - .reports] | tostring'; }

host_has() { dmctl -j host show | jq -e "$1" >/dev/null; }

watch_events
dmctl host set headroom 960M
dmctl vm add web startup 320M minimum 192M maximum 600M
boot_with_swap web --memory 1G --bind 0
comes "startup is no longer kept for web" 120 vm_has web '.desired < .startup'
comes "memory is lent to it" 60 vm_has web ".lent >= $((200 * M)) and .exposed == .assigned"
is "$(json web '.why | test("[0-9]+M more are lent to it")')" true "vm show says so"
comes "host show, too" 10 host_has ".lent >= $((200 * M)) and .headroom >= $((960 * M))"
between $((64 * M)) "$(json web .resident)" "$(json web ".assigned - .lent + $((16 * M))")" \
	"the guest does not touch it"

# ---- a jump

swapped=$(vmstat web pswpout) moves=$(moves web)
start_hog web load 200M
comes "a program gets 200 MiB" 240 filled load
is "$(moves web)" "$moves" "nothing was moved, asked for or needed until then"
is "$(vmstat web pswpout)" "$swapped" "nothing was swapped out"
comes "the memory is the VM's own" 10 \
	vm_has web ".demand >= $((320 * M)) and .assigned - .lent >= .demand"
is "$(json web .status)" OK "its status is OK"
end_loads web load

# ---- others need it

comes "when the program has ended memory is lent again" 240 vm_has web ".lent >= $((150 * M))"
dmctl vm add other startup 256M minimum 192M maximum 1536M
boot other --memory 1536M --bind 0
set_capacity $((1100 * M))
start_hog other more 640M
comes "another guest's programs get 640 MiB" 300 filled more
comes "it has its demand" 10 vm_has other ".demand >= $((700 * M)) and
	.assigned + ([$BLOCK, .demand / 100] | max) >= .demand"
comes "web has given its loan, and no more" 10 vm_has web '.lent == 0 and .status != "Warning"'
end_loads other more

# ---- no loans

dmctl host set reserve default node 0
comes "memory is lent again" 180 vm_has web ".lent >= $((150 * M))"
dmctl host set headroom off
comes "without loans it gives what was lent" 20 vm_has web '.lent == 0'
is "$(dmctl -j host show | jq .headroom_percent)" 100 "host show says that nothing is lent"

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# There is too little memory for all VMs: weights, minimums and maximums decide. The guests are real
# and swap. The host has swap space, too, and must never use it for a VMM.
#
# Time goes to the right, a line is a VM, ! is an assertion. Each column has another capacity.
#
#   capacity  1200M           short           100M more      48M above maximum     shorter   back
#   high      loads !desired  !demand         loads !demand  load !maximum !swaps  !minimum  !demand
#   low       load            !minimum !swaps !gives                               !minimum
#   weights   8000, 2000  .  .  .  .  .  .  .  .  .  .  .   then 2000, 2000 !alike, then 8000
#
# shellcheck disable=SC2016,SC2317 # awk expands it; much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

MINIMUM=$((160 * M))
MAXIMUM=$((480 * M))

# alike VM VM: succeeds if both are assigned the same, give or take a block and 1 %, and together
# more than maximum plus minimum; for use with `comes`
alike()
{
	local first second off

	first=$(json "$1" .assigned) second=$(json "$2" .assigned)
	off=$((first - second))
	echo "$1: $((first / M)) MiB, $2: $((second / M)) MiB"
	[ "${off#-}" -le $((BLOCK + first / 100)) ] && [ $((first + second)) -gt $((MAXIMUM + MINIMUM)) ]
}

host_swap
watch_events
set_capacity $((1200 * M))
for name in high low; do
	dmctl vm add $name startup 256M minimum 160M maximum 480M buffer 20
	boot_with_swap $name --memory 512M --bind 0
done
dmctl vm set high weight 8000
dmctl vm set low weight 2000
comes "both run" 120 vm_has high '.status == "OK"'
comes "with their startup memory" 60 vm_has low '.status == "OK"'
comes "what their QEMUs need shows in the host's own use" 60 node_has '.overhead == 0'
for name in high low; do
	comes "startup is no longer kept for $name" 120 vm_has $name '.desired < .startup'
done
watch_figures

# ---- weights

start_hog low load 200M
comes "low has a load of 200 MiB" 300 filled load
# Each step is smaller than high's buffer, so high need not swap while there is memory for all that
# it desires.
heavy=()
for step in 1 2 3 4 5 6 7 8 9 10 11 12; do
	start_hog high "heavy$step" 20M
	comes "high gets $step times 20 MiB" 300 filled "heavy$step"
	comes "and its desired memory with it" 120 has_desired high
	heavy+=("heavy$step")
done

# Lower the capacity step by step: low swaps, so it gives slowly, and the host asks high for memory
# that low does not give soon.
lowest=$(($(json high .demand) + MINIMUM + 16 * M))
for ((bytes = $(node .capacity); bytes > lowest; bytes -= 16 * M)); do
	set_capacity "$bytes"
	wait_until 60 node_has '.debt == 0'
done
set_capacity "$lowest"
comes "with too little for both low is down at its minimum" 600 \
	vm_has low ".assigned <= $((MINIMUM + 20 * M))"
comes "and holds no more" 60 vm_has low ".resident <= .assigned and .assigned >= $MINIMUM"
comes "high has what it needs" 60 vm_has high ".assigned + $BLOCK > .demand"
comes "low says that it has too little" 60 vm_has low '.status == "Warning"'
verify high heavy1 "high's memory is as it was"
verify low load "low's, too"
is "$(vmstat high pswpout)" 0 "high has swapped nothing out"
between 1 "$(vmstat low pswpout)" 1000000 "low has"

# high can get more memory only from low. high has no buffer here, so it swaps until low has given
# memory; low swaps as well.
set_capacity $(($(json high .demand) + MINIMUM + 100 * M))
comes "with more memory low gets some" 120 vm_has low ".assigned >= $((MINIMUM + 60 * M))"
for step in 13 14 15; do
	start_hog high "heavy$step" 20M
	comes "high gets $step times 20 MiB" 300 filled "heavy$step"
	heavy+=("heavy$step")
done
comes "it has what it needs" 240 vm_has high ".assigned + $BLOCK > .demand"
comes "from low" 60 vm_has low ".assigned <= $((MINIMUM + 60 * M)) and .assigned >= $MINIMUM"
verify high heavy13 "high's memory is as it was, also where it swapped"

# ---- maximum

set_capacity $((MAXIMUM + MINIMUM + 48 * M))
start_hog high more 560M
comes "with 1.75 times its maximum high swaps" 900 filled more
comes "it is assigned its maximum" 120 \
	vm_has high ".assigned > $((MAXIMUM - 6 * M)) and .assigned <= $MAXIMUM"
between 1 "$(vmstat high pswpout)" 1000000 "and has swapped out"
comes "it says that it has too little" 60 vm_has high '.status == "Warning" and .pressure > 100'
end_loads high "${heavy[@]}" more

# ---- equal weights

# This capacity is too little for both VMs to have what they desire, but enough for high to have
# what it desires while low has its demand.
set_capacity $((MAXIMUM + MINIMUM + 80 * M))
start_hog high equal 200M
comes "high has the same load as low" 300 filled equal
succeeds "their weights are made equal" dmctl vm set high weight 2000
comes "they share" 240 alike high low
succeeds "high weighs more again" dmctl vm set high weight 8000
comes "it has its desired memory" 240 has_desired high
verify high equal "high's memory is as it was, still"
verify low load "low's, too"

# ---- the host needs memory itself

set_capacity $((2 * MINIMUM - 24 * M))
comes "the host takes memory: high is down at its minimum" 600 vm_has high ".assigned == $MINIMUM"
comes "so is low" 600 vm_has low ".assigned == $MINIMUM"
set_capacity $((MAXIMUM + MINIMUM + 48 * M))
comes "and gives it back: high has what it needs" 240 vm_has high ".assigned + $BLOCK > .demand"
end_loads high equal
end_loads low load

stop_watching
no_sample "\$4 == \"running\" && \$1 ~ /high|low/ && \$2 - \$5 < $MINIMUM" "no VM was below its minimum"
no_sample "\$2 > $MAXIMUM" "no VM was above its maximum"
no_sample "\$1 == \"high\" && \$3 > $MAXIMUM + $((32 * M))" "nor held more"
host_has_not_swapped

done_testing

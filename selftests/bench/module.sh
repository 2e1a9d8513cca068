#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --count-instructions
#
# module.sh [ROUNDS [WHAT...]]: measures the cost of the host module itself, in instructions that
# the host executes. No guest runs: the test VMM of e2e (selftests/e2e/vmm) attaches and plays a
# guest. Medians go to $LAB_OUT/module.json. WHAT:
#
#	release		releasing 1 GiB at the guest's request, kick and answer included; compared
#			with a loop of fallocate() in the VMM over the same memory, 2 MiB at a time
#	account		counting a VM's memory by node, per GiB on each of two nodes; compared with
#			reading /proc/PID/numa_maps, or smaps, of a VMM with little memory of its
#			own. There are figures per walk and per second: dynmem walks unchanged
#			memory every 10 seconds, while the files would be read once a second. Our
#			figure counts the functions of dynmem and of the page cache's xarray. It is
#			the difference between a walk with that memory and one without

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
shift $(($# < 1 ? $# : 1))
[ $# -gt 0 ] || set -- release account

# begin SIZE SLOT...: defines a VM of SIZE MiB and attaches a VMM with these memory slots
begin()
{
	local slot

	dmctl vm add vmm startup "$1M" minimum 32M
	coproc VMM { vmm; }
	for slot in "${@:2}"; do
		v slot "$slot"
	done
	v open "/dev/$(dmctl -j vm show vmm | jq -r .device)"
	v owner
	v start
	v hello "0+$(($1 * 256))"
}

end()
{
	eval "exec ${VMM[1]}>&-"
	wait "$VMM_PID"
	wait_until dmctl vm del vmm
}

# v COMMAND...: has the VMM carry out a command, which must succeed
v()
{
	printf '%s\n' "$*" >&"${VMM[1]}"
	IFS= read -r answer <&"${VMM[0]}"
	[[ $answer = ok* ]] || die "vmm: $*: $answer"
}

# counted COMMAND...: prints the instructions that the host executes for a command of the VMM
counted()
{
	v counted "$@"
	echo "${answer##*=}"
}

# release BACKING KIND: measures `release` for memory of that backing; KIND is the VMM's word for it
release()
{
	local ours='' bare='' round

	begin 1056 "0 0 1056M $2 bind=1"
	for ((round = 0; round < rounds; round++)); do
		v touch 32M 1G
		ours+=" $(counted inflate '8192+512*512/512')"
		v look 32M 1G
		[[ $answer = *absent=262144* ]] || die "not released: $answer"
		v deflate '8192+512*512/512'
		v touch 32M 1G
		bare+=" $(counted punch 32M 1G 2M)"
	done
	row "1 GiB released by the module, ${said[$1]}: host instructions (stock: a loop of fallocate)" \
		"$ours" "$bare" "ratio >= 0.87"
	end
}

walks() { hits kprobes/dynmem_walked 'done: *1 '; }
has_walked() { [ "$(walks)" -ge "$1" ]; }

# walked: prints the instructions per walk over memory that does not change: those of dynmem's
# functions, and of the functions by which dynmem walks the page cache
walked()
{
	local walks=0 before_it begun took

	until [ "$walks" = 2 ]; do
		# A walk may be under way, and another one follows as soon as memory has come or
		# gone. So wait until three walks have ended.
		wait_until has_walked $(($(walks) + 3))
		before_it=$(walks) begun=$SECONDS
		instructions profile >"$before"
		# Do not poll for the walks, since any program that runs uses the page cache as
		# well. Walks are 10 s apart, so after 25 s two walks have ended and the third one
		# has not begun.
		took=$((SECONDS - begun))
		sleep $((took < 25 ? 25 - took : 0))
		walks=$(($(walks) - before_it))
		instructions profile >"$after"
	done
	awk '
		{ sign = FILENAME == ARGV[1] ? -1 : 1 }
		$2 == "host" && ($4 == "[dynmem]" || $3 ~ /^xas_/) { sum += sign * $1 }
		END { printf "%.0f", sum / 2 }' "$before" "$after"
}

# account BACKING KIND: measures `account` for memory of that backing
account()
{
	local with='' without='' numa='' smaps='' ours='' rest='' least round walk mib=448

	begin 1056 "0 0 528M $2 bind=0" "1 528M 528M $2 bind=1"
	for ((round = 0; round < rounds; round++)); do
		without+=" $(walked)"
		v touch 64M ${mib}M
		v touch 528M ${mib}M
		with+=" $(walked)"
		numa+=" $(per_gib "$(counted read /proc/self/numa_maps)" $mib)"
		smaps+=" $(per_gib "$(counted read /proc/self/smaps)" $mib)"
		v punch 64M ${mib}M 2M
		v punch 528M ${mib}M 2M
		echo "$1: a walk with ${with##* }, without ${without##* }" >&2
	done
	# After the first round there may be empty page tables, which a walk has to visit. So
	# subtract the cheapest walk without the memory.
	least=$(spread "$without" | jq '.[0]')
	for walk in $with; do
		ours+=" $(per_gib $((walk - least)) $mib)"
		rest+=" $(awk -v n="${ours##* }" 'BEGIN { printf "%.6g", n / 10 }')"
	done
	row "1 GiB on each node accounted each second, at rest, ${said[$1]}: host instructions (stock: numa_maps)" \
		"$rest" "$numa" "ratio >= 10"
	row "the same (stock: smaps)" "$rest" "$smaps" "ratio >= 10"
	row "1 GiB on each node, one walk, ${said[$1]}: host instructions (stock: numa_maps)" \
		"$ours" "$numa" ""
	end
}

before=$(mktemp) after=$(mktemp)
echo "r:dynmem_walked dynmem_account_walk done=\$retval:u8" >$trace/kprobe_events
echo 'hist:keys=done' >$trace/events/kprobes/dynmem_walked/trigger
for what; do
	"$what" memfd-2M 'memfd huge'
	"$what" anon-2M 'anon huge'
	if [ "$what" = account ]; then
		"$what" memfd-4K 'memfd small'
		"$what" anon-4K 'anon small'
	fi
done
write_rows module

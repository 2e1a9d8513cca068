#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --count-instructions
#
# instructions.sh [ROUNDS [STOCK-MIB [SECONDS [WHAT...]]]]: measures the cost of our two modules
# with real guests, in executed instructions. Medians go to $LAB_OUT/instructions.json. WHAT:
#
#	pair	the guest's instructions per GiB that it gives and per GiB that it takes back, and
#		the host's per GiB that the guest gives. One guest moves 1 GiB with our two modules,
#		a twin guest in the same boot STOCK-MIB with QEMU's virtio-balloon and the stock
#		driver, in turn
#	plain	the same with guests whose kernel does not clear what it allocates (memfd-2M-plain)
#	profile	the functions that execute the most instructions, in $LAB_OUT/profile: one profile
#		of our guest alone, and one of such a guest whose kernel does not clear
#	idle	the host's instructions per second with an idle guest, less those while its balloon
#		device is unplugged
#
# A measurement begins with the order and ends when the memory has moved. From its result the script
# subtracts the cost of the order itself, and the instructions that host and guests execute in the
# same time when nothing moves. The latter are measured in each round, for SECONDS. When the guest
# takes memory back one more second is counted, since the guest frees the pages after the host's
# answer. The host's instructions include its kernel, the VMM and all exits of the guest. On a
# loaded machine all figures are higher: a measurement takes longer, and timers tick all the time.

set -eu
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
stock_moves=${2:-64}
seconds=${3:-10}
shift $(($# < 3 ? $# : 3))
[ $# -gt 0 ] || set -- pair plain profile idle
moves=1024
declare -A node=([ours]=1 [stock]=0)
declare -A n rate order
fifo=$(mktemp -u)
mkfifo "$fifo"
exec {never}<>"$fifo"

# pause: sleeps for 0.2 s without starting a process, which would cost more than what is measured
pause() { read -rt 0.2 -u "$never" || true; }

# shared NAME: sets $shared to the MiB of shared memory on the guest's node; starts no process,
# either
shared()
{
	local line lines

	mapfile -t lines <"/sys/devices/system/node/node${node[$1]}/meminfo"
	for line in "${lines[@]:10}"; do
		[[ $line = *Shmem:* ]] || continue
		line=${line##*Shmem:}
		shared=$((${line% kB} / 1024))
		return
	done
}

# shared_is_at_most NAME MIB: sets $shared as `shared` does, and succeeds if it is at most MIB
shared_is_at_most()
{
	shared "$1"
	[ "$shared" -le "$2" ]
}

# finish sets $host and $guests to the instructions executed since begin, and $us to the
# microseconds since begin
begin()
{
	us=${EPOCHREALTIME/./}
	read -r host guests <<<"$(instructions)"
}
finish()
{
	local now

	read -ra now <<<"$(instructions)"
	host=$((now[0] - host)) guests=$((now[1] - guests))
	us=$((${EPOCHREALTIME/./} - us))
}

# less_idle: subtracts from $host and $guests the instructions that host and guests execute in $us
# microseconds when nothing moves
less_idle()
{
	host=$((host - us * rate[host] / 1000000))
	guests=$((guests - us * rate[guests] / 1000000))
}

# idle NAME ORDER...: measures the instructions that host and guests execute when nothing moves.
# Sets rate[] to their number per second, and order[host] to the number that the host executes for
# ORDER, which is an order that changes nothing.
idle()
{
	local deadline=$((SECONDS + seconds))

	begin
	until [ $SECONDS -ge $deadline ]; do
		pause
		shared_is_at_most "$1" 0 || true
	done
	finish
	rate[host]=$((host * 1000000 / us)) rate[guests]=$((guests * 1000000 / us))
	begin
	"${@:2}"
	finish
	less_idle
	order[host]=$((host > 0 ? host : 0))
}

# keep WHAT NAME MOVED HOST-ORDER: adds $host and $guests, per GiB, to the lists in n. Subtracts
# HOST-ORDER, the host's instructions for the order.
keep()
{
	less_idle
	n[$1 host $2]+=" $(per_gib $((host - $4)) "$3")"
	n[$1 guests $2]+=" $(per_gib "$guests" "$3")"
	echo "$1 $2, per GiB: guest${n[$1 guests $2]}; host${n[$1 host $2]}; per second idle:" \
		"guests ${rate[guests]}, host ${rate[host]}; order ${order[host]}; $us us" >&2
}

# give NAME MOVED ORDER...: measures from ORDER until the guest has given 31/32 of MOVED MiB
give()
{
	local left

	shared "$1"
	left=$((shared - $2 * 31 / 32))
	begin
	"${@:3}"
	until shared_is_at_most "$1" $left; do
		pause
	done
	finish
	keep inflated "$1" "$2" "${order[host]}"
}

round_of_ours()
{
	touch_memory ours
	idle ours order_ours default
	give ours $moves order_ours 3000M
	wait_until given_is_at_least $((moves * mib))
	prepare_return $moves
	begin
	return_ours
	sleep 1
	finish
	keep deflated ours $moves 0
}

round_of_stock()
{
	touch_memory stock
	idle stock order_stock "${ram[stock]}"
	give stock "$stock_moves" order_stock $rest
	wait_until actual_is $((rest * mib))
	begin
	return_stock
	finish
	keep deflated stock "$stock_moves" 0
}

pair()
{
	local round about="${said[$1]} (stock $stock_moves MiB)"

	set_backing "$1"
	n=()
	start_ours $moves
	start_stock "$stock_moves"
	for ((round = 0; round < rounds; round++)); do
		round_of_ours
		round_of_stock
	done
	row "guest instructions per GiB inflated, $about" "${n[inflated guests ours]}" \
		"${n[inflated guests stock]}" "ours <= 5000000"
	row "guest instructions per GiB deflated, $about" "${n[deflated guests ours]}" \
		"${n[deflated guests stock]}" "ours <= 5000000"
	row "host instructions per GiB released, $about" "${n[inflated host ours]}" \
		"${n[inflated host stock]}" "ratio >= 200"
	stop_guests
}

# top WAY COMMAND...: lists the functions of guest and host that execute the most instructions while
# COMMAND runs, in millions per GiB. Subtracts the cost of a profile itself, measured by two
# profiles without anything in between.
top()
{
	local i who

	for i in 1 2; do
		instructions profile "$syms" >"$tmp/$i"
	done
	"${@:2}"
	instructions profile "$syms" >"$tmp/3"
	for who in guest host; do
		echo "$1, $who, millions per GiB:"
		awk -v who=$who -v moved=$moves '
			$2 == who {
				sign = FILENAME ~ /2$/ ? -2 : 1
				count = $1
				$1 = $2 = ""
				sum[$0] += sign * count
				sum["  (all)"] += sign * count
			}
			END { for (f in sum) printf "%10.3f%s\n", sum[f] / 1e6 * 1024 / moved, f }
			' "$tmp"/[123] | sort -rn | head -n 16
	done
}

profile()
{
	local syms tmp

	tmp=$(mktemp -d)
	syms=$tmp/syms
	set_backing "$1"
	echo "${said[$1]}"
	start_ours $moves
	guest run ours cat /proc/kallsyms >"$syms"
	touch_memory ours
	top given take_ours $moves
	prepare_return $moves
	top "taken back" return_ours
	guest stop ours
	wait_until dmctl vm del ours
}

is_in_state() { [ "$(vm .state)" = "\"$1\"" ]; }

unplug()
{
	guest qmp ours '{"execute":"device_del","arguments":{"id":"balloon"}}' >/dev/null
	wait_until is_in_state defined
}

plug()
{
	guest qmp ours "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"vhost-vdpa-device-pci\",
		\"id\":\"balloon\",\"bus\":\"balloon-port\",\"vhostdev\":\"/dev/$(vm .device | tr -d '"')\"}}" >/dev/null
	wait_until is_in_state running
	sleep 3
}

# idle_second: prints the host's instructions per second, measured for SECONDS
idle_second()
{
	begin
	sleep "$seconds"
	finish
	echo $((host * 1000000 / us))
}

attached()
{
	local with='' without='' costs='' round

	set_backing memfd-2M
	start_ours $moves
	for ((round = 0; round < rounds; round++)); do
		with+=" $(idle_second)"
		unplug
		without+=" $(idle_second)"
		plug
		costs+=" $((${with##* } - ${without##* }))"
	done
	echo "idle, per second: attached$with, not$without" >&2
	row "host instructions per second of an attached idle VM (0.1 % of a core of 10^9 per second: 10^6)" \
		"$costs" '' "ours <= 1000000"
	guest stop ours
	wait_until dmctl vm del ours
}

for what; do
	case $what in
	pair) pair memfd-2M ;;
	plain) pair memfd-2M-plain ;;
	profile)
		for backing in memfd-2M memfd-2M-plain; do
			profile $backing
		done >"$LAB_OUT/profile"
		cat "$LAB_OUT/profile" >&2
		;;
	idle) attached ;;
	*) die "there is no $what" ;;
	esac
done
write_rows instructions

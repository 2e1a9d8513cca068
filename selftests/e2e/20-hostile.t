#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest sends malformed rings, messages and ranges. The host must refuse and count each, must
# report a broken ring by an event, and must release no page that the guest has not ballooned.
#
# The guest's memory, by page number: 64 MiB of RAM from 0 (with the rings in the first 2 MiB), ROM
# from 0x4000, no memory from 0x4200, a file mapped private from 0x5000, locked RAM from 0x6000.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

end=0x4000 hole=0x4300 rom=0x4000 file=0x5000 locked=0x6000
request=0x80000			# guest-physical address of vmm's requests
given=0				# pages of machine a that are ballooned
next=1024			# the next page of machine a for good() to balloon

now() { figures a .ballooned/4096 .counters.malformed .counters.ring_errors; }

# good: sends a correct request to balloon one page, which the host must accept.
good()
{
	v a inflate $((next++))+1
	given=$((given + 1))
	[ "$answer" = "ok ok accepted=1 1/none" ] || why+=("then a good request is answered: $answer")
}

# verdict DESCRIPTION: a test that passes if $why is empty; empties $why.
verdict()
{
	if [ ${#why[@]} = 0 ]; then ok "$1"; else not_ok "$1" "${why[@]}"; fi
	why=()
}
why=()

# breaks DESCRIPTION: the commands before this call have broken a ring. The device must ask for a
# reset, count the error and send an event. After the reset it must work, with the same pages
# ballooned.
breaks()
{
	errors=$((errors + 1))
	v a broken
	[ "$answer" = broken ] || why+=("no NEEDS_RESET: $answer")
	event '"kind":"guest","vm":"a".*is broken' || why+=("no event")
	events_forget
	[ "$(now)" = "$given $malformed $errors" ] ||
		why+=("given, malformed, ring_errors: $(now), not $given $malformed $errors")
	must a reset
	must a ring 0
	must a start
	good
	[ "$(now)" = "$given $malformed $errors" ] || why+=("after the reset: $(now)")
	verdict "$1"
}

# answers DESCRIPTION STATUS COUNTED COMMAND...: the host must answer the request with STATUS, count
# it as malformed if COUNTED is 1 and not if it is 0, and change nothing else.
answers()
{
	local what=$1 status=$2

	malformed=$((malformed + $3))
	shift 3
	v a "$@"
	[ "$answer" = "ok $status" ] || why+=("answered: $answer, not $status")
	good
	[ "$(now)" = "$given $malformed $errors" ] ||
		why+=("given, malformed, ring_errors: $(now), not $given $malformed $errors")
	verdict "$what"
}

# range DESCRIPTION RESULT COUNTER PAGES COMMAND...: the host must answer the request with RESULT,
# and COUNTER must rise by PAGES. Keeps $given up to date.
range()
{
	local what=$1 result=$2 counter=$3 pages=$4 before after accepted

	shift 4
	before=$(counter a "$counter")
	v a "$@"
	[ "$answer" = "ok ok $result" ] || why+=("answered: $answer, not $result")
	after=$(counter a "$counter")
	[ $((after - before)) = "$pages" ] || why+=("$counter rose by $((after - before)), not $pages")
	accepted=${answer#*accepted=}
	case $1 in
	inflate) given=$((given + ${accepted%% *})) ;;
	deflate) given=$((given - ${accepted%% *})) ;;
	esac
	[ "$(now)" = "$given $malformed $errors" ] ||
		why+=("given, malformed, ring_errors: $(now), not $given $malformed $errors")
	verdict "$what"
}

looks() { v a look $(($1 * 4096)) $(($2 * 4096)); is "$answer" "ok $3" "$4"; }

events_begin
head -c 2M /dev/urandom >/var/tmp/contents
cp /var/tmp/contents /var/tmp/mapped
machine a 66M "0 0 64M memfd small bind=0" "1 $((rom * 4096)) 2M memfd readonly" \
	"2 $((file * 4096)) 2M /var/tmp/mapped private" "3 $((locked * 4096)) 2M memfd bind=0 lock"
must a touch 2M 62M
must a touch $((rom * 4096)) 2M
must a touch $((locked * 4096)) 2M
must a start
v a hello 0+$((end))
is "$answer" "ok ok epoch=1 balloon=0" "HELLO begins a session"
v a inflate 512+512
is "$answer" "ok ok accepted=512 512/none" "a block is given"
given=512 malformed=0 errors=0
looks 512 512 "kept=0 absent=512 other=0" "and is gone from the host"
v a inflate split=5 indirect $((next++))+1
given=$((given + 1))
is "$answer" "ok ok accepted=1 1/none" "a request in an indirect table and six pieces is served"
v a inflate split=5 indirect direct=2 $((next++))+1
given=$((given + 1))
is "$answer" "ok ok accepted=1 1/none" "so is one whose first two pieces are not in the table"
must a reset
must a start event
good
v a inflate indirect $((next++))+1 $((next++))+1
given=$((given + 2))
is "$answer" "ok ok accepted=2 1/none 1/none" "with the event index too"
must a reset
must a start

# Rings

must a reset
must a ring 0 num=16
must a start
must a desc 0 0 $request 16 n 1
must a desc 0 1 $request 16 n 0
must a offer 0 0
breaks "a loop in a chain"

must a desc 0x10000 0 $request 16 n 1
must a desc 0x10000 1 $request 16 n 0
must a desc 0 0 0x10000 32 i 0
must a offer 0 0
breaks "a loop in an indirect table"

for ((i = 0; i < 100; i++)); do
	must a desc 0 $i $request 1 n $((i + 1))
done
must a desc 0 100 $request 1 - 0
must a offer 0 0
breaks "a chain of more than 64 segments"

must a offer 0 256
breaks "a head that is no descriptor"

must a desc 0 0 $request 16 n 256
must a offer 0 0
breaks "a next descriptor that there is not"

must a desc 0 0 $request 16 - 0
must a advance 0 257
must a kick 0
breaks "an available index that jumps by more than the ring's size"

must a desc 0 0 $request 16 nw 1
must a desc 0 1 $request 16 - 0
must a offer 0 0
breaks "a readable segment behind a writable one"

must a desc 0 0 0x10000 0 i 0
must a offer 0 0
breaks "an indirect table of no length"

must a desc 0 0 0x10000 24 i 0
must a offer 0 0
breaks "an indirect table of a descriptor and a half"

must a desc 0x10000 0 0x10000 16 i 0
must a desc 0 0 0x10000 16 i 0
must a offer 0 0
breaks "an indirect table in an indirect table"

must a desc 0 0 0x10000 16 in 1
must a offer 0 0
breaks "an indirect table that goes on in the ring"

must a desc 0 0 $((hole * 4096)) 16 i 0
must a offer 0 0
breaks "an indirect table where there is no memory"

must a desc 0 0 $((hole * 4096)) 16 n 1
must a desc 0 1 0xa0000 4096 w 0
must a offer 0 0
breaks "a request where there is no memory"

must a desc 0 0 0xfffffffffffffff8 0x20 n 1
must a desc 0 1 0xa0000 4096 w 0
must a offer 0 0
breaks "a request across the end of the address space"

for part in desc avail used; do
	for where in $((hole * 4096)) 0xfffffffffffff000; do
		must a reset
		must a ring 0 $part=$where
		must a start
		[ $part = used ] || must a kick 0
		# The device reads no descriptor before the available index rises.
		[ $part != desc ] || must a advance 0 1
		must a kick 0
		breaks "the $part ring at $where, where there is no memory"
	done
done

must a reset
must a ring 0 used=$((rom * 4096))
must a start event
breaks "the used ring in ROM, with the event index"

looks "$rom" 512 "kept=512 absent=0 other=0" "ROM is as it was"

# A correct chain whose answer would go to ROM. The request in it has a wrong version, so it
# balloons nothing.
must a reset
must a start
must a inflate nowait in=0 out=0 $next+1
must a await 0
malformed=$((malformed + 1))
v a inflate version=7 $next+1
must a desc 0 1 $((rom * 4096)) 4096 w 0
must a offer 0 0
breaks "an answer that would go to ROM"

must a desc 0 0 $request 0xffffffff - 0
must a offer 0 0
v a await 0
malformed=$((malformed + 1))
is "$answer" "ok 0" "a request of 4 GiB is answered, and does no harm"
must a desc 0 0 $request 0 n 1
must a desc 0 1 $request 0 n 2
must a desc 0 2 0xa0000 0 w 0
must a offer 0 0
v a await 0
malformed=$((malformed + 1))
is "$answer" "ok 0" "a request of no length is answered"

# Messages

answers "a header that is too short" malformed 1 inflate out=8 2000+1
answers "no header" malformed 1 inflate out=0 2000+1
mismatched=$(counter a mismatched)
answers "a version that is not spoken" version 0 inflate version=7 2000+1
is "$(counter a mismatched)" $((mismatched + 1)) "and is counted by itself"
answers "another epoch" epoch 0 inflate epoch=99 2000+1
answers "epoch 0" epoch 0 inflate epoch=0 2000+1
answers "an unknown type" type 1 inflate type=99 2000+1
answers "type 0" type 1 inflate type=0 2000+1
answers "fewer ranges than announced" malformed 1 inflate count=2 2000+1
answers "more ranges than announced" malformed 1 inflate count=1 2000+1 2001+1
answers "no ranges" malformed 1 inflate
answers "a count that would overflow" malformed 1 inflate count=0xffffffff 2000+1
answers "more ranges than are allowed" malformed 1 inflate '2000+1*4097/1'
answers "no room for the results" malformed 1 inflate in=16 2000+1
answers "no room for an answer" "written=8" 1 inflate in=8 2000+1
answers "a HELLO without vnodes" malformed 1 hello vnodes=0 0+16384
answers "a HELLO with 17 vnodes" malformed 1 hello vnodes=17 0+16384
answers "a HELLO without ranges" malformed 1 hello
answers "a HELLO with descending ranges" malformed 1 hello 8192+8192 0+8192
answers "a HELLO with overlapping ranges" malformed 1 hello 0+8192 8191+8192
answers "a HELLO with a range that wraps" malformed 1 hello 0xffffffffffffffff+2 5+1
answers "a HELLO with a range of an unknown vnode" malformed 1 hello vnodes=2 0+8192 8192+8192@2
answers "a HELLO that ends too early" malformed 1 hello out=40 0+16384
answers "a REPORT of too many vnodes" malformed 1 report vnodes=2
answers "a REPORT of no vnodes" malformed 1 report vnodes=0
answers "a REPORT of 32 vnodes" malformed 1 report vnodes=32
answers "a REPORT that ends too early" malformed 1 report out=100
answers "a MOVE of an odd number of ranges" malformed 1 move 2000+1 2001+1 2002+1
answers "a NEED with entries" malformed 1 need 4096 count=1
is "$(json a .counters.reports)" 0 "none of them counts as a report"

# Ranges

range "outside memory" "accepted=0 0/range" refused_range 7 inflate $hole+7
range "far outside memory" "accepted=0 0/range" refused_range 1 inflate 0x7ffffffff+1
range "no pages" "accepted=0 0/range" refused_range 0 inflate 2000+0
range "across the end of the address space" "accepted=0 0/range" refused_range 2 \
	inflate 0xffffffffffffffff+2
range "beyond 52 bits" "accepted=0 0/range" refused_range 2 inflate 0xffffffffff+2
range "in ROM" "accepted=0 0/backing" refused_backing 3 inflate $rom+3
range "a file mapped private" "accepted=0 0/backing" refused_backing 512 inflate $file+512
range "locked memory" "accepted=0 0/pinned" refused_pinned 512 inflate $locked+512
range "twice" "accepted=0 0/twice" refused_twice 512 inflate 512+512
range "twice in one request" "accepted=4 4/none 0/twice" refused_twice 4 inflate 3000+4 3000+4
range "half of it given already" "accepted=2 2/twice" refused_twice 4 inflate 2998+8
range "overlapping ranges" "accepted=10 0/twice 10/none" refused_twice 5 inflate 3105+10 3100+10
range "what is behind the overlap" "accepted=5 5/none" refused_twice 0 inflate 3110+5
range "from RAM into ROM: the RAM is taken" "accepted=10 10/backing" refused_backing 10 \
	inflate $((end - 10))+20
range "good and bad ranges in one request" "accepted=2 1/none 0/range 0/backing 1/none" \
	refused_range 1 inflate 3200+1 $hole+1 $rom+1 3202+1
must a pin $((3300 * 4096)) 64K
range "up to a page that is pinned for DMA" "accepted=4 4/pinned" refused_pinned 28 inflate 3296+32
must a arm $((3400 * 4096)) 64K
range "memory that userfaultfd watches" "accepted=0 0/backing" refused_backing 16 inflate 3400+16
range "deflate: what was not given" "accepted=0 0/twice" refused_twice 5 deflate 3500+5
range "deflate: outside memory" "accepted=0 0/twice" refused_twice 1 deflate $hole+1
range "deflate: across the end of the address space" "accepted=0 0/range" refused_range 2 \
	deflate 0xffffffffffffffff+2
range "deflate: half of it was given" "accepted=2 2/twice" refused_twice 6 deflate 3002+8

range "move: more than a block at a time" "accepted=0 0/range 0/range" refused_range 513 \
	move 4096+513 8192+513
v_begin a inflate '0x100000000+0xffffffff*200/0xffffffff'
succeeds "dmctl answers while a guest names more pages than any machine has" \
	within 20 dmctl vm show a
v_end a
is "${answer:0:24}" "ok ok accepted=0 0/range" "and they are refused"

looks 3300 16 "kept=16 absent=0 other=0" "pinned pages have kept what was in them"
looks 3400 16 "kept=16 absent=0 other=0" "watched pages too"
looks "$locked" 512 "kept=512 absent=0 other=0" "locked pages too"
looks 3600 4096 "kept=4096 absent=0 other=0" "and what was never given"
looks 512 512 "kept=0 absent=512 other=0" "what was given is absent still"
succeeds "the file has its contents" cmp /var/tmp/contents /var/tmp/mapped

# Config space

v a config raw
before=$answer
must a scribble 0xff
v a config raw
is "$answer" "${before:0:11}ffffffff${before:19}" \
	"a write of garbage to all of config space changes 'actual' alone"

# A flood

pid=${vmm_pid[a]}
for task in /proc/"$pid"/task/*; do
	[ "${task##*/}" = "$pid" ] || break
done
is "$(cat "$task/comm")" a "the rings are served by a thread of the VMM"
cpu() { awk '{ print $14 + $15 }' "$task/stat"; }
before=$(cpu)
requests=$(counter a requests)
v_begin a flood 4000
succeeds "dmctl answers while a guest floods the device" within 10 dmctl vm show
v_end a
is "$answer" ok "all 4000 requests of a flood are answered"
is "$(counter a requests)" $((requests + 4000)) "and counted"
after=$(cpu)
if [ "$after" -gt "$before" ]; then
	ok "their CPU time is that thread's"
else
	not_ok "their CPU time is that thread's" "ticks: $before before, $after after"
fi
good
is "$(json a .ballooned/4096)" "$given" "what was given is given still"
vm_ends a

# A driver asks for more memory than it was granted

dmctl vm add b startup 64M minimum 32M
vmm_attach b "0 0 128M memfd small bind=0"
must b start
must b hello 0+32768
v b inflate 512+24576
is "$answer" "ok ok accepted=24576 24576/none" "b: 96 MiB of 128 MiB are given"
v b deflate 512+12288
is "$answer" "ok ok accepted=8192 8192/grant" "deflate: what is granted, and no more"
is "$(figures b .exposed .assigned .counters.refused_grant)" "67108864 67108864 4096" \
	"it could touch 64 MiB then; the rest is counted"
v b deflate leaving $((512 + 8192))+4096
is "$answer" "ok ok accepted=4096 4096/none" "a driver that leaves is not refused"
for words in "inflate 512+1" "deflate 20000+1" report "need 4096"; do
	# shellcheck disable=SC2086 # words
	v b $words
	is "$answer" "ok epoch" "but does nothing else: ${words%% *}"
done
v b deflate leaving $((512 + 12288))+1
is "$answer" "ok ok accepted=1 1/none" "it may go on leaving"
must b hello 0+32768
v b inflate 512+1
is "$answer" "ok ok accepted=1 1/none" "or begin again"
vm_ends b

# A driver names vnodes that have no memory

dmctl vm add d startup 64M minimum 32M
vmm_attach d "0 0 128M memfd small"
must d start
must d hello 0+32768
must d hello vnodes=16 0+32768@15
must d hello vnodes=16 0+32768@15
is "$(figures d .assigned .target .ram)" "67108864 67108864 134217728" \
	"to name 15 empty vnodes does not give a guest more"
vm_ends d

# A standard driver

machine c 64M "0 0 64M anon small bind=0" "1 $((rom * 4096)) 2M memfd readonly"
must c touch 2M 62M
must c start standard
# standard DESCRIPTION GIVEN COUNTERS COMMAND...: after COMMAND, GIVEN pages must be ballooned, and
# COUNTERS must be the values of refused_range, refused_twice, refused_backing and malformed.
standard()
{
	local what=$1 expected="$2 $3" c=.counters

	shift 3
	v c "$@"
	[ "$answer" = ok ] || why+=("answered: $answer")
	is "$(figures c .ballooned/4096 $c.refused_range $c.refused_twice $c.refused_backing \
		$c.malformed)" "$expected" "standard driver: $what"
}
standard "a block" 512 "0 0 0 0" pfns 0 512+512
standard "a page twice" 513 "0 1 0 0" pfns 0 2000+1 2000+1
standard "in no order" 516 "0 1 0 0" pfns 0 2003+1 2001+1 2002+1
standard "outside memory" 516 "3 1 0 0" pfns 0 $hole+3
standard "in ROM, and behind it a good one" 517 "3 1 2 0" pfns 0 $rom+2 2100+1
standard "around pages that are given" 519 "3 5 2 0" pfns 0 1999+6
standard "half a page number" 520 "3 5 2 1" pfns 0 2200+1 2300+1 len=7
standard "none at all" 520 "3 5 2 1" pfns 0 len=0
standard "deflate" 516 "3 5 2 1" pfns 1 2001+4
standard "deflate of what was not given" 516 "3 8 2 1" pfns 1 3000+3
standard "deflate outside memory" 516 "3 9 2 1" pfns 1 $hole+1
standard "garbage for statistics" 516 "3 9 2 1" pfns 2 512+300
is "$(figures c .counters.reports .demand)" "0 null" "standard driver: garbage is no report"
v c look 8M 4M
is "$answer" "ok kept=$((1024 - 2)) absent=2 other=0" "standard driver: only what was given is gone"
must c stop
is "$(figures c .ballooned/4096 .driver)" "516 detached" "standard driver: a stop keeps what is given"
must c start standard resume
v c pfns 0 4000+1
is "$answer" ok "standard driver: it goes on after a stop"
is "$(figures c .ballooned/4096 .driver)" "517 standard" "with what it had given"
must c desc 1 0 $request 4 n 0
must c offer 1 0
v c broken
is "$answer" broken "standard driver: a broken ring"
is "$(json c .ballooned/4096)" 517 "what was given is given still"
must c reset
must c start standard
v c pfns 0 512+1
is "$(json c .ballooned/4096)" 1 "standard driver: a new one begins with nothing given"
vm_ends c

kernel_is_content
done_testing

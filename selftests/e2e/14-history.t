#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The agent takes samples of what VMs need and have, and `dmctl vm show NAME --history` shows those
# of the last hour. They are kept when the agent ends, and are lost with the VM.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/agent.sh
. "$(dirname "$0")/agent.sh"
trap 'agent_exit vmm_exit' EXIT

file=/run/dynmem/web.history
figures='[.demand, .assigned, .resident, .pressure] | tostring'

# samples JQ: prints what the filter makes of the array of samples of web
samples() { dmctl -j vm show web --history 2>/dev/null | jq -r ".samples | $1"; }
# agrees: succeeds if the last sample has the figures that `vm show` has; for wait_until
agrees()
{
	samples ".[-1] | $figures"
	[ "$(json web "$figures")" = "$(samples ".[-1] | $figures")" ]
}
# has_more_than NUMBER: succeeds if there are more samples; for wait_until
has_more_than() { samples length; [ "$(samples length)" -gt "$1" ]; }
# last_has JQ-CONDITION: succeeds if the condition holds for the last sample; for wait_until
last_has() { samples '.[-1]'; [ "$(samples ".[-1] | $1")" = true ]; }
# agent_is_seen: succeeds if dmctl sees that an agent runs; for wait_until
agent_is_seen() { ! dmctl vm show web --history 2>&1 | grep "no agent runs"; }
# widest: prints the number of columns of the longest line on standard input
widest() { LC_ALL=C.UTF-8 wc -L; }

# ---- there is nothing to show

usage() { exits 2 "$1" "$2; see 'dmctl -h'" "${@:3}"; }
usage "a history of which VM" "vm show --history: the VM's name is missing" dmctl vm show --history
usage "one VM at a time" "vm show --history: name one VM, and not 'db' too" \
	dmctl vm show web db --history
usage "a picture of what" "vm show: --svg FILE goes with --history only" dmctl vm show web --svg -
usage "in which file" "--svg: the value is missing" dmctl vm show web --history --svg
usage "JSON or a picture" "vm show --history: it is either -j or --svg" \
	dmctl -j vm show web --history --svg -
unknown "a VM that there is not" "no VM named 'web'" dmctl vm show web --history

dmctl vm add web startup 256M minimum 32M
refused "without an agent there are no samples" \
	"web has no samples of the last hour, since no agent runs: 'systemctl enable --now dynmem-agent'" \
	dmctl vm show web --history
agent_start --leave-swap
wait_until 10 agent_is_seen || not_ok "an agent runs"
refused "nor of a VM that is off" \
	"web has no samples of the last hour: it has not run; start its QEMU" dmctl vm show web --history

# ---- a VM runs

vmm_attach web "0 0 256M memfd bind=0"
is "$answer" ok "a VMM attaches"
must web touch 2M 200M
must web run
must web start
must web hello 0+65536
echo 4242 >/sys/module/dynmem/parameters/group
must web report total=256M anon=100M commit=100M
succeeds "the agent takes samples of what vm show shows" wait_until 40 agrees
like "$(samples '.[-1].demand')" '^[1-9]' "they have the demand"
before=$(samples '.[-1].demand')
must web report total=256M anon=150M commit=150M
succeeds "the guest needs more: the next one has more" \
	wait_until 40 last_has ".demand > $before + 32 * $M"
now=$(date +%s)
between $((now - 30 * LAB_SLOW)) "$(samples '.[-1].time')" "$now" "times are seconds in UTC"
is "$(samples 'map(.time / 10 | floor) | (unique | length) == length')" true "there is one in 10 seconds"
is "$(dmctl -j vm show web --history | jq -c '[.name, .interval, (.samples[0] | keys_unsorted)]')" \
	'["web",10,["time","demand","assigned","resident","pressure"]]' "the keys of the JSON"

is "$(stat -c '%a %g' $file)" "640 4242" "the group that may see VMs can read the file"
as_member=(setpriv --reuid 65534 --regid 65534 --groups 4242)
as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
succeeds "so a member can see the history" "${as_member[@]}" dmctl vm show web --history
denied "and who is no member cannot" ".*may see that" "${as_nobody[@]}" dmctl vm show web --history
echo -1 >/sys/module/dynmem/parameters/group

# ---- how it is shown

plot=$(LC_ALL=C dmctl vm show web --history)
like "$plot" ^$'web, 20[0-9-]+ [0-9:]+ to [0-9:]+ .[0-9]{4}\ndemand: last [0-9]+ MiB, at most [0-9]+ MiB\n' \
	"a plot has a title"
is "$(grep -c '^ *0%\? |.*[.:#]' <<<"$plot")" 4 "each figure is drawn"
is "$(LC_ALL=C grep -c '[^ -~]' <<<"$plot")" 0 "in ASCII"
like "$(LC_ALL=C.UTF-8 dmctl vm show --history web)" "█" "with blocks, where the terminal has UTF-8"
between 60 "$(LC_ALL=C.UTF-8 dmctl vm show web --history | widest)" 80 "in a pipe it has 80 columns"

succeeds "a picture is written to a file" dmctl vm show web --history --svg "$tmp/web.svg"
is "$(cat "$tmp/output")" "" "and nothing is printed"
is "$(dmctl vm show --svg - web --history | head -c 40)" "$(head -c 40 "$tmp/web.svg")" \
	"or to standard output"
like "$(cat "$tmp/web.svg")" '^<svg .*<title>web, 20.*class="line demand" d="M[0-9]+ .*</svg>$' "it is SVG"
refused "a picture that cannot be written is an error" "cannot write /dev/full: No space left on device" \
	dmctl vm show web --history --svg /dev/full
refused "and one in a directory that there is not" "cannot write /nowhere/x: No such file or directory" \
	dmctl vm show web --history --svg /nowhere/x

# ---- the agent ends, and another one goes on

agent_ends KILL
old=$(samples 'map(tostring) | join(" ")')
nr=$(samples length)
like "$(dmctl vm show web --history 2>&1 >/dev/null)" \
	"^dmctl: warning: there are no new samples, since no agent runs" "without an agent there is a warning"
printf '17' >>$file
agent_start --leave-swap
succeeds "the next agent adds samples" wait_until 40 has_more_than "$nr"
is "$(samples ".[:$nr] | map(tostring) | join(\" \")")" "$old" "to those of the killed one"
is "$(stat -c '%a %g' $file)" "600 0" "without a group only root can read them"
agent_ends TERM
succeeds "an agent that ends leaves them" test -s $file

# ---- the VM is deleted

vm_ends web
dmctl vm add web startup 256M minimum 32M
refused "a new VM of that name has no samples of the old one" \
	"web has no samples of the last hour, since no agent runs: .*" dmctl vm show web --history
dmctl vm del web
agent_start --leave-swap
succeeds "the file of a VM that there is not is removed" wait_until 10 gone $file
agent_ends TERM
kernel_is_content
done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dmctl and the netlink family: what they show, what they refuse, and with which messages.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"


# ---- a VM that is defined

succeeds "vm add defines a VM" dmctl vm add web startup 512M
# The link exists already, unless the machine is so busy that dmctl stopped waiting for udev.
succeeds "its device is at /dev/dynmem/NAME" wait_until 20 test -c /dev/dynmem/web
is "$(readlink -f /dev/dynmem/web)" "/dev/$(json web .device)" "it is the one that vm show names"
like "$(vdpa dev show web)" "web: .* mgmtdev dynmem " "vdpa dev show lists the device"
settings='[.startup, .minimum, .maximum, .buffer, .weight, .dynamic, .demand_mode, .enforce, .reporting, .share, .place, .paging] | tostring'
is "$(json web "$settings")" "[$((512 * M)),$((512 * M)),$((512 * M)),20,5000,true,\"commit+\",\"count\",false,false,\"off\",true]" \
	"defaults: minimum and maximum as startup, buffer 20, weight 5000, dynamic, commit+, count, reporting, share and place off, paging on"
is "$(json web '[.state, .status, .driver] | tostring')" '["defined","unknown","none"]' \
	"a VM that nobody has started is defined, its status unknown"
is "$(json web '[.demand, .commit, .pressure, .pid, .why, .reasons] | tostring')" \
	'[null,null,null,null,null,null]' \
	"what is not known is null in JSON"
like "$(dmctl vm show web)" 'demand +-' "and - in text"

# ---- warnings about sizes that Linux would refuse to a VMM

# qemu_has PROPERTIES: succeeds if QEMU can allocate anonymous memory with these properties
qemu_has()
{
	qemu-system-x86_64 -machine none -nodefaults -display none -monitor stdio \
		-object "memory-backend-ram,id=m,$1" <<<quit
}

like "$(dmctl vm add huge startup 2G maximum 64G 2>&1)" \
	'^dmctl: warning: Linux refuses QEMU 64 GiB of anonymous memory.* reserve=off$' \
	"a maximum is warned of that anonymous memory cannot have"
fails "it cannot" qemu_has size=64G
succeeds "as the warning says, it can without a reservation" qemu_has size=64G,reserve=off
like "$(dmctl vm set huge maximum 65G 2>&1)" 'reserve=off$' "vm set warns, too"
dmctl vm del huge
is "$(dmctl vm add huge startup 512M maximum 2G 2>&1)" "" "a maximum that it can have is not warned of"
dmctl vm del huge

# ---- the format of dmctl's output

is "$(json web 'keys_unsorted | join(" ")')" \
	"name state status driver startup minimum maximum buffer weight dynamic demand_mode \
enforce reporting share place paging demand commit desired assigned target pressure resident ballooned exposed charge ram missing \
foreign pinned retouched shared saved paged compressed compressed_from page_to reaction unavailable backoff floating lent cache reread limit limit_by \
available pressure_minimum pressure_maximum pressure_average plugs device pid why reasons nodes next counters" "vm show: the JSON's keys"
is "$(json web '.nodes | map(keys_unsorted | join(" ")) | unique | .[]')" \
	"node page resident assigned target ballooned" "vm show: the keys of each node"
is "$(json web '.nodes | map(.node) | join(" ")')" "0 1" "vm show: one entry for each host node"
is "$(json web '.counters | keys_unsorted | join(" ")')" \
	"kicks interrupts requests reports inflated deflated free_reported release_calls refused_range \
refused_twice refused_backing refused_pinned refused_align refused_failed refused_grant lost \
retouched reclaimed malformed ring_errors resets needs added removed add_operations remove_operations mismatched" "vm show: the keys of the counters"
is "$(dmctl -j vm show | jq -r 'map(.name) | join(" ")')" "web" "vm show without a name: an array"
is "$(dmctl vm show | awk '{ print $1, $2, $4 }')" $'name state driver\nweb defined none' \
	"vm show in text: one line a VM"
is "$(dmctl -j host show | jq -r 'keys_unsorted | join(" ")')" \
	"vms running balance failover headroom headroom_percent headroom_per_node headroom_set reserve \
capacity charge promised \
overhead spare lent pools pools_spare at_risk minimums overdrawn startable refused sequence version \
debt debt_by warnings" "host show: the JSON's keys"
is "$(dmctl -j host show | jq -c .debt_by)" \
	'{"host":0,"guests":0,"overhead":0,"reserve":0,"floating":0}' "debt by cause: none"
thp=/sys/kernel/mm/transparent_hugepage
is "$(dmctl -j host show | jq -c .warnings)" "[]" "host show: nothing to warn of"
was() { sed 's/.*\[\(.*\)\].*/\1/' $thp/"$1"; }
enabled=$(was enabled) defrag=$(was defrag)
# badly SETTING VALUE COMMAND...: COMMAND gives SETTING the harmful VALUE. dmctl must warn of it,
# and the command line that dmctl shows must correct it.
badly()
{
	local what="$1 $2" is="warning: $1 is $2: "

	shift 2
	"$@"
	is "$(dmctl -j host show | jq -r '.warnings[] | "\(.setting) \(.value)"')" "$what" \
		"host show warns: $what"
	sh -c "$(dmctl host show | grep -A 1 "^$is" | tail -n 1)"
	is "$(dmctl -j host show | jq -c .warnings)$(dmctl host show | grep warning)" "[]" \
		"the line that it shows mends it"
}
# shellcheck disable=SC2317 # called by name
put() { echo "$1" >"$thp/$2"; }
badly shmem_enabled never put never shmem_enabled
badly khugepaged/max_ptes_none 511 put 511 khugepaged/max_ptes_none
badly enabled never put never enabled
badly defrag never put never defrag
badly "/dev/shm huge" never mount -o remount,huge=never /dev/shm
put "$enabled" enabled
put "$defrag" defrag
is "$(dmctl -j host show | jq '[.vms, .running] | tostring')" '"[1,0]"' \
	"host show counts VMs that are defined and that run"
is "$(dmctl -j node show | jq -r 'map(keys_unsorted | join(" ")) | unique | .[]')" \
	"node page present free used reserve capacity resident assigned charge promised overhead spare \
debt overdrawn reserve_set at_risk minimums debt_by" "node show: the JSON's keys"
is "$(dmctl -j node show | jq -c 'map([.node, .page])')" "[[0,4096],[1,4096]]" \
	"node show: the host's nodes"
pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
# shellcheck disable=SC2317 # called by wait_until
# pool_is JQ: succeeds if the condition holds for node 1's pool of 2 MiB pages; for wait_until
pool_is() { dmctl -j node show | jq -e ".[] | select(.node == 1 and .page == 2097152) | $1"; }
# shellcheck disable=SC2317 # also called by wait_until
no_pool() { ! pool_is .; }
echo 4 >$pool
succeeds "node show: a hugetlb pool with pages is a node of its own, without a reserve" wait_until 5 \
	pool_is '[.present, .free, .used, .reserve, .capacity, .spare] == ([8, 8, 0, 0, 8, 8] | map(. * 1048576))'
echo 0 >$pool
succeeds "one without is none" wait_until 5 no_pool
# The two commands may show different measurements: dynmem measures every second, and the host's use
# changes.
is "$(dmctl -j host show | jq --argjson nodes "$(dmctl -j node show | jq 'map(.capacity) | add')" \
	'.capacity / $nodes | . > 0.9 and . < 1.1')" true \
	"the host's capacity is the sum of its nodes', within what changes in between"
is "$(dmctl -j -p vm show web | jq -c .name)$(dmctl -j -p vm show web | sed -n 2p)" \
	'"web"  "name": "web",' "-p indents"
for size in 512MB 512MiB 0.5G 0.5gib 524288k; do
	dmctl vm add sizes startup "$size" maximum 1.5G
	is "$(json sizes '[.startup, .maximum] | tostring')" "[$((512 * M)),$((1536 * M))]" \
		"startup $size is 512 MiB"
	dmctl vm del sizes
done
is "$(dmctl vm show web >/dev/full 2>&1; echo $?)" 1 "output that cannot be written is an error"

# ---- the help, and options behind the command

like "$(dmctl -h)" '^Usage: dmctl .*dmctl vm set .*dmctl host set .*Options' "-h prints the whole help"
is "$(dmctl vm del -h)" "Usage: dmctl vm del NAME" "-h behind a command prints its usage"
is "$(dmctl -h v del web)" "Usage: dmctl vm del NAME" "so it does before the command"
is "$(dmctl help vm del)" "Usage: dmctl vm del NAME" "so does help"
said=$(dmctl vm set web -h)
like "$said" '^Usage: dmctl vm set NAME .*startup SIZE .*SIZE is' "that of vm set has the settings"
is "$(grep -c 'dmctl vm' <<<"$said")" 1 "and no other command"
said=$(dmctl host --help)
like "$said" '^Usage: dmctl host .*dmctl host set .*dmctl host plan' "-h behind an object prints its commands"
is "$(grep -c 'dmctl vm [a-z]' <<<"$said")" 0 "and no others"
pretty=$(dmctl -j -p vm show web)
is "$(dmctl vm show -j web --pretty)" "$pretty" "options may stand behind the command"
is "$(dmctl vm show web -jp)" "$pretty" "together, too"
succeeds "a file whose name looks like one" sh -c "cd $tmp && dmctl save ./-j && dmctl restore ./-j"

# ---- several VMs

dmctl vm add db startup 64M
is "$(dmctl -j vm show web db | jq -c 'map(.name)')" '["web","db"]' \
	"vm show with several names: an array in their order"
is "$(dmctl vm show db web)" "$(dmctl vm show db && echo && dmctl vm show web)" "and in text one by one"
unknown "a name that no VM has" "no VM named 'nope'" dmctl -j vm show db nope web
is "$(dmctl -j vm show db nope web 2>/dev/null | jq -c 'map(.name)')" '["db","web"]' \
	"and the others are shown"

# ---- columns

columns="name,demand_m,maximum"
is "$(dmctl vm show -o $columns)" \
	$'name  demand_mode  maximum\nweb   commit+      512 MiB\ndb    commit+       64 MiB' \
	"vm show -o: these columns, in this order"
is "$(dmctl -j vm show -o $columns | jq -c .)" \
	"[{\"name\":\"web\",\"demand_mode\":\"commit+\",\"maximum\":$((512 * M))},\
{\"name\":\"db\",\"demand_mode\":\"commit+\",\"maximum\":$((64 * M))}]" "and in JSON just these keys"
is "$(dmctl -j vm show db -o startup)" "{\"startup\":$((64 * M))}" "of a VM that is named, too"
is "$(dmctl vm show db --output state)" $'state\ndefined' "also in text"
is "$(dmctl -j vm show | jq -r '.[0] | to_entries[] | select(.value | type != "object" and type != "array") | .key' |
	grep -vxE 'reasons|next' | paste -sd , | xargs dmctl -j vm show web -o | jq -c keys_unsorted)" \
	"$(json web 'del(.reasons, .next, .nodes, .counters) | keys_unsorted | tostring')" \
	"it takes all keys that have no members of their own"
sorted() { dmctl vm show -o name --sort "$1" | sed 1d | xargs; }
is "$(sorted startup) $(sorted -startup)" "web db db web" "--sort: the largest figure first, and the other way round"
is "$(sorted name) $(sorted -name)" "db web web db" "words in alphabetical order, and the other way round"
is "$(sorted weight)" "web db" "what is equal stays in its order"
is "$(dmctl -j vm show --sort name | jq -c 'map(.name)')" '["db","web"]' "JSON is sorted, too"
is "$(dmctl vm show web db --sort name)" "$(dmctl vm show db web)" "and so are VMs that are named"
is "$(dmctl node show -o node,page --sort -node)" $'node   page\n0     4 KiB\n1     4 KiB' \
	"node show has both options"
is "$(dmctl -j node show --sort node | jq -c 'map(.node)')" "[1,0]" "in JSON, too"
exits 2 "a field that is nearly right" "there is no field 'dmeand' \(did you mean 'demand'\?\); see 'dmctl -h'" \
	dmctl vm show -o name,dmeand
exits 2 "a field that is like none" "there is no field 'colour'; there is node, page, .*, minimums; see 'dmctl -h'" \
	dmctl node show -o colour
dmctl vm del db

# ---- vm wait, and nothing happens

succeeds "vm wait for what is so" dmctl vm wait web state defined timeout 0
succeeds "case does not matter" dmctl vm wait web STATUS Unknown timeout 0
succeeds "a flag" dmctl vm wait web floating no timeout 0
succeeds "a setting" dmctl vm wait web paging on timeout 0
succeeds "a text" dmctl vm wait web device "$(json web .device)" timeout 0
succeeds "a text that there is not" dmctl vm wait web why - timeout 0
refused "vm wait for what is not so" "web: state is defined after 0 s" \
	dmctl vm wait web state running timeout 0
refused "and does not come" "web: state is defined after 1 s" dmctl vm wait web state running timeout 1
unknown "vm wait for a VM that there is not" "no VM named 'nope'" dmctl vm wait nope state running

# ---- other words for commands

for words in "vm" "vm web" "host" "node"; do
	read -r object name <<<"$words"
	# shellcheck disable=SC2086 # perhaps no name
	is "$(dmctl -j "$object" list $name | jq -c '[type, (.. | objects | keys)]')" \
		"$(dmctl -j "$object" show $name | jq -c '[type, (.. | objects | keys)]')" \
		"list is another word for show: $words"
done
succeeds "rm is another word for del" sh -c "dmctl vm add gone startup 32M && dmctl vm rm gone"
unknown "and has deleted it" "no VM named 'gone'" dmctl vm show gone

# ---- commands that the kernel refuses

before=$(dmctl -j vm show)
unknown "show of a VM that there is not" "no VM named 'nope'" dmctl vm show nope
unknown "set of a VM that there is not" "no VM named 'nope'" dmctl vm set nope buffer 30
unknown "del of a VM that there is not" "no VM named 'nope'" dmctl vm del nope
refused "a second VM of the same name" ".*already.*" dmctl vm add web startup 512M
refused "startup below 32M" "startup must be between 32M .*" dmctl vm add x startup 30M
refused "startup 0" "startup must be between 32M .*" dmctl vm add x startup 0
refused "startup beyond all memory" "startup must be between .*" dmctl vm add x startup 16000000T
refused "minimum below 32M" "minimum must be between 32M .*" \
	dmctl vm add x startup 64M minimum 30M
refused "minimum above startup" "minimum .*512M.* must not be above startup .*256M.*" \
	dmctl vm add x startup 256M minimum 512M
refused "maximum below startup" "maximum .*128M.* must not be below startup .*256M.*" \
	dmctl vm add x startup 256M maximum 128M
refused "startup that is no multiple of 2M" "startup must be a multiple of 2M" \
	dmctl vm add x startup 511M
refused "minimum that is no multiple of 2M" "minimum must be a multiple of 2M" \
	dmctl vm add x startup 512M minimum $((64 * M + 4096))
refused "maximum that is no multiple of 2M" "maximum must be a multiple of 2M" \
	dmctl vm add x startup 512M maximum 1025M
refused "buffer below 5" "buffer must be between 5 and 2000 percent" \
	dmctl vm add x startup 512M buffer 4
refused "buffer above 2000" "buffer must be between 5 and 2000 percent" \
	dmctl vm set web buffer 2001
refused "weight 0" "weight must be between 1 and 10000" dmctl vm add x startup 512M weight 0
refused "weight above 10000" "weight must be between 1 and 10000" dmctl vm set web weight 10001
for name in '' . .. -x .x a/b ../x 'a b' 'a;b' $'a\nb' ü; do
	refused "the name $(printf %q "$name")" "a VM's name has .*" dmctl vm add "$name" startup 32M
done
name=$(printf 'n%.0s' {1..64})
refused "a name of 64 characters" "a VM's name has 1 to 63 characters" \
	dmctl vm add "$name" startup 32M
is "$(dmctl -j vm show)" "$before" "none of these left anything behind"
succeeds "a name of 63 characters is fine" dmctl vm add "${name:1}" startup 32M
# narrow COMMAND...: succeeds if COMMAND prints lines, and none with more than 80 characters
narrow() { COLUMNS=80 "$@" | awk 'length > 80 { exit 1 } END { exit !NR }'; }
for words in "vm show" "vm show ${name:1} web" "node show" "host show"; do
	# shellcheck disable=SC2086 # words
	succeeds "80 columns are enough for ${words/ n*/ NAME...}" narrow dmctl $words
done
like "$(dmctl vm show | grep -x -A 1 "${name:1}")" $'\n +defined +unknown +none +' \
	"such a name has a line of its own"
like "$(dmctl vm show -o name,state | grep "^${name:1} ")" ' defined$' "but with -o it has not"
succeeds "and is shown and deleted" sh -c "dmctl vm show ${name:1} && dmctl vm del ${name:1}"

unknown "reserve of a node that there is not" "the host has no node 7 .*" \
	dmctl host set reserve 1G node 7
unknown "reserve of a node with a huge number" "the host has no node 4294967295 .*" \
	dmctl host set reserve 1G node 4294967295
refused "a node without a reserve" "only the reserve is set per node.*" \
	dmctl host set node 0 balance strict

for words in "detach nope" "attach nope" "plug nope" "unplug nope" "place nope auto"; do
	# shellcheck disable=SC2086 # words
	unknown "a VM that there is not: vm $words" "no VM named 'nope'" dmctl vm $words
done
unknown "check of a VM that there is not" "no VM named 'nope'" dmctl vm check nope
unknown "plan with a VM that there is not" "no VM named 'nope'" dmctl host plan with nope
refused "check in a pool that there is not" "no pages of 3072 KiB here; /sys/kernel/mm/hugepages has the sizes" \
	dmctl vm check web page 3M
refused "plan with a VM in such a pool" "no pages of 3072 KiB here; /sys/kernel/mm/hugepages has the sizes" \
	dmctl host plan with web page 3M

# ---- usage errors: dmctl exits with status 2 and asks nothing of the kernel

for words in "" "vmx" "vm frobnicate" "vm add" "vm add x" "vm add x startup" "vm add x startup 1.3K" \
	"vm add x startup 512MBB" "vm add x startup -512M" "vm add x startup 512M m 1G" \
	"vm add x startup 512M startup 1G" "vm add x startup 512M buffer 20%" \
	"vm add x startup 512M dynamic maybe" "vm add x startup 512M demand most" \
	"vm set web enforce" "vm set web enforce law" \
	"vm add x buffer 5" "vm set web" "vm del" \
	"vm replace" "vm replace x" "vm replace x buffer 5" "vm replace x startup 512M min 1x" \
	"save x y" "restore" "restore x y" "-f vm" "-b - vm" \
	"vm del web web" "vm check" "vm check web web" "vm check web page" \
	"vm check web page big" "vm check web page 2M 2M" "vm plug" "vm plug web much" \
	"vm plug web 1G --force 2G" "vm plug web timeout 3" "vm unplug" "vm unplug web timeout" \
	"vm unplug web --force" "vm wait" "vm wait web" "vm wait web state" \
	"vm wait web nothing -" "vm wait web state off" "vm wait web assigned 512M" \
	"vm wait web state running 3" "vm wait web state running timeout" \
	"vm wait web state running timeout 3 4" "host set" \
	"host set balance none" "host set failover much" "host set headroom" \
	"host set headroom 1M" "host set headroom 0%" "host set headroom 101%" \
	"host set headroom 10%%" "host set headroom %" "host show x" "host plan x" \
	"host plan with" "host plan with web web" "host plan with web page" \
	"node x" "monitor x" "vm show -o" "vm show --sort" "vm show -o name,name" "vm show -o name," \
	"node show -o name" "vm show -o nodes" "vm set web -o name" "vm del web -o name"; do
	# shellcheck disable=SC2086 # words
	dmctl $words >"$tmp/output" 2>&1
	is "$?" 2 "usage error: dmctl $words"
done
is "$(dmctl -j vm show)" "$before" "and changed nothing"
while read -r what meant words; do
	# shellcheck disable=SC2086 # words
	exits 2 "a word that is nearly right: $words" \
		"there is no $what '${words##* }' \(did you mean '$meant'\?\); see 'dmctl -h'" \
		dmctl $words
done <<END
object host hots
command show vm sohw
setting startup vm add x startpu
demand_mode commit vm set web demand comit
dynamic on vm set web dynamic onn
END
exits 2 "a word that is like none" "there is no setting 'colour'; there is startup, .*, paging; see 'dmctl -h'" \
	dmctl vm set web colour blue
for word in plug unplug; do
	refused "a VM that does not run: vm $word" "web does not run: it is defined" \
		dmctl vm $word web
done

# ---- changes of settings

succeeds "settings of a VM that is off can all change" \
	dmctl vm set web startup 256M min 128M max 1G buffer 50 weight 100 dynamic off demand work \
	enforce reclaim reporting on place auto paging off
is "$(json web "$settings")" \
	"[$((256 * M)),$((128 * M)),$((1024 * M)),50,100,false,\"workingset\",\"reclaim\",true,false,\"auto\",false]" "and are shown so"
refused "a change that does not fit the other settings" "minimum .* must not be above startup .*" \
	dmctl vm set web minimum 512M
is "$(json web .minimum)" "$((128 * M))" "changes nothing"
succeeds "words may be shortened" dmctl v se web dyn on buf 20 dem commit+ rep off
is "$(json web '[.buffer, .dynamic, .demand_mode, .reporting] | tostring')" "[20,true,\"commit+\",false]" "and mean the same"

words=$(dmctl vm set -h | sed -nE 's/^  ([a-z_]+) .*/\1/p')
is "$(json web "keys_unsorted | .[index(\"startup\"):index(\"demand\")] | join(\" \")")" "$(xargs <<<"$words")" \
	"the words for settings are the keys of JSON"
set_before=$(json web "$settings")
for word in $words; do
	succeeds "vm set $word takes the value in JSON" dmctl vm set web "$word" \
		"$(json web ".$word | if . == true then \"on\" elif . == false then \"off\" else . end")"
done
is "$(json web "$settings")" "$set_before" "which is the value that it has"

said=$(dmctl vm set web minimum 32M maximum 4G 2>&1)
is "$? $said" "0 dmctl: warning: a guest with 4096M RAM needs 88M for itself, above minimum" \
	"a minimum that no guest of that size can get to is taken, with a warning"
dmctl vm set web minimum 128M maximum 1G

succeeds "host set: reserve of a node" dmctl host set reserve 1G node 1
is "$(dmctl -j node show | jq -c 'map([.reserve_set, .reserve])[1]')" "[true,$((1024 * M))]" \
	"and node show shows it, and that it was set"
is "$(dmctl -j node show | jq '.[0].reserve_set')" false "that of the other node is the default"
succeeds "host set: default reserve again, and balance" \
	dmctl host set reserve default balance relative
is "$(dmctl -j node show | jq -c '.[1] | [.reserve, .reserve_set]')$(dmctl -j host show | jq -r .balance)" \
	"[$((512 * M)),false]relative" "and both are shown"
dmctl host set balance strict

succeeds "host set: headroom, an amount" dmctl host set headroom 256M
headroom='[.headroom_set, .headroom_percent, .headroom_per_node]'
is "$(dmctl -j host show | jq -c "[.headroom] + $headroom")" "[$((512 * M)),true,null,$((256 * M))]" \
	"it is kept on both nodes"
succeeds "host set: headroom, a percentage" dmctl host set headroom 10%
is "$(dmctl -j host show | jq -c "$headroom + [.headroom <= .capacity / 10]")" "[true,10,null,true]" \
	"and host show has both"
succeeds "host set: headroom off" dmctl host set headroom off
is "$(dmctl -j host show | jq '.headroom == .capacity')" true "nothing is lent"
succeeds "host set: default headroom again" dmctl host set headroom default
is "$(dmctl -j host show | jq -c "$headroom")" "[false,16,null]" "it is a percentage, and not set"

# ---- top

top() { LC_ALL=${1:-C} dmctl top -n "${2:-1}" -d 1 "${@:3}"; }
top >"$tmp/top"
is "$(sed -n 2p "$tmp/top" | xargs)" "name status demand assigned resident pressure demand" \
	"top: the head of its table"
is "$(tail -n +3 "$tmp/top" | awk '{ print $1 }' | sort | xargs)" \
	"$(dmctl -j vm show | jq -r '.[].name' | sort | xargs)" "it has a line for each VM"
like "$(head -n 1 "$tmp/top")" "^[0-9]+ VMs, 0 run +capacity [0-9.]+[MGT] +spare [0-9.]+[MGT] +debt 0M" \
	"and one for the host"
is "$(top C 3 | grep -c '^name ')" 3 "-n 3 prints three looks"
is "$(top C.UTF-8 2 | LC_ALL=C.UTF-8 awk 'length > 80' | wc -l)" 0 "no line has more than 80 columns"
is "$(top C 1 --sort name | tail -n +3 | awk '{ print $1 }' | LC_ALL=C sort -c && echo sorted)" sorted \
	"--sort name"
is "$(dmctl top -d 1 | head -n 2 | wc -l)" 2 "in a pipe it goes on until nobody reads"
for words in "-n" "-n x" "-d 0" "-d 3601" "--sort colour" "now"; do
	# shellcheck disable=SC2086 # several words
	dmctl top $words >/dev/null 2>&1 </dev/null
	is "$?" 2 "usage error: dmctl top $words"
done
dmctl -j top >/dev/null 2>&1
is "$?" 2 "usage error: dmctl -j top"

# ---- host plan and vm check show what would happen if a VM started

is "$(dmctl -j host plan)" "[]" "host plan: nobody runs"
is "$(dmctl -j host plan with web | jq -c 'map([.name, .weight, .target == .desired])')" \
	'[["web",100,true]]' "host plan with: a VM that is off is counted in"
is "$(dmctl -j host plan --with web | jq length)" 1 "host plan --with: the same"
is "$(json web '[.state, .target] | tostring')" '["defined",0]' "and is off still"
check='[.name, .verdict, .above, .buffers, .demand, .lacking, .more > 1, (.nodes | length)] | tostring'
is "$(dmctl -j vm check web | jq -r "$check")" '["web","now",0,0,0,0,true,2]' \
	"vm check: it would start, nobody has to give anything, and there is room for more of its kind"
is "$(dmctl -j vm check web | jq '.need > 268435456 and .spare == .need')" true \
	"it needs its startup memory, and some for its VMM"
like "$(dmctl vm check web)" '^web: .*' "and in text"
is "$(dmctl -j vm check web | jq .page)" 4096 "that is in ordinary memory"
is "$(dmctl -j vm check web page 2M | jq -c '[.verdict, .page, .need == .lacking]')" \
	'["no",2097152,true]' "in a pool without pages all of it is lacking"
pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
echo 192 >$pool
if [ "$(cat $pool)" = 192 ]; then
	in_pool() { [ "$(dmctl -j vm check web page 2M | jq -c '[.verdict, .best, .need, .more]')" = "$1" ]; }
	succeeds "in one with 384 MiB it would start" wait_until 10 in_pool "[\"now\",1,$((256 * M)),1]"
	is "$(dmctl -j host plan with web page 2M | jq -c 'map([.name, .node, .page])')" \
		'[["web",1,2097152]]' "and a plan has it there"
else
	skip "in one with 384 MiB it would start" "no 192 huge pages on node 1"
	skip "and a plan has it there" "no 192 huge pages on node 1"
fi
echo 0 >$pool
dmctl vm add huge startup 64G
is "$(dmctl -j vm check huge | jq -r '[.verdict, .lacking > 0, .best] | tostring')" \
	'["no",true,null]' "vm check: a VM that is larger than the host would not"
like "$(dmctl -j host plan with huge 2>&1)" 'dmctl: warning: .*does not fit' "nor is it planned"
dmctl vm del huge
succeeds "host set failover" dmctl host set failover 256G
is "$(dmctl -j host show | jq .failover)" $((256 << 30)) "is shown"
is "$(dmctl -j vm check web | jq -r .verdict)" no "vm check: what is kept for another host's VMs is not for it"
succeeds "host set failover: none" dmctl host set failover 0
is "$(dmctl -j vm check web | jq -r .verdict)" now "and it would start again"

# ---- permissions

as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
for words in "vm add x startup 32M" "vm set web buffer 30" "vm replace web startup 32M" "vm restarted web" "vm del web" "host set balance relative" \
	"vm check web" "host plan"; do
	# shellcheck disable=SC2086 # words
	denied "another user than root: $words" ".*CAP_SYS_ADMIN.*" "${as_nobody[@]}" dmctl $words
done
for words in "vm show web" "vm show" "host show" "node show" "save"; do
	# shellcheck disable=SC2086 # words
	denied "another user than root: $words" ".*may see that" "${as_nobody[@]}" dmctl $words
done
for words in "monitor" "vm wait web state running"; do
	# shellcheck disable=SC2086 # words
	denied "another user than root: $words" ".*CAP_SYS_ADMIN.*" \
		within 10 "${as_nobody[@]}" dmctl $words
done
echo 4242 >/sys/module/dynmem/parameters/group
as_member=(setpriv --reuid 65534 --regid 65534 --groups 4242)
for words in "vm show web" "vm show" "host show" "node show" "save"; do
	# shellcheck disable=SC2086 # words
	succeeds "a member of the group: $words" "${as_member[@]}" dmctl $words
done
denied "who is no member still may not" ".*may see that" "${as_nobody[@]}" dmctl vm show web
for words in "vm check web" "host plan" "vm set web buffer 30"; do
	# shellcheck disable=SC2086 # words
	denied "a member of the group: $words" ".*CAP_SYS_ADMIN.*" "${as_member[@]}" dmctl $words
done
echo -1 >/sys/module/dynmem/parameters/group
denied "without a group nobody else may" ".*may see that" "${as_member[@]}" dmctl vm show web
denied "root of a user namespace" ".*CAP_SYS_ADMIN.*" \
	unshare --user --map-root-user dmctl vm set web buffer 30
denied "root without CAP_SYS_ADMIN" ".*CAP_SYS_ADMIN.*" \
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin dmctl vm set web buffer 30
unreached "another network namespace" ".*the host's own network namespace only" \
	unshare --net dmctl vm show
is "$(json web .buffer)" 20 "nothing of that changed the VM"

# ---- requests that dmctl never makes; the numbers are those of include/uapi/dynmem.h

VM_NEW=1 VM_SET=3 VM_GET=4 HOST_SET=5 HOST_GET=6 VM_REPLACE=11
like "$(netlink-raw request $VM_GET 2:string=web)" '^0$' "(a request that is right)"
like "$(netlink-raw request $VM_GET 2:string=web 99:u32=1)" '^EINVAL Unknown attribute' \
	"an attribute that there is not"
like "$(netlink-raw request $VM_SET 2:string=web 18:u64=1)" '^EINVAL Unsupported attribute' \
	"an attribute that only answers have"
like "$(netlink-raw request $HOST_GET 2:u32=1)" '^EINVAL' "an attribute where none belongs"
like "$(netlink-raw request $VM_SET 2:string=web 3:u32=33554432)" '^(EINVAL|ERANGE)' "a u64 of four bytes"
like "$(netlink-raw request $VM_SET 2:string=web 8:u8=2)" '^(EINVAL|ERANGE)' "a switch that is 2"
like "$(netlink-raw request $VM_SET 2:string=web 9:u32=3)" '^(EINVAL|ERANGE)' "a demand that there is not"
like "$(netlink-raw request $VM_SET 2:string=web 10:u32=2)" '^(EINVAL|ERANGE)' "an enforce that there is not"
like "$(netlink-raw request $VM_SET 2:string=web 11:u8=2)" '^(EINVAL|ERANGE)' "a reporting that is 2"
like "$(netlink-raw request $VM_SET 2:string=web 12:u8=2)" '^(EINVAL|ERANGE)' "a share that is 2"
like "$(netlink-raw request $HOST_SET 4:u32=2)" '^(EINVAL|ERANGE)' "a balance that there is not"
like "$(netlink-raw request $VM_GET 2:bytes=web)" '^(EINVAL|ERANGE)' "a name without an end"
like "$(netlink-raw request $VM_GET)" '^EINVAL' "no name"
like "$(netlink-raw request $VM_NEW 2:string=x)" '^EINVAL' "no startup"
like "$(netlink-raw request $VM_REPLACE 2:string=web)" '^EINVAL' "no startup to replace what a VM has"
like "$(netlink-raw request $VM_REPLACE 3:u64=33554432)" '^EINVAL' "no name, either"
like "$(netlink-raw request $VM_SET 2:string=web)" '^EINVAL nothing to change' "no setting"
like "$(netlink-raw request $HOST_SET)" '^EINVAL nothing to change' "nothing to set of the host"
like "$(netlink-raw request 8)" '^ENOTSUP' "the number of an event as a command"
like "$(netlink-raw request 200)" '^ENOTSUP' "a command that there is not"
is "$(json web '[.startup, .dynamic] | tostring')" "[$((256 * M)),true]" "none of these did anything"

# ---- many VMs, and VMs that come and go

seq 24 | xargs -P 4 -I{} dmctl vm add many{} startup 32M
is "$(dmctl -j vm show | jq length)" 25 "24 VMs added by four at a time are all shown"
is "$(dmctl -j vm show | jq -r '.[].name' | sort -u | wc -l)" 25 "each once"
dmctl vm add last startup 32M
like "$(netlink-raw dump $VM_GET \
	'seq 24 | xargs -P 4 -I{} dmctl vm del many{}; dmctl vm add later startup 32M' |
	tr '\n' ' ')" '^web many.* last ' "a list goes on when what it stood at is deleted"
is "$(dmctl -j vm show | jq -r 'map(.name) | join(" ")')" "web last later" \
	"what was deleted is not shown"
dmctl vm del last
dmctl vm del later

# ---- iproute2's vdpa

succeeds "vdpa dev del takes a VM's device away" vdpa dev del web
is "$(json web .device)" null "vm show says so"
has_no_vdpa() { ! vdpa dev show web; }
succeeds "it is gone soon" wait_until 10 has_no_vdpa
succeeds "vdpa dev add gives it back" vdpa dev add name web mgmtdev dynmem
like "$(json web .device)" '^vhost-vdpa-' "vm show says so, too"
succeeds "and its path" wait_until 5 test -c /dev/dynmem/web
if vdpa dev add name nope mgmtdev dynmem >"$tmp/output" 2>&1; then
	not_ok "vdpa dev add of a name that is not defined is refused"
else
	ok "vdpa dev add of a name that is not defined is refused"
fi
like "$(dmesg | tail -n 5)" "dynmem: no VM named 'nope': define it with .dmctl vm add. first" \
	"the kernel log says what to do"

# ---- a VM that runs, and events

dmctl monitor >"$tmp/events" 2>"$tmp/monitor-said" &
monitor=$!
dmctl -j monitor >"$tmp/events.json" 2>/dev/null &
monitor_json=$!
wait_until 10 listening $monitor && wait_until 10 listening $monitor_json
# vm_waits VM FIELD VALUE: `dmctl vm wait` in the background, once it waits; sets waiter to its pid
vm_waits()
{
	dmctl vm wait "$@" timeout 600 >"$tmp/wait-said" 2>&1 &
	waiter=$!
	wait_until 10 sleeps_in_poll $waiter
}
# shellcheck disable=SC2317 # called by wait_until
sleeps_in_poll() { [[ $(cat "/proc/$1/syscall") = "7 "* ]]; }
# waited STATUS TEXT DESCRIPTION: a test that passes if the waiter ends with this status and text
waited()
{
	wait $waiter
	is "$? $(cat "$tmp/wait-said")" "$1 $2" "$3"
}
dmctl vm add gone startup 32M
vm_waits gone state running
dmctl vm del gone
waited 3 "dmctl: no VM named 'gone'" "vm wait ends when its VM is deleted"
vm_waits web state running
succeeds "a guest starts" guest start web --memory 512M --driver none --timeout 300
waited 0 "" "vm wait ends when it has started"
succeeds "its state is running" wait_until 10 vm_is web .state running
is "$(json web .pid)" "$(guest pid web)" "pid is the VMM's"
is "$(json web .why)" "no report yet: it has its startup memory" "why says why it has what it has"
is "$(json web '.reasons | keys_unsorted | join(" ")')" \
	"buffer demand held kept nodes first weight" "and reasons has the amounts"
is "$(dmctl -j host show | jq .running)" 1 "host show counts it"
is "$(json web '.counters.added - .counters.removed == .assigned')" true \
	"what was added, less what was removed, is what is assigned"
is "$(json web .counters.add_operations)" 1 "and nothing but its startup memory was added"
is "$(dmctl -j host plan | jq -r '.[].name' | sort -u)" web "host plan has it"
refused "vm check of a VM that runs" ".*runs.*" dmctl vm check web
refused "startup of a running VM" "startup can only be changed while the VM is off" \
	dmctl vm set web startup 128M
refused "dynamic of a running VM" "dynamic can only be changed while the VM is off" \
	dmctl vm set web dynamic off
refused "reporting of a running VM" "reporting can only be changed while the VM is off" \
	dmctl vm set web reporting on
refused "a higher minimum of a running VM" "minimum can only be lowered .* it is 128M" \
	dmctl vm set web minimum 256M
refused "a lower maximum of a running VM" "maximum can only be raised .* it is 1024M" \
	dmctl vm set web maximum 512M
succeeds "a lower minimum of a running VM" dmctl vm set web minimum 64M buffer 30 weight 1 demand_mode commit \
	enforce count
is "$(json web '[.minimum, .buffer, .weight, .demand_mode, .enforce] | tostring')" \
	"[$((64 * M)),30,1,\"commit\",\"count\"]" "is taken, and so are buffer, weight, demand, enforce"
said=$(dmctl vm set web maximum 2G 2>&1)
is "$?" 0 "a maximum above RAM is taken"
like "$said" '^dmctl: warning: maximum is above RAM' "and dmctl says when it takes effect"
refused "deleting a VM that runs, at once" "the VM is in use by process [0-9]+: stop that first" within 5 dmctl vm del web
vm_waits web state defined
succeeds "the guest stops" guest stop web --timeout 120
waited 0 "" "vm wait ends when it has stopped"
succeeds "the VM is defined again" wait_until 10 vm_is web .state defined
succeeds "monitor: a line a change of state" \
	wait_until 5 grep -E '^20[0-9-]+T[0-9:.]+[+-][0-9]{4} state web: running' "$tmp/events"
succeeds "monitor -j: an object a line" wait_until 5 sh -c \
	"jq -e 'select(.kind == \"state\" and .vm == \"web\" and .time and .node == null)' $tmp/events.json"
is "$(jq -s 'map(.sequence) | . == [range(.[0]; .[0] + length)]' "$tmp/events.json")" true \
	"monitor -j: events have consecutive numbers"
succeeds "and host show has the last one" wait_until 5 sh -c \
	"[ \"\$(jq -s last.sequence $tmp/events.json)\" = \"\$(dmctl -j host show | jq .sequence)\" ]"

# ---- versions

version=$(sed -n 's/^#define DYNMEM_VERSION\s*"\(.*\)"/\1/p' /dynmem/include/version.h)
is "$(dmctl -V | xargs)" \
	"dmctl $version module dynmem: $version protocol: netlink family dynmem, version 2" \
	"-V: versions of dmctl, of the module and of the protocol"

is "$(dmctl -V -j)" "{\"dmctl\":\"$version\",\"module\":\"$version\",\"protocol\":2,\"json\":1}" \
	"-V in JSON: the version of what -j prints, too"
is "$(dmctl -j host show | jq -r .version)" "$version" "host show: the version of the module"

# ---- without the module

vm_waits web state running
succeeds "the module can be unloaded while a VM is defined" rmmod dynmem
waited 5 "dmctl: dynmem was unloaded" "vm wait ends and says so"
wait $monitor
is "$? $(cat "$tmp/monitor-said")" "5 dmctl: dynmem was unloaded" "a monitor ends and says so"
wait $monitor_json
for words in "vm show" "vm add web startup 512M" "vm replace web startup 512M" "vm check web" \
	"host show" "host plan" "node show" "monitor" "metrics" "save"; do
	# shellcheck disable=SC2086 # words
	unreached "no module: dmctl $words" ".* not loaded: .*modprobe dynmem.*" dmctl $words
done
succeeds "the module's devices are gone" wait_until 5 test ! -e /dev/dynmem/web -a ! -L /dev/dynmem/web
is "$(dmctl -V | sed -n 2p)" "module dynmem: not loaded" "-V says that the module is not loaded"
is "$(dmctl -j -V | jq -c '[has("module"), .module]')" "[true,null]" "and in JSON it is null"
rmmod vhost_vdpa
succeeds "the module can be loaded again" modprobe dynmem
succeeds "and loads the driver of its devices" test -e /sys/module/vhost_vdpa
is "$(dmctl -j vm show)" "[]" "and knows of no VM"

done_testing

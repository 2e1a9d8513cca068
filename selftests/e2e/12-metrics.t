#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dmctl metrics has the figures that the other commands show, in both formats, on standard output
# and over HTTP. One VM runs, with a VMM and a guest that the test plays; one is only defined. The
# unit tests metrics and http check the formats strictly.

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"

# value SAMPLE: prints the value of SAMPLE, a name with labels, in $tmp/metrics
value() { awk -v sample="$1" '$1 == sample { print $2 }' "$tmp/metrics"; }

scrape() { dmctl metrics >"$tmp/metrics"; }

# http REQUEST-LINE [HEADER]...: sends a request to dmctl. Leaves the headers of the answer in
# $tmp/headers and the body in $tmp/body.
http()
{
	printf '%s\r\n' "$@" "Host: localhost" "" | dmctl metrics --http >"$tmp/answer" 2>"$tmp/said"
	split_answer
}

split_answer()
{
	sed '/^\r$/q' "$tmp/answer" | tr -d '\r' >"$tmp/headers"
	sed '1,/^\r$/d' "$tmp/answer" >"$tmp/body"
}

# header NAME: prints the value of a header of the last answer
header() { sed -n "s/^$1: //p" "$tmp/headers"; }

status() { sed -n '1s/^HTTP\/1.1 //p' "$tmp/headers"; }

dmctl vm add idle startup 64M
dmctl vm add web startup 256M minimum 64M
vmm_attach web "0 0 256M memfd bind=0"
is "$answer" ok "a VM attaches"
must web start
must web hello 0+65536
must web report total=256M anon=100M commit=100M
succeeds "its demand is known" wait_until 10 vm_has web ".demand > 0 and .pressure_average > 0"

# ---- figures

# What moves between two commands is not compared.
scrape
for key in startup minimum maximum assigned ram commit available; do
	is "$(value "dynmem_vm_${key}_bytes{vm=\"web\"}")" "$(json web ".$key")" "$key of a VM in bytes"
done
is "$(value 'dynmem_vm_buffer_ratio{vm="web"}')" 0.20 "percentages are ratios"
is "$(value 'dynmem_vm_state{vm="web",state="running"}') $(value 'dynmem_vm_state{vm="web",state="defined"}')" \
	"1 0" "each state has a sample"
is "$(value 'dynmem_vm_state{vm="idle",state="defined"}')" 1 "and each VM"
is "$(value 'dynmem_vm_demand_bytes{vm="idle"}')" "" "what is unknown is absent"
is "$(value 'dynmem_vm_added_bytes_total{vm="web"}')" "$(counter web added)" "counters of a VM"
is "$(value 'windows_hyperv_dynamic_memory_vm_physical_bytes{vm="web"}')" "$(json web .assigned)" \
	"a dashboard for Hyper-V finds assigned memory"
is "$(value dynmem_vms) $(value dynmem_vms_running)" "2 1" "numbers of VMs"
is "$(value 'dynmem_node_present_bytes{node="1",page="4096"}')" "$(dmctl -j node show | jq '.[1].present')" \
	"memory of a node"
startable=$(value dynmem_startable_bytes)
between 1 "$startable" "$(dmctl -j host show | jq .capacity)" "further VMs could get memory"

# What each command shows has a metric: the name of the metric has the key.
dmctl metrics >"$tmp/metrics"
missing=$(dmctl -j vm show web | jq -r '[., .counters] | map(to_entries[] | select(.value | type == "number") | .key) | .[]' |
	while read -r key; do
		grep -qE "^dynmem_vm_${key/refused_*/refused}(_|\{)" "$tmp/metrics" || printf '%s ' "$key"
	done)
is "$missing" "pid " "each number that vm show has is a metric, but for the process"

# ---- a start that is refused

refused_before=$(value dynmem_starts_refused_total)
dmctl vm add big startup 64G minimum 32M
vmm_attach big "0 0 64G memfd"
like "$answer" ENOMEM "a start is refused"
scrape
is "$(value dynmem_starts_refused_total)" $((refused_before + 1)) "it is counted"
vm_ends big

# ---- formats

if command -v promtool >/dev/null; then
	succeeds "promtool accepts it" promtool check metrics <"$tmp/metrics"
else
	skip "promtool accepts it" "there is no promtool"
fi
is "$(dmctl metrics --openmetrics | tail -n 1)" "# EOF" "OpenMetrics has an end"
is "$(dmctl metrics | grep -c EOF)" 0 "the text format of Prometheus has none"

# ---- HTTP

http "GET /metrics HTTP/1.1"
is "$(status)" "200 OK" "a request is answered"
is "$(header Content-Type)" "text/plain; version=0.0.4; charset=utf-8" "as Prometheus' own format"
is "$(header Content-Length)" "$(wc -c <"$tmp/body")" "with its length"
like "$(cat "$tmp/body")" 'dynmem_vm_assigned_bytes\{vm="web"\}' "and all metrics"
http "GET /metrics HTTP/1.1" "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
is "$(header Content-Type)" "application/openmetrics-text; version=1.0.0; charset=utf-8" \
	"Prometheus gets OpenMetrics"
is "$(tail -n 1 "$tmp/body")" "# EOF" "and it is OpenMetrics"
http "HEAD /metrics HTTP/1.1"
is "$(status) $(wc -c <"$tmp/body")" "200 OK 0" "HEAD is answered without a body"
http "GET / HTTP/1.1"
is "$(status)" "404 Not Found" "there is nothing else"
http "DELETE /metrics HTTP/1.1"
is "$(status) $(header Allow)" "405 Method Not Allowed GET, HEAD" "nothing can be changed"
http "hello"
is "$(status)" "400 Bad Request" "what is no request is answered, too"
head -c 100000 /dev/zero | tr '\0' a | dmctl metrics --http >"$tmp/answer"
split_answer
is "$(status)" "400 Bad Request" "a request that has no end is cut off"

# A client that sends nothing does not keep the process.
mkfifo "$tmp/silent"
exec {silent}<>"$tmp/silent"
within 60 dmctl metrics --http <"$tmp/silent" >"$tmp/answer"
is "$?" 0 "a client that sends nothing is given up"
exec {silent}>&-

# With a socket, as the unit dynmem-metrics.socket does it. The user has no rights but one.
address=127.0.0.1:9847 peer=TCP:127.0.0.1:9847
# The debug kernel has no TCP.
[ -e /proc/net/tcp ] || { address=$tmp/socket peer=UNIX:$tmp/socket; }
ip link set lo up
systemd-socket-activate --accept --inetd --listen "$address" \
	setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps +sys_admin --ambient-caps +sys_admin \
	"$(command -v dmctl)" metrics --http 2>"$tmp/activate" &
server=$!
# ask: gets the metrics through the socket
ask()
{
	printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n' |
		socat -t 30 - "$peer" >"$tmp/answer" 2>/dev/null && [ -s "$tmp/answer" ]
}
succeeds "a socket is served" wait_until 20 ask
split_answer
is "$(status)" "200 OK" "by a user that has CAP_SYS_ADMIN and nothing else"
is "$(header Content-Length)" "$(wc -c <"$tmp/body")" "to the last byte"
kill $server
wait $server 2>/dev/null

denied "a user without rights" "only root, and members of the group .*" \
	setpriv --reuid 1000 --regid 1000 --clear-groups dmctl metrics
printf 'GET /metrics HTTP/1.1\r\n\r\n' | setpriv --reuid 1000 --regid 1000 --clear-groups \
	dmctl metrics --http >"$tmp/answer" 2>/dev/null
split_answer
is "$(status)" "503 Service Unavailable" "over HTTP, that is an error of the service"

# ---- without the module

vm_ends web
dmctl vm del idle
rmmod dynmem
http "GET /metrics HTTP/1.1"
is "$(status) $(cat "$tmp/body")" "503 Service Unavailable dynmem is not loaded" \
	"without the module there is no scrape, and the answer says why"
modprobe dynmem
kernel_is_content
done_testing

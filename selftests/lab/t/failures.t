#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests `lab run`: arguments, output and exit status, and that a run fails if a kernel complained.
# Runs on the machine itself, not in the lab's host, and boots several hosts.

# shellcheck source=selftests/lab/t/tap.sh
. "$(dirname "$0")/tap.sh"

lab=$(cd "$(dirname "$0")/.." && pwd)/lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LAB_OUT_DIR=$work/out

# run NAME [OPTION...]: runs the script on standard input; sets $status and leaves the output in
# $work/stdout and $work/stderr.
run()
{
	{ echo '#!/bin/bash'; cat; } >"$work/$1"
	chmod +x "$work/$1"
	"$lab" run "${@:2}" "$work/$1" one 'two  words' >"$work/stdout" 2>"$work/stderr"
	status=$?
}

"$lab" run /no/such/script 2>"$work/stderr"
is "a script that is not there is a usage error" $? 2
"$lab" run --kernel 5.10 "$0" 2>"$work/stderr"
ok "so is a kernel that is not there" grep -q "no kernel '5.10'" "$work/stderr"

run plain <<'SCRIPT'
echo "$# $1 $2"
echo complaint >&2
echo kept >"$LAB_OUT/file"
exit 7
SCRIPT
is "the script's status is the run's" $status 7
is "arguments and output pass" "$(cat "$work/stdout")" "2 one two  words"
ok "errors pass, apart" grep -qx complaint "$work/stderr"
is "files come back" "$(cat "$work/out/file")" kept

run warning <<'SCRIPT'
echo 'WARNING: CPU: 0 PID: 1 at nowhere' >/dev/kmsg
SCRIPT
is "a WARN fails the run" $status 1
ok "and is shown" grep -q 'WARNING: CPU: 0 PID: 1 at nowhere' "$work/stderr"

run announced <<'SCRIPT'
expect-line 'at nowhere'
echo 'WARNING: CPU: 0 PID: 1 at nowhere' >/dev/kmsg
SCRIPT
is "unless it was announced" $status 0

run panic <<'SCRIPT'
echo c >/proc/sysrq-trigger
SCRIPT
is "a panic of the host fails the run" $status 1
ok "and is shown" grep -q 'Kernel panic - not syncing: sysrq' "$work/stderr"

run guest-panic <<'SCRIPT'
guest start g --memory 256M --balloon none || exit 3
guest run g 'echo c >/proc/sysrq-trigger' 2>/dev/null
vmexec ended "$(cat /run/guest/g/pid)" 60 || exit 4
SCRIPT
is "so does a panic of a guest" $status 1
ok "with the guest's console" grep -q '^lab: guests/g.console, from line' "$work/stderr"

run hang --timeout 60 <<'SCRIPT'
echo started
sleep 1000
SCRIPT
is "a hang ends" $status 1
is "what came before it was passed on" "$(cat "$work/stdout")" started
ok "and it is called a hang" grep -q 'no output for 60 s: the run hangs' "$work/stderr"
ok "with what the tasks wait for" grep -q 'sysrq: Show Blocked State' "$work/stderr"

export TMPDIR=$work
(
	run crash <<-'SCRIPT'
		echo alive
		sleep 1000
	SCRIPT
	exit $status
) &
running=$!
until grep -qsx alive "$work/stdout"; do
	kill -0 $running || break
	sleep 1
done
kill -SEGV "$(cat "$work"/dynmem-lab.*/qemu.pid)"
wait $running
is "a host that ends fails the run" $? 1
ok "with how its emulator ended" grep -q '(QEMU with status 139)' "$work/stderr"

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random allocations of the module fail. While a guest inflates, deflates and reports, and dmctl
# shows the VM and changes its settings, one in ten allocations fails if a function of dynmem is on
# the stack, and so does one in ten copies from and to user space. These faults hit dmctl, the task
# that serves the VMM, the balancer and the walker. Afterwards everything must work again, and each
# page of the guest must be gone or intact. Skipped if the kernel has no fault injection. This test
# does not look for leaked memory: kernel-leaks does, when the host ends. 37-each-allocation.t lets
# each allocation fail in turn.

# shellcheck disable=SC2317 # much is called by name
# shellcheck disable=SC2154 # injected comes from faults.sh
# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/e2e/vmm.sh
. "$(dirname "$0")/vmm.sh"
# shellcheck source=selftests/e2e/faults.sh
. "$(dirname "$0")/faults.sh"

why=()

# right COMMAND...: runs a command that must succeed, and else adds to $why
right()
{
	"$@" >"$tmp/output" 2>&1 || why+=("'$*': $(tail -n 2 "$tmp/output")")
}

# measures MACHINE: succeeds if the resident memory that dynmem shows differs from numa_maps by at
# most 2 MiB; for wait_until
measures()
{
	local off maps

	v "$1" numa 0
	read -ra maps <<<"${answer#ok}"
	off=$(($(json "$1" .resident) - maps[0] - maps[1]))
	[ "${off#-}" -le $((2 << 20)) ]
}

machine m 64M "0 0 64M memfd small bind=0"
must m touch 2M 62M
must m start
must m hello 0+16384

faults_begin
set_all probability 10
for ((i = 0; i < 40; i++)); do
	v m inflate $((1024 + i * 300))+256
	v m report
	v m deflate $((1024 + i * 300))+128
	dmctl -j vm show m >/dev/null 2>&1
	dmctl vm set m weight $((100 + i)) >/dev/null 2>&1
	# Let the balancer's thread run, which measures and decides once a second.
	sleep 0.5
done
set_all probability 0
injected
if [ "$injected" -gt 0 ]; then
	ok "allocations have failed: $injected"
else
	not_ok "allocations have failed"
fi
pages_are_sound m

must m reset
must m start
v m hello instance=77 0+16384
[[ $answer = 'ok ok epoch='* ]] || why+=("hello: $answer")
must m touch 2M 62M
v m inflate 1024+512
[ "$answer" = "ok ok accepted=512 512/none" ] || why+=("inflate: $answer")
right dmctl vm set m weight 500
if [ ${#why[@]} = 0 ]; then
	ok "pages are gone or intact, and afterwards all works again"
else
	not_ok "pages are gone or intact, and afterwards all works again" "${why[@]}"
fi
must m report
must m touch 2M 16M
succeeds "what it holds is measured again" wait_until 20 measures m
vm_ends m
faults_end

kernel_is_content
done_testing

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # tmp comes from lib.sh; much is called by name
#
# Functions for the tests of `dmctl agent`, sourced after vmm.sh or guests.sh. Such a test sets a trap
# with agent_exit.

cgroups=/sys/fs/cgroup
agent=''

# agent_start [OPTION]: starts an agent. Its messages go to $tmp/agent.
agent_start()
{
	dmctl agent "$@" >"$tmp/agent" 2>&1 &
	agent=$!
}

# agent_ends SIGNAL: sends the signal, and waits for the end of the agent
agent_ends()
{
	kill "-$1" "$agent"
	wait "$agent" 2>/dev/null
	agent=''
}

# agent_exit COMMAND: ends an agent that runs still, and then runs COMMAND, which is vmm_exit or
# guests_exit; for the trap of a test
agent_exit()
{
	[ -z "$agent" ] || kill -KILL "$agent" 2>/dev/null
	"$1"
}

# said REGEX: succeeds if a line that the agent has printed matches REGEX; for wait_until
said() { cat "$tmp/agent"; grep -qE "$1" "$tmp/agent"; }

# holds CGROUP FILE VALUE: succeeds if a file of a cgroup has this value; for wait_until
holds() { cat "$cgroups/$1/$2"; [ "$(cat "$cgroups/$1/$2")" = "$3" ]; }

gone() { [ ! -e "$1" ]; }

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a host whose disk is the root in which `from-source` has run install.md's lines. Tests the
# rest of the host's line, from modprobe on. Then boots guests of Debian 13 and 12, which load the
# module that install.md's lines have installed for them.

# shellcheck source=selftests/install/boot.sh
. /dynmem/selftests/install/boot.sh

line=$(sed -n 's/^make && make install && \(modprobe dynmem.*\)/\1/p' \
	/dynmem/Documentation/install.md)

# test_guest NAME SERIES: tests that a guest with that kernel loads its module and gives memory
test_guest()
{
	succeeds "$1: a VM for it" dmctl vm add "$1" startup 320M minimum 160M maximum 512M
	boot_guest "$1" "$2" dynmem_balloon
	guest stop "$1"
}

succeeds "install.md's line: $line" bash -c "$line"
test_guest guest-13 6.12
test_guest guest-12 6.1
kernel_is_content
done_testing

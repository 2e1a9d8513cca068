# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a VM with dynamic memory off is treated as dynamic
s/} else if (!vm->set.dynamic) {/} else if (false) {/
s/want->floor = vm->set.dynamic ?/want->floor = true ?/

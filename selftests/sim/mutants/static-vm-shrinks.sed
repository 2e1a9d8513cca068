# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: dynamic memory off is not looked at
s/} else if (!vm->set.dynamic) {/} else if (false) {/
s/want->floor = vm->set.dynamic ?/want->floor = true ?/

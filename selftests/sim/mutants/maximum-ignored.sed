# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: VMs get what they want up to RAM
s/min(vm->set.maximum, vm->ram)/vm->ram/

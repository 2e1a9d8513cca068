# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: VMs may have more than their maximum, up to RAM
s/min(vm->set.maximum, vm->ram)/vm->ram/

# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: VMs can be brought to half of their minimum
s/want_part(vm, i, min(vm->set.minimum, vm->ram))/want_part(vm, i, min(vm->set.minimum, vm->ram) \/ 2)/

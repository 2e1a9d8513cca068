# SPDX-License-Identifier: GPL-2.0
# plan.c: VMs can be brought to half of their minimum
s/vnode_part(vm, i, min(vm->set.minimum, vm->ram))/vnode_part(vm, i, min(vm->set.minimum, vm->ram) \/ 2)/

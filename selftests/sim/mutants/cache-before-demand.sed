# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: memory for files comes before the demand of others
s/max(vnode_demand(vm, i, vm_firm(plan, vm)), vnode_need/max(vnode_demand(vm, i, vm_firm(plan, vm) + vm->demand.cache.won), vnode_need/

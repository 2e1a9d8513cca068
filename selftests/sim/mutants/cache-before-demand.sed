# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: memory for files comes before the demand of others
s/max(vnode_demand(vm, i, firm), vnode_need/max(vnode_demand(vm, i, firm + vm->demand.cache.won), vnode_need/

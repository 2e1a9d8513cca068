# SPDX-License-Identifier: GPL-2.0
# sharing/paging.c: a VM that restarts is paged though other VMs are giving what it lacks
s/vm_lacks(plan, vm, true)/vm_lacks(plan, vm, false)/

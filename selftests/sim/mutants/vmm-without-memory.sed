# SPDX-License-Identifier: GPL-2.0
# sharing/admit.c: no ordinary memory is kept for the VMM of a VM in a pool
s/part\[dynmem_plan_vmm_node(want\[i\].vnode)\].overhead += want\[i\].overhead/overhead += 0/
